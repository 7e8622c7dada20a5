"""Work of a size: what manifestgen does when there is more of one thing, for benchmarks and tests."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import manifestgen
from manifestgen.difference.delta import Comparison
from manifestgen.difference.hunks import hunks
from manifestgen.difference.jsonpatch import operations
from manifestgen.embedded import FORMATS
from manifestgen.model.identity import identify
from manifestgen.patch.apply import apply_patches
from manifestgen.patch.expect import Expect
from manifestgen.patch.model import Embedded, Patch
from manifestgen.patch.operation import read_operation
from manifestgen.patch.provenance import origins
from manifestgen.patch.resource import Resource
from manifestgen.patch.select import Requirement, Selector
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.writer import write

Work = Callable[[], object]
"""What is measured; everything it needs is there already."""

_REF = SourceRef(SourceFile("site.yaml", str))
_RANDOM = 19


def config_map(name: str, data: Any, *, namespace: str = "default", labels: Mapping[str, str] | None = None) -> Any:
    """A ConfigMap."""
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**metadata, **({"labels": dict(labels)} if labels else {})},
        "data": data,
    }


def resource(body: Any) -> Resource:
    """An object as it was read."""
    identity = identify(body)
    return Resource(id=identity, content=body, component="", base=body, original=identity, layer="base", ref=_REF)


def patch(target: Selector, *steps: dict[str, Any], inside: tuple[Embedded, ...] = ()) -> Patch:
    """A patch of operations as a profile writes them."""
    read = tuple(read_operation(step, _REF) for step in steps)
    return Patch(target=target, expect=Expect(0, None), inside=inside, operations=read, ref=_REF)


def applied(resources: list[Resource], patches: list[Patch]) -> list[Resource]:
    """The patches of a user's layer."""
    return apply_patches(resources, patches, layer="overlay site", formats=FORMATS, chosen=())


# -- objects, files and layers ---------------------------------------------------------------------------------------


def objects(number: int, root: Path) -> Work:
    """Objects of one file, read, patched by one patch that means all of them, and written."""
    _overlay(root, [config_map(f"one-{at}", {"key": "value"}) for at in range(number)])
    return lambda: _overlaid(root)


def files(number: int, root: Path) -> Work:
    """Files of one object each."""
    _overlay(root, *([config_map(f"one-{at}", {"key": "value"})] for at in range(number)))
    return lambda: _overlaid(root)


def overlays(number: int, root: Path) -> Work:
    """Overlays of one patch each on one object."""
    paths = [root / f"overlay-{at}" for at in range(number)]
    for at, path in enumerate(paths):
        step = {"op": "add", "path": f"/data/key-{at}", "value": "value"}
        _profile(path, "Overlay", patches=[{"target": {"kind": "ConfigMap"}, "patch": [step]}])
    (root / "objects.yaml").write_text(write([config_map("one", {"key": "value"})]))
    return lambda: manifestgen.apply_overlay(root / "objects.yaml", paths).to_yaml()


def extends(number: int, root: Path) -> Work:
    """A profile that extends a profile that extends a profile …"""
    (root / "0").mkdir()
    (root / "0" / "objects.yaml").write_text(write([config_map("one", {"key": "value"})]))
    for at in range(1, number + 1):
        step = {"op": "add", "path": f"/data/key-{at}", "value": "value"}
        patches = [{"target": {"kind": "ConfigMap"}, "patch": [step]}]
        _profile(root / str(at), "Profile", extends=f"../{at - 1}", patches=patches)
    return lambda: manifestgen.render(root / str(number)).to_yaml()


def depth(number: int, root: Path) -> Work:
    """Mappings inside mappings, as deep as may be, and an operation at the bottom of each of 20 objects."""
    value: Any = "value"
    for _ in range(number):
        value = {"a": value}
    bodies = [resource(config_map(f"one-{at}", value)) for at in range(20)]
    step = {"op": "replace", "path": "/data" + "/a" * number, "value": "other"}
    return lambda: write(one.content for one in applied(bodies, [patch(Selector(), step)]))


def _overlay(root: Path, *bodies: list[Any]) -> None:
    names = [f"resources/{at}.yaml" for at in range(len(bodies))]
    step = {"op": "replace", "path": "/data/key", "value": "other"}
    patches = [{"target": {"kind": "ConfigMap"}, "expect": "0+", "patch": [step]}]
    _profile(root / "overlay", "Overlay", resources=names, patches=patches)
    (root / "overlay" / "resources").mkdir()
    for name, several in zip(names, bodies, strict=True):
        (root / "overlay" / name).write_text(write(several))
    (root / "objects.yaml").write_text(write([config_map("first", {"key": "value"})]))


def _overlaid(root: Path) -> str:
    return manifestgen.apply_overlay(root / "objects.yaml", [root / "overlay"]).to_yaml()


def _profile(path: Path, kind: str, **members: Any) -> None:
    path.mkdir()
    head = {"apiVersion": "manifestgen/v1", "kind": kind, "metadata": {"name": path.name}}
    (path / "profile.yaml").write_text(json.dumps({**head, **members}))


def image_rules(number: int, root: Path) -> Work:
    """A rule for the image of each object."""
    pods = [_pod(f"one-{at}", {"name": "main", "image": f"registry.example/image-{at}:1"}) for at in range(number)]
    rules = [{"name": f"registry.example/image-{at}", "newTag": "2"} for at in range(number)]
    return _over(root, pods, images=rules)


def strategic_merge(number: int, root: Path) -> Work:
    """A strategic merge patch that changes and removes variables of one container."""
    body = _pod("one", {"name": "main", "image": "image", "env": _named(number)})
    changed: list[dict[str, str]] = [
        {"name": f"item-{at}", **({"value": "other"} if at % 3 else {"$patch": "delete"})} for at in range(number)
    ]
    merge = _pod("one", {"name": "main", "env": [*changed, {"name": "new", "value": "value"}]})
    return _over(root, [body], patches=[{"patch": json.dumps(merge)}])


def _pod(name: str, container: dict[str, Any]) -> Any:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def _over(root: Path, bodies: list[Any], **members: Any) -> Work:
    _profile(root / "overlay", "Overlay", **members)
    (root / "objects.yaml").write_text(write(bodies))
    return lambda: _overlaid(root)


def by_key(number: int, root: Path) -> Work:
    """Every object of a bundle by its name."""
    bundle = manifestgen.Bundle([resource(config_map(f"one-{at}", {"key": "value"})) for at in range(number)])
    return lambda: [bundle[f"ConfigMap/one-{at}"] for at in range(number)]


# -- patches and operations ------------------------------------------------------------------------------------------


def _targeted(number: int, target: Callable[[int], Selector]) -> Work:
    bodies = [
        resource(config_map(f"app-{at}-conf", {"key": "v"}, namespace=f"ns-{at}", labels={"app": f"app-{at}"}))
        for at in range(number)
    ]
    step = {"op": "replace", "path": "/data/key", "value": "other"}
    patches = [patch(target(at), step) for at in range(number)]
    return lambda: applied(bodies, patches)


def by_name(number: int, root: Path) -> Work:
    """A patch for each object, by kind and name."""
    return _targeted(number, lambda at: Selector(kind="ConfigMap", name=f"app-{at}-conf"))


def by_namespace(number: int, root: Path) -> Work:
    """A patch for each object, by kind and namespace."""
    return _targeted(number, lambda at: Selector(kind="ConfigMap", namespace=f"ns-{at}"))


def by_label(number: int, root: Path) -> Work:
    """A patch for each object, by a label."""
    return _targeted(number, lambda at: Selector(labels=(Requirement("app", "in", frozenset({f"app-{at}"})),)))


def by_beginning(number: int, root: Path) -> Work:
    """A patch for each object, by a regular expression of which the beginning is plain."""
    return _targeted(number, lambda at: Selector(kind="ConfigMap", name=f"app-{at}-[a-z]+"))


def by_choice(number: int, root: Path) -> Work:
    """A patch for each object, by a regular expression with alternatives."""
    return _targeted(number, lambda at: Selector(kind="ConfigMap", name=f"(app-{at}|other-{at})-conf"))


def _operated(body: Any, steps: list[dict[str, Any]], *inside: Embedded) -> Work:
    return lambda: applied([resource(body)], [patch(Selector(), *steps, inside=inside)])


def members(number: int, root: Path) -> Work:
    """Operations on the members of one mapping: replaced, added and removed."""
    steps: list[dict[str, Any]] = []
    for at in range(0, number, 3):
        steps.append({"op": "replace", "path": f"/data/key-{at}", "value": "other"})
        steps.append({"op": "add", "path": f"/data/new-{at}", "value": "value"})
        steps.append({"op": "remove", "path": f"/data/key-{at + 1}"})
    return _operated(config_map("one", {f"key-{at}": "value" for at in range(number + 3)}), steps)


def beside_members(number: int, root: Path) -> Work:
    """Members inserted before others of one mapping."""
    steps = [
        {"op": "add", "path": f"/data/key-{at}", "insert": "before", "value": {f"new-{at}": "value"}}
        for at in range(number)
    ]
    return _operated(config_map("one", {f"key-{at}": "value" for at in range(number)}), steps)


def _named(number: int) -> list[dict[str, str]]:
    return [{"name": f"item-{at}", "value": "value"} for at in range(number)]


def named_items(number: int, root: Path) -> Work:
    """Items of one list, each changed by its name."""
    steps = [{"op": "replace", "path": f"/data/[name=item-{at}]/value", "value": "other"} for at in range(number)]
    return _operated(config_map("one", _named(number)), steps)


def named_insertions(number: int, root: Path) -> Work:
    """Items inserted before, and renamed and removed, each by its name."""
    steps: list[dict[str, Any]] = []
    for at in range(0, number, 3):
        steps.append({"op": "add", "path": f"/data/[name=item-{at}]", "insert": "before", "value": {"name": f"n-{at}"}})
        steps.append({"op": "replace", "path": f"/data/[name=item-{at + 1}]/name", "value": f"other-{at}"})
        steps.append({"op": "remove", "path": f"/data/[name=item-{at + 2}]"})
    return _operated(config_map("one", _named(number + 3)), steps)


def conditional(number: int, root: Path) -> Work:
    """Operations that ask whether a named item is there."""
    steps = [
        {"op": "replace", "path": f"/data/[name=item-{at}]/value", "value": "other", "if": "present"}
        for at in range(number)
    ]
    return _operated(config_map("one", _named(number)), steps)


def numbered_items(number: int, root: Path) -> Work:
    """Scalars put in at the front of a list, changed, and taken out by their places."""
    steps: list[dict[str, Any]] = []
    for at in range(0, number, 3):
        steps.append({"op": "add", "path": "/data/0", "value": f"new-{at}"})
        steps.append({"op": "replace", "path": f"/data/{number // 2}", "value": "other"})
        steps.append({"op": "remove", "path": f"/data/{number - 1}"})
    return _operated(config_map("one", [f"item-{at}" for at in range(number + 3)]), steps)


# -- documents in strings --------------------------------------------------------------------------------------------


def _inside(number: int, form: str, text: str, steps: list[dict[str, Any]]) -> Work:
    return _operated(config_map("one", {"file": text}), steps, Embedded(("data", "file"), form))


def _replaced(number: int) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": f"/map/key-{at}", "value": f"other-{at}"} for at in range(number)]


def _rebuilt(number: int) -> list[dict[str, Any]]:
    """Operations that change, add and remove members and items."""
    steps: list[dict[str, Any]] = []
    for at in range(0, number, 5):
        steps.append({"op": "replace", "path": f"/map/key-{at}", "value": f"other-{at}"})
        steps.append({"op": "add", "path": f"/map/new-{at}", "value": at})
        steps.append({"op": "remove", "path": f"/map/key-{at + 2}"})
        steps.append({"op": "remove", "path": f"/list/[name=item-{at}]"})
        steps.append({"op": "add", "path": "/list/-", "value": {"name": f"new-{at}", "value": "v"}})
    return steps


def _document(number: int) -> Any:
    return {"map": {f"key-{at}": f"value-{at}" for at in range(number + 5)}, "list": _named(number + 5)}


def json_values(number: int, root: Path) -> Work:
    """Operations on the values of a JSON text."""
    return _inside(number, "json", json.dumps(_document(number), indent=2), _replaced(number))


def json_items(number: int, root: Path) -> Work:
    """Operations that change, add and remove in a JSON text."""
    return _inside(number, "json", json.dumps(_document(number), indent=2), _rebuilt(number))


def yaml_values(number: int, root: Path) -> Work:
    """Operations on the values of a YAML text."""
    return _inside(number, "yaml", write([_document(number)]), _replaced(number))


def yaml_items(number: int, root: Path) -> Work:
    """Operations that change, add and remove in a YAML text."""
    return _inside(number, "yaml", write([_document(number)]), _rebuilt(number))


def template_values(number: int, root: Path) -> Work:
    """Operations on a Go template."""
    lines = "".join(f'  key-{at}: "{{{{ .value{at} }}}}"\n' for at in range(number))
    return _inside(number, "gotemplate", f"map:\n{lines}", _replaced(number))


def document_size(number: int, root: Path) -> Work:
    """One operation in a YAML text of so many lines."""
    return _inside(number, "yaml", write([_document(number)]), _replaced(1))


# -- origins ---------------------------------------------------------------------------------------------------------


def _patched(number: int) -> Resource:
    steps = [{"op": "replace", "path": f"/data/key-{at}", "value": "other"} for at in range(number)]
    body = config_map("one", {f"key-{at}": "value" for at in range(number)})
    (found,) = applied([resource(body)], [patch(Selector(), *steps)])
    return found


def each_origin(number: int, root: Path) -> Work:
    """The origin of every field of an object, one call each."""
    one = _patched(number)
    return lambda: [one.origin(f"/data/key-{at}") for at in range(number)]


def all_origins(number: int, root: Path) -> Work:
    """The origins of all fields of an object."""
    one = _patched(number)
    return lambda: origins(one)


def origins_inside(number: int, root: Path) -> Work:
    """The origin of every member of a document in a string, one call each."""
    text = json.dumps(_document(number), indent=2)
    step = patch(Selector(), *_replaced(number), inside=(Embedded(("data", "file"), "json"),))
    (one,) = applied([resource(config_map("one", {"file": text}))], [step])
    return lambda: [one.origin(f"/data/file/map/key-{at}") for at in range(number)]


# -- differences -----------------------------------------------------------------------------------------------------


def changed_lines(number: int, root: Path) -> Work:
    """Two texts of which every second line differs."""
    left = "".join(f"line {at}\n" for at in range(number))
    right = "".join(f"line {at}{' changed' if at % 2 else ''}\n" for at in range(number))
    return lambda: hunks(left, right)


def rewritten_lines(number: int, root: Path) -> Work:
    """Two texts of the same few lines in another order."""
    choose = random.Random(_RANDOM)
    left = "".join(f"line {choose.randrange(number // 4)}\n" for _ in range(number))
    right = "".join(f"line {choose.randrange(number // 4)}\n" for _ in range(number))
    return lambda: hunks(left, right)


def unified_objects(number: int, root: Path) -> Work:
    """The unified difference of an object of which every second member differs."""
    left = manifestgen.Bundle([resource(config_map("one", {f"key-{at}": "value" for at in range(number)}))])
    right = manifestgen.Bundle(
        [resource(config_map("one", {f"key-{at}": "other" if at % 2 else "value" for at in range(number)}))]
    )
    return lambda: manifestgen.diff(left, right).to_unified()


def _shuffled(number: int) -> list[int]:
    order = list(range(number))
    random.Random(_RANDOM).shuffle(order)
    return order


def _as_patch(left: Any, right: Any) -> Work:
    def run() -> list[dict[str, Any]]:
        delta = Comparison("ConfigMap").delta(left, right)
        assert delta
        return list(operations(delta))

    return run


def shuffled_items(number: int, root: Path) -> Work:
    """The JSON patch that reorders named items, some of which are new, gone or changed."""
    left = [{"name": f"item-{at}", "value": "value"} for at in range(number)]
    right = [{"name": f"item-{at}", "value": "value" if at % 5 else "other"} for at in _shuffled(number)]
    right = [{"name": "new"}, *right[: -number // 10]]
    return _as_patch({"env": left}, {"env": right})


def shuffled_scalars(number: int, root: Path) -> Work:
    """The JSON patch that reorders a list of texts."""
    return _as_patch([f"item-{at}" for at in range(number)], [f"item-{at}" for at in _shuffled(number)])


def shuffled_objects(number: int, root: Path) -> Work:
    """The difference of two bundles of the same objects in another order."""
    bodies = [resource(config_map(f"one-{at}", {"key": "value"})) for at in range(number)]
    left, right = manifestgen.Bundle(bodies), manifestgen.Bundle([bodies[at] for at in _shuffled(number)])
    return lambda: manifestgen.diff(left, right).to_text()


def renamed_objects(number: int, root: Path) -> Work:
    """The difference of two bundles whose objects all have other names."""
    left = manifestgen.Bundle([resource(config_map(f"one-{at}", {f"key-{at}": f"{at}"})) for at in range(number)])
    right = manifestgen.Bundle([resource(config_map(f"two-{at}", {f"key-{at}": f"{at}"})) for at in range(number)])
    return lambda: manifestgen.diff(left, right).to_text()


def unkeyed_items(number: int, root: Path) -> Work:
    """The JSON patch of a list of mappings without names, each changed a little."""
    left = [{"a": f"{at}", "b": "same", "c": f"c-{at}"} for at in range(number)]
    right = [{"a": f"{at}", "b": "other", "c": f"c-{at}"} for at in range(number)]
    return _as_patch(left, right)


def removed_fields(number: int, root: Path) -> Work:
    """The difference that a patch made, with the operations that removed fields."""
    before = resource(config_map("one", {f"key-{at}": "value" for at in range(number)}))
    steps = [{"op": "remove", "path": f"/data/key-{at}"} for at in range(number)]
    sides = [manifestgen.Bundle([before]), manifestgen.Bundle(applied([before], [patch(Selector(), *steps)]))]
    return lambda: manifestgen.diff(*sides).to_text()


def fields_inside(number: int, root: Path) -> Work:
    """The difference that a patch made in a document in a string, with its operations."""
    before = resource(config_map("one", {"file": json.dumps(_document(number), indent=2)}))
    step = patch(Selector(), *_replaced(number), inside=(Embedded(("data", "file"), "json"),))
    sides = [manifestgen.Bundle([before]), manifestgen.Bundle(applied([before], [step]))]
    return lambda: manifestgen.diff(*sides).to_text()


ROWS: dict[str, tuple[Callable[[int, Path], Work], int]] = {
    "objects in one file": (objects, 250),
    "files": (files, 60),
    "overlays": (overlays, 15),
    "profiles that extend one another": (extends, 15),
    "depth": (depth, 15),
    "rules for images × objects": (image_rules, 125),
    "items of a strategic merge patch": (strategic_merge, 250),
    "objects of a bundle by name": (by_key, 500),
    "patches × objects, by name": (by_name, 500),
    "patches × objects, by namespace": (by_namespace, 500),
    "patches × objects, by label": (by_label, 500),
    "patches × objects, by the beginning of a name": (by_beginning, 500),
    "patches × objects, by a choice of names": (by_choice, 500),
    "operations on members": (members, 1000),
    "operations beside members": (beside_members, 500),
    "operations on named items": (named_items, 1000),
    "insertions, new names and removals by name": (named_insertions, 1000),
    "operations with a condition": (conditional, 1000),
    "operations on items by place": (numbered_items, 1000),
    "operations on values in JSON": (json_values, 250),
    "operations that rebuild JSON": (json_items, 250),
    "operations on values in YAML": (yaml_values, 125),
    "operations that rebuild YAML": (yaml_items, 125),
    "operations in a Go template": (template_values, 125),
    "size of a document": (document_size, 250),
    "origin() of each field": (each_origin, 500),
    "origins() of an object": (all_origins, 500),
    "origin() of each field of a document": (origins_inside, 125),
    "text of which every second line differs": (changed_lines, 4000),
    "text in another order": (rewritten_lines, 4000),
    "unified difference": (unified_objects, 4000),
    "JSON patch of items in another order": (shuffled_items, 500),
    "JSON patch of scalars in another order": (shuffled_scalars, 500),
    "objects in another order": (shuffled_objects, 250),
    "objects with other names": (renamed_objects, 125),
    "items without names": (unkeyed_items, 250),
    "differences with the operations that removed fields": (removed_fields, 250),
    "differences with operations in a document": (fields_inside, 125),
}
"""Each row of the growth table: the work, and its smallest size."""


def sizes(name: str, *, counted: bool = False) -> list[int]:
    """The sizes of a row, each four times the one before.

    Args:
        name: of the row.
        counted: the smaller ones, for counting, which takes longer than measuring.
    """
    size = ROWS[name][1]
    if name == "depth":  # mappings can stand 64 deep in one another, and no deeper
        return [size, 4 * size]
    return [size // 4, size] if counted else [size, 4 * size, 16 * size]
