"""The rules file of the stand-in server::

apiVersion: manifestgen/v1
kind: AuthorizationRules
default: deny
rules:
- name: customers-read
  action: allow
  methods: [GET, HEAD]
  paths: [{exact: /}, {prefix: /public}]
  principals: ["spiffe://cluster.local/ns/default/sa/customer"]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manifestgen.authz.contract import NotSpiffe, service_account
from manifestgen.authz.rules import CODES, PathMatch, Rule, Rules
from manifestgen.authz.strict import Path, Reader, Where

KIND = "AuthorizationRules"


def read_rules(body: Any, where: Where) -> Rules:
    """The rules of a parsed rules file, strictly.

    Args:
        body: the document.
        where: the place of each value in it.

    Raises:
        Failures, or the only failure: every mistake in the file, each at its place.
    """
    reader = Reader(where)
    found = reader.header(body, KIND, ("default", "rules"))
    default = _action(reader, found["default"], ("default",)) if "default" in found else "deny"
    if found and "rules" not in found:
        reader.wrong((), "the file has no rules", next_step="write rules: [] for the default alone")
    entries = reader.items(found["rules"], ("rules",), empty=True) if "rules" in found else []
    rules = tuple(_rule(reader, entry, path) for entry, path in entries)
    reader.gathered.raise_all()
    return Rules(rules=rules, default=default)


def _rule(reader: Reader, entry: Any, path: Path) -> Rule:
    found = reader.mapping(entry, path, ("name", "action", "methods", "paths", "principals"))
    name = f"rule {int(path[-1]) + 1}"
    if "name" in found:
        name = reader.text(found["name"], (*path, "name"))
    if found and "action" not in found:
        reader.wrong(path, f"{name} has no action", next_step="write action: allow or action: deny")
    action = _action(reader, found["action"], (*path, "action")) if "action" in found else "deny"

    def each(condition: str, read: Callable[[Reader, Any, Path], Any]) -> list[Any] | None:
        """The items of a condition, those that are wrong left out; None where the rule does not name it."""
        if condition not in found:
            return None
        items = reader.items(found[condition], (*path, condition))
        return [item for entry, at in items if (item := read(reader, entry, at))]

    methods, paths, principals = each("methods", Reader.text), each("paths", _path), each("principals", _principal)
    return Rule(
        name=name,
        action=action,
        methods=None if methods is None else frozenset(methods),
        paths=None if paths is None else tuple(paths),
        principals=None if principals is None else frozenset(principals),
    )


def _path(reader: Reader, value: Any, path: Path) -> PathMatch | None:
    found = reader.mapping(value, path, ("exact", "prefix"))
    if isinstance(value, dict) and len(value) != 1:
        reader.wrong(path, "a path is either exact or prefix", value)
        return None
    for kind, written in found.items():
        text = reader.text(written, (*path, kind))
        return PathMatch(text, prefix=kind == "prefix") if text else None
    return None


def _principal(reader: Reader, value: Any, path: Path) -> str:
    principal = reader.text(value, path)
    if principal and service_account(principal) is None:
        reader.gathered.add(NotSpiffe(principal, reader.where(path)))
        return ""
    return principal


def _action(reader: Reader, value: Any, path: Path) -> str:
    return reader.choice(value, path, CODES)
