"""Which version a release stands for, and what another patch of it changes."""

from __future__ import annotations

from typing import Any

import pytest

import manifestgen
from manifestgen.catalog.errors import NoSuchRelease
from manifestgen.compose.images import images_of
from tests.releases.catalog import MINORS, PROFILES, bodies, rendered

COMPONENTS = ("node", "config")


def images(resources: Any) -> dict[tuple[str, ...], str]:
    """Images by place."""
    return {
        (resource.id.kind, resource.id.name, *path): image
        for resource in resources
        for path, image in images_of(resource.body)
    }


def without_images(value: Any) -> Any:
    """A copy in which no container has an image."""
    if isinstance(value, dict):
        return {key: without_images(item) for key, item in value.items() if key != "image"}
    return [without_images(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("newest", "other"), [("v3.9", "3.9.2"), ("v3.2", "3.2.0"), ("v3.32", "v3.32.0")])
def test_another_patch_swaps_the_tags_that_follow_and_only_those(newest: str, other: str, profile: str) -> None:
    """`--calico 3.9.2` is v3.9 with Calico's images at v3.9.2; flannel's stays, and so does every other field."""
    before, after = rendered(profile, newest, COMPONENTS), rendered(profile, other, COMPONENTS)
    tag = "v" + other.removeprefix("v")
    wanted = {
        place: image if "flannel" in image.rpartition(":")[0] else f"{image.rpartition(':')[0]}:{tag}"
        for place, image in images(before).items()
    }
    assert images(after) == wanted
    assert without_images(bodies(after)) == without_images(bodies(before))


def test_a_patch_whose_files_name_older_images_keeps_them() -> None:
    """The files of v3.24.6 name images of v3.24.5; another patch of v3.24 names its own."""
    tags = {
        calico: {image.rpartition(":")[2] for image in manifestgen.render("kdd", calico=calico).images()}
        for calico in ("v3.24", "v3.24.6", "v3.24.5", "v3.24.3")
    }
    assert tags == {"v3.24": {"v3.24.5"}, "v3.24.6": {"v3.24.5"}, "v3.24.5": {"v3.24.5"}, "v3.24.3": {"v3.24.3"}}


@pytest.mark.parametrize(
    ("asked", "near"), [("3.33", "v3.32"), ("v3.1", "v3.2"), ("2.6", "v3.2"), ("4.0.1", "v3.32"), ("3.330", "v3.32")]
)
def test_an_unknown_version_is_refused_with_the_nearest(asked: str, near: str) -> None:
    """The error names what was asked for, the range of what is known, and the nearest."""
    with pytest.raises(NoSuchRelease) as raised:
        manifestgen.render("kdd", calico=asked)
    text = str(raised.value)
    assert asked.removeprefix("v") in text
    assert f"known: {MINORS[0]} to {MINORS[-1]}" in text
    assert near in text.split("nearest: ")[1].splitlines()[0]


def test_the_default_is_the_newest_release_that_works() -> None:
    """Without `calico` nobody gets a release whose Dikastes answers every check UNKNOWN."""
    bundle = manifestgen.render("kdd")
    assert bundle.context
    assert f"v{bundle.context.calico.as_minor}" == MINORS[-1]


@pytest.mark.parametrize("calico", ["3.30", "3.30.2", "3.31", "3.31.7"])
def test_releases_whose_dikastes_answers_unknown_are_refused(calico: str) -> None:
    """v3.30 and v3.31 are refused, in every patch, with the fault, where it is told of, and what to do."""
    with pytest.raises(manifestgen.ManifestgenError) as raised:
        manifestgen.render("kdd", calico=calico)
    text = str(raised.value)
    assert "UNKNOWN" in text
    assert "dikastes-unknown" in text
    assert "3.32" in text
