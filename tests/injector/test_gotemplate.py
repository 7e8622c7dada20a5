"""Structural edits of templates: where lines go, what is refused, and that nothing else moves."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from manifestgen.embedded.gotemplate.editor import Insertion, TemplateEditor, insert, remove
from manifestgen.embedded.gotemplate.lexer import BRACES, BRACKETS, detect
from manifestgen.embedded.gotemplate.lookup import PlaceNotFound
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/injector/placements.yaml").read_text())


def edit(case: dict[str, Any]) -> Insertion:
    """The edit that a case describes."""
    return Insertion(case["path"], tuple(case["lines"]), tuple(case.get("where", ["last"])))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_lines_go_where_the_structure_says_or_are_refused(case: dict[str, Any]) -> None:
    """A case's lines give its result and nothing else, or a refusal that says why."""
    if "refused" in case:
        with pytest.raises(ManifestgenError) as refusal:
            insert(case["template"], [edit(case)])
        assert case["refused"] in str(refusal.value)
        assert "template" in str(refusal.value)
        return
    assert insert(case["template"], [edit(case)]) == case["gives"]


@pytest.mark.parametrize("case", [case for case in CASES if "gives" in case], ids=lambda case: case["name"])
def test_removing_what_was_inserted_gives_the_bytes_back(case: dict[str, Any]) -> None:
    """For every placement, removing the new item restores the template."""
    path = case["path"].rpartition("/")[0] if case.get("where") == ["after"] else case["path"]
    assert remove(insert(case["template"], [edit(case)]), [f"{path}/[name=new]"]) == case["template"]


def test_edits_that_meet_keep_their_order() -> None:
    """What goes into an item stands before what goes behind it."""
    template = "containers:\n- name: p\n  volumeMounts:\n  - name: a\n"
    edits = [
        Insertion("/containers/[name=p]/volumeMounts", ("- name: mount",)),
        Insertion("/containers/[name=p]", ("- name: next",), ("after",)),
    ]
    assert insert(template, edits) == template + "  - name: mount\n- name: next\n"


def test_a_removed_item_must_have_its_lines_to_itself() -> None:
    """An item that shares a line with an action is refused rather than half removed."""
    with pytest.raises(PlaceNotFound, match="it shares a line or a block"):
        remove("volumes:\n- name: a{{ if .x }}\n- name: b{{ end }}\n", ["/volumes/[name=a]"])


def test_a_refusal_names_template_line_and_place_in_the_file() -> None:
    """The line is given both within the template and in the file that holds it."""
    with pytest.raises(PlaceNotFound) as refusal:
        TemplateEditor("a: 1\nvolumes: {}\n", name="sidecar", where=Location("injector.yaml", 41)).insert(
            [Insertion("/volumes", ("- name: new",))]
        )
    assert str(refusal.value).startswith("injector.yaml:42: template sidecar, line 2: /volumes: ")
    assert refusal.value.path == "/volumes"


@pytest.mark.parametrize(
    ("text", "delimiters"),
    [
        ("[[ if .x ]]a[[ end ]]", BRACKETS),
        ("{{- if .x -}}a{{ end }}", BRACES),
        ("a: [[1, 2], [3]]\nb: {{ .x }}", BRACES),
        ('image: {{ .Image }}\n[[ if .x ]]\n[[ annotation .ObjectMeta "a" "b" ]]\n[[ end ]]', BRACKETS),
        ("plain: text", BRACES),
    ],
)
def test_delimiters_are_found_out(text: str, delimiters: object) -> None:
    """Nested lists in brackets are not taken for actions."""
    assert detect(text) == delimiters


def test_an_item_belongs_to_each_list_that_a_condition_may_leave_it_in() -> None:
    """istio-proxy below a conditional `containers:` belongs to `initContainers` as well, and to no more."""
    structure = TemplateEditor(
        "metadata:\ninitContainers:\n- name: a\n{{ if not $n }}\ncontainers:\n{{ end }}\n- name: p\n"
        "volumes:\n- name: v\n"
    )
    owners = structure.owners(structure.find("/containers/[name=p]"))
    assert [(owner.name, owner.frame.condition) for owner in owners] == [
        ("containers", "not $n"),
        ("initContainers", ""),
    ]
    assert [owner.name for owner in structure.owners(structure.find("/volumes/[name=v]"))] == ["volumes"]
