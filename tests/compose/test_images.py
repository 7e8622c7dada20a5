"""Image rules, pins and registries: what they mean, and that none is ever about nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.catalog import releases
from manifestgen.errors import ManifestgenError
from manifestgen.model.image import wrong_with

HEAD = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\n"
DIGEST = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32


def overlay(folder: Path, rules: str) -> Path:
    """An overlay with these image rules, from line 4 on."""
    (folder / "profile.yaml").write_text(f"{HEAD}images:\n{rules}")
    return folder


def failure(**options: Any) -> str:
    """What a render of calico-node alone says when it fails."""
    with pytest.raises(ManifestgenError) as raised:
        manifestgen.render("kdd", **{"calico": "3.9", "components": ("node",), **options})
    return str(raised.value)


def images(calico: str, **options: Any) -> tuple[str, ...]:
    """The images of calico-node, of which one is pinned or ruled."""
    return manifestgen.render("kdd", calico=calico, components=("node",), allow=["unpinned"], **options).images()


@pytest.mark.parametrize("calico", ["3.2", "3.9", "3.27", "3.32"])
@pytest.mark.parametrize("name", ["calico/node", "docker.io/calico/node", "quay.io/calico/node"])
def test_a_release_image_is_meant_in_every_registry(tmp_path: Path, calico: str, name: str) -> None:
    """Any name that a release gives an image means it in every release, for pins and for rules."""
    assert [image for image in images(calico, pins={name: DIGEST}) if image.endswith(f"/node@{DIGEST}")]
    rule = overlay(tmp_path, f"- {{name: {name}, newName: ghcr.io/us/node, newTag: v1}}\n")
    assert "ghcr.io/us/node:v1" in images(calico, overlays=[rule])


def test_any_other_name_is_exact(tmp_path: Path) -> None:
    """A registry that no release uses is another image, as in Kustomize."""
    said = failure(overlays=[overlay(tmp_path, "- {name: ghcr.io/calico/node, newTag: v1}\n")])
    assert said.startswith(f"{tmp_path}/profile.yaml:5:3: no object has an image 'ghcr.io/calico/node'")
    assert "nearest: calico/node" in said


def test_rules_follow_one_another(tmp_path: Path) -> None:
    """A rule sees the names that the rule before it gave, exactly."""
    rules = "- {name: calico/node, newName: ghcr.io/us/node}\n- {name: ghcr.io/us/node, newTag: v9}\n"
    assert "ghcr.io/us/node:v9" in images("3.27", overlays=[overlay(tmp_path, rules)])
    rules = "- {name: calico/node, newName: ghcr.io/us/node}\n- {name: calico/node, newTag: v9}\n"
    assert ":6:3: no object has an image 'calico/node'" in failure(overlays=[overlay(tmp_path, rules)])


def test_a_rule_about_what_is_left_out_is_no_mistake(tmp_path: Path) -> None:
    """The images of components that --component leaves out may have rules."""
    rules = "- {name: calico/node, newTag: v1}\n- {name: calico/dikastes, newTag: v1}\n"
    overlays = [overlay(tmp_path, rules)]
    assert manifestgen.render("kdd", calico="3.27", components=("policy",), overlays=overlays).images() == ()


RULES = {
    "a tag in the name": ("{name: 'calico/node:v1', newTag: v2}", ":5:4: name must be an image without tag or digest"),
    "nothing to change": ("{name: calico/node}", ":5:3: the rule changes nothing"),
    "an upper case name": ("{name: calico/node, newName: Mine/node}", "newName is not the name of an image: it must"),
    "a scheme": ("{name: calico/node, newName: 'https://x.example/node'}", "a reference has no scheme"),
    "a blank": ("{name: calico/node, newName: 'x.example/a b'}", "it holds white space"),
    "a bad tag": ("{name: calico/node, newTag: 'v1 beta'}", "newTag is not the tag of an image"),
    "a short digest": ("{name: calico/node, digest: 'sha256:abc'}", "digest is not a digest"),
    "an upper case digest": (f"{{name: calico/node, digest: 'sha256:{'AB' * 32}'}}", "digest is not a digest"),
}


@pytest.mark.parametrize("what", RULES)
def test_a_bad_rule_is_refused(tmp_path: Path, what: str) -> None:
    """With its place and the reason."""
    rule, said = RULES[what]
    message = failure(overlays=[overlay(tmp_path, f"- {rule}\n")])
    assert message.startswith(f"{tmp_path}/profile.yaml:5:")
    assert said in message


@pytest.mark.parametrize("calico", ["3.9", "3.27", "3.32"])
@pytest.mark.parametrize("registry", [None, "registry.example.com/mirror"])
def test_what_is_listed_can_be_pasted_as_pins(calico: str, registry: str | None) -> None:
    """Every image that a bundle lists is the name of a pin for it, with any registry, and a second time."""
    options: dict[str, Any] = {"calico": calico, "registry": registry}
    listed = manifestgen.render("kdd", **options).images()
    pinned = manifestgen.render("kdd", **options, pins=dict.fromkeys(listed, DIGEST)).images()
    assert {image.partition("@")[2] for image in pinned} == {DIGEST}
    assert {image.partition("@")[0] for image in pinned} == {image.rpartition(":")[0] for image in listed}
    assert manifestgen.render("kdd", **options, pins=dict.fromkeys(pinned, DIGEST)).images() == pinned


def test_with_pins_every_image_needs_one() -> None:
    """All that have none are named, unless that is allowed; a pin of another tag is shown."""
    said = failure(pins={"calico/node:v3.8.0": DIGEST})
    assert "no pin names calico/node:v3.9.6\n  nearest: calico/node:v3.8.0\n  next: pin it" in said
    assert "no pin names calico/cni:v3.9.6" in said
    assert "--allow unpinned" in said


def test_a_pin_for_another_release_or_component_is_no_mistake() -> None:
    """One file of pins serves every release and every part of the output."""
    names = ["calico/node", "calico/cni", "calico/pod2daemon-flexvol", "quay.io/calico/csi", "calico/node:v3.1.0"]
    assert all("@" in image for image in images("3.9", pins=dict.fromkeys(names, DIGEST)))


def test_a_pin_with_a_tag_goes_before_one_without() -> None:
    """And two of a kind that disagree are refused."""
    pins = {"calico/node": OTHER, "calico/node:v3.9.6": DIGEST}
    assert f"calico/node@{DIGEST}" in images("3.9", pins=pins)
    said = failure(pins={"calico/node": OTHER, "quay.io/calico/node": DIGEST}, allow=["unpinned"])
    assert "calico/node:v3.9.6 has two pins with different digests" in said


PINS = {
    "nobody's image": ("image: {digest}", ":1:1: the pin 'image' matches no image"),
    "no digest": ("calico/node: abc", ":1:1: the pin of calico/node is not a digest"),
    "a number": ("calico/node: 5", "the pin of calico/node is not a digest"),
    "a null": ("calico/node:", "the pin of calico/node is not a digest"),
    "a mapping": ("a: {{b: c}}", "the pin of a is not a digest"),
    "no image": ("Calico/node x: {digest}", '"Calico/node x" is not an image'),
    "another digest than its own": ("calico/node@{other}: {digest}", "two pins with different digests"),
    "a list": ("[a]", "pins must be a mapping of image to digest"),
    "nothing": ("", "a file of pins must hold one document"),
}


@pytest.mark.parametrize("what", PINS)
def test_a_bad_pin_is_refused(tmp_path: Path, what: str) -> None:
    """With its place in the file."""
    text, said = PINS[what]
    file = tmp_path / "pins.yaml"
    file.write_text(text.format(digest=DIGEST, other=OTHER) + "\n")
    message = failure(pins=file, allow=["unpinned"])
    assert message.startswith(str(file))
    assert said in message


REGISTRIES = {
    "": "is empty",
    "https://r.example": "it has a scheme",
    "a b": "it holds white space",
    "R.example": "it must be in lower case",
    "r.example/X": "it must be in lower case",
    "/x": "the host is missing",
    "r.example:5000/x:tag": "it ends in a tag",
    "r.example:tag": "it ends in a tag",
    "r.example/x@sha256": "it ends in a tag",
    "r.example//x": "is not a path of a registry",
    "mirror": "would look for it on Docker Hub",
    "r_.example": "is not a host",
}


@pytest.mark.parametrize("registry", REGISTRIES)
def test_a_bad_registry_is_refused(registry: str) -> None:
    """With the reason, also the empty one that an unset shell variable leaves."""
    said = failure(registry=registry)
    assert said.startswith("--registry: the registry")
    assert REGISTRIES[registry] in said


@pytest.mark.parametrize(
    "registry", ["localhost", "r.example", "r.example:5000/a/b_c", "10.0.0.1:5000", "[::1]:5000/x"]
)
def test_a_registry_takes_every_image(registry: str) -> None:
    """Whatever form it has; what comes out is a reference that container runtimes read."""
    listed = images("3.27", registry=registry)
    assert listed
    assert all(image.startswith(f"{registry}/calico/") and not wrong_with(image) for image in listed)


@pytest.mark.parametrize("product", ["Calico", "Istio"])
def test_the_names_of_the_releases_are_sound(product: str) -> None:
    """What the shipped rules name can be pulled."""
    for release in releases.releases_up_to(product, releases.minors(product)[-1]):
        for rule in release.layer.images:
            assert not wrong_with(rule.name)
            assert not wrong_with(f"{rule.new_name or rule.name}:{rule.new_tag or 'v1'}")
