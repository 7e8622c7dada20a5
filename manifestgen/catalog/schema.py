"""The format of `profile.yaml`: a parsed YAML document becomes a Layer, strictly.

Field names are Kustomize's wherever the meaning is Kustomize's. A JSON Schema of the same format, for editors,
is in `profile.schema.json` beside this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS, When, read_when
from manifestgen.catalog.errors import InvalidProfile, UnknownKey
from manifestgen.catalog.model import ConditionalPatch, Image, Labels, Layer, Parameter, Prototype, ResourceFile
from manifestgen.catalog.parameter_types import TYPES, Bounds
from manifestgen.catalog.parameters import validate
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message, nearest
from manifestgen.model import pointer
from manifestgen.patch.expect import Expect, read_expect
from manifestgen.patch.model import Embedded, Patch
from manifestgen.patch.operation import read_operation
from manifestgen.patch.select import Selector, check_pattern, requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from manifestgen.patch.operation import PatchOperation
    from manifestgen.yamlio.locations import SourceRef

    Files = Callable[[str, SourceRef], tuple[Any, SourceRef]]
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


def read_layer(body: Any, ref: SourceRef, directory: str, files: Files) -> Layer:
    """A layer from the document of its file.

    Args:
        body: the document.
        ref: its top.
        directory: where the layer's other files are.
        files: reads a patch file.

    Raises:
        Failures, or the only failure: every mistake in the file, each at its place.
    """
    kind = _header(body, ref)
    short = body["metadata"]["name"]
    gathered = ErrorCollector()
    for member in body:
        if member not in _MEMBERS[kind]:
            gathered.add(UnknownKey(member, _MEMBERS[kind], ref.at(member).location, f"kind {kind}"))
    parts: dict[str, Any] = {}
    for member, reader in _READERS.items():
        with gathered:
            if member in body:
                parts[member] = reader(body[member], ref.at(member), files)
    for member in ("extends", "summary"):
        if not isinstance(body.get(member, ""), str):
            gathered.add(_wrong(body[member], "a text", ref.at(member)))
    gathered.raise_all()
    return Layer(
        f"{kind.lower()} {short}",
        short,
        directory,
        ref,
        extends=body.get("extends", ""),
        summary=body.get("summary", ""),
        info={member: body[member] for member in _FACTS if member in body},
        **parts,
    )


def _header(body: Any, ref: SourceRef) -> str:
    if not isinstance(body, dict):
        raise InvalidProfile(
            "a profile is a mapping" if body is not None else "the file is empty",
            where=ref.location,
            found="" if body is None else as_message(body),
            next_step=f"start it with apiVersion: {API_VERSION}, kind: Profile and metadata: {{name: …}}",
        )
    if body.get("apiVersion") != API_VERSION:
        where = ref.at("apiVersion").location
        raise InvalidProfile(f"apiVersion must be {API_VERSION}", where=where, found=as_message(body.get("apiVersion")))
    kind = body.get("kind")
    if kind not in _MEMBERS:
        known = tuple(_MEMBERS)
        where = ref.at("kind").location
        raise InvalidProfile(
            f"{as_message(kind)} is not a kind of file", where=where, candidates=nearest(str(kind), known) or known
        )
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str) or not metadata["name"]:
        raise InvalidProfile("metadata.name is missing", where=ref.at("metadata").location, found=as_message(metadata))
    if len(metadata) > 1:
        extra = next(member for member in metadata if member != "name")
        raise UnknownKey(extra, ("name",), ref.at("metadata", extra).location, "metadata")
    return str(kind)


def _wrong(value: Any, wanted: str, ref: SourceRef) -> InvalidProfile:
    name = ref.path[-1] if ref.path else "the document"
    return InvalidProfile(f"{name} must be {wanted}", where=ref.location, found=as_message(value))


def _items(written: Any, ref: SourceRef) -> Iterable[tuple[Any, SourceRef]]:
    if not isinstance(written, list):
        raise _wrong(written, "a list", ref)
    return [(item, ref.at(index)) for index, item in enumerate(written)]


def _mapping(written: Any, ref: SourceRef, known: Iterable[str], what: str) -> Mapping[str, Any]:
    if not isinstance(written, dict):
        raise _wrong(written, "a mapping", ref)
    for member in written:
        if member not in known:
            raise UnknownKey(member, known, ref.at(member).location, what)
    return written


def _text(written: Mapping[str, Any], member: str, ref: SourceRef, default: str | None = "") -> str:
    value = written.get(member, default)
    if not isinstance(value, str) or (default is None and not value):
        raise _wrong(value, "a text", ref.at(member))
    return value


def _gather(read: Callable[[Any, SourceRef], Any], written: Any, ref: SourceRef) -> tuple[Any, ...]:
    """Read every item of a list, reporting all that fail together."""
    gathered = ErrorCollector()
    found = []
    for item, location in _items(written, ref):
        with gathered:
            found.append(read(item, location))
    gathered.raise_all()
    return tuple(found)


def _values(written: Any, ref: SourceRef, _: Files) -> Mapping[str, Any]:
    if not isinstance(written, dict):
        raise _wrong(written, "a mapping", ref)
    return written


def _resources(written: Any, ref: SourceRef, _: Files) -> tuple[ResourceFile, ...]:
    def read(item: Any, at: SourceRef) -> ResourceFile:
        entry = (
            {"path": item} if isinstance(item, str) else _mapping(item, at, ("path", "component", "when"), "a resource")
        )
        when = read_when(entry["when"], at.at("when")) if "when" in entry else ALWAYS
        return ResourceFile(_text(entry, "path", at, None), _text(entry, "component", at), when, at)

    return _gather(read, written, ref)


def _patches(written: Any, ref: SourceRef, files: Files) -> tuple[ConditionalPatch, ...]:
    return _gather(lambda item, at: read_patch(item, at, files), written, ref)


def read_patch(written: Any, ref: SourceRef, files: Files) -> ConditionalPatch:
    """One entry of `patches`: Kustomize's, with `when`, `expect` and `document` beside.

    Raises:
        ManifestgenError: at the place of the mistake.
    """
    entry = _mapping(written, ref, _PATCH, "a patch")
    if ("path" in entry) == ("patch" in entry):
        raise InvalidProfile("a patch has either path or patch", where=ref.location, found=as_message(sorted(entry)))
    if "path" in entry:
        operations, at = files(_text(entry, "path", ref, None), ref.at("path"))
    else:
        operations, at = entry["patch"], ref.at("patch")
        if isinstance(operations, str):
            operations = _inline(operations, at)
    patch = Patch(*_head(entry, ref), read_operations(operations, at), ref)
    return ConditionalPatch(patch, read_when(entry["when"], ref.at("when")) if "when" in entry else ALWAYS)


def _head(entry: Mapping[str, Any], ref: SourceRef) -> tuple[Selector, Expect, tuple[Embedded, ...]]:
    if "target" not in entry:
        raise InvalidProfile("a patch needs a target", where=ref.location, next_step="add target: {kind: …, name: …}")
    target = read_target(entry["target"], ref.at("target"))
    expect = _placed(lambda: read_expect(entry["expect"]), ref.at("expect")) if "expect" in entry else Expect()
    return target, expect, _inside(entry["document"], ref.at("document")) if "document" in entry else ()


def _inline(text: str, ref: SourceRef) -> Any:
    """Kustomize's patch as a string of YAML or JSON."""
    from manifestgen.yamlio.reader import read  # few profiles have one

    documents = read(text, f"{ref.location} (string)")
    if len(documents) != 1:
        raise InvalidProfile("the string holds no patch", where=ref.location, found=f"{len(documents)} documents")
    return documents[0]


def read_operations(written: Any, ref: SourceRef) -> tuple[PatchOperation, ...]:
    """The operations of a patch.

    Raises:
        Failures, or the only failure: not a list, or operations that are malformed.
    """
    if isinstance(written, dict):
        raise InvalidProfile(
            "a patch is a list of RFC 6902 operations, this is a mapping",
            where=ref.location,
            next_step="write the change as operations: strategic merge patches are not taken",
        )
    if not isinstance(written, list):
        raise InvalidProfile("a patch is a list of operations", where=ref.location, found=as_message(written))
    return _gather(lambda item, at: _placed(lambda: read_operation(item, at), at), written, ref)


def _placed(read: Callable[[], Any], ref: SourceRef) -> Any:
    """Give an error of a lower layer, which knows no place, the place of what it is about."""
    try:
        return read()
    except ManifestgenError as error:
        error.where = error.where or ref.location
        raise


def read_target(written: Any, ref: SourceRef) -> Selector:
    """A patch target, in the fields of Kustomize's selector.

    Raises:
        InvalidProfile, InvalidSelector: at the place of the mistake.
    """
    entry = _mapping(written, ref, _TARGET, "a target")
    if not entry:
        raise InvalidProfile(
            "the target is empty and would match everything",
            where=ref.location,
            next_step='write kind: ".*" if that is meant',
        )
    fields: dict[str, Any] = {}
    for member in entry:
        text, at = _text(entry, member, ref), ref.at(member)
        if member in _REQUIREMENTS:
            fields[_REQUIREMENTS[member]] = _placed(lambda text=text: requirements(text), at)  # type: ignore[misc]
        else:
            fields[member] = _placed(lambda text=text: check_pattern(text), at)  # type: ignore[misc]
    return Selector(**fields)


def _inside(written: Any, ref: SourceRef) -> tuple[Embedded, ...]:
    def read(item: Any, at: SourceRef) -> Embedded:
        entry = _mapping(item, at, ("path", "format"), "a document")
        form = _text(entry, "format", at, None)
        if form not in FORMATS:
            raise InvalidProfile(f"{form!r} is not a format", where=at.at("format").location, candidates=FORMATS)
        return Embedded(pointer.parse(_text(entry, "path", at, None)), form)

    return _gather(read, written, ref) if isinstance(written, list) else (read(written, ref),)


def _images(written: Any, ref: SourceRef, _: Files) -> tuple[Image, ...]:
    def read(item: Any, at: SourceRef) -> Image:
        entry = _mapping(item, at, ("name", "newName", "newTag", "digest"), "an image")
        parts = [_text(entry, member, at) for member in ("newName", "newTag", "digest")]
        return Image(_text(entry, "name", at, None), parts[0], parts[1], parts[2], at)

    return _gather(read, written, ref)


def _labels(written: Any, ref: SourceRef, _: Files) -> tuple[Labels, ...]:
    def read(item: Any, at: SourceRef) -> Labels:
        entry = _mapping(item, at, ("pairs", "includeTemplates"), "labels")
        pairs = entry.get("pairs")
        if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
            raise _wrong(pairs, "names and texts", at.at("pairs"))
        return Labels(pairs, entry.get("includeTemplates") is True, at)

    return _gather(read, written, ref)


def _parameters(written: Any, ref: SourceRef, _: Files) -> Mapping[str, Parameter]:
    if not isinstance(written, dict):
        raise _wrong(written, "a mapping", ref)
    return {name: _parameter(name, item, ref.at(name)) for name, item in written.items()}


def _parameter(name: str, written: Any, ref: SourceRef) -> Parameter:
    entry = _mapping(written, ref, _PARAMETER, f"parameter {name}")
    kind = _text(entry, "type", ref, None)
    if kind not in TYPES:
        location = ref.at("type").location
        raise InvalidProfile(f"{kind!r} is not a type", where=location, candidates=nearest(kind, TYPES) or tuple(TYPES))
    sets = _gather(lambda item, at: _landing(name, item, at), entry.get("sets", []), ref.at("sets"))
    each = _gather(lambda item, at: _each(name, item, at), entry.get("each", []), ref.at("each"))
    texts = [_text(entry, member, ref) for member in ("description", "example")]
    secret = entry.get("secret") is True
    parameter = Parameter(name, kind, texts[0], _bounds(entry, ref), None, secret, sets, ref, each, texts[1])
    if "default" not in entry:
        return parameter
    at = ref.at("default")
    if kind == "file":
        raise InvalidProfile("a file has no default", where=at.location, next_step="give its path under values")
    return parameter._replace(default=validate(parameter, entry["default"], lambda: at.location))


def _bounds(entry: Mapping[str, Any], ref: SourceRef) -> Bounds:
    given: dict[str, Any] = {}
    for member in Bounds._fields:
        if member not in entry:
            continue
        value, wanted = entry[member], _BOUND_TYPES.get(member, str)
        is_sound = isinstance(value, wanted) and not isinstance(value, bool)
        if not is_sound or (wanted is list and not all(isinstance(item, str) for item in value)):
            raise _wrong(value, _BOUNDS[wanted], ref.at(member))
        given[member] = tuple(value) if wanted is list else value
    _placed(lambda: check_pattern(given.get("pattern", "")), ref.at("pattern"))
    return Bounds(**given)


def _landing(name: str, written: Any, ref: SourceRef) -> ConditionalPatch:
    """One entry of a parameter's `sets`: a patch whose operation is bound to the parameter.

    An operation that has a value of its own, or needs none, is taken as it is. A list of paths means each of them.
    """
    entry = _mapping(written, ref, _SETS, f"sets of {name}")
    members = {member: entry[member] for member in ("from", "value", "create", "insert") if member in entry}
    operation = {"op": entry.get("op", "add"), **members}
    if "value" not in entry and operation["op"] in _BOUND:
        operation["valueFrom"] = {"parameter": name, **{part: entry[part] for part in ("as", "text") if part in entry}}
    paths = entry["path"] if isinstance(entry.get("path"), list) else [entry.get("path")]
    steps = tuple(read_operation({**operation, "path": path}, ref) for path in paths)
    when: When = read_when(entry["when"], ref.at("when")) if "when" in entry else ALWAYS
    return ConditionalPatch(Patch(*_head(entry, ref), steps, ref), when)


def _each(name: str, written: Any, ref: SourceRef) -> Prototype:
    """One entry of a parameter's `each`: how it lands in the copy for one item."""
    entry = dict(_mapping(written, ref, _EACH, f"each of {name}"))
    without = entry.pop("without", "drop")
    if without not in _WITHOUT:
        raise InvalidProfile(f"without is {as_message(without)}", where=ref.at("without").location, candidates=_WITHOUT)
    return Prototype(_landing(name, entry, ref), without == "keep")


_READERS: dict[str, Callable[[Any, SourceRef, Files], Any]] = {
    "values": _values,
    "resources": _resources,
    "patches": _patches,
    "images": _images,
    "labels": _labels,
    "parameters": _parameters,
}
