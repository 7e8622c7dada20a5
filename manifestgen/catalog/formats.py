"""The format of every shipped file. Each is held to it when it is read from disk, so that what uses it need not ask.

A maintainer's mistake in one is an error with its file and line, as in a user's profile. Files that are not in the
table hold operations of a patch or Kubernetes objects. The files in `profiles/authz` belong to `manifestgen.authz`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import read_when
from manifestgen.catalog.patch_schema import read_operations
from manifestgen.catalog.schema import API_VERSION, RELEASE_MEMBERS, RULE, read_layer
from manifestgen.errors import Failures
from manifestgen.model import pointer
from manifestgen.patch.select import check_pattern
from manifestgen.yamlio.errors import NotAnObject
from manifestgen.yamlio.locations import SourceRef
from manifestgen.yamlio.reader import faults, flattened
from manifestgen.yamlio.typed import (
    FormatError,
    MissingKey,
    WrongValue,
    any_string,
    anything,
    boolean,
    choice,
    exactly_one,
    integer,
    list_of,
    mapping,
    mapping_of,
    number,
    one_document,
    parsed,
    scalar,
    string,
    version,
    version_range,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.catalog.patches import Files
    from manifestgen.yamlio.locations import SourceFile
    from manifestgen.yamlio.typed import Reader, Readers

_strings = list_of(string, nonempty=True)
_pattern = parsed(check_pattern)


def _file(kind: str, members: Readers) -> Reader[dict[str, Any]]:
    """A file with the header that most have."""
    header = {"apiVersion": choice(API_VERSION), "kind": choice(kind)}
    return mapping(f"a file of kind {kind}", required={**header, **members})


# catalog.yaml
_COMPONENT = mapping(
    "a component",
    required={"default": boolean, "summary": string},
    optional={
        "needs": string,
        "profile": _pattern,
        "images": _strings,
        "objects": list_of(mapping_of(anything), nonempty=True),
    },
)


def _extra_file(value: Any, ref: SourceRef) -> Any:
    part = parsed(pointer.parse)
    return mapping_of(part)(value, ref) if isinstance(value, dict) else part(value, ref)


_EXTRA_FILES = mapping(
    "an entry of extraFiles",
    required={"group": _pattern, "folder": string, "files": mapping_of(_extra_file)},
    optional={"kind": _pattern, "name": _pattern, "when": read_when},
)
_INDEX = mapping(
    "the catalog",
    required={
        "profiles": _strings,
        "statedVersion": _strings,
        "components": mapping_of(_COMPONENT),
        "kubernetes": mapping("kubernetes", required={"oldest": version, "newest": version}),
        "extraFiles": list_of(_EXTRA_FILES),
        "enforce": list_of(
            mapping("an object", required={"kind": _pattern, "name": _pattern, "unless": parsed(pointer.parse)})
        ),
        "order": _strings,
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
            "commands": _strings,
        },
    ),
    nonempty=True,
)
_OBJECT = mapping("an object", optional=dict.fromkeys(("group", "kind", "name", "component"), _pattern))
_PATTERNS = dict.fromkeys(("group", "kind", "name", "component", "path"), _pattern)
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
POLICY_NOTES = _file(
    "PolicyNotes",
    {
        "notes": list_of(
            mapping(
                "a note",
                required={"code": string, "calico": version_range, "text": string},
                optional={"next": string, "measured": _strings},
            ),
            nonempty=True,
        )
    },
)
SKEW = _file(
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
                    "measured": _strings,
                },
            ),
            nonempty=True,
        ),
        "orders": mapping("orders", required={"pods": _strings, "nodes": _strings}),
    },
)

# parameters/rules.yaml
VALUE_RULE_KINDS = ("never", "together", "within")
_MATCHER = mapping("a matcher", optional={"not": anything, "matches": _pattern, "given": boolean})
_VALUE_RULE = mapping(
    "a rule",
    required={"code": string, "summary": string, "because": string, "next": string},
    optional={
        "when": read_when,
        "unasked": boolean,
        "given": string,
        "never": mapping_of(lambda value, ref: _MATCHER(value, ref) if isinstance(value, dict) else value),
        "together": _strings,
        "within": _strings,
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

# kubernetes/
_MERGE_KEYS = _file(
    "MergeKeys",
    {
        "lists": list_of(
            mapping("a list", required={"list": string, "keys": _strings}, optional={"defaults": mapping_of(anything)}),
            nonempty=True,
        )
    },
)

_KINDS: Readers = {"group": _pattern, "kind": _pattern}
_OBJECT_PLACES = list_of(mapping("a place", required={**_KINDS, "path": parsed(pointer.parse)}), nonempty=True)
_UNIQUE_LIST = mapping(
    "a list", required={"list": string, "keys": _strings}, optional={"defaults": mapping_of(anything)}
)
_DEFAULTS: Readers = {"defaults": mapping_of(anything)}
_LIST_PATH: Readers = {"path": parsed(pointer.parse)}
_MERGED: Readers = {"keys": _strings, "set": boolean, **_DEFAULTS}
_OBJECT_RULES = _file(
    "ObjectRules",
    {
        "names": list_of(
            mapping("a form of names", required={**_KINDS, "form": choice("segment", "label", "subdomain")})
        ),
        "pods": _OBJECT_PLACES,
        "strings": _OBJECT_PLACES,
        "base64": _OBJECT_PLACES,
        "pod": mapping("pod", required={"strings": _strings, "containers": _strings, "unique": list_of(_UNIQUE_LIST)}),
        "container": mapping("container", required={"texts": _strings, "unique": list_of(_UNIQUE_LIST)}),
        "unique": list_of(
            mapping(
                "a list",
                required={**_KINDS, "path": parsed(pointer.parse), "keys": _strings},
                optional={"defaults": mapping_of(anything)},
            )
        ),
        "placeholders": list_of(_pattern, nonempty=True),
        "merge": mapping(
            "merge",
            required={
                "pod": list_of(mapping("a list", required=_LIST_PATH, optional=_MERGED)),
                "container": list_of(mapping("a list", required=_LIST_PATH, optional=_MERGED)),
                "objects": list_of(mapping("a list", required={**_KINDS, **_LIST_PATH}, optional=_MERGED)),
            },
        ),
    },
)


def _field_path(value: Any, ref: SourceRef) -> str:
    path = string(value, ref)
    parsed(pointer.parse)(path.removeprefix("**"), ref)
    return path


_field = mapping(
    "a field",
    required={"path": _field_path},
    optional={"kind": _pattern, "value": anything, "any": list_of(anything, nonempty=True), "like": string},
)
_SERVER_DEFAULTS = _file(
    "ServerDefaults",
    {"groups": list_of(_strings), **dict.fromkeys(("marks", "owned", "quantities", "defaults"), list_of(_field))},
)

_SINCE = {"from": version, "until": version}
_SERVED = _file(
    "ServedApis",
    {
        "apis": list_of(mapping("an API", required={"api": string, "kinds": _strings}, optional=_SINCE)),
        "fields": list_of(
            mapping("a field", required={"path": _field_path, "from": version}, optional={"kind": _pattern})
        ),
        "labels": list_of(mapping("a label", required={"label": string, "from": version})),
    },
)
_STORED = list_of(mapping("a field", required={"path": _field_path, "value": anything}))
_STORED_FORM = _file("StoredForm", {"removed": _STORED, "added": _STORED})

# schemas/


def _schema(value: Any, ref: SourceRef) -> dict[str, Any]:
    return _SCHEMA(value, ref)


def _schema_or_boolean(value: Any, ref: SourceRef) -> Any:
    return value if isinstance(value, bool) else _SCHEMA(value, ref)


_SCHEMA = mapping(
    "a schema",
    optional={
        "type": choice("object", "array", "string", "boolean", "integer", "number"),
        "$ref": string,
        "properties": mapping_of(_schema),
        "additionalProperties": _schema_or_boolean,
        "required": _strings,
        "items": _schema,
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), list_of(_schema, nonempty=True)),
        "not": _schema,
        "enum": list_of(scalar, nonempty=True),
        "pattern": string,
        "format": string,
        "default": anything,
        **dict.fromkeys(("minimum", "maximum"), number),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), integer),
        **dict.fromkeys(("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"), boolean),
        "x-kubernetes-list-map-keys": _strings,
        "x-kubernetes-list-type": choice("atomic", "set", "map"),
    },
)
_KIND = mapping(
    "a kind", required={"kind": string, "apis": _strings, "spec": _schema}, optional={"istio": version_range}
)
_SCHEMAS = _file("Schemas", {"definitions": mapping_of(_schema), "kinds": list_of(_KIND, nonempty=True)})


def _schemas(value: Any, ref: SourceRef) -> dict[str, Any]:
    """The same, with every reference to a definition that is there."""
    entry = _SCHEMAS(value, ref)
    for name, at in _references(value, ref):
        if name not in entry["definitions"]:
            raise WrongValue(name, entry["definitions"], at)
    return entry


def _references(schema: Any, ref: SourceRef) -> Iterator[tuple[str, SourceRef]]:
    members = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for name, member in members:
        if name == "$ref" and isinstance(member, str):
            yield member.rpartition("/")[2], ref.at(name)
        else:
            yield from _references(member, ref.at(name))


_ENVOY_FILTERS = _file(
    "EnvoyFilterFaults",
    {
        "filters": mapping("filters", required={"istio": version_range, "members": _strings}),
        "config": mapping("config", required={"istio": version_range}),
        "types": mapping("types", required={"istio": version_range, "packages": _strings}),
        "names": mapping("names", required={"istio": version_range, "canonical": mapping_of(string)}),
    },
)

# adoption.yaml
_ADOPTION = _file(
    "Adoption",
    {
        "leftOut": list_of(
            mapping(
                "an entry of leftOut",
                required={"kind": _pattern, "because": string},
                optional={"group": _pattern, "name": _pattern, "type": _pattern},
            ),
            nonempty=True,
        )
    },
)

_INSTALLED = _file(
    "Installed",
    {
        "objects": list_of(
            mapping(
                "an entry of objects",
                required={"kind": string, "names": _strings},
                optional={"namespace": string, "keys": _strings},
            ),
            nonempty=True,
        )
    },
)
_POD_SECURITY = _file(
    "PodSecurity",
    {
        "baseline": mapping(
            "baseline",
            required={"capabilities": _strings, "seLinuxTypes": list_of(any_string), "sysctls": _strings},
        ),
        "restricted": mapping("restricted", required={"capabilities": _strings, "volumes": _strings}),
    },
)

_VALUES = _file(
    "Values",
    {
        "values": list_of(
            mapping(
                "a value",
                required={"path": _field_path},
                optional={
                    "kind": _pattern,
                    "group": _pattern,
                    "allowed": list_of(any_string, nonempty=True),
                    "minimum": integer,
                    "port": boolean,
                    "amount": boolean,
                },
            ),
            nonempty=True,
        )
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
        "istiod_values": _strings,
    },
)

# Releases
_RELEASE = mapping(
    "a release",
    required={"version": version, "summary": string, "sources": _strings},
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
    """Hold to its format what a release says of itself, which `read_layer` takes as it is."""
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
    "catalog.yaml": _INDEX,
    "adoption.yaml": _ADOPTION,
    "rules.yaml": _RULES,
    "notes.yaml": _NOTES,
    "policy.yaml": POLICY_NOTES,
    "skew.yaml": SKEW,
    "parameters/rules.yaml": _VALUE_RULES,
    "kubernetes/merge-keys.yaml": _MERGE_KEYS,
    "kubernetes/objects.yaml": _OBJECT_RULES,
    "kubernetes/defaults.yaml": _SERVER_DEFAULTS,
    "kubernetes/served.yaml": _SERVED,
    "kubernetes/stored-form.yaml": _STORED_FORM,
    "schemas/calico.yaml": _schemas,
    "schemas/istio.yaml": _schemas,
    "schemas/envoy-filters.yaml": _ENVOY_FILTERS,
    "schemas/installed.yaml": _INSTALLED,
    "schemas/pod-security.yaml": _POD_SECURITY,
    "schemas/values.yaml": _VALUES,
    "injector/dikastes.yaml": _DIKASTES,
    "injector/istio.yaml": _ISTIO,
}
_RELEASES = ("releases/v*.yaml", "istio/v*.yaml", "kubernetes/v*.yaml")
_LAYERS = ("*/profile.yaml", "parameters/*.yaml", "kubernetes/older.yaml", *_RELEASES)


def judge(path: str, documents: list[Any], source: SourceFile, files: Files) -> None:
    """Hold a shipped file to its format.

    Args:
        path: relative to the root of the shipped files, with `/`.
        documents: what it holds.
        source: the file, for places.
        files: reads a file that it names.

    Raises:
        Failures, or the only failure: every mistake in it, each at its place.
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
