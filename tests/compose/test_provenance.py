"""Where fields came from: every leaf has a place, and the place says the value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.catalog.loading import data_root, shipped_profiles
from manifestgen.catalog.releases import minors
from manifestgen.model import pointer
from manifestgen.patch import rfc6902
from manifestgen.patch.provenance import origins
from manifestgen.yamlio.reader import locate, read

RELEASES = [str(minor) for minor in (minors("Calico")[0], minors("Calico")[-1])]
ALL = ("node", "config", "policy")


def value_at(place: Any) -> Any:
    """The value that the file holds at a place, read afresh from the file."""
    path = Path(data_root()).joinpath(Path(place.file).relative_to("profiles"))
    text = path.read_text()
    for document, positions in zip(read(text), locate(text), strict=True):
        at = [where for where, position in positions.items() if position == (place.line, place.column)]
        if at:  # a mapping begins where its first key does; the key is meant
            return pointer.lookup(document, tuple(str(token) for token in max(at, key=len)))
    raise AssertionError(f"nothing stands at {place}")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("profile", shipped_profiles())
def test_every_leaf_has_a_place_that_says_its_value(profile: str, release: str) -> None:
    """For every leaf of a bundle, the file at the named place holds the leaf's value, read by a second look."""
    seen = 0
    for resource in manifestgen.render(profile, calico=release, components=ALL, published=True):
        found = origins(resource)
        assert set(found) == set(leaves(resource.body, ()))
        for path, origin in found.items():
            value = rfc6902.find(resource.body, path)
            if origin.layer == "images of the release" or origin.inside:
                continue  # computed from the image rule, or edited inside a string
            assert origin.anchor is not None
            assert rfc6902.same(value_at(origin.anchor.place), value), f"{path}: {origin}"
            seen += 1
    assert seen > 100


@pytest.mark.parametrize("profile", shipped_profiles())
def test_the_history_alone_gives_the_object(profile: str) -> None:
    """Applying only the operations that the history names to the base gives the object."""
    for resource in manifestgen.render(profile, calico=RELEASES[-1], components=ALL, published=True):
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
