from __future__ import annotations

from typing import Any

import pytest

from manifestgen.authz.contract import CODES
from manifestgen.authz.rules import Asked, read_rules
from manifestgen.errors import ManifestgenError
from tests.authz.data import CUSTOMER, CUSTOMERS_READ, cases, rules

HEADER = {"apiVersion": "manifestgen/v1", "kind": "AuthorizationRules"}
DECISIONS = cases("decisions.yaml")
BAD = cases("bad-rules.yaml")


@pytest.mark.parametrize("case", DECISIONS, ids=[case["name"] for case in DECISIONS])
def test_the_rules_decide(case: dict[str, Any]) -> None:
    """Each request of the table gets its code."""
    body: dict[str, Any] = {**HEADER, **{key: case[key] for key in ("default", "rules") if key in case}}
    read = read_rules(body, lambda path: path)
    for method, path, principal, code in case["asked"]:
        verdict = read.decide(Asked(method, path, principal))
        assert CODES[verdict.code] == code, (method, path, principal)


@pytest.mark.parametrize("case", BAD, ids=[case["name"] for case in BAD])
def test_a_wrong_rules_file_is_refused_with_every_mistake_at_its_place(case: dict[str, Any]) -> None:
    """All mistakes come together, in the order of the file, each with its line and column."""
    with pytest.raises(ManifestgenError) as caught:
        rules(case["text"])
    errors = getattr(caught.value, "errors", (caught.value,))
    assert len(errors) == len(case["errors"]), str(caught.value)
    for error, start in zip(errors, case["errors"], strict=True):
        assert str(error).startswith(start)
        assert error.exit_status == 2


def test_a_verdict_names_the_rule_that_made_it() -> None:
    """A rule goes by its name, or by its number where it has none."""
    named = rules(CUSTOMERS_READ)
    assert named.decide(Asked("GET", "/", CUSTOMER)).reason == "allow by customers-read"
    assert named.decide(Asked("PUT", "/", CUSTOMER)).reason == "deny by default"
    unnamed = read_rules({**HEADER, "rules": [{"action": "deny"}]}, lambda path: path)
    assert unnamed.decide(Asked(None, "", "")).reason == "deny by rule 1"
