"""Simple rules for the stand-in server: who may call what. They are not Calico policy.

The first rule that matches decides; where none does, the default. A rule is the AND of what it names::

    apiVersion: manifestgen/v1
    kind: AuthorizationRules
    default: deny
    rules:
    - name: customers-read
      action: allow
      methods: [GET, HEAD]
      paths: [{exact: /}, {prefix: /public}]
      principals: ["spiffe://cluster.local/ns/default/sa/customer"]

Paths are compared as Dikastes compares them from Calico v3.31.6 on: without query and fragment, decoded once,
cleaned of `.` and `..`; a prefix ends at a `/`; a path that is encoded twice or has a NUL matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from posixpath import normpath
from typing import Any
from urllib.parse import unquote_to_bytes

import attrs

from manifestgen.authz.contract import INVALID_ARGUMENT, OK, PERMISSION_DENIED, NotSpiffe, is_spiffe
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message, nearest

API_VERSION = "manifestgen/v1"
KIND = "AuthorizationRules"
CODES = {"allow": OK, "deny": PERMISSION_DENIED}
"""What an action answers."""

Path = tuple[str | int, ...]
"""Names and indexes from the document down to a value."""

Where = Callable[[Path], object]
"""The place of a value of the rules file: anything with a `str()`, such as `file:line:column`."""

_METHOD = re.compile(r"\*|[A-Z][A-Z0-9!#$%&'*+.^_`|~-]*", re.ASCII)
_ENCODED = re.compile(rb"%[0-9A-Fa-f]{2}")


class InvalidRules(ManifestgenError):
    """A value of the rules file is not what belongs there."""


class UnknownRuleField(ManifestgenError):
    """A field of the rules file has a name that means nothing there.

    Attributes:
        field: the name.
    """

    def __init__(self, field: str, known: tuple[str, ...], where: object) -> None:
        super().__init__(f"there is no field {field!r} here", where=where, candidates=nearest(field, known) or known)
        self.field = field


@attrs.frozen
class Asked:
    """What the rules look at in a check request.

    Attributes:
        method: None for a request without HTTP.
        path: as on the request line.
        principal: the caller's; empty in plain text.
    """

    method: str | None
    path: str
    principal: str


@attrs.frozen
class Verdict:
    """What the rules answer.

    Attributes:
        code: google.rpc.Code.
        reason: which rule said so.
    """

    code: int
    reason: str


def canonical(path: str) -> str | None:
    """A path as it is compared: no query, no fragment, decoded once, cleaned; None if it must match nothing."""
    raw = re.split(r"[?#]", path, maxsplit=1)[0].encode("utf-8", "surrogateescape")
    decoded = unquote_to_bytes(raw)
    if b"\0" in decoded or _ENCODED.search(decoded):
        return None
    cleaned = normpath(decoded.decode("utf-8", "surrogateescape"))
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _rule_path(written: str) -> str:
    form = canonical(written)
    if form is None or not written.startswith("/") or re.search(r"[?#]", written):
        raise InvalidRules(
            "a path starts with /, is encoded once at most and has no query", where="", found=as_message(written)
        )
    return form


@attrs.frozen
class PathMatch:
    """A path to compare with.

    Attributes:
        path: given as on a request line, kept in canonical form.
        prefix: whether the paths below it match too.

    Raises:
        InvalidRules: no request could match it.
    """

    path: str = attrs.field(converter=_rule_path)
    prefix: bool = False

    def matches(self, path: str) -> bool:
        """Whether a path in canonical form is this one, or below it."""
        if path == self.path:
            return True
        return self.prefix and path.startswith(self.path.rstrip("/") + "/")


@attrs.frozen
class Rule:
    """One rule: every condition that is not None must hold.

    Attributes:
        name: for the messages.
        action: `allow` or `deny`.
        methods: the HTTP method is one of these, or `*` is.
        paths: the path matches one of these.
        principals: the caller's principal is one of these.
    """

    name: str
    action: str
    methods: frozenset[str] | None = None
    paths: tuple[PathMatch, ...] | None = None
    principals: frozenset[str] | None = None


@attrs.frozen
class Rules:
    """All rules, in order.

    Attributes:
        rules: the first that matches decides.
        default: the action where none matches.
    """

    rules: tuple[Rule, ...]
    default: str = "deny"

    def decide(self, asked: Asked) -> Verdict:
        """What the rules say to a request.

        A rule that names methods or paths does not match a request without HTTP. A path that does not start
        with `/` cannot be judged by a rule that names paths: INVALID_ARGUMENT, as Dikastes answers.
        """
        path = canonical(asked.path)
        for rule in self.rules:
            if rule.principals is not None and asked.principal not in rule.principals:
                continue
            if rule.methods is not None and not rule.methods & {asked.method, "*"}:
                continue
            if asked.method is None and (rule.methods is not None or rule.paths is not None):
                continue
            if rule.paths is not None:
                if not asked.path.startswith("/"):
                    return Verdict(INVALID_ARGUMENT, f"the path does not start with /, and {rule.name} names paths")
                if path is None or not any(match.matches(path) for match in rule.paths):
                    continue
            return Verdict(CODES[rule.action], f"{rule.action} by {rule.name}")
        return Verdict(CODES[self.default], f"{self.default} by default")


def read_rules(body: Any, where: Where) -> Rules:
    """The rules of a parsed rules file, strictly.

    Args:
        body: the document.
        where: the place of each value in it.

    Raises:
        Failures, or the only failure: every mistake in the file, each at its place.
    """
    reader = _Reader(where)
    rules = reader.rules(body)
    reader.gathered.raise_all()
    return rules


class _Reader:
    """One pass over a document, which gathers what is wrong with it."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self.gathered = ErrorCollector()

    def rules(self, body: Any) -> Rules:
        if not self._mapping(body, (), ("apiVersion", "kind", "default", "rules")):
            return Rules(())
        for name, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
            if body.get(name) != wanted:
                self._wrong((name,), f"{name} must be {wanted}", body.get(name))
        default = self._action(body.get("default", "deny"), ("default",))
        if "rules" not in body:
            self._wrong((), "the file has no rules", next_step="write rules: [] for the default alone")
        entries = body.get("rules", [])
        if not isinstance(entries, list):
            self._wrong(("rules",), "rules must be a list", entries)
            entries = []
        return Rules(tuple(self._rule(entry, ("rules", index)) for index, entry in enumerate(entries)), default)

    def _rule(self, entry: Any, path: Path) -> Rule:
        name = f"rule {int(path[-1]) + 1}"
        if not self._mapping(entry, path, ("name", "action", "methods", "paths", "principals")):
            return Rule(name, "deny")
        if "name" in entry:
            name = self._text(entry["name"], (*path, "name"))
        if "action" not in entry:
            self._wrong(path, f"{name} has no action", next_step="write action: allow or action: deny")
        action = self._action(entry.get("action", "deny"), (*path, "action"))
        methods = self._each(entry, path, "methods", self._method)
        paths = self._each(entry, path, "paths", self._path_match)
        principals = self._each(entry, path, "principals", self._principal)
        return Rule(
            name,
            action,
            None if methods is None else frozenset(methods),
            None if paths is None else tuple(paths),
            None if principals is None else frozenset(principals),
        )

    def _each(self, entry: Any, path: Path, name: str, read: Callable[[Any, Path], Any]) -> list[Any] | None:
        """The items of a condition, read; None where the rule does not name it."""
        if name not in entry:
            return None
        items = entry[name]
        if not isinstance(items, list) or not items:
            self._wrong((*path, name), f"{name} must be a list with something in it", items)
            return None
        return [read(item, (*path, name, index)) for index, item in enumerate(items)]

    def _method(self, value: Any, path: Path) -> str:
        method = self._text(value, path)
        if method and not _METHOD.fullmatch(method):
            self._wrong(path, "a method is written in upper case, or * for any", value)
        return method

    def _path_match(self, value: Any, path: Path) -> PathMatch | None:
        if not self._mapping(value, path, ("exact", "prefix")):
            return None
        if len(value) != 1:
            self._wrong(path, "a path is either exact or prefix", value)
            return None
        ((kind, written),) = value.items()
        text = self._text(written, (*path, kind))
        try:
            return PathMatch(text, prefix=kind == "prefix") if text else None
        except InvalidRules as error:
            self._wrong((*path, kind), error.what, written)
            return None

    def _principal(self, value: Any, path: Path) -> str:
        principal = self._text(value, path)
        if principal and not is_spiffe(principal):
            self.gathered.add(NotSpiffe(principal, self.where(path)))
        return principal

    def _action(self, value: Any, path: Path) -> str:
        if isinstance(value, str) and value in CODES:
            return value
        near = nearest(value, CODES) if isinstance(value, str) else ()
        self.gathered.add(
            InvalidRules(
                f"{path[-1]} must be allow or deny",
                where=self.where(path),
                found=as_message(value),
                candidates=near,
            )
        )
        return "deny"

    def _text(self, value: Any, path: Path) -> str:
        if isinstance(value, str) and value:
            return value
        self._wrong(path, "a text is expected here", value)
        return ""

    def _mapping(self, value: Any, path: Path, known: tuple[str, ...]) -> bool:
        if not isinstance(value, dict):
            self._wrong(path, f"a mapping is expected here, with {', '.join(known)}", value)
            return False
        for name in value:
            if name not in known:
                self.gathered.add(UnknownRuleField(name, known, self.where((*path, name))))
        return True

    def _wrong(self, path: Path, what: str, found: Any = None, next_step: str = "") -> None:
        self.gathered.add(
            InvalidRules(
                what,
                where=self.where(path),
                found="" if found is None else as_message(found),
                next_step=next_step,
            )
        )
