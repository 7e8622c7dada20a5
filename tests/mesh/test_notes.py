"""NOTES.md and what render says on stderr: the remaining steps for exactly these versions, in order."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from manifestgen.catalog import releases
from tests.support.program import manifestgen as program

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "mesh" / "notes.yaml").read_text())
BACK = "## Rolling back"


def notes(**arguments: Any) -> str:
    """The text of NOTES.md."""
    return manifestgen.render("kdd", **arguments).files()["NOTES.md"].text


def commands(text: str) -> list[str]:
    """What stands in the blocks of commands."""
    return [
        line.strip()
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
        if line.strip()
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['calico']} {case['istio']}")
def test_notes_have_the_commands_of_these_versions_in_order(case: dict[str, Any]) -> None:
    """The commands name the versions, the namespaces and the revision, and come in the order they are given in."""
    arguments = {name: case[name] for name in ("calico", "istio", "namespaces", "components", "values") if name in case}
    text = notes(**arguments)
    found = commands(text)
    places = [found.index(command) for command in case["commands"]]
    assert places == sorted(places)
    for words in case["lacks"]:
        assert words not in text


@pytest.mark.parametrize("calico", ["v3.2", "v3.9", "v3.20", "v3.32"])
def test_no_word_is_left_unfilled_for_any_istio(calico: str) -> None:
    """Whatever the versions, every `<word>` is replaced and every command is a shell's."""
    every = []
    for istio in releases.minors("Istio"):
        text = notes(
            calico=calico,
            istio=str(istio),
            components=("node", "policy", "pilot-egress"),
            namespaces=("shop",),
            allow=("istio-1.5", "dikastes-v3"),
        )
        assert not re.search(r"<\w+>", text), text
        assert f"Istio {istio}." in text
        every += commands(text)
    subprocess.run(["bash", "-n"], input="\n".join(every), text=True, check=True)


def test_what_denies_everything_is_applied_last_and_deleted_first() -> None:
    """While it is there and Dikastes is not, everything is denied."""
    text = notes(calico="v3.32", components=("policy",), values={"enforce": "mesh"})
    before, _, back = text.partition(BACK)
    assert "kubectl apply -k enforce" in commands(before)
    assert commands(back)[0] == "kubectl delete -n istio-system envoyfilter/ext-authz"
    assert "policySyncPathPrefix" in commands(back)[-1]


def test_the_steps_are_numbered_without_gaps() -> None:
    """Steps that do not hold leave no hole in the numbers."""
    for part in notes(calico="v3.17", istio="1.8", components=("node", "policy")).split(BACK):
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", part, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert numbers


def test_render_says_them_on_stderr_for_a_directory_and_for_a_stream(tmp_path: Path) -> None:
    """The short form has the steps, the commands with the directory in them, and the way back; stdout stays clean."""
    directory = tmp_path / "out"
    arguments = ("render", "kdd", "--calico", "v3.32", "--component", "policy", "--namespace", "shop")
    done = program(*arguments, "-o", directory)
    assert done.stdout == ""
    lines = [line.strip() for line in done.stderr.splitlines()]
    assert f"kubectl apply -k {directory}" in lines
    assert "kubectl -n shop rollout restart deployment" in lines
    assert lines.index("1. Delete the EnvoyFilter first") > lines.index(f"kubectl apply -k {directory}")
    stream = program(*arguments, "-o", "-")
    assert len(list(yaml.safe_load_all(stream.stdout))) == 2
    assert "kubectl delete -n istio-system envoyfilter/ext-authz" in stream.stderr
