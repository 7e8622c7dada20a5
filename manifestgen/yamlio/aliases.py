"""Expansion of aliases, up to a limit: aliases of aliases can expand to more values than fit into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.yamlio.errors import AliasesTooLarge, NestingTooDeep, UnknownAlias
from manifestgen.yamlio.scalars import DEEPEST

if TYPE_CHECKING:
    from manifestgen.model.location import Location

LIMIT = 100_000
"""So many values the aliases of one document may expand to."""


class Anchors:
    """The anchors of one document."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._left = LIMIT

    def define(self, name: str, value: Any) -> None:
        """Remember the value of an anchor; a later anchor of the same name replaces it."""
        self._values[name] = value

    def expand(self, name: str, depth: int, where: Location) -> Any:
        """The value of an alias.

        Args:
            name: of the anchor.
            depth: how many mappings and lists the alias is nested in.
            where: its location, for errors.

        Raises:
            UnknownAlias, AliasesTooLarge, NestingTooDeep: it has no anchor, or expands to too much.
        """
        if name not in self._values:
            raise UnknownAlias(where)
        value = self._values[name]
        self._count(value, depth, where)
        return value

    def _count(self, value: Any, depth: int, where: Location) -> None:
        self._left -= 1
        if self._left < 0:
            raise AliasesTooLarge(LIMIT, where)
        if isinstance(value, (dict, list)):
            if depth >= DEEPEST:
                raise NestingTooDeep(DEEPEST, where)
            for each in value.values() if isinstance(value, dict) else value:
                self._count(each, depth + 1, where)
