"""The format of every shipped file. Files are checked when they are read from disk, so code that uses them need not.

A maintainer's mistake is an error with file and line, as in a user's profile. Files that are not in the
table hold patch operations or Kubernetes objects. The files in `profiles/authz` belong to `manifestgen.authz`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.cluster_formats import CLUSTER_FORMATS
from manifestgen.catalog.conditions import read_when
from manifestgen.catalog.format_parts import file_of_kind, pattern, strings
from manifestgen.catalog.patch_schema import read_operations
from manifestgen.catalog.schema import API_VERSION, RELEASE_MEMBERS, RULE, read_layer
from manifestgen.errors import Failures
from manifestgen.model import pointer
from manifestgen.yamlio.errors import NotAnObject
from manifestgen.yamlio.locations import SourceRef
from manifestgen.yamlio.reader import faults, flattened
from manifestgen.yamlio.typed import (
    FormatError,
    MissingKey,
    any_string,
    anything,
    boolean,
    choice,
    exactly_one,
    list_of,
    mapping,
    mapping_of,
    one_document,
    parsed,
    string,
    version,
    version_range,
)

if TYPE_CHECKING:
    from manifestgen.catalog.patches import Files
    from manifestgen.yamlio.locations import SourceFile
    from manifestgen.yamlio.typed import Reader


# catalog.yaml
_COMPONENT = mapping(
    "a component",
    required={"default": boolean, "summary": string},
    optional={
        "needs": string,
        "profile": pattern,
        "images": strings,
        "objects": list_of(mapping_of(anything), nonempty=True),
    },
)


def _extra_file(value: Any, ref: SourceRef) -> Any:
    part = parsed(pointer.parse_pointer)
    return mapping_of(part)(value, ref) if isinstance(value, dict) else part(value, ref)


_EXTRA_FILES = mapping(
    "an entry of extraFiles",
    required={"group": pattern, "folder": string, "files": mapping_of(_extra_file)},
    optional={"kind": pattern, "name": pattern, "when": read_when},
)
_INDEX = mapping(
    "the catalog",
    required={
        "profiles": strings,
        "statedVersion": strings,
        "components": mapping_of(_COMPONENT),
        "kubernetes": mapping("kubernetes", required={"oldest": version, "newest": version}),
        "extraFiles": list_of(_EXTRA_FILES),
        "enforce": list_of(
            mapping("an object", required={"kind": pattern, "name": pattern, "unless": parsed(pointer.parse_pointer)})
        ),
        "order": strings,
    },
)

# rules.yaml, notes.yaml
_RULES = mapping("a file of rules", required={"rules": list_of(RULE, nonempty=True)})
_STEPS = list_of(
    mapping(
        "a step",
        required={"text": string},
        optional={
            "when": read_when,
            "component": string,
            "without": string,
            "argo": boolean,
            "commands": strings,
        },
    ),
    nonempty=True,
)
_OBJECT = mapping("an object", optional=dict.fromkeys(("group", "kind", "name", "component"), pattern))
_PATTERNS = dict.fromkeys(("group", "kind", "name", "component", "path"), pattern)
_BUNDLE_FILE = mapping("a file", optional={**_PATTERNS, "option": string})
_NOTES = mapping(
    "a file of notes",
    required={
        "objects": mapping_of(_OBJECT),
        "files": mapping_of(_BUNDLE_FILE),
        "steps": _STEPS,
        "removal": _STEPS,
    },
)

# policy.yaml, skew.yaml
POLICY_NOTES = file_of_kind(
    "PolicyNotes",
    {
        "notes": list_of(
            mapping(
                "a note",
                required={"code": string, "calico": version_range, "text": string},
                optional={"next": string, "measured": strings},
            ),
            nonempty=True,
        )
    },
)
SKEW = file_of_kind(
    "PolicySyncSkew",
    {
        "pairs": list_of(
            mapping(
                "a pair",
                required={
                    "felix": version_range,
                    "dikastes": version_range,
                    "effect": choice("open", "closed"),
                    "says": string,
                    "measured": strings,
                },
            ),
            nonempty=True,
        ),
        "orders": mapping("orders", required={"pods": strings, "nodes": strings}),
    },
)

# parameters/rules.yaml
VALUE_RULE_KINDS = ("never", "together", "within")
_MATCHER = mapping("a matcher", optional={"not": anything, "matches": pattern, "given": boolean})
_VALUE_RULE = mapping(
    "a rule",
    required={"code": string, "summary": string, "because": string, "next": string},
    optional={
        "when": read_when,
        "unasked": boolean,
        "given": string,
        "never": mapping_of(lambda value, ref: _MATCHER(value, ref) if isinstance(value, dict) else value),
        "together": strings,
        "within": strings,
    },
)


def _value_rule(value: Any, ref: SourceRef) -> dict[str, Any]:
    entry = _VALUE_RULE(value, ref)
    exactly_one(entry, VALUE_RULE_KINDS, ref, "a rule")
    if "within" in entry and len(entry["within"]) != 2:
        raise FormatError("within must have two parameters", where=ref.at("within").location)
    return entry


_VALUE_RULES = mapping(
    "a file of rules",
    required={
        "apiVersion": choice(API_VERSION),
        "kind": choice("Rules"),
        "metadata": mapping("metadata", required={"name": string}),
        "rules": list_of(_value_rule, nonempty=True),
    },
)

# adoption.yaml
_ADOPTION = file_of_kind(
    "Adoption",
    {
        "leftOut": list_of(
            mapping(
                "an entry of leftOut",
                required={"kind": pattern, "because": string},
                optional={"group": pattern, "name": pattern, "type": pattern},
            ),
            nonempty=True,
        )
    },
)

# upgrade.yaml
UPGRADE = file_of_kind(
    "Upgrade",
    {
        "kept": list_of(
            mapping("an entry of kept", required={"kind": pattern, "because": string}, optional={"name": pattern})
        ),
        "install": list_of(
            mapping("an entry of install", required={"kind": pattern, "name": pattern, "what": string}),
            nonempty=True,
        ),
        "steps": list_of(
            mapping(
                "a step",
                required={"text": string},
                optional={
                    "moves": choice("calico", "istio", "kubernetes"),
                    "component": string,
                    "without": string,
                    "profile": pattern,
                    "site": choice("own", "shipped"),
                    "manifest": choice("given", "none"),
                    "order": choice("any"),
                    "kubernetes": choice("bundle", "cluster", "between"),
                    "leaves": boolean,
                    "commands": strings,
                },
            ),
            nonempty=True,
        ),
    },
)

# injector/
_VARIANT = {"when": read_when, "because": string}
_LINES = list_of(mapping("a variant", required={"lines": any_string}, optional=_VARIANT), nonempty=True)
_DIKASTES = mapping(
    "the container",
    required={
        "label": _LINES,
        "order": _LINES,
        "container": mapping_of(_LINES),
        "mount": _LINES,
        "socket": _LINES,
        "sync": mapping_of(_LINES),
        "mistaken_tags": list_of(mapping("a tag", required={"tag": string}, optional=_VARIANT)),
    },
)
_LAYOUT = mapping(
    "a layout",
    required={"name": string, "detect": string, "istio": version_range, "default": version, "because": string},
)
_TEMPLATE = mapping(
    "a template", optional={"default": boolean, "published": boolean, "because": string, "refused": string}
)
_SOURCE = mapping("a source", required=_VARIANT, optional={"base": string, "version": version, "command": string})
_NATIVE = mapping(
    "a variant", required={"because": string}, optional={**_VARIANT, "source": string, "condition": string}
)
_ISTIO = mapping(
    "the file of Istio's releases",
    required={
        "layouts": list_of(_LAYOUT, nonempty=True),
        "templates": mapping_of(_TEMPLATE),
        "unsupported": list_of(mapping("a range", required=_VARIANT)),
        "sources": list_of(_SOURCE, nonempty=True),
        "native_sidecar": list_of(_NATIVE, nonempty=True),
        "custom_template": _LINES,
        "istiod_values": strings,
    },
)

# Releases
_RELEASE = mapping(
    "a release",
    required={"version": version, "summary": string, "sources": strings},
    optional={
        "imageTag": string,
        "documented": mapping("documented", required={"istio": version}, optional={"kubernetes": version}),
        "tested": mapping("tested", required={"kubernetes": version_range}),
        "faults": list_of(RULE, nonempty=True),
    },
)


def _operations_or_objects(value: Any, ref: SourceRef) -> None:
    if isinstance(value, list):
        read_operations(value, ref)
        return
    if isinstance(value, dict) and value.get("apiVersion") == API_VERSION:
        raise FormatError(
            "the format of this file is not known",
            where=ref.location,
            next_step="state it in manifestgen/catalog/formats.py",
        )
    wrong = [
        NotAnObject(what, ref.at(*path, *below).location)
        for path, body in flattened(value)
        for below, what in faults(body)
    ]
    if wrong:
        raise Failures(wrong)


def _release(document: dict[str, Any], ref: SourceRef, path: str) -> None:
    """Check what a release says about itself, which `read_layer` does not check."""
    members = {key: value for key, value in document.items() if key in RELEASE_MEMBERS or key == "summary"}
    entry = _RELEASE(members, ref)
    if path.startswith("releases/") and "documented" not in entry:
        raise MissingKey("documented", ref.location, "a release of Calico")
    if path.rpartition("/")[2] != f"v{entry['version'].as_minor}.yaml":
        raise FormatError(
            "version must be of the minor that the file is named for",
            where=ref.at("version").location,
            found=str(entry["version"]),
        )


_FORMATS: dict[str, Reader[Any]] = {
    **CLUSTER_FORMATS,
    "catalog.yaml": _INDEX,
    "adoption.yaml": _ADOPTION,
    "upgrade.yaml": UPGRADE,
    "rules.yaml": _RULES,
    "notes.yaml": _NOTES,
    "policy.yaml": POLICY_NOTES,
    "skew.yaml": SKEW,
    "parameters/rules.yaml": _VALUE_RULES,
    "injector/dikastes.yaml": _DIKASTES,
    "injector/istio.yaml": _ISTIO,
}
_RELEASES = ("releases/v*.yaml", "istio/v*.yaml", "kubernetes/v*.yaml")
_LAYERS = ("*/profile.yaml", "parameters/*.yaml", "kubernetes/older.yaml", *_RELEASES)


def judge(path: str, documents: list[Any], source: SourceFile, files: Files) -> None:
    """Check the format of a shipped file.

    Args:
        path: relative to the root of the shipped files, with `/`.
        documents: its documents.
        source: the file, for locations.
        files: reads a file that it refers to.

    Raises:
        Failures, or the only failure: every mistake in it, with its location.
    """
    ref = SourceRef(source)
    if path in _FORMATS:
        _FORMATS[path](one_document(documents, ref, "the file"), ref)
    elif any(fnmatchcase(path, pattern) for pattern in _LAYERS):
        document = one_document(documents, ref, "the file")
        read_layer(document, ref, path.rpartition("/")[0], files)
        if any(fnmatchcase(path, pattern) for pattern in _RELEASES):
            _release(document, ref, path)
    else:
        for index, document in enumerate(documents):
            _operations_or_objects(document, SourceRef(source, (), index))
