"""What is said about policy in a release, and about replacing one release by another."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import manifestgen
from manifestgen.errors import ManifestgenError
from tests.support.program import manifestgen as program

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "mesh" / "skew.yaml").read_text())

NOTES = {
    "3.9": {"ignored-conditions", "raw-paths", "equal-order", "http-rules-without-dikastes"},
    "3.29": {
        "ignored-conditions",
        "accounts-by-address",
        "unparsed-selectors",
        "raw-paths",
        "equal-order",
        "http-rules-without-dikastes",
    },
    "3.32": {
        "staged-policies",
        "named-ports",
        "certificates-without-spiffe",
        "accounts-by-address",
        "unparsed-selectors",
        "normalized-paths",
        "http-rules-on-tcp",
        "equal-order",
        "http-rules-without-dikastes",
    },
}


@pytest.mark.parametrize("calico", NOTES)
def test_each_release_has_its_notes(calico: str) -> None:
    """One of each code, with what it was measured with or where it was read."""
    notes = manifestgen.policy_notes(calico)
    assert {note.code for note in notes} == NOTES[calico]
    assert len(notes) == len(NOTES[calico])
    assert all(note.measured or "Read in" in note.text for note in notes)


def test_preflight_prints_them_on_request() -> None:
    """They are no findings: the status stays 0."""
    done = program("preflight", "kdd", "--calico", "3.32", "--policy")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("note: Staged policies are enforced for pods with Dikastes.") == 1
    assert "(measured with 3.32.1)\n  next: delete staged policies" in done.stdout
    assert done.stdout.endswith(": no findings\n")
    found = json.loads(program("preflight", "kdd", "--calico", "3.32", "--policy", "--format", "json").stdout)
    assert {entry["note"] for entry in found if "measured" in entry} == NOTES["3.32"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['from']} to {case['to']}")
def test_an_upgrade_or_rollback_never_lets_a_request_pass(case: dict[str, str]) -> None:
    """What is replaced first is what leaves every request denied in between, and the steps are in that order."""
    found = [one for one in manifestgen.preflight("kdd", calico=case["to"], upgrade_from=case["from"]) if one.steps]
    if case["first"] == "any":
        assert not found
        return
    (finding,) = found
    assert (finding.code, finding.refused) == ("policy-sync-skew", False)
    assert finding.next_step == f"replace {case['first']} first, in this order"
    node = next(number for number, step in enumerate(finding.steps) if step.startswith("Update calico-node"))
    pods = next(number for number, step in enumerate(finding.steps) if step.startswith("Restart every pod"))
    assert (pods < node) is (case["first"] == "the pods")
    for word in case["says"]:
        assert word in finding.text
    text = " ".join(finding.steps)
    assert f"Dikastes {case['from']} left" in text
    assert "403" in text
    assert not re.search(r"<\w+>", text + finding.text), "every placeholder is filled in"


def test_preflight_prints_the_steps_in_order() -> None:
    """Numbered, after what happens with either order; a finding, so that the status is 1."""
    done = program("preflight", "kdd", "--calico", "3.32", "--from", "3.29")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("warning: Calico 3.29 and 3.32 are not compatible")
    assert "\n    1. " in done.stdout
    assert "AuthorizationPolicy with an empty spec" in done.stdout
    assert program("preflight", "kdd", "--calico", "3.32", "--from", "3.32.0").returncode == 0
    assert program("preflight", "kdd", "--calico", "3.32", "--from", "3.99").returncode == 2


@pytest.mark.parametrize("name", ["policy.yaml", "skew.yaml"])
def test_a_mistake_in_the_shipped_data_is_an_error_with_its_place(name: str, tmp_path: Path) -> None:
    """A member that is misspelt, in a copy of the package."""
    shutil.copytree(
        ROOT / "manifestgen", tmp_path / "manifestgen", ignore=shutil.ignore_patterns("profiles", "__pycache__")
    )
    shutil.copytree(
        ROOT / "profiles", tmp_path / "manifestgen" / "profiles", ignore=shutil.ignore_patterns("__pycache__")
    )
    file = tmp_path / "manifestgen" / "profiles" / name
    file.write_text(file.read_text().replace("  measured: [", "  mesured: [", 1))
    words = ("preflight", "kdd", "--calico", "3.32", "--from", "3.29", "--policy")
    done = subprocess.run(
        [sys.executable, "-m", "manifestgen", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"profiles/{name}:" in done.stderr
    assert '"mesured"' in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_release_has_no_notes() -> None:
    """It is named as such."""
    with pytest.raises(ManifestgenError, match=r"3\.99"):
        manifestgen.policy_notes("3.99")


def test_the_notes_of_a_bundle_say_what_becomes_of_policy() -> None:
    """Where it brings what enforces policy: one paragraph for each note, before how to roll back."""
    for calico, codes in NOTES.items():
        istio = "1.4" if calico == "3.9" else "1.28"
        bundle = manifestgen.render("kdd", calico=calico, istio=istio, components=("policy",))
        text = bundle.files()["NOTES.md"].text
        section = text[text.index("## Before you write policy") : text.index("## Rolling back")]
        assert section.count("\n- ") == len(codes)
    assert "Staged policies are enforced" in section
    assert "(Measured with 3.32.1.)" in section
    alone = manifestgen.render("kdd", calico="3.32", components=("node",)).files()["NOTES.md"].text
    assert "Before you write policy" not in alone


def test_the_notes_of_a_bundle_point_to_the_order_of_an_upgrade() -> None:
    """From 3.32 on, before anything is applied; the command is one that runs."""
    text = manifestgen.render("kdd", calico="3.32").files()["NOTES.md"].text
    command, policy = re.findall(r"manifestgen (preflight .*)", text)
    assert text.index(command) < text.index("kubectl apply -k")
    assert "Restart pods and calico-node in the right order" in text
    done = program(*command.replace("INSTALLED_VERSION", "3.29").split())
    assert (done.returncode, done.stderr) == (1, "")
    assert program(*policy.split()).stdout.startswith("note: ")
    assert "--from" not in manifestgen.render("kdd", calico="3.29").files()["NOTES.md"].text


def test_render_points_to_what_becomes_of_policy() -> None:
    """On stderr, also where no NOTES.md is written."""
    done = program("render", "kdd", "--calico", "3.32", "-o", "-")
    assert "manifestgen preflight kdd --calico 3.32.1 --policy" in done.stderr
