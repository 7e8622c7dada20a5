"""The formats of files about clusters: Kubernetes' versions and defaults, schemas, and what installs contain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.model import pointer
from manifestgen.yamlio.locations import SourceRef
from manifestgen.yamlio.typed import (
    WrongValue,
    any_string,
    anything,
    boolean,
    choice,
    integer,
    list_of,
    mapping,
    mapping_of,
    number,
    parsed,
    scalar,
    string,
    version,
    version_range,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.yamlio.typed import Reader, Readers
from manifestgen.catalog.format_parts import file_of_kind, pattern, strings

# kubernetes/
_MERGE_KEYS = file_of_kind(
    "MergeKeys",
    {
        "lists": list_of(
            mapping("a list", required={"list": string, "keys": strings}, optional={"defaults": mapping_of(anything)}),
            nonempty=True,
        ),
        "sets": strings,
    },
)

_KINDS: Readers = {"group": pattern, "kind": pattern}
_OBJECT_PLACES = list_of(mapping("a place", required={**_KINDS, "path": parsed(pointer.parse_pointer)}), nonempty=True)
_UNIQUE_LIST = mapping(
    "a list", required={"list": string, "keys": strings}, optional={"defaults": mapping_of(anything)}
)
_DEFAULTS: Readers = {"defaults": mapping_of(anything)}
_LIST_PATH: Readers = {"path": parsed(pointer.parse_pointer)}
_MERGED: Readers = {"keys": strings, "set": boolean, **_DEFAULTS}
_OBJECT_RULES = file_of_kind(
    "ObjectRules",
    {
        "names": list_of(
            mapping("a form of names", required={**_KINDS, "form": choice("segment", "label", "subdomain")})
        ),
        "pods": _OBJECT_PLACES,
        "strings": _OBJECT_PLACES,
        "base64": _OBJECT_PLACES,
        "pod": mapping("pod", required={"strings": strings, "containers": strings, "unique": list_of(_UNIQUE_LIST)}),
        "container": mapping("container", required={"texts": strings, "unique": list_of(_UNIQUE_LIST)}),
        "unique": list_of(
            mapping(
                "a list",
                required={**_KINDS, "path": parsed(pointer.parse_pointer), "keys": strings},
                optional={"defaults": mapping_of(anything)},
            )
        ),
        "placeholders": list_of(pattern, nonempty=True),
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
    parsed(pointer.parse_pointer)(path.removeprefix("**"), ref)
    return path


_field = mapping(
    "a field",
    required={"path": _field_path},
    optional={"kind": pattern, "value": anything, "any": list_of(anything, nonempty=True), "like": string},
)
_SERVER_DEFAULTS = file_of_kind(
    "ServerDefaults",
    {"groups": list_of(strings), **dict.fromkeys(("marks", "owned", "quantities", "defaults"), list_of(_field))},
)

_UNORDERED = file_of_kind(
    "UnorderedLists",
    {
        "lists": list_of(
            mapping(
                "a list", required={"path": _field_path}, optional=dict.fromkeys(("group", "kind", "unless"), pattern)
            ),
            nonempty=True,
        )
    },
)

_SINCE = {"from": version, "until": version}
_SERVED = file_of_kind(
    "ServedApis",
    {
        "apis": list_of(mapping("an API", required={"api": string, "kinds": strings}, optional=_SINCE)),
        "fields": list_of(
            mapping("a field", required={"path": _field_path, "from": version}, optional={"kind": pattern})
        ),
        "labels": list_of(mapping("a label", required={"label": string, "from": version})),
    },
)
_STORED = list_of(mapping("a field", required={"path": _field_path, "value": anything}))
_STORED_FORM = file_of_kind("StoredForm", {"removed": _STORED, "added": _STORED})

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
        "required": strings,
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
        "x-kubernetes-list-map-keys": strings,
        "x-kubernetes-list-type": choice("atomic", "set", "map"),
    },
)
_KIND = mapping(
    "a kind", required={"kind": string, "apis": strings, "spec": _schema}, optional={"istio": version_range}
)
_SCHEMAS = file_of_kind("Schemas", {"definitions": mapping_of(_schema), "kinds": list_of(_KIND, nonempty=True)})


def _schemas(value: Any, ref: SourceRef) -> dict[str, Any]:
    """The same schema, checked so that every reference has a definition."""
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


_ENVOY_FILTERS = file_of_kind(
    "EnvoyFilterFaults",
    {
        "filters": mapping("filters", required={"istio": version_range, "members": strings}),
        "config": mapping("config", required={"istio": version_range}),
        "types": mapping("types", required={"istio": version_range, "packages": strings}),
        "names": mapping("names", required={"istio": version_range, "canonical": mapping_of(string)}),
    },
)

_INSTALLED = file_of_kind(
    "Installed",
    {
        "objects": list_of(
            mapping(
                "an entry of objects",
                required={"kind": string, "names": strings},
                optional={"namespace": string, "keys": strings},
            ),
            nonempty=True,
        )
    },
)
_POD_SECURITY = file_of_kind(
    "PodSecurity",
    {
        "baseline": mapping(
            "baseline",
            required={"capabilities": strings, "seLinuxTypes": list_of(any_string), "sysctls": strings},
        ),
        "restricted": mapping("restricted", required={"capabilities": strings, "volumes": strings}),
    },
)

_VALUES = file_of_kind(
    "Values",
    {
        "values": list_of(
            mapping(
                "a value",
                required={"path": _field_path},
                optional={
                    "kind": pattern,
                    "group": pattern,
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


CLUSTER_FORMATS: dict[str, Reader[Any]] = {
    "kubernetes/merge-keys.yaml": _MERGE_KEYS,
    "kubernetes/objects.yaml": _OBJECT_RULES,
    "kubernetes/defaults.yaml": _SERVER_DEFAULTS,
    "kubernetes/unordered.yaml": _UNORDERED,
    "kubernetes/served.yaml": _SERVED,
    "kubernetes/stored-form.yaml": _STORED_FORM,
    "schemas/calico.yaml": _schemas,
    "schemas/istio.yaml": _schemas,
    "schemas/envoy-filters.yaml": _ENVOY_FILTERS,
    "schemas/installed.yaml": _INSTALLED,
    "schemas/pod-security.yaml": _POD_SECURITY,
    "schemas/values.yaml": _VALUES,
}
"""The formats by path below profiles/."""
