"""Where fields came from: every leaf has a place, and the place says the value."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.catalog.loading import data_root, install_profiles
from manifestgen.catalog.releases import minors
from manifestgen.model import pointer
from manifestgen.model.identity import identify
from manifestgen.model.version import parse_version
from manifestgen.patch import rfc6902
from manifestgen.patch.history import Change
from manifestgen.patch.provenance import origins
from manifestgen.patch.resource import Resource
from manifestgen.yamlio.reader import locate, read

RELEASES = [str(minor) for minor in minors("Calico")]


def bundle(profile: str, release: str) -> Iterator[Resource]:
    """Every object of a release, with its configuration, but the injector's, whose text is composed and not patched."""
    optional = {"felix": (3, 8), "csi": (3, 23)}
    minor = parse_version(release)[:2]
    present = [name for name, since in optional.items() if minor >= since]
    for published in (True, False):
        values = {} if published or profile != "etcd" else {"etcd_endpoints": "https://10.0.0.1:2379"}
        yield from manifestgen.render(
            profile,
            calico=release,
            components=("node", "config", "policy", *present),
            published=published,
            values=values,
            allow=("dikastes-unknown",),
        )


@cache
def standing(file: str) -> dict[tuple[int, int], Any]:
    """The values of a shipped file by line and column, read afresh from the file."""
    text = Path(data_root()).joinpath(Path(file).relative_to("profiles")).read_text()
    found: dict[tuple[int, int], Any] = {}
    for document, positions in zip(read(text), locate(text), strict=True):
        # A mapping begins where its first key does; the key is meant, so the longer path comes last.
        for where in sorted(positions, key=len):
            found[positions[where]] = pointer.lookup(document, tuple(str(token) for token in where))
    return found


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("profile", install_profiles())
def test_every_leaf_has_a_place_that_says_its_value(profile: str, release: str) -> None:
    """For every leaf of a bundle, the file at the named place holds the leaf's value, read by a second look."""
    seen = 0
    for resource in bundle(profile, release):
        found = origins(resource)
        assert set(found) == set(leaves(resource.body, ()))
        for path, origin in found.items():
            value = rfc6902.find(resource.body, path)
            assert origin.ref is not None
            place = origin.ref.location
            assert (place.line, place.column) in standing(place.file), f"{path}: nothing stands at {origin}"
            if origin.layer == "images of the release" or origin.inside or origin.given:
                continue  # computed from the image rule, edited inside a string, or given by the caller
            assert rfc6902.same(standing(place.file)[place.line, place.column], value), f"{path}: {origin}"
            seen += 1
    assert seen > 100


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("profile", install_profiles())
def test_the_history_alone_gives_the_object(profile: str, release: str) -> None:
    """Applying only the operations that the history names to the base gives the object."""
    for resource in bundle(profile, release):
        body: Any = resource.base
        for change in resource.history:
            for operation in change.lowered:
                body = rfc6902.apply(body, operation)
        assert body == resource.body


def test_a_field_that_is_not_there() -> None:
    """Asking for a field that is missing names the nearest."""
    daemonset = next(r for r in manifestgen.render("kdd", calico="v3.2") if r.id.kind == "DaemonSet")
    with pytest.raises(manifestgen.ManifestgenError, match="nearest: hostNetwork"):
        daemonset.origin("/spec/template/spec/hostNetwrok")


def test_a_parameters_value_names_its_source() -> None:
    """A value that was set names the parameter and where it was given, and what was published."""
    daemonset = next(
        r
        for r in manifestgen.render("kdd", calico="v3.2", values={"pod_cidr": "10.0.0.0/16"})
        if r.id.kind == "DaemonSet"
    )
    env = daemonset.body["spec"]["template"]["spec"]["containers"][0]["env"]
    index = [item["name"] for item in env].index("CALICO_IPV4POOL_CIDR")
    origin = daemonset.origin(f"/spec/template/spec/containers/0/env/{index}/value")
    assert (origin.value, origin.given) == ("10.0.0.0/16", "pod_cidr, given at values")
    assert origin.replaced is not None
    assert origin.replaced.value == "192.168.0.0/16"


def leaves(value: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The paths of scalars and of empty containers."""
    below = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [leaf for key, item in below for leaf in leaves(item, (*path, str(key)))] if below else [path]


def test_a_field_inside_a_document_has_the_history_of_the_document() -> None:
    """The operations of every release on the document, and what they replaced, back to what was read."""
    config = manifestgen.render("kdd", calico="v3.12", components=["config"]).resources[0]
    origin = config.origin("/data/cni_network_config/plugins/[type=calico]/ipam/type")
    assert (origin.value, origin.layer, origin.inside) == ("calico-ipam", "release v3.6", ("/data/cni_network_config",))
    assert origin.replaced is not None
    assert origin.replaced.value == "k8s"


@pytest.mark.parametrize("release", RELEASES)
def test_every_leaf_of_the_document_of_the_cni_plugin_has_an_origin(release: str) -> None:
    """The replayed document is the document that is there, leaf by leaf."""
    config = manifestgen.render("kdd", calico=release, components=["config"], allow=["dikastes-unknown"]).resources[0]
    text = config.body["data"]["cni_network_config"]
    document = json.loads(text.replace("__CNI_MTU__", '"__CNI_MTU__"'))
    for path in leaves(document, ()):
        origin = config.origin("/data/cni_network_config" + pointer.to_text(path))
        assert rfc6902.same(origin.value, pointer.lookup(document, path)) or origin.value is None, path


def test_origins_are_worked_out_once() -> None:
    """Asking for each of a thousand patched fields takes about as long as asking for all of them at once."""
    base = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "many"}, "data": {"k0": ""}}
    steps = [rfc6902.Operation("add", ("data", f"k{number}"), str(number)) for number in range(2000)]
    body: Any = base
    for step in steps:
        body = rfc6902.apply(body, step)
    history = tuple(Change("layer", None, 1, (), (step,), (step,)) for step in steps)
    resource = Resource(identify(base), body, "", base, identify(base), "layer", None, history)
    started = time.process_time()
    first = resource.origin("/data/k0")
    once = time.process_time() - started
    assert [resource.origin(f"/data/k{number}").value for number in range(2000)] == [str(n) for n in range(2000)]
    assert first.value == "0"
    assert time.process_time() - started < 200 * once
