"""Finding keys and list items in a Go template by path (`/spec/containers/[name=istio-proxy]/volumeMounts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.embedded.gotemplate.lexer import Branch, Delimiters, TemplateSource, actions, detect
from manifestgen.embedded.gotemplate.outline import PRINTED, Node, outline, plain, printed_lines
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location
from manifestgen.model.pointer import is_index, parse_pointer
from manifestgen.model.record import Record
from manifestgen.patch import segments

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 12


class PlaceNotFound(ManifestgenError):
    """A template has no place that matches an edit's path, or several, or none where lines are safe.

    Attributes:
        template: the name of the template.
        line: the line within it where the search ended, from 1.
        path: the path that was searched for.
    """

    def __init__(
        self, template: str, line: int, path: str, *, why: str, where: Location, candidates: Sequence[str] = ()
    ) -> None:
        super().__init__(
            f"template {template}, line {line}: {path}: {why}",
            where=where,
            candidates=candidates,
            next_step="compare the template with the one your Istio release ships; this tool does not guess a place",
        )
        self.template = template
        self.line = line
        self.path = path


class OwningKey(Record):
    """A key that a list item belongs to if the key's branch is taken.

    Attributes:
        name: of the key.
        frame: the branch that contains the key.
    """

    name: str
    frame: Branch


class TemplateLookup:
    """A parsed template: its outline, in which keys and list items are found by their paths.

    Args:
        text: the template.
        name: its name in messages, such as `sidecar`.
        where: the location of its first line in its file.
        delimiters: what opens and closes an action; detected if not given.

    Raises:
        TemplateSyntaxError: it is not a Go template.
    """

    def __init__(
        self,
        text: str,
        *,
        name: str = "template",
        where: Location | None = None,
        delimiters: Delimiters | None = None,
    ) -> None:
        self.delimiters = delimiters or detect(text)
        self._source = TemplateSource(text, name, where or Location(name, 1))
        self._actions, self._root = actions(self._source, self.delimiters)
        self._printed_lines = printed_lines(text, self._actions, self._root)
        self.documents = outline(self._source, self._printed_lines, self._root)

    @property
    def name(self) -> str:
        """What messages call the template."""
        return self._source.name

    @property
    def text(self) -> str:
        """The template."""
        return self._source.text

    def search(self, path: str) -> list[Node]:
        """Every key or list item that a path names, in any branch; empty if it leads nowhere."""
        nodes = self.documents
        for token in parse_pointer(path):
            nodes = _matching(token, nodes)
        return nodes

    def find(self, path: str) -> Node:
        """The one key or list item that a path names.

        Raises:
            PlaceNotFound: there is none, or more than one.
            PointerSyntaxError: the path is not a pointer.
        """
        nodes = self.documents
        for token in parse_pointer(path):
            found = _matching(token, nodes)
            if not found:
                raise self._not_found(path, nodes[0].start if nodes else 0, f"there is no {token} here", _names(nodes))
            nodes = found
        if len(nodes) > 1:
            lines = ", ".join(str(self.line(node.start)) for node in nodes[:3]) + ", …" * (len(nodes) > 3)
            raise self._not_found(path, nodes[1].start, f"it is there {len(nodes)} times, on lines {lines}")
        return nodes[0]

    def owners(self, item: Node) -> tuple[OwningKey, ...]:
        """The keys that a list item can belong to, depending on which branches are taken.

        There are several if a key is under a condition that the item is not under, as in Istio's
        `{{ if not $nativeSidecar }}containers:{{ end }}` before istio-proxy: without `containers:` the item
        goes on with the list above it.
        """
        key = item.parent
        above = key.parent if key else None
        if not key or not above or key.kind != "key":
            return ()
        owners: list[OwningKey] = []
        for sibling in reversed(above.children[: above.children.index(key) + 1]):
            if sibling.kind == "key" and not sibling.value:
                owners.append(OwningKey(sibling.name, sibling.frame))
                if sibling.frame.encloses(item.frame):
                    break
        return tuple(owners)

    def line(self, offset: int) -> int:
        """The line number of an offset, from 1."""
        return self._source.line(offset)

    def refusal(self, path: str, node: Node, why: str) -> PlaceNotFound:
        """The error for a place that exists but cannot be used."""
        return self._not_found(path, node.start, why)

    def refusal_at(self, path: str, offset: int, why: str) -> PlaceNotFound:
        """The same for an offset in the template."""
        return self._not_found(path, offset, why)

    def _not_found(self, path: str, offset: int, why: str, candidates: Sequence[str] = ()) -> PlaceNotFound:
        line = self.line(offset)
        where = self._source.location(line)
        return PlaceNotFound(self._source.name, line, path, why=why, where=where, candidates=candidates)


def _matching(token: str, nodes: Sequence[Node]) -> list[Node]:
    """The children of nodes that one segment of a path matches."""
    match = segments.parse(token)
    if match is None:
        keys = [key for node in nodes for key in node.keys(token)]
        return keys or [item for node in nodes for item in _numbered(node, token)]
    if isinstance(match, segments.ByKey):
        return []
    found = [child for node in nodes for child in node.children if child.kind == "item"]
    for field, value, _ in match.pairs:
        found = [item for item in found if _has(item, field, value)]
    return found


def _numbered(node: Node, token: str) -> list[Node]:
    items = [child for child in node.children if child.kind == "item"] if is_index(token) else []
    return items[int(token) : int(token) + 1] if items else []


def _has(item: Node, field: str, value: str) -> bool:
    if not field:
        return plain(item.value) == value
    return any(key.name == field and value in key.value and plain(key.value) == value for key in item.children)


def _names(nodes: Sequence[Node]) -> tuple[str, ...]:
    """The names of the children of nodes, for a message."""
    names = []
    for child in (child for node in nodes for child in node.children):
        for key in child.keys("name") if child.kind == "item" else [child]:
            names.append(f"[name={plain(key.value)}]" if child.kind == "item" else key.name)
    return tuple(dict.fromkeys(name for name in names if name and PRINTED not in name))[:_SHOWN]
