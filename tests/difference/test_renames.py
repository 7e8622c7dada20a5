"""A list item under another name is told as renamed, and programs that read the JSON or the patch find it as before."""

from __future__ import annotations

import json
from typing import Any

import jsonpatch
import pytest
import yaml

import manifestgen
from manifestgen.difference.diff import Diff
from tests.difference.data import difference


def container(name: str, **members: Any) -> dict[str, Any]:
    """A container with something to say."""
    mounts = [{"mountPath": "/sys/fs", "name": "sys"}, {"mountPath": "/run", "name": "run"}]
    return {"name": name, "image": "node:1", "command": ["run", "-init"], "volumeMounts": mounts, **members}


def both(left: dict[str, Any], right: dict[str, Any]) -> Diff:
    """How two pods differ."""
    bodies = [
        yaml.safe_dump(
            {
                "apiVersion": "apps/v1",
                "kind": "DaemonSet",
                "metadata": {"name": "node"},
                "spec": {"template": {"spec": spec}},
            }
        )
        for spec in (left, right)
    ]
    return difference(*bodies)


def test_calicos_own_rename_reads_as_one() -> None:
    """The container that prepares for eBPF got another name in 3.32; nothing but its image differs."""
    left, right = (manifestgen.render("kdd", calico=version, components=("node",)) for version in ("3.27", "3.32"))
    text = manifestgen.diff(left, right).to_text()
    at = "/spec/template/spec/initContainers"
    assert f"  ~ {at}/[name=ebpf-bootstrap] (was [name=mount-bpffs])\n" in text
    assert f"  ~ {at}/[name=ebpf-bootstrap]/image\n" in text
    assert f"{at}/[name=ebpf-bootstrap]/name" not in text
    assert text.count("mount-bpffs") == 1


def test_every_format_says_it() -> None:
    """Text, Markdown and the page say renamed; the page shows neither item as come or gone."""
    found = both({"containers": [container("old")]}, {"containers": [container("new", image="node:2")]})
    assert found.to_text().splitlines()[1].strip() == "~ /spec/template/spec/containers/[name=new] (was [name=old])"
    assert found.to_text().endswith("1 object differs: 1 changed (2 fields); 0 the same\n")
    assert "containers/[name=new] (was [name=old])" in found.to_markdown()
    page = found.to_html()
    assert 'class="field renamed" data-path="/spec/template/spec/containers/[name=new]"' in page
    assert 'class="field added"' not in page
    assert 'class="field removed"' not in page


def test_the_json_lists_both_items_as_before_and_says_what_they_are_to_each_other() -> None:
    """A program of old finds its members; a new one finds the rename in members of their own."""
    found = both({"containers": [container("old")]}, {"containers": [container("new", image="node:2")]})
    (one,) = json.loads(found.to_json())["objects"]
    removed, added = sorted(one["fields"], key=lambda field: field["change"], reverse=True)
    assert (removed["change"], removed["path"]) == ("removed", "/spec/template/spec/containers/[name=old]")
    assert removed["left"]["value"] == container("old")
    assert removed["becomes"] == "/spec/template/spec/containers/[name=new]"
    assert (added["change"], added["path"]) == ("added", "/spec/template/spec/containers/[name=new]")
    assert added["right"]["value"] == container("new", image="node:2")
    assert added["was"] == "/spec/template/spec/containers/[name=old]"
    (image,) = added["fields"]
    assert (image["change"], image["path"]) == ("changed", "/spec/template/spec/containers/[name=new]/image")
    assert (image["left"]["value"], image["right"]["value"]) == ("node:1", "node:2")
    assert json.loads(found.to_json())["summary"]["fields"] == 2


def test_the_patch_still_gives_the_right_side() -> None:
    """By an independent library."""
    left = {"containers": [container("a"), container("old"), container("z", image="z")]}
    right = {"containers": [container("a"), container("z", image="z"), container("new", image="node:2")]}
    found = both(left, right)
    items = [{"items": [resource.content for resource in side]} for side in (found.left, found.right)]
    assert jsonpatch.apply_patch(items[0], found.to_json_patch()) == items[1]


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("variables with one common value", [{"name": "A", "value": "true"}], [{"name": "B", "value": "true"}]),
        (
            "containers that do other things",
            [container("a")],
            [{"name": "b", "image": "other", "command": ["x"], "args": ["other"]}],
        ),
        ("items that say nothing beside their name", [{"name": "a"}], [{"name": "b"}]),
    ],
)
def test_what_merely_looks_alike_is_no_rename(name: str, left: list[Any], right: list[Any]) -> None:
    """One goes and another comes."""
    del name
    lists = "env" if "value" in left[0] else "containers"
    specs = [
        {"containers": [{"name": "c", "env": side}]} if lists == "env" else {lists: side} for side in (left, right)
    ]
    text = both(specs[0], specs[1]).to_text()
    assert "(was" not in text
    assert f"  - /spec/template/spec/containers/{'[name=c]/env/[name=A]' if lists == 'env' else '[name=a]'}" in text
    assert f"  + /spec/template/spec/containers/{'[name=c]/env/[name=B]' if lists == 'env' else '[name=b]'}" in text


def test_a_rule_about_other_resources_is_no_rename() -> None:
    """That two rules grant the same verbs makes them no versions of one rule."""
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules:\n"
    rule = "- {apiGroups: [''], resources: [%s], verbs: [get, list, watch]}\n"
    text = difference(role + rule % "pods", role + rule % "nodes").to_text()
    assert "(was" not in text


def test_the_most_alike_are_paired() -> None:
    """Of two that went and two that came, each with its own."""
    left = {"containers": [container("a", image="one"), container("b", command=["x1", "x2", "x3"])]}
    right = {"containers": [container("c", command=["x1", "x2", "x3"]), container("d", image="one")]}
    text = both(left, right).to_text()
    assert "[name=c] (was [name=b])" in text
    assert "[name=d] (was [name=a])" in text
    assert text.count("nothing else differs in it") == 2
