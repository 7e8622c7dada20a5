"""The format of the stand-in server's rules file::

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

from typing import Any

from manifestgen.authz.contract import NotSpiffe, service_account
from manifestgen.authz.rules import CODES, AuthorizationRule, PathMatch, Rules
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.typed import choice, exactly_one, list_of, mapping, one_document, string


def rules_from(path: str) -> tuple[Rules, SourceRef]:
    """The rules of a file, and where they are written.

    Raises:
        YamlError, FormatError, Failures: it cannot be read, or has mistakes: all of them, each with its location.
    """
    from manifestgen.yamlio.reader import read  # imported lazily: the parser is slow to import

    text = read_file(path, pipes=True)
    ref = SourceRef(SourceFile(path, text))
    return read_rules(one_document(read(text, path), ref, "a rules file"), ref), ref


def read_rules(body: Any, ref: SourceRef) -> Rules:
    """The rules of a parsed rules file, strictly.

    Args:
        body: the document.
        ref: where it is written.

    Raises:
        Failures, or the only failure: every mistake in the file, with its location.
    """
    found = _FILE(body, ref)
    return Rules(rules=found["rules"], default=found.get("default", "deny"))


_PATH = mapping("a path", optional={"exact": string, "prefix": string})
_ACTION = choice(*CODES)


def _path(value: Any, ref: SourceRef) -> PathMatch:
    entry = _PATH(value, ref)
    kind = exactly_one(entry, ("exact", "prefix"), ref, "a path")
    return PathMatch(entry[kind], prefix=kind == "prefix")


def _principal(value: Any, ref: SourceRef) -> str:
    principal = string(value, ref)
    if service_account(principal) is None:
        raise NotSpiffe(principal, ref.location)
    return principal


_RULE = mapping(
    "a rule",
    required={"action": _ACTION},
    optional={
        "name": string,
        "methods": list_of(string, nonempty=True),
        "paths": list_of(_path, nonempty=True),
        "principals": list_of(_principal, nonempty=True),
    },
)


def _rule(value: Any, ref: SourceRef) -> AuthorizationRule:
    entry = _RULE(value, ref)
    return AuthorizationRule(
        name=entry.get("name", f"rule {ref.path[-1] + 1}"),
        action=entry["action"],
        methods=frozenset(entry["methods"]) if "methods" in entry else None,
        paths=entry.get("paths"),
        principals=frozenset(entry["principals"]) if "principals" in entry else None,
    )


_FILE = mapping(
    "a rules file",
    required={
        "apiVersion": choice("manifestgen/v1"),
        "kind": choice("AuthorizationRules"),
        "rules": list_of(_rule),
    },
    optional={"default": _ACTION},
)
