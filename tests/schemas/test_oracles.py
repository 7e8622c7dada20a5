"""Independent witnesses: the schema package's own check, and its schemas for the table of what Kubernetes serves."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

import manifestgen
from manifestgen.model.version import parse_version
from manifestgen.schemas.kubernetes import schemas
from manifestgen.schemas.structure import Checker
from tests.schemas.test_fuzz import BODIES, KEPT, VALUES, places
from tests.support.prove import PROVE

ROOT = Path(manifestgen.__file__).parent / "profiles" / "kubernetes"
SERVED = yaml.safe_load((ROOT / "served.yaml").read_text())
MINORS = range(25, 38)
BUILT_IN = [body for body in BODIES if "." not in body["apiVersion"] or ".k8s.io/" in body["apiVersion"]]


def definitions(minor: int) -> dict[str, Any]:
    """The OpenAPI document of a Kubernetes minor, read as the package holds it."""
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v1.{minor}.0-local"
    found: dict[str, Any] = json.loads((folder / "_definitions.json").read_text())["$defs"]
    return found


def strictly(body: dict[str, Any]) -> str:
    """What the package has against an object; empty where it has nothing."""
    try:
        kubernetes_validate.validate(body, "1.36", strict=True)
    except kubernetes_validate.ValidationError as error:
        return str(error.message)
    return ""


@pytest.mark.parametrize("seed", range(20 if PROVE else 2))
def test_an_object_is_sound_where_the_schema_package_says_so(seed: int) -> None:
    """Jsonschema's verdict on the strict schemas; null is left out, which the package takes for any field."""
    source = random.Random(seed)
    known = schemas(parse_version("1.36"))
    assert known
    unsound = 0
    for _ in range(75):
        body = copy.deepcopy(source.choice(BUILT_IN))
        place = source.choice([place for place in places(body) if place and place not in KEPT] or [("more",)])
        owner: Any = body
        for token in place[:-1]:
            owner = owner[token]
        owner[place[-1]] = copy.deepcopy(source.choice([value for value in VALUES if value is not None]))
        group, _, version = body["apiVersion"].rpartition("/")
        schema = known.definitions[known.kinds[group, body["kind"]][version]]
        faults = [one for one in Checker(known.definitions).faults(body, schema) if one.code != "duplicate-item"]
        verdict = strictly(body)
        unsound += bool(verdict)
        assert bool(faults) == bool(verdict), verdict or faults
    assert unsound > 30


@pytest.mark.parametrize("minor", MINORS)
def test_the_table_of_served_versions_agrees_with_the_schemas(minor: int) -> None:
    """Every API version that it lists is served exactly where Kubernetes' OpenAPI document has it."""
    served = set()
    for schema in definitions(minor).values():
        for one in schema.get("x-kubernetes-group-version-kind", ()):
            served.add((f"{one['group']}/{one['version']}" if one["group"] else one["version"], one["kind"]))
    for entry in SERVED["apis"]:
        first, last = (int(bound.split(".")[1]) for bound in (entry.get("from", "1.0"), entry.get("until", "1.99")))
        for kind in entry["kinds"]:
            assert ((entry["api"], kind) in served) == (first <= minor <= last), (entry["api"], kind)


@pytest.mark.parametrize(
    ("path", "schema", "member"),
    [
        ("**/initContainers/*/restartPolicy", "io.k8s.api.core.v1.Container", "restartPolicy"),
        ("**/securityContext/appArmorProfile", "io.k8s.api.core.v1.SecurityContext", "appArmorProfile"),
        ("**/volumeMounts/*/recursiveReadOnly", "io.k8s.api.core.v1.VolumeMount", "recursiveReadOnly"),
        ("**/spec/hostUsers", "io.k8s.api.core.v1.PodSpec", "hostUsers"),
        ("/spec/seLinuxMount", "io.k8s.api.storage.v1.CSIDriverSpec", "seLinuxMount"),
    ],
)
def test_the_table_of_fields_agrees_with_the_schemas(path: str, schema: str, member: str) -> None:
    """A field is there from the version on that the table says."""
    (first,) = [int(entry["from"].split(".")[1]) for entry in SERVED["fields"] if entry["path"] == path]
    for minor in MINORS:
        assert (member in definitions(minor)[schema]["properties"]) == (minor >= first), minor
