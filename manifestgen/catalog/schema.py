"""The format of `profile.yaml`: a parsed YAML document becomes a Layer, strictly.

Field names are Kustomize's wherever the meaning is Kustomize's. A JSON Schema of the same format, for editors,
is in `profile.schema.json` beside this module.
"""

from __future__ import annotations

from typing import Any

from manifestgen.catalog.conditions import ALWAYS, When, read_when
from manifestgen.catalog.errors import InvalidProfile, UnknownKey
from manifestgen.catalog.model import Conditional, Each, Image, Labels, Layer, Parameter, ResourceFile
from manifestgen.catalog.parameter_types import TYPES, Bounds
from manifestgen.catalog.parameters import check
from manifestgen.errors import Gathered, ManifestgenError, nearest, shown
from manifestgen.model import pointer
from manifestgen.patch.model import Embedded, Expect, Patch
from manifestgen.patch.operation import read_operation
from manifestgen.patch.select import Selector, check_pattern, requirements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from manifestgen.patch.operation import PatchOperation
    from manifestgen.yamlio.locations import Anchor

    Files = Callable[[str, Anchor], tuple[Any, Anchor]]
    """Reads a patch file that a layer names: its first document, and the anchor of that."""

API_VERSION = "manifestgen/v1"
FORMATS = ("json", "yaml", "gotemplate")

_COMMON = ("apiVersion", "kind", "metadata", "summary", "values", "resources", "patches", "images", "labels")
_MEMBERS = {
    "Profile": (*_COMMON, "extends", "parameters"),
    "Overlay": _COMMON,
    "Release": (*_COMMON, "version", "imageTag", "documented", "tested", "faults", "sources"),
}
_BOUND = ("add", "replace", "test")
_FACTS = ("version", "imageTag", "documented", "tested", "faults", "sources")
_TARGET = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
_REQUIREMENTS = {"labelSelector": "labels", "annotationSelector": "annotations"}
_PATCH = ("target", "when", "expect", "document", "path", "patch")
_SETS = ("target", "when", "expect", "document", "op", "path", "from", "value", "create", "insert", "as", "text")
_EACH = (*_SETS, "without")
_WITHOUT = ("drop", "keep")
_PARAMETER = ("type", "description", "default", "example", "secret", "sets", "each", *Bounds._fields)
_BOUNDS: dict[type, str] = {str: "a text", int: "a whole number", list: "a list of texts"}
_BOUND_TYPES = {"choices": list, "also": list, "minimum": int, "maximum": int, "family": int}


def read_layer(body: Any, anchor: Anchor, directory: str, files: Files) -> Layer:
    """A layer from the document of its file.

    Args:
        body: the document.
        anchor: its top.
        directory: where the layer's other files are.
        files: reads a patch file.

    Raises:
        Failures, or the only failure: every mistake in the file, each at its place.
    """
    kind = _header(body, anchor)
    short = body["metadata"]["name"]
    gathered = Gathered()
    for member in body:
        if member not in _MEMBERS[kind]:
            gathered.add(UnknownKey(member, _MEMBERS[kind], anchor.at(member).place, f"kind {kind}"))
    parts: dict[str, Any] = {}
    for member, reader in _READERS.items():
        with gathered:
            if member in body:
                parts[member] = reader(body[member], anchor.at(member), files)
    for member in ("extends", "summary"):
        if not isinstance(body.get(member, ""), str):
            gathered.add(_wrong(body[member], "a text", anchor.at(member)))
    gathered.raise_all()
    return Layer(
        f"{kind.lower()} {short}",
        short,
        directory,
        anchor,
        extends=body.get("extends", ""),
        summary=body.get("summary", ""),
        facts={member: body[member] for member in _FACTS if member in body},
        **parts,
    )


def _header(body: Any, anchor: Anchor) -> str:
    if not isinstance(body, dict):
        raise InvalidProfile(
            "a profile is a mapping" if body is not None else "the file is empty",
            where=anchor.place,
            found="" if body is None else shown(body),
            next_step=f"start it with apiVersion: {API_VERSION}, kind: Profile and metadata: {{name: …}}",
        )
    if body.get("apiVersion") != API_VERSION:
        where = anchor.at("apiVersion").place
        raise InvalidProfile(f"apiVersion must be {API_VERSION}", where=where, found=shown(body.get("apiVersion")))
    kind = body.get("kind")
    if kind not in _MEMBERS:
        known = tuple(_MEMBERS)
        where = anchor.at("kind").place
        raise InvalidProfile(
            f"{shown(kind)} is not a kind of file", where=where, candidates=nearest(str(kind), known) or known
        )
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str) or not metadata["name"]:
        raise InvalidProfile("metadata.name is missing", where=anchor.at("metadata").place, found=shown(metadata))
    if len(metadata) > 1:
        extra = next(member for member in metadata if member != "name")
        raise UnknownKey(extra, ("name",), anchor.at("metadata", extra).place, "metadata")
    return str(kind)


def _wrong(value: Any, wanted: str, anchor: Anchor) -> InvalidProfile:
    name = anchor.path[-1] if anchor.path else "the document"
    return InvalidProfile(f"{name} must be {wanted}", where=anchor.place, found=shown(value))


def _items(written: Any, anchor: Anchor) -> Iterable[tuple[Any, Anchor]]:
    if not isinstance(written, list):
        raise _wrong(written, "a list", anchor)
    return [(item, anchor.at(index)) for index, item in enumerate(written)]


def _mapping(written: Any, anchor: Anchor, known: Iterable[str], what: str) -> Mapping[str, Any]:
    if not isinstance(written, dict):
        raise _wrong(written, "a mapping", anchor)
    for member in written:
        if member not in known:
            raise UnknownKey(member, known, anchor.at(member).place, what)
    return written


def _text(written: Mapping[str, Any], member: str, anchor: Anchor, default: str | None = "") -> str:
    value = written.get(member, default)
    if not isinstance(value, str) or (default is None and not value):
        raise _wrong(value, "a text", anchor.at(member))
    return value


def _gather(read: Callable[[Any, Anchor], Any], written: Any, anchor: Anchor) -> tuple[Any, ...]:
    """Read every item of a list, reporting all that fail together."""
    gathered = Gathered()
    found = []
    for item, place in _items(written, anchor):
        with gathered:
            found.append(read(item, place))
    gathered.raise_all()
    return tuple(found)


def _values(written: Any, anchor: Anchor, _: Files) -> Mapping[str, Any]:
    if not isinstance(written, dict):
        raise _wrong(written, "a mapping", anchor)
    return written


def _resources(written: Any, anchor: Anchor, _: Files) -> tuple[ResourceFile, ...]:
    def read(item: Any, at: Anchor) -> ResourceFile:
        entry = (
            {"path": item} if isinstance(item, str) else _mapping(item, at, ("path", "component", "when"), "a resource")
        )
        when = read_when(entry["when"], at.at("when")) if "when" in entry else ALWAYS
        return ResourceFile(_text(entry, "path", at, None), _text(entry, "component", at), when, at)

    return _gather(read, written, anchor)


def _patches(written: Any, anchor: Anchor, files: Files) -> tuple[Conditional, ...]:
    return _gather(lambda item, at: read_patch(item, at, files), written, anchor)


def read_patch(written: Any, anchor: Anchor, files: Files) -> Conditional:
    """One entry of `patches`: Kustomize's, with `when`, `expect` and `document` beside.

    Raises:
        ManifestgenError: at the place of the mistake.
    """
    entry = _mapping(written, anchor, _PATCH, "a patch")
    if ("path" in entry) == ("patch" in entry):
        raise InvalidProfile("a patch has either path or patch", where=anchor.place, found=shown(sorted(entry)))
    if "path" in entry:
        operations, at = files(_text(entry, "path", anchor, None), anchor.at("path"))
    else:
        operations, at = entry["patch"], anchor.at("patch")
        if isinstance(operations, str):
            operations = _inline(operations, at)
    patch = Patch(*_head(entry, anchor), read_operations(operations, at), anchor)
    return Conditional(patch, read_when(entry["when"], anchor.at("when")) if "when" in entry else ALWAYS)


def _head(entry: Mapping[str, Any], anchor: Anchor) -> tuple[Selector, Expect, tuple[Embedded, ...]]:
    if "target" not in entry:
        raise InvalidProfile("a patch needs a target", where=anchor.place, next_step="add target: {kind: …, name: …}")
    target = read_target(entry["target"], anchor.at("target"))
    expect = _expect(entry["expect"], anchor.at("expect")) if "expect" in entry else Expect()
    return target, expect, _inside(entry["document"], anchor.at("document")) if "document" in entry else ()


def _inline(text: str, anchor: Anchor) -> Any:
    """Kustomize's patch as a string of YAML or JSON."""
    from manifestgen.yamlio.reader import read  # noqa: PLC0415 - few profiles have one

    documents = read(text, f"{anchor.place} (string)")
    if len(documents) != 1:
        raise InvalidProfile("the string holds no patch", where=anchor.place, found=f"{len(documents)} documents")
    return documents[0]


def read_operations(written: Any, anchor: Anchor) -> tuple[PatchOperation, ...]:
    """The operations of a patch.

    Raises:
        Failures, or the only failure: not a list, empty, or operations that are malformed.
    """
    if isinstance(written, dict):
        raise InvalidProfile(
            "a patch is a list of RFC 6902 operations, this is a mapping",
            where=anchor.place,
            next_step="write the change as operations: strategic merge patches are not taken",
        )
    if not isinstance(written, list) or not written:
        raise InvalidProfile("a patch is a list of operations", where=anchor.place, found=shown(written))
    return _gather(lambda item, at: _placed(lambda: read_operation(item, at), at), written, anchor)


def _placed(read: Callable[[], Any], anchor: Anchor) -> Any:
    """Give an error of a lower layer, which knows no place, the place of what it is about."""
    try:
        return read()
    except ManifestgenError as error:
        error.where = error.where or anchor.place
        raise


def read_target(written: Any, anchor: Anchor) -> Selector:
    """A patch target, in the fields of Kustomize's selector.

    Raises:
        InvalidProfile, InvalidSelector: at the place of the mistake.
    """
    entry = _mapping(written, anchor, _TARGET, "a target")
    if not entry:
        raise InvalidProfile(
            "the target is empty and would match everything",
            where=anchor.place,
            next_step='write kind: ".*" if that is meant',
        )
    fields: dict[str, Any] = {}
    for member in entry:
        text, at = _text(entry, member, anchor), anchor.at(member)
        if member in _REQUIREMENTS:
            fields[_REQUIREMENTS[member]] = _placed(lambda text=text: requirements(text), at)  # type: ignore[misc]
        else:
            fields[member] = _placed(lambda text=text: check_pattern(text), at)  # type: ignore[misc]
    return Selector(**fields)


def _expect(written: Any, anchor: Anchor) -> Expect:
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return Expect(written, written)
    if isinstance(written, str) and written.rstrip("+").isdigit():
        count = int(written.rstrip("+"))
        return Expect(count, None if written.endswith("+") else count)
    raise InvalidProfile(
        "expect is a number, or a number with + for at least",
        where=anchor.place,
        found=shown(written),
        candidates=("1", "0+", "1+"),
    )


def _inside(written: Any, anchor: Anchor) -> tuple[Embedded, ...]:
    def read(item: Any, at: Anchor) -> Embedded:
        entry = _mapping(item, at, ("path", "format"), "a document")
        form = _text(entry, "format", at, None)
        if form not in FORMATS:
            raise InvalidProfile(f"{form!r} is not a format", where=at.at("format").place, candidates=FORMATS)
        return Embedded(pointer.parse(_text(entry, "path", at, None)), form)

    return _gather(read, written, anchor) if isinstance(written, list) else (read(written, anchor),)


def _images(written: Any, anchor: Anchor, _: Files) -> tuple[Image, ...]:
    def read(item: Any, at: Anchor) -> Image:
        entry = _mapping(item, at, ("name", "newName", "newTag", "digest"), "an image")
        parts = [_text(entry, member, at) for member in ("newName", "newTag", "digest")]
        return Image(_text(entry, "name", at, None), parts[0], parts[1], parts[2], at)

    return _gather(read, written, anchor)


def _labels(written: Any, anchor: Anchor, _: Files) -> tuple[Labels, ...]:
    def read(item: Any, at: Anchor) -> Labels:
        entry = _mapping(item, at, ("pairs", "includeTemplates"), "labels")
        pairs = entry.get("pairs")
        if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
            raise _wrong(pairs, "names and texts", at.at("pairs"))
        return Labels(pairs, entry.get("includeTemplates") is True, at)

    return _gather(read, written, anchor)


def _parameters(written: Any, anchor: Anchor, _: Files) -> Mapping[str, Parameter]:
    if not isinstance(written, dict):
        raise _wrong(written, "a mapping", anchor)
    return {name: _parameter(name, item, anchor.at(name)) for name, item in written.items()}


def _parameter(name: str, written: Any, anchor: Anchor) -> Parameter:
    entry = _mapping(written, anchor, _PARAMETER, f"parameter {name}")
    kind = _text(entry, "type", anchor, None)
    if kind not in TYPES:
        place = anchor.at("type").place
        raise InvalidProfile(f"{kind!r} is not a type", where=place, candidates=nearest(kind, TYPES) or tuple(TYPES))
    sets = _gather(lambda item, at: _landing(name, item, at), entry.get("sets", []), anchor.at("sets"))
    each = _gather(lambda item, at: _each(name, item, at), entry.get("each", []), anchor.at("each"))
    texts = [_text(entry, member, anchor) for member in ("description", "example")]
    secret = entry.get("secret") is True
    parameter = Parameter(name, kind, texts[0], _bounds(entry, anchor), None, secret, sets, anchor, each, texts[1])
    if "default" not in entry:
        return parameter
    at = anchor.at("default")
    if kind == "file":
        raise InvalidProfile("a file has no default", where=at.place, next_step="give its path under values")
    return parameter._replace(default=check(parameter, entry["default"], lambda: at.place))


def _bounds(entry: Mapping[str, Any], anchor: Anchor) -> Bounds:
    given: dict[str, Any] = {}
    for member in Bounds._fields:
        if member not in entry:
            continue
        value, wanted = entry[member], _BOUND_TYPES.get(member, str)
        is_sound = isinstance(value, wanted) and not isinstance(value, bool)
        if not is_sound or (wanted is list and not all(isinstance(item, str) for item in value)):
            raise _wrong(value, _BOUNDS[wanted], anchor.at(member))
        given[member] = tuple(value) if wanted is list else value
    _placed(lambda: check_pattern(given.get("pattern", "")), anchor.at("pattern"))
    return Bounds(**given)


def _landing(name: str, written: Any, anchor: Anchor) -> Conditional:
    """One entry of a parameter's `sets`: a patch whose operation is bound to the parameter.

    An operation that has a value of its own, or needs none, is taken as it is. A list of paths means each of them.
    """
    entry = _mapping(written, anchor, _SETS, f"sets of {name}")
    members = {member: entry[member] for member in ("from", "value", "create", "insert") if member in entry}
    operation = {"op": entry.get("op", "add"), **members}
    if "value" not in entry and operation["op"] in _BOUND:
        operation["valueFrom"] = {"parameter": name, **{part: entry[part] for part in ("as", "text") if part in entry}}
    paths = entry["path"] if isinstance(entry.get("path"), list) else [entry.get("path")]
    steps = tuple(read_operation({**operation, "path": path}, anchor) for path in paths)
    when: When = read_when(entry["when"], anchor.at("when")) if "when" in entry else ALWAYS
    return Conditional(Patch(*_head(entry, anchor), steps, anchor), when)


def _each(name: str, written: Any, anchor: Anchor) -> Each:
    """One entry of a parameter's `each`: how it lands in the copy for one item."""
    entry = dict(_mapping(written, anchor, _EACH, f"each of {name}"))
    without = entry.pop("without", "drop")
    if without not in _WITHOUT:
        raise InvalidProfile(f"without is {shown(without)}", where=anchor.at("without").place, candidates=_WITHOUT)
    return Each(_landing(name, entry, anchor), without == "keep")


_READERS: dict[str, Callable[[Any, Anchor, Files], Any]] = {
    "values": _values,
    "resources": _resources,
    "patches": _patches,
    "images": _images,
    "labels": _labels,
    "parameters": _parameters,
}
