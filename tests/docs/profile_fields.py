"""The page of every field of profile.yaml, made of the JSON Schema that editors use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import manifestgen.catalog

SCHEMA = json.loads((Path(manifestgen.catalog.__file__).parent / "profile.schema.json").read_text())
DEFINED = {
    "patch": ("A patch", "One entry of `patches`."),
    "operation": ("An operation", "One entry of `patch`, or of the file at `path`."),
    "target": ("A target", "Which objects a patch is about. Every field that is given must match."),
    "when": ("A condition", "Every field that is given must hold."),
    "embedded": ("A document in a string", "A list of them reaches into a document inside another, outermost first."),
    "parameter": ("A parameter", "One entry of `parameters`, by its name."),
    "landing": ("A place of a parameter", "One entry of `sets`: an operation that writes the value."),
}
FORMS = {
    "range": "a range of versions such as `>=3.4,<3.8`",
    "pointer": "a JSON Pointer, in which `[name=x]` names a list item",
    "expect": "a number, `0+` or `1+`",
    "document": "[a document](#a-document-in-a-string), or a list of them",
    "as": "`value`, `string`, `json`, `base64`, `items`, `names` or `seconds`",
    "text": "a string with `<value>` in it",
}


def page() -> str:
    """The whole page."""
    profile, release = (SCHEMA["allOf"][number]["then"] for number in (0, 1))
    lines = [
        "# Fields of profile.yaml",
        "",
        "What a profile, an overlay or a release may hold. [The guide](profiles.md) shows how they are used. This page",
        "is made from [profile.schema.json](../manifestgen/catalog/profile.schema.json), the JSON Schema with which",
        "editors complete and check these files. manifestgen itself is stricter, and says where a file is wrong.",
        "",
        "With the YAML language server, the first line of a file names the schema:",
        "",
        "```yaml",
        "# yaml-language-server: $schema=../manifestgen/catalog/profile.schema.json",
        "```",
        "",
        *_section("Profiles, overlays and releases", "", SCHEMA),
        *_section("Profiles only", "What the command line can say makes a profile a *site*.", profile),
        *_section(
            "Releases only", "Releases ship with manifestgen: [adding one](adding-a-calico-release.md).", release
        ),
    ]
    for name, (title, said) in DEFINED.items():
        lines += _section(title, said, SCHEMA["$defs"][name])
    return "\n".join(lines)


def _section(title: str, said: str, schema: dict[str, Any]) -> Iterator[str]:
    yield from (f"## {title}", "")
    if said:
        yield from (said, "")
    yield from ("| field | a value is | what it does |", "|---|---|---|")
    required = set(schema.get("required", ()))
    for name, value in fields(schema):
        last = name.rpartition(".")[2]
        needed = " (required)" if name in required or (name == last and last in required) else ""
        yield f"| `{name}`{needed} | {form(value)} | {_said(value)} |".replace("  |", " |")
    yield ""


def fields(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field, with those of objects that have no section of their own."""
    for name, value in schema.get("properties", {}).items():
        yield prefix + name, value
        inner = value.get("items", value)
        for one in (inner, *inner.get("oneOf", ())):
            if "properties" in one and "$ref" not in one:
                yield from fields(one, f"{prefix}{name}{'[]' if 'items' in value else ''}.")


def _said(value: dict[str, Any]) -> str:
    """What a field does; what a definition says where the field itself says nothing."""
    defined = SCHEMA["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
    return re.sub(r"(<value>|--[a-z]+)", r"`\1`", str(value.get("description") or defined.get("description", "")))


def form(value: dict[str, Any]) -> str:
    """What a value looks like, in words."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return FORMS.get(name) or f"[{DEFINED[name][0].lower()}](#{DEFINED[name][0].lower().replace(' ', '-')})"
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    if "oneOf" in value:
        one, *others = value["oneOf"]
        if others == [{**others[0], "type": "array", "items": one}]:
            return f"{form(one)}; or a list of them"
        return " or ".join(dict.fromkeys(form(one) for one in value["oneOf"]))
    kind = value.get("type")
    if kind == "array":
        each = form(value["items"]) if value.get("items") else ""
        plural = {"a string": "a list of strings", "a mapping": "a list of mappings", "any value": "a list"}
        return plural.get(each, f"a list, each {each}") if each else "a list"
    if kind == "object" and isinstance(value.get("additionalProperties"), dict) and "properties" not in value:
        return f"a mapping of names to {form(value['additionalProperties']).replace('a string', 'strings')}"
    plain = {"string": "a string", "integer": "a whole number", "boolean": "`true` or `false`", "object": "a mapping"}
    return plain.get(str(kind), "any value")
