from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manifestgen.authz.matching import Matching, normalized
from manifestgen.authz.request import make_request
from manifestgen.authz.rules import AuthorizationRule, PathMatch, RequestSummary, Rules, remarks
from manifestgen.authz.rules_file import read_rules
from manifestgen.authz.server import verdict_on
from manifestgen.authz.shipped import release
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read
from tests.authz.data import CASES, CUSTOMER, CUSTOMERS_READ, cases, rules

HEADER = {"apiVersion": "manifestgen/v1", "kind": "AuthorizationRules"}
TABLE = read((CASES / "decisions.yaml").read_text(), "decisions.yaml")[0]
BAD = cases("bad-rules.yaml")
NOWHERE = SourceRef(SourceFile("rules.yaml", ""))
ACCOUNT = "spiffe://t/ns/n/sa/s"


@pytest.mark.parametrize("case", TABLE["cases"], ids=[case["name"] for case in TABLE["cases"]])
def test_the_rules_decide_as_dikastes_of_each_release(case: dict[str, Any]) -> None:
    """Each request of the table gets its code; the workload that is called has a service account too."""
    body: dict[str, Any] = {**HEADER, **{key: case[key] for key in ("default", "rules") if key in case}}
    found = read_rules(body, NOWHERE)
    for asked in case["asked"]:
        method, path, principal = asked["request"]
        codes = asked.get("codes") or [asked["code"]] * len(TABLE["releases"])
        wire = make_request(
            method=method,
            path=path,
            source_principal=ACCOUNT if principal == "SA" else principal,
            destination_principal=ACCOUNT,
        ).SerializeToString()
        for calico, code in zip(TABLE["releases"], codes, strict=True):
            api = asked.get("api", "v3")
            _, verdict = verdict_on(found, wire, api=api, matching=release(calico).matching)
            assert verdict.code == code, (calico, asked)


@pytest.mark.parametrize("calico", ["3.30", "3.31", "3.31.7"])
def test_releases_that_decide_nothing_answer_unknown(calico: str) -> None:
    """Whatever the rules and the request."""
    for request in (RequestSummary(method="GET", path="/"), RequestSummary()):
        assert Rules(default="allow").decide(request, release(calico).matching).code == 2


def test_without_a_destination_no_rule_matched_up_to_3_29() -> None:
    """From 3.32 on it is compared as any other request."""
    request = RequestSummary(method="GET", path="/", principal=ACCOUNT, has_destination=False)
    codes = [Rules(default="allow").decide(request, release(calico).matching).code for calico in ("3.29", "3.32")]
    assert codes == [7, 0]


def test_the_defaults_are_the_newest_release() -> None:
    """Who names no release gets the newest that the data knows."""
    assert release("3.32").matching == Matching()
    assert release("9.0").matching == Matching()


def test_paths_of_any_bytes_are_normalized_without_an_error() -> None:
    """A path that starts with / gives an absolute one without dot segments, or none."""
    pieces = (
        "/",
        "//",
        "..",
        ".",
        ";a",
        "%2e",
        "%2F",
        "%5c",
        "\\",
        "%252e",
        "%00",
        "%",
        "%z",
        "é",
        "a",
        "?",
        "#",
        "\udcff",
    )
    for first in pieces:
        for second in pieces:
            for third in pieces:
                found = normalized("/" + first + second + third)
                if found is not None:
                    assert found.startswith("/")
                    assert "//" not in found
                    assert not {".", ".."} & set(found.split("/"))


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
    get = RequestSummary(method="GET", path="/", principal=CUSTOMER)
    put = RequestSummary(method="PUT", path="/", principal=CUSTOMER)
    assert named.decide(get).reason == "allow by customers-read"
    assert named.decide(put).reason == "deny by default"
    unnamed = read_rules({**HEADER, "rules": [{"action": "deny"}]}, NOWHERE)
    assert unnamed.decide(RequestSummary()).reason == "deny by rule 1"


def test_a_rule_of_python_names_service_accounts() -> None:
    """A principal of another form is refused there as in a file."""
    with pytest.raises(ManifestgenError, match="not a SPIFFE ID"):
        AuthorizationRule(name="r", action="allow", principals=frozenset({"customer"}))


def test_conditions_that_match_nothing_are_remarked_upon(tmp_path: Path) -> None:
    """A method in lower case, a path without a slash or encoded twice, a query: by release."""
    paths = tuple(PathMatch(path) for path in ("relative", "/%252e", "/a?b", "/fine"))
    found = Rules(
        rules=(AuthorizationRule(name="r", action="allow", methods=frozenset({"get", "PUT", "*"}), paths=paths),)
    )
    texts = {calico: remarks(found, release(calico).matching) for calico in ("3.29", "3.32")}
    places = {calico: [remark.path for remark in entries] for calico, entries in texts.items()}
    methods = ("rules", 0, "methods")
    relative, encoded, query = (("rules", 0, "paths", number, "exact") for number in range(3))
    assert places["3.29"] == [methods, relative, query]
    assert places["3.32"] == [methods, relative, encoded, query]
    assert "'get' matches nothing" in texts["3.32"][0].text
    assert "not compared" in texts["3.32"][-1].text
