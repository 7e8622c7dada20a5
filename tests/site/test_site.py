"""A site: a profile that states what the command line can say."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import manifestgen
from tests.support.program import manifestgen as program

HEAD = {"apiVersion": "manifestgen/v1", "kind": "Profile", "metadata": {"name": "site"}, "extends": "kdd"}
DIGEST = "sha256:" + "a" * 64


def site(directory: Path, **members: Any) -> Path:
    """A profile of one's own."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "profile.yaml").write_text(yaml.safe_dump({**HEAD, **members}))
    return directory


def files(directory: Path) -> dict[str, str]:
    """What a directory holds, without the inventory."""
    paths = [path for path in directory.rglob("*") if path.is_file() and path.name != "manifestgen.inventory"]
    return {path.relative_to(directory).as_posix(): path.read_text() for path in paths}


SAID: dict[str, tuple[Any, tuple[str, ...]]] = {
    "calico": ("3.27", ("--calico", "3.27")),
    "istio": ("1.22", ("--istio", "1.22")),
    "kubernetes": ("1.17", ("--kubernetes", "1.17")),
    "components": (["+config"], ("--component", "+config")),
    "exact components": (["node", "felix"], ("--component", "node", "--component", "felix")),
    "namespaces": (["shop", "bank"], ("--namespace", "shop", "--namespace", "bank")),
    "registry": ("mirror.example.com/calico", ("--registry", "mirror.example.com/calico")),
    "argo": (True, ("--argo",)),
    "allow": (["dikastes-unknown"], ("--allow", "dikastes-unknown")),
    "layout": ("overlay", ("--layout", "overlay")),
    "published": (True, ("--published",)),
}
MORE = {"allow": ("--calico", "3.31"), "kubernetes": ("--calico", "3.23")}
"""What else a case needs, so that it makes a difference."""


@pytest.mark.parametrize("name", SAID)
def test_a_profile_says_what_the_option_says(name: str, tmp_path: Path) -> None:
    """The directory is the same, byte for byte, whether a member of the profile or an option says it."""
    said, options = SAID[name]
    member = name.removeprefix("exact ")
    base = {} if member in {"calico", "allow"} else {"calico": "3.32"}
    more = MORE.get(name, ())
    stated = program("render", site(tmp_path / "a" / "site", **base, **{member: said}), *more, "-o", tmp_path / "one")
    asked = program("render", site(tmp_path / "b" / "site", **base), *options, *more, "-o", tmp_path / "two")
    assert (stated.returncode, asked.returncode) == (0, 0), stated.stderr + asked.stderr
    assert files(tmp_path / "one") == files(tmp_path / "two")
    plain = program("render", site(tmp_path / "c" / "site", **base), *more, "-o", tmp_path / "three")
    assert plain.returncode != 0 or files(tmp_path / "three") != files(tmp_path / "one")


def test_files_of_a_site_are_beside_it(tmp_path: Path) -> None:
    """Pins and the injector's ConfigMap are files of the site, wherever it is rendered from."""
    directory = site(tmp_path / "site", calico="3.32", components=["felix", "csi"], pins="lock/images.yaml")
    (directory / "lock").mkdir()
    images = manifestgen.render("kdd", calico="3.32", components=("csi",)).images()
    (directory / "lock" / "images.yaml").write_text("".join(f"{image}: {DIGEST}\n" for image in images))
    done = program("images", "site", cwd=tmp_path)
    assert [line.partition("@")[2] for line in done.stdout.split()] == [DIGEST] * len(images)
    (directory / "profile.yaml").write_text((directory / "profile.yaml").read_text().replace("lock/", "../"))
    outside = program("images", "site", cwd=tmp_path)
    assert outside.returncode == 2
    assert "site/profile.yaml" in outside.stderr
    assert "leaves the directory" in outside.stderr


def test_the_nearer_profile_wins_and_a_plus_adds(tmp_path: Path) -> None:
    """A chain of sites: versions are replaced, lists are replaced or added to."""
    site(tmp_path / "base", calico="3.27", istio="1.22", namespaces=["shop"], components=["node", "namespaces"])
    site(tmp_path / "near", extends="../base", calico="3.32", namespaces=["+bank"], components=["+felix"])
    bundle = manifestgen.render(tmp_path / "near")
    assert bundle.context
    assert (str(bundle.context.calico), str(bundle.context.istio)) == ("3.32.1", "1.22.8")
    assert {resource.id.short for resource in bundle} == {
        *("DaemonSet/calico-node", "ServiceAccount/calico-node", "FelixConfiguration/default"),
        *("Namespace/shop", "Namespace/bank"),
    }


def test_an_option_wins_and_says_so(tmp_path: Path) -> None:
    """What the caller says replaces what the profile states, with a warning that names the place."""
    directory = site(tmp_path / "site", calico="3.27", namespaces=["shop"])
    done = program("render", directory, "--calico", "3.32", "--namespace", "bank", "--component", "namespaces")
    assert [body["metadata"]["name"] for body in yaml.safe_load_all(done.stdout)] == ["bank"]
    for line, text in enumerate((directory / "profile.yaml").read_text().splitlines(), 1):
        for member, option in (("calico", "--calico 3.32"), ("namespaces", "--namespace bank")):
            if text.startswith(member):
                assert f"warning: {option} overrides {member} at {directory}/profile.yaml:{line}:1" in done.stderr
    adds = program("render", directory, "--namespace", "+bank", "--component", "namespaces")
    assert [body["metadata"]["name"] for body in yaml.safe_load_all(adds.stdout)] == ["shop", "bank"]
    assert "overrides namespaces" not in adds.stderr
    same = program("render", directory, "--calico", "v3.27")
    assert "overrides" not in same.stderr


def test_a_profile_without_a_version_warns(tmp_path: Path) -> None:
    """What it renders would change with manifestgen; a version from anywhere ends the warning."""
    directory = site(tmp_path / "site")
    assert "names no Calico version" in program("render", directory).stderr
    assert "names no Calico version" not in program("render", directory, "--calico", "3.32").stderr
    assert "names no Calico version" not in program("render", "kdd").stderr


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unquoted version": ({"calico": 3.1}, "quote it"),
    "a version that is none": ({"calico": "latest"}, "'latest' is not a version"),
    "an unknown release": ({"calico": "3.99"}, "Calico 3.99 is not known"),
    "an unknown Istio": ({"calico": "3.32", "istio": "2.0"}, "Istio 2.0 is not known"),
    "an unknown Kubernetes": ({"calico": "3.32", "kubernetes": "1.99"}, "Kubernetes 1.99 is not known"),
    "an unknown component": ({"calico": "3.32", "components": ["nodes"]}, "component 'nodes' is not known"),
    "a component that is not there": ({"calico": "3.2", "istio": "1.0", "components": ["csi"]}, "has nothing in"),
    "an unknown layout": ({"calico": "3.32", "layout": "flatt"}, "nearest: flat"),
    "a registry that is none": ({"calico": "3.32", "registry": "https://x"}, "https://x"),
    "an unknown rule": ({"calico": "3.32", "allow": ["istio-1.55"]}, "there is no rule 'istio-1.55'"),
    "a word for a flag": ({"calico": "3.32", "argo": "yes"}, "argo must be true or false"),
    "a misspelled member": ({"calcio": "3.32"}, "nearest: calico"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    """Status 2, the file and line, and what is wrong."""
    members, said = WRONG[name]
    directory = site(tmp_path / "site", **members)
    done = program("render", directory)
    assert done.returncode == 2
    assert said in done.stderr
    assert f"error: {directory}/profile.yaml:" in done.stderr


def test_an_overlay_says_nothing_of_a_site(tmp_path: Path) -> None:
    """Versions in an overlay would be a second truth."""
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "profile.yaml").write_text(
        'apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: o}\ncalico: "3.32"\n'
    )
    done = program("render", "kdd", "--overlay", tmp_path / "o")
    assert done.returncode == 2
    assert "calico" in done.stderr


def test_the_json_schema_knows_the_members(tmp_path: Path) -> None:
    """Editors accept a site and refuse a version that is a number."""
    path = Path(manifestgen.__file__).parent / "catalog" / "profile.schema.json"
    schema = json.loads(path.read_text())
    whole: dict[str, Any] = {**HEAD, **{name: said for name, (said, _) in SAID.items() if " " not in name}}
    jsonschema.validate(whole, schema)
    for broken in ({"calico": 3.32}, {"layout": "flatt"}, {"components": "node"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**whole, **broken}, schema)


def test_every_command_takes_a_site(tmp_path: Path) -> None:
    """What the profile states applies in each of them."""
    directory = site(tmp_path / "site", calico="3.27", components=["node"], registry="mirror.example.com")
    rendered = program("render", directory, "-o", tmp_path / "out")
    assert rendered.returncode == 0
    assert program("render", directory, "--check", "-o", tmp_path / "out").returncode == 0
    assert program("diff", directory, tmp_path / "out").returncode == 0
    assert program("diff", directory, "kdd").returncode == 1
    assert "mirror.example.com/calico/node:v3.27.5" in program("images", directory).stdout
    image = "/spec/template/spec/containers/[name=calico-node]/image"
    assert "mirror.example.com" in program("explain", directory, "DaemonSet/calico-node", image).stdout
    assert "Calico 3.27.5" in program("preflight", directory).stdout
    assert "mtu" in program("parameters", directory).stdout


def test_a_golden_matrix_takes_a_site_and_every_member(tmp_path: Path) -> None:
    """With registry, pins, Argo CD and overlays; the tree is named for the version that the site states."""
    site(tmp_path / "sites" / "prod", calico="3.27", components=["csi", "felix"], argo=True, layout="flat")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: more}\nlabels: [{pairs: {team: net}}]\n"
    )
    images = manifestgen.render("kdd", calico="3.27", components=("csi",)).images()
    (tmp_path / "pins.yaml").write_text("".join(f"{image}: {DIGEST}\n" for image in images))
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "matrix.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: GoldenMatrix\ntrees:\n"
        "- profile: ../sites/prod\n"
        "- {profile: ../sites/prod, name: mirrored, registry: mirror.example.com, pins: ../pins.yaml,\n"
        "   overlays: [../more], layout: kustomize, labels: {a: b}, allow: [dikastes-unknown]}\n"
    )
    done = program("golden", "update", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert program("golden", "check", cwd=tmp_path).returncode == 0
    plain, mirrored = (files(tmp_path / "golden" / "v3.27" / name) for name in ("prod", "prod-mirrored"))
    assert "03-daemonset-csi-node-driver.yaml" in plain
    assert "sync-wave" in "".join(plain.values())
    daemonset = mirrored["resources/03-daemonset-csi-node-driver.yaml"]
    assert f"mirror.example.com/calico/csi@{DIGEST}" in daemonset
    assert "team: net" in daemonset
    assert "a: b" in daemonset


def test_lists_combine_in_order() -> None:
    """Whatever is stated and asked, the result is what was plain last, and every `+` since."""
    from manifestgen.catalog.site import combine

    names = ("a", "+b", "c", "+d")
    for before in itertools.permutations("xyz", 2):
        for said in itertools.product(names, repeat=2):
            plain = [name for name in said if name[0] != "+"]
            kept = list(plain or before)
            for name in said:
                if name[0] == "+" and name[1:] not in kept:
                    kept.append(name[1:])
            assert list(combine(before, said)) == list(dict.fromkeys(kept))


def test_the_origin_of_an_image_is_the_line_that_names_the_registry(tmp_path: Path) -> None:
    """Of the profile where it says so, else the option."""
    directory = site(tmp_path / "site", calico="3.27", components=["node"], registry="mirror.example.com")
    line = (directory / "profile.yaml").read_text().splitlines().index("registry: mirror.example.com") + 1
    path = "/spec/template/spec/containers/[name=calico-node]/image"
    said = str(manifestgen.render(directory)["DaemonSet/calico-node"].origin(path))
    assert f"{directory}/profile.yaml:{line}:1" in said
    asked = manifestgen.render(directory, registry="other.example.com")["DaemonSet/calico-node"].origin(path)
    assert str(asked).startswith("command line")
