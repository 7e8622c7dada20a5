"""Random documents in random layouts, and random operations that fit them."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from hypothesis import strategies as st

from manifestgen.model.pointer import lookup
from manifestgen.patch.rfc6902 import Operation
from manifestgen.yamlio.writer import style
from tests.support.fuzz import examples

FUZZ = examples(150, 20_000)

KEYS = ("a", "b", "name", "mtu", "x-y", "yes", "1", "a b", "a/b", "~", "k: v", "{", "-", "é", "")
WORDS = (
    "v",
    "true",
    "10",
    "1.5",
    "-",
    "a: b",
    "a #b",
    "#",
    "it's",
    'say "x"',
    "a, b",
    "[x]",
    "back\\slash",
    "é",
    " x",
    "",
)
LINES = (
    "one\ntwo",
    "one\ntwo\n",
    "one\n\n  two # no\n\n",
    "\n",
    " first\nsecond\n",
    "tab\there\n",
    "ends in  \nblanks  \n",
)

_keys = st.sampled_from(KEYS)
_strings = st.sampled_from(WORDS) | st.sampled_from(LINES)
_scalars = st.none() | st.booleans() | st.integers(-5, 2**40) | st.sampled_from((0.5, -1.25, 1e20)) | _strings
values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4), max_leaves=12
)
documents = st.lists(values, max_size=4) | st.dictionaries(_keys, values, max_size=5)


@st.composite
def operations(draw: st.DrawFn, document: Any) -> Operation:
    """An operation that fits a document."""
    paths = list(_paths(document, ()))
    places = list(_places(document, ()))
    op = draw(st.sampled_from(("add", "add", "replace", "remove", "remove", "move", "copy")))
    inner = [path for path in paths if path]
    if op == "add" or not inner:
        path = draw(st.sampled_from(places))
        parent = lookup(document, path[:-1])
        beside = isinstance(parent, dict) and path[-1] not in parent and parent and draw(st.booleans())
        return Operation("add", path, draw(values), (), draw(st.sampled_from(list(parent))) if beside else "")
    if op == "replace":
        return Operation("replace", draw(st.sampled_from(inner)), draw(values))
    source = draw(st.sampled_from(inner))
    if op == "remove":
        return Operation("remove", source)
    if op == "copy":
        return Operation("copy", draw(st.sampled_from(places)), None, source)
    left = _without(document, source)
    fitting = [path for path in _places(left, ()) if path[: len(source)] != source]
    return Operation("move", draw(st.sampled_from(fitting)), None, source) if fitting else Operation("remove", source)


def _paths(value: Any, path: tuple[str, ...]) -> Any:
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in members:
        yield from _paths(one, (*path, str(key)))


def _places(value: Any, path: tuple[str, ...]) -> Any:
    """Where something can be added."""
    if isinstance(value, dict):
        for key in KEYS:
            yield (*path, key)
    if isinstance(value, list):
        for index in range(len(value) + 1):
            yield (*path, str(index))
        yield (*path, "-")
    for path_below in _paths(value, path):
        if len(path_below) == len(path) + 1:
            key = path_below[-1]
            yield from _places(value[key] if isinstance(value, dict) else value[int(key)], path_below)


def _without(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        changed = dict(value)
        if len(path) == 1:
            del changed[path[0]]
        else:
            changed[path[0]] = _without(value[path[0]], path[1:])
        return changed
    items = list(value)
    if len(path) == 1:
        del items[int(path[0])]
    else:
        items[int(path[0])] = _without(items[int(path[0])], path[1:])
    return items


@st.composite
def json_texts(draw: st.DrawFn, document: Any) -> str:
    """A document as JSON in a layout that may change from one collection to the next."""

    def write(value: Any, depth: int) -> str:
        if isinstance(value, str):
            return json.dumps(value, ensure_ascii=draw(st.booleans()))
        if not isinstance(value, (dict, list)):
            return json.dumps(value)
        layout = draw(st.sampled_from(("lines", "lines", "line", "tight", "padded", "commas first", "tabs")))
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if not value:
            return opening + ("\n" if layout == "lines" else "") + closing
        colon = ":" if layout == "tight" else draw(st.sampled_from((": ", " : ")))
        if isinstance(value, dict):
            items = [f"{json.dumps(key)}{colon}{write(one, depth + 1)}" for key, one in value.items()]
        else:
            items = [write(one, depth + 1) for one in value]
        pad = "\t" if layout == "tabs" else " " * draw(st.sampled_from((2, 2, 3, 4)))
        inner, outer = f"\n{pad * depth}", f"\n{pad * (depth - 1)}"
        between, lead, end = {
            "lines": (f",{inner}", inner, outer),
            "tabs": (f",{inner}", inner, outer),
            "line": (", ", "", ""),
            "tight": (",", "", ""),
            "padded": (", ", " ", " "),
            "commas first": (f"{inner}, ", inner, outer),
        }[layout]
        return opening + lead + between.join(items) + end + closing

    return draw(st.sampled_from(("", "\n", "  "))) + write(document, 1) + draw(st.sampled_from(("", "\n", "\n\n")))


@st.composite
def yaml_texts(draw: st.DrawFn, document: Any) -> str:
    """A document as YAML in a layout that may change from one collection to the next, with numbered comments."""
    return _YamlText(draw).document(document)


class _YamlText:
    """Writes YAML; whatever can be written in several ways is drawn."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.remarks = itertools.count(1)

    def document(self, value: Any) -> str:
        lines = self.block(value) if value and self.often() else [self.inline(value)]
        top = self.draw(st.sampled_from(([], [], [self.comment()], ["---"], [self.comment(), "", "---", ""])))
        text = "\n".join(top + lines)
        ends = ["\n", f"\n{self.comment()}\n"]
        ends += [] if "|+" in text else ["\n\n"]  # a blank line would belong to that text
        ends += [] if "|" in text else [""]  # a text at the end would lose its line break
        return text + self.draw(st.sampled_from(ends))

    def often(self) -> bool:
        return self.draw(st.integers(0, 4)) > 0

    def either(self) -> bool:
        return self.draw(st.booleans())

    def comment(self) -> str:
        return f"# remark {next(self.remarks)}."

    def remark(self) -> str:
        return "" if self.often() else f" {self.comment()}"

    def quoted(self, text: str) -> str:
        if style(text) != '"' and "\n" not in text and self.either():
            return "'" + text.replace("'", "''") + "'"
        return json.dumps(text, ensure_ascii=False)

    def inline(self, value: Any) -> str:
        """A value on the line of its key; in brackets that may go on over several."""
        if isinstance(value, str):
            plain = style(value) == "" and not re.search(r"[,\[\]{}:?]", value)
            return value if plain and self.either() else self.quoted(value)
        if isinstance(value, dict):
            items = [f"{self.inline(key)}: {self.inline(one)}" for key, one in value.items()]
        elif isinstance(value, list):
            items = [self.inline(one) for one in value]
        else:
            return json.dumps(value)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if items and not self.often():
            last = self.draw(st.sampled_from(("", ",")))
            ends = [","] * (len(items) - 1) + [last]
            lines = [f"          {one}{end}{self.remark()}" for one, end in zip(items, ends, strict=True)]
            return "\n".join([opening, *lines, f"       {closing}"])
        pad = self.draw(st.sampled_from(("", " ")))
        return opening + pad + ", ".join(items) + pad + closing

    def scalar(self, value: Any) -> tuple[str, list[str]]:
        """What stands on the line of the key, and the lines below."""
        if value is None and self.either():
            return "", []
        if not isinstance(value, str):
            return self.inline(value), []
        if style(value) != "|" or self.either():
            return (value if style(value) == "" and self.either() else self.quoted(value)), []
        kept = value.rstrip("\n")
        newlines = len(value) - len(kept)
        chomping = "-" if not newlines else "" if newlines == 1 else "+"
        return f"|{chomping}", kept.split("\n") + [""] * max(newlines - 1, 0)

    def block(self, value: Any) -> list[str]:
        """An indented collection, from the first column."""
        lines: list[str] = []
        step = self.draw(st.sampled_from((2, 2, 4)))
        for one in value.items() if isinstance(value, dict) else value:
            kept = any("|+" in line for line in lines)  # blank lines would belong to that text
            above = self.draw(st.sampled_from(((), (), ("#",), *(() if kept else (("",), ("", "#", ""))))))
            lines += [line and self.comment() for line in above]
            lines += self.member(one[0], one[1], step) if isinstance(value, dict) else self.item(one, step)
        return lines

    def member(self, name: str, value: Any, step: int) -> list[str]:
        key = name if style(name) == "" and self.either() else self.quoted(name)
        if isinstance(value, (dict, list)) and value and self.often():
            hang = 0 if isinstance(value, list) and self.either() else step
            return [f"{key}:{self.remark()}", *_indented(self.block(value), hang)]
        head, below = self.scalar(value)
        return [f"{key}: {head}".rstrip(" ") + self.remark(), *_indented(below, step)]

    def item(self, value: Any, step: int) -> list[str]:
        if isinstance(value, (dict, list)) and value and self.often():
            below = self.block(value)
            if below[0].startswith("#") or not below[0] or not self.often():
                return [f"-{self.remark()}", *_indented(below, step)]
            return [f"-{' ' * (step - 1)}{below[0]}", *_indented(below[1:], step)]
        head, below = self.scalar(value)
        return [f"- {head}".rstrip(" ") + self.remark(), *_indented(below, step)]


def _indented(lines: list[str], columns: int) -> list[str]:
    return [" " * columns + line if line else "" for line in lines]
