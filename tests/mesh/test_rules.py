"""Rules: which combinations are refused, and which are rendered with a warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from manifestgen.compose.compatibility import Refused
from manifestgen.errors import Failures, ManifestgenError
from tests.support.program import manifestgen as program

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "mesh" / "rules.yaml").read_text())
# Once these are allowed, there is nothing that the value could be for.
NOTHING_TO_RENDER = ({"strict-mtls-nowhere"}, {"enforce-published"}, {"enforce-injected"}, {"mesh-api"})
OVERLAY = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: own}\nresources: [own.yaml]\n"


def render(case: dict[str, Any], directory: Path, allow: tuple[str, ...] = ()) -> tuple[set[str], set[str]]:
    """The codes that are refused, and those that are warned of."""
    # Without components a case is about the policy alone, which has a rule of its own.
    unnamed = set() if "components" in case else {"policy-without-injector"}
    if "objects" in case:
        (directory / "profile.yaml").write_text(OVERLAY)
        (directory / "own.yaml").write_text(yaml.safe_dump_all(case["objects"]))
    try:
        bundle = manifestgen.render(
            case.get("profile", "kdd"),
            calico=case["calico"],
            istio=case["istio"],
            kubernetes=case.get("kubernetes"),
            components=case.get("components", ["policy"]),
            values=case.get("values", {}),
            published=case.get("published", False),
            overlays=[directory] if "objects" in case else [],
            allow=allow,
        )
    except Refused as refused:
        return {refused.code}, set()
    return set(), {finding.code for finding in bundle.warnings} - unnamed


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['calico']} {case['istio']}")
def test_rule(case: dict[str, Any], tmp_path: Path) -> None:
    """A combination is refused, or warned of, by exactly these rules; what is refused is a warning once allowed."""
    refused, warned = set(case.get("refused", ())), set(case.get("warned", ()))
    if not refused:
        assert render(case, tmp_path) == (set(), warned)
        return
    assert render(case, tmp_path)[0] == refused
    if refused not in NOTHING_TO_RENDER:
        allowed = refused | set(case.get("then", ()))
        assert render(case, tmp_path, tuple(allowed)) == (set(), warned | allowed)


def test_several_refusals_come_together() -> None:
    """Everything that is wrong with a combination is said at once."""
    with pytest.raises(Failures) as raised:
        manifestgen.render(
            "kdd",
            calico="v3.9",
            istio="1.28",
            components=("policy", "namespaces"),
            values={"strict_mtls": "namespaces"},
        )
    assert {error.code for error in raised.value if isinstance(error, Refused)} == {
        "dikastes-v3",
        "strict-mtls-nowhere",
    }


def test_a_refusal_says_what_why_and_what_to_do() -> None:
    """The message has the versions asked for, the reason, a way out and the option that overrides it."""
    done = program("render", "kdd", "--calico", "v3.19", "--istio", "1.9", "--component", "policy")
    assert done.returncode == 2
    assert done.stdout == ""
    for words in ("Calico 3.19.4", "Istio 1.9.9", "Envoy asks by API v3", "take Calico 3.20", "--allow dikastes-v3"):
        assert words in done.stderr


def test_a_warning_is_on_stderr_once_for_several_profiles(tmp_path: Path) -> None:
    """--allow renders all the same, and says so."""
    done = program(
        *("render", "--all", "--calico", "v3.19", "--istio", "1.9", "--component", "policy"),
        *("--allow", "dikastes-v3", "-o", tmp_path / "out"),
    )
    assert done.returncode == 0
    assert done.stderr.count("warning: Dikastes of Calico") == 1
    assert len(list((tmp_path / "out").rglob("*envoyfilter*.yaml"))) == 5


def test_an_unknown_rule_is_refused_with_the_nearest() -> None:
    """A mistyped code does not pass for an allowance."""
    with pytest.raises(ManifestgenError, match="dikastes-v3"):
        manifestgen.render("kdd", calico="v3.32", components=("policy",), allow=("dikastes-3",))


def test_every_rule_has_a_case() -> None:
    """No rule about the mesh is without a combination that shows it."""
    shown = {code for case in CASES for code in (*case.get("refused", ()), *case.get("warned", ()))}
    rules = yaml.safe_load((Path(manifestgen.__file__).parent / "profiles" / "rules.yaml").read_text())["rules"]
    assert {rule["code"] for rule in rules if not rule.get("preflight")} <= shown
