"""Regular expressions in linear time, whatever the pattern: RE2's syntax, matched against a whole text.

Kustomize's selectors are RE2's, which never backtracks; Python's `re` does, and a pattern such as `(a+)+b` from a pull
request would run forever. A pattern with few alternatives is left to `re`, which is faster; any other becomes a program
whose possible states are followed in parallel (Thompson's construction).

Source: github.com/google/re2/wiki/Syntax. Left out: Unicode classes and single bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Node = tuple[Any, ...]
    """`("set", ranges, negated)`, `("seq", nodes)`, `("any", nodes)` of alternatives, `("repeat", node, least, most)`,
    or `("at", name)` for an assertion."""

_MOST_REPEATS = 1000
_LONGEST_PROGRAM = 20_000
_DEEPEST_GROUP = 100
_FEW_CHOICES = 2
_DIGITS = [(48, 57)]
_WORDS = [(48, 57), (65, 90), (95, 95), (97, 122)]
_SPACES = [(9, 10), (12, 13), (32, 32)]
_CLASSES = {"d": _DIGITS, "w": _WORDS, "s": _SPACES}
_POSIX = {
    "alnum": [(48, 57), (65, 90), (97, 122)],
    "alpha": [(65, 90), (97, 122)],
    "digit": _DIGITS,
    "word": _WORDS,
    "lower": [(97, 122)],
    "upper": [(65, 90)],
    "punct": [(33, 47), (58, 64), (91, 96), (123, 126)],
    "space": [(9, 13), (32, 32)],
    "blank": [(9, 9), (32, 32)],
    "xdigit": [(48, 57), (65, 70), (97, 102)],
}
_CONTROLS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_ASSERTIONS = {"A": "start", "z": "end", "b": "boundary", "B": "inside"}
_GROUP = re.compile(r"\?(?:P?<[A-Za-z_]\w*>|([is]*)(?:-([is]+))?([:)]))")


class RegexError(ValueError):
    """A text is not a regular expression; the argument says why and where."""


@lru_cache(maxsize=16384)
def compiled(pattern: str) -> Callable[[str], bool]:
    """A function that tests whether a whole text matches a pattern.

    Raises:
        RegexError: the pattern is malformed or too large.
    """
    node = parsed(pattern)
    if _choices(node) <= _FEW_CHOICES:
        plain = re.compile(_as_python(node), re.ASCII)
        return lambda text: plain.fullmatch(text) is not None
    program: list[tuple[Any, ...]] = []
    _emit(node, program)
    program.append(("match",))
    return lambda text: _run(program, text)


def parsed(pattern: str) -> Node:
    """The syntax tree of a pattern.

    Raises:
        RegexError: it is not a regular expression.
    """
    return _Parser(pattern).parse()


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._depth = 0
        self._folds = False
        self._dot_all = False

    def parse(self) -> Node:
        """The whole pattern."""
        node = self._alternatives()
        if self._at < len(self._text):
            raise self._error("unexpected )")
        return node

    def _error(self, what: str) -> RegexError:
        return RegexError(f"{what} at position {self._at}")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, text: str) -> bool:
        if not self._text.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _alternatives(self) -> Node:
        folds, dot_all = self._folds, self._dot_all
        nodes = [self._sequence()]
        while self._take("|"):
            nodes.append(self._sequence())
        self._folds, self._dot_all = folds, dot_all
        return nodes[0] if len(nodes) == 1 else ("any", tuple(nodes))

    def _sequence(self) -> Node:
        nodes: list[Node] = []
        while self._peek() not in {"", "|", ")"}:
            node = self._atom()
            if node is not None:
                nodes.append(self._repeated(node))
        return nodes[0] if len(nodes) == 1 else ("seq", tuple(nodes))

    def _repeated(self, node: Node) -> Node:
        bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        counted = re.compile(r"\{(\d{1,4})(,?)(\d{1,4})?\}").match(self._text, self._at)
        if self._peek() in bounds and self._peek():
            least, most = bounds[self._peek()]
            self._at += 1
        elif counted and (counted[2] or counted[3] is None):
            least = int(counted[1])
            most = least if not counted[2] else int(counted[3]) if counted[3] else None
            if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
                raise self._error("invalid repeat count")
            self._at = counted.end()
        else:
            return node
        self._take("?")  # a lazy repetition matches the same texts
        if self._peek() in bounds and self._peek():
            raise self._error("invalid nested repetition operator")
        return ("repeat", node, least, most)

    def _atom(self) -> Node | None:
        """One atom; None for a group that only sets flags."""
        if self._take("("):
            return self._group()
        if self._take("["):
            return self._class()
        if self._take("."):
            return ("set", () if self._dot_all else ((10, 10),), True)
        if self._take("^"):
            return ("at", "start")
        if self._take("$"):
            return ("at", "end")
        if self._peek() in {"*", "+", "?"}:
            raise self._error("missing argument to repetition operator")
        if self._take("\\"):
            return self._escape()
        self._at += 1
        return self._one(ord(self._text[self._at - 1]))

    def _group(self) -> Node | None:
        folds, dot_all = self._folds, self._dot_all
        self._depth += 1
        if self._depth > _DEEPEST_GROUP:
            raise self._error("too many groups inside each other")
        if self._peek() == "?":
            head = _GROUP.match(self._text, self._at)
            if not head:
                raise self._error("invalid or unsupported group (there is no look-around)")
            self._at = head.end()
            if head[3]:
                on, off = head[1] or "", head[2] or ""
                self._folds = ("i" in on or self._folds) and "i" not in off
                self._dot_all = ("s" in on or self._dot_all) and "s" not in off
            if head[3] == ")":
                self._depth -= 1
                return None
        node = self._alternatives()
        self._folds, self._dot_all = folds, dot_all
        if not self._take(")"):
            raise self._error("missing )")
        self._depth -= 1
        return node

    def _one(self, code: int) -> Node:
        return ("set", self._folded([(code, code)]), False)

    def _folded(self, ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        if self._folds:
            for low, high in list(ranges):
                for first, last, offset in ((65, 90, 32), (97, 122, -32)):
                    if max(low, first) <= min(high, last):
                        ranges.append((max(low, first) + offset, min(high, last) + offset))
        return tuple(ranges)

    def _escape(self) -> Node:
        character = self._peek()
        if character in _ASSERTIONS and character:
            self._at += 1
            return ("at", _ASSERTIONS[character])
        if character.lower() in _CLASSES and character:
            self._at += 1
            return ("set", tuple(_CLASSES[character.lower()]), character.isupper())
        return self._one(self._escaped_character())

    def _escaped_character(self) -> int:
        character = self._peek()
        if not character:
            raise self._error("trailing backslash")
        self._at += 1
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "x":
            found = re.compile(r"([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\}").match(self._text, self._at)
            if not found or int(found[1] or found[2], 16) > 0x10FFFF:
                raise self._error("invalid escape")
            self._at = found.end()
            return int(found[1] or found[2], 16)
        if character.isalnum():
            raise self._error(f"invalid escape \\{character}")
        return ord(character)

    def _class(self) -> Node:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or self._peek() != "]":
            first = False
            if not self._peek():
                raise self._error("missing ]")
            named = re.compile(r"\[:(\w+):\]").match(self._text, self._at)
            if named and named[1] in _POSIX:
                ranges += _POSIX[named[1]]
                self._at = named.end()
                continue
            if self._peek() == "\\" and self._text[self._at + 1 : self._at + 2] in _CLASSES:
                ranges += _CLASSES[self._text[self._at + 1]]
                self._at += 2
                continue
            low = self._class_character()
            high = low
            if self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in {"]", ""}:
                self._at += 1
                high = self._class_character()
            if high < low:
                raise self._error("invalid character class range")
            ranges.append((low, high))
        self._at += 1
        return ("set", self._folded(ranges), negated)

    def _class_character(self) -> int:
        if self._take("\\"):
            return self._escaped_character()
        self._at += 1
        return ord(self._text[self._at - 1])


def _choices(node: Node) -> int:
    """How many alternatives `re` might have to try; a nested choice counts as too many."""
    kind = node[0]
    if kind in {"set", "at"}:
        return 0
    if kind == "repeat":
        below = _choices(node[1])
        return 1 if below == 0 and node[1][0] == "set" else _FEW_CHOICES + 1
    below = sum(_choices(one) for one in node[1])
    return below if kind == "seq" else below + 1


def _as_python(node: Node) -> str:
    """The pattern as `re` writes it."""
    kind = node[0]
    if kind == "at":
        return {"start": r"\A", "end": r"\Z", "boundary": r"\b", "inside": r"\B"}[node[1]]
    if kind == "set":
        inner = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in node[1])
        if not inner:
            return r"[\s\S]" if node[2] else r"[^\s\S]"
        return f"[{'^' if node[2] else ''}{inner}]"
    if kind == "repeat":
        return f"(?:{_as_python(node[1])}){{{node[2]},{'' if node[3] is None else node[3]}}}"
    parts = [_as_python(one) for one in node[1]]
    return "".join(parts) if kind == "seq" else f"(?:{'|'.join(parts)})"


def _emit(node: Node, program: list[tuple[Any, ...]]) -> None:
    """Append the instructions of a node: `set`, `at`, `split` to two places, `jump`."""
    if len(program) > _LONGEST_PROGRAM:
        raise RegexError("the pattern is too large")
    kind = node[0]
    if kind in {"set", "at"}:
        program.append(node)
    elif kind == "seq":
        for one in node[1]:
            _emit(one, program)
    elif kind == "any":
        jumps = []
        for one in node[1][:-1]:
            split = len(program)
            program.append(())
            _emit(one, program)
            jumps.append(len(program))
            program.append(())
            program[split] = ("split", split + 1, len(program))
        _emit(node[1][-1], program)
        for jump in jumps:
            program[jump] = ("split", len(program), len(program))
    else:
        _emit_repeat(node, program)


def _emit_repeat(node: Node, program: list[tuple[Any, ...]]) -> None:
    _, below, least, most = node
    for _ in range(least):
        _emit(below, program)
    if most is None:
        split = len(program)
        program.append(())
        _emit(below, program)
        program.append(("split", split, split))
        program[split] = ("split", split + 1, len(program))
        return
    splits = []
    for _ in range(most - least):
        splits.append(len(program))
        program.append(())
        _emit(below, program)
    for split in splits:
        program[split] = ("split", split + 1, len(program))


def _run(program: list[tuple[Any, ...]], text: str) -> bool:
    """Follow every possible state through a text, in at most characters × instructions steps."""
    states = _reached(program, {0}, text, 0)
    for at, character in enumerate(text):
        code = ord(character)
        following = {
            state + 1
            for state in states
            if program[state][0] == "set"
            and any(low <= code <= high for low, high in program[state][1]) is not program[state][2]
        }
        if not following:
            return False
        states = _reached(program, following, text, at + 1)
    return any(program[state][0] == "match" for state in states)


def _reached(program: list[tuple[Any, ...]], start: set[int], text: str, at: int) -> set[int]:
    """The states that can be reached without reading a character."""
    seen: set[int] = set()
    left = list(start)
    while left:
        state = left.pop()
        if state in seen:
            continue
        seen.add(state)
        step = program[state]
        if step[0] == "split":
            left += step[1:]
        elif step[0] == "at" and _holds(step[1], text, at):
            left.append(state + 1)
    return seen


def _holds(assertion: str, text: str, at: int) -> bool:
    if assertion == "start":
        return at == 0
    if assertion == "end":
        return at == len(text)
    before, after = (text[at - 1 : at] if at else ""), text[at : at + 1]
    is_boundary = bool(re.match(r"\w", before, re.ASCII)) != bool(re.match(r"\w", after, re.ASCII))
    return is_boundary == (assertion == "boundary")
