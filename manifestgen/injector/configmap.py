"""The injector's ConfigMap in a user's file: finds it, locates its templates and drops fields that the server adds."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from manifestgen.embedded.line_edits import LineEdit, splice
from manifestgen.embedded.string_scalar import Scalar, scalar_at
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse_version
from manifestgen.yamlio.reader import locate, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NAME = "istio-sidecar-injector"
EXPORT = f"kubectl -n istio-system get configmap {NAME} -o yaml"
_SERVER_FIELDS = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?)(?![\d.])")
_PROXY_IMAGE = re.compile(r"/proxyv2:(\d+\.\d+\.\d+)")


class NoInjector(ManifestgenError):
    """A file does not have the ConfigMap of Istio's sidecar injector, or not in a form that can be edited."""


class SeveralInjectors(ManifestgenError):
    """A file has several such ConfigMaps, and the one to change is not named or does not exist."""


class Injector(Record):
    """The injector's ConfigMap in a file.

    Attributes:
        file: the name of the file in messages.
        text: the text of the file, without fields that the API server added.
        config: the string data.config in the text, or the whole text if it is that string itself.
        settings: data.config, parsed.
        templates: the text of each template by name; `template` for the only one.
        positions: line and column of each template's key in data.config, from 1.
        values: data.values, parsed; empty if there is none.
        istio: the version of Istio in the file; None if it has none.
        notes: what was dropped.
    """

    file: str
    text: str
    config: Scalar
    settings: Mapping[str, Any]
    templates: Mapping[str, str]
    positions: Mapping[str, tuple[int, int]]
    values: Mapping[str, Any]
    istio: Version | None
    notes: tuple[str, ...]

    @property
    def mapped(self) -> bool:
        """Whether the templates are a map of pod templates, as from Istio 1.9."""
        return isinstance(self.settings.get("templates"), dict)

    def scalar(self, template: str) -> Scalar:
        """A template at its place in data.config.

        Raises:
            NoInjector: its form cannot be edited.
        """
        what = f"template {template}"
        return _scalar(self.config.value, self.file, what, self.positions[template], self.templates[template])

    def location(self, template: str) -> Location:
        """The location of a template's first line; only the file if its lines are not lines of the file."""
        inner = self.scalar(template)
        if self.config.form == inner.form == "|":
            return Location(self.file, self.config.line + inner.line + 1)
        return Location(self.file)

    def edited(self, edits: Mapping[str, Sequence[LineEdit]]) -> str:
        """The text of the file with edited templates, by name."""
        inner = [one for name, of in edits.items() for one in self.scalar(name).edit(self.config.value, of)]
        return splice(self.text, self.config.edit(self.text, inner))


def find(text: str, file: str, revision: str = "") -> Injector:
    """The injector's ConfigMap in a file: whole, only its `data:`, in a list or a stream, or only data.config.

    Args:
        text: YAML or JSON, as kubectl reads or prints it.
        file: its name in messages.
        revision: which one, if there are several.

    Raises:
        NoInjector, SeveralInjectors: the file has none, or more than one.
        YamlError: the file or data.config cannot be read.
    """
    documents = read(text, file, whole=False)
    body: Mapping[str, Any] = {}
    notes: tuple[str, ...] = ()
    if len(documents) == 1 and _is_config(documents[0]):
        config = Scalar(value=text, form="|", line=0, indent="", span=(0, len(text)))
    else:
        index, path = _choose(list(_candidates(documents)), revision, documents, file)
        body = _at(documents[index], path)
        dropped = _server_fields(body)
        if dropped:
            text = _without(text, file, documents[index], index, [(*path, *member) for member in dropped])
            notes = (f"dropped what the API server adds: {', '.join('.'.join(member) for member in dropped)}",)
        location: tuple[Any, ...] = (*path, "data", "config")
        position = locate(text, file)[index][location]
        config = _scalar(text, file, "data.config", position, body["data"]["config"])
    settings = (read(config.value, f"{file} data.config", whole=False) or [None])[0]
    if not _is_config(settings):
        raise NoInjector("data.config holds no template", where=Location(file), next_step=f"export it again: {EXPORT}")
    paths: dict[str, tuple[str, ...]] = {name: ("templates", name) for name in _mapping(settings.get("templates"))}
    paths = paths or {"template": ("template",)}
    templates = {name: _at(settings, path) for name, path in paths.items() if isinstance(_at(settings, path), str)}
    where = locate(config.value, file)[0]
    positions = {name: where[paths[name]] for name in templates}
    values = _values(body)
    istio = _istio(body, values, templates.values())
    return Injector(
        file=file,
        text=text,
        config=config,
        settings=settings,
        templates=templates,
        positions=positions,
        values=values,
        istio=istio,
        notes=notes,
    )


def _is_config(value: Any) -> bool:
    """Whether a value looks like data.config."""
    return isinstance(value, dict) and ("templates" in value or isinstance(value.get("template"), str))


def _candidates(documents: list[Any]) -> Iterator[tuple[int, tuple[Any, ...], dict[str, Any]]]:
    """The objects that could be the ConfigMap: index of the document, path in it, body."""
    for index, document in enumerate(documents):
        items = document.get("items") if isinstance(document, dict) and document.get("kind") == "List" else None
        within = [(("items", i), item) for i, item in enumerate(items)] if isinstance(items, list) else [((), document)]
        for path, body in within:
            data = body.get("data") if isinstance(body, dict) else None
            name = _name(body)
            if isinstance(data, dict) and isinstance(data.get("config"), str) and (not name or name.startswith(NAME)):
                yield index, path, body


def _choose(
    found: list[tuple[int, tuple[Any, ...], dict[str, Any]]], revision: str, documents: list[Any], file: str
) -> tuple[int, tuple[Any, ...]]:
    if not found:
        there = ", ".join(
            f"{document.get('kind', 'a mapping')} {_name(document)}".strip()
            for document in documents
            if isinstance(document, dict)
        )
        raise NoInjector(
            f"there is no ConfigMap {NAME} with data.config in it",
            where=Location(file),
            found=there or "no object",
            next_step=f"give what this prints: {EXPORT}",
        )
    revisions = [_revision(body) for _, _, body in found]
    chosen = [one for one, name in zip(found, revisions, strict=True) if not revision or name == revision]
    if len(chosen) != 1:
        what = f"none of its injectors is of revision {revision}" if revision else "it holds several injectors"
        raise SeveralInjectors(
            what, where=Location(file), candidates=revisions, next_step="name one by its revision: --revision NAME"
        )
    return chosen[0][:2]


def _name(body: Any) -> str:
    name = _mapping(_mapping(body).get("metadata")).get("name")
    return name if isinstance(name, str) else ""


def _revision(body: dict[str, Any]) -> str:
    labels = _mapping(_mapping(body.get("metadata")).get("labels"))
    return str(labels.get("istio.io/rev") or "") or _name(body)[len(NAME) :].removeprefix("-") or "default"


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _scalar(text: str, file: str, what: str, position: tuple[int, int], value: str) -> Scalar:
    found = scalar_at(text, *position, value)
    if found is None:
        raise NoInjector(
            f"{what} is written in a form that cannot be edited in place",
            where=Location(file, *position) if what == "data.config" else Location(file),
            next_step="write it as a block: a | after the key, the text on lines of its own below",
        )
    return found


def _server_fields(body: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The paths of fields that the API server adds, which a user does not apply."""
    metadata = _mapping(body.get("metadata"))
    found: list[tuple[str, ...]] = [("metadata", key) for key in _SERVER_FIELDS if key in metadata]
    annotations = _mapping(metadata.get("annotations"))
    if _LAST_APPLIED in annotations:
        found.append(("metadata", "annotations", *([_LAST_APPLIED] if len(annotations) > 1 else [])))
    return found


def _without(text: str, file: str, document: Any, index: int, members: list[tuple[Any, ...]]) -> str:
    """A text without some members of one document; JSON is rewritten, from YAML their lines are removed."""
    if text.lstrip().startswith("{"):
        for member in members:
            del _at(document, member[:-1])[member[-1]]
        return json.dumps(document, indent=4, ensure_ascii=False) + "\n"
    positions = locate(text, file)[index]
    lines = text.split("\n")
    return splice(text, [one for member in members for one in _member(lines, *positions[member])])


def _member(lines: list[str], line: int, column: int) -> Iterator[LineEdit]:
    """The lines of a member, given the line and column of its key, from 1; None if other members share them."""
    if lines[line - 1][: column - 1].strip():
        return
    last = line
    for number in range(line, len(lines)):
        rest = lines[number][column - 1 :].rstrip()
        if lines[number][: column - 1].strip() or (rest and rest[0] not in " -"):
            break
        last = number + 1 if rest else last
    yield LineEdit(line - 1, last)


def _values(body: Mapping[str, Any]) -> Mapping[str, Any]:
    written = _mapping(body.get("data")).get("values")
    try:
        return _mapping(json.loads(written)) if isinstance(written, str) else {}
    except (ValueError, RecursionError):
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def _istio(body: Mapping[str, Any], values: Mapping[str, Any], templates: Iterable[str]) -> Version | None:
    """The version of Istio that a ConfigMap is for, from its Helm values, its labels or its proxy image."""
    labels = _mapping(_mapping(body.get("metadata")).get("labels"))
    named = [_mapping(values.get("global")).get("tag"), labels.get("app.kubernetes.io/version")]
    named += [image.group(1) for template in templates if (image := _PROXY_IMAGE.search(template))]
    named += [str(labels.get(key, "")).rpartition("-")[2] for key in ("helm.sh/chart", "chart")]
    for word in named:
        version = _VERSION.match(word) if isinstance(word, str) else None
        if version:
            return parse_version(version.group(1))
    return None
