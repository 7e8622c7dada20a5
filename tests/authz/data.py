"""Table cases as data, and rules as values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manifestgen.authz.rules import Rules
from manifestgen.authz.rules_file import read_rules
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

CASES = Path(__file__).parents[1] / "cases" / "authz"


def cases(name: str) -> list[dict[str, Any]]:
    """The entries of a file of table cases, each with a name."""
    found: list[dict[str, Any]] = read((CASES / name).read_text(), name)[0]
    return found


def rules(text: str) -> Rules:
    """The rules of a rules file's text."""
    return read_rules(read(text, "rules.yaml")[0], SourceRef(SourceFile("rules.yaml", text)))


CUSTOMER = "spiffe://cluster.local/ns/default/sa/customer"
CUSTOMERS_READ = f"""
apiVersion: manifestgen/v1
kind: AuthorizationRules
rules:
- name: customers-read
  action: allow
  methods: [GET, HEAD]
  paths: [{{exact: /}}, {{prefix: /public}}]
  principals: ["{CUSTOMER}"]
"""
