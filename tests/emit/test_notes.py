"""NOTES.md of every layout, profile and component set: its paths exist, and its commands do what they say."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.program import manifestgen as program

if TYPE_CHECKING:
    pass

KUBECTL = "/usr/bin/kubectl"
SITE = """\
apiVersion: manifestgen/v1
kind: Profile
metadata: {name: Site_1}
extends: etcd
values: {etcd_endpoints: "http://10.0.0.1:2379"}
"""
ETCD = ("--set", "etcd_endpoints=http://10.0.0.1:2379")
BUNDLES = {
    "kdd": ("kdd",),
    "etcd": ("etcd", *ETCD),
    "own profile": ("site",),
    "everything": (
        *("flannel", "--component", "node", "--component", "config", "--component", "felix", "--component", "csi"),
        *("--component", "policy", "--component", "injector", "--component", "pilot-egress", "--namespace", "shop"),
    ),
    "nothing for kubectl": ("kdd", "--component", "injector"),
    "calicoctl": ("kdd", "--set", "calico_api=calicoctl", "--component", "felix", "--component", "pilot-egress"),
    "API server": (
        "etcd",
        *ETCD,
        "--set",
        "calico_api=apiserver",
        "--component",
        "felix",
        "--component",
        "pilot-egress",
    ),
    "Argo CD": ("policy-only", "--argo"),
    "Calico 3.9": ("kdd", "--calico", "3.9"),
    "Calico 3.2": ("kdd", "--calico", "3.2", "--namespace", "shop"),
}
PATH = re.compile(r"(?<![\w/.-])(?:[\w-]+/)+[\w.-]+\.ya?ml\b|\b\d+-[\w.-]+\.yaml\b")
"""A YAML file below the directory, or a numbered one in it."""


def commands(text: str) -> list[str]:
    """What is in the blocks of commands."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def applied(directory: Path) -> list[tuple[str, str]]:
    """Kind and name of every object that kubectl applies from a directory of the default layout."""
    paths = [*directory.glob("resources/*.yaml"), *directory.glob("enforce/[0-9]*.yaml")]
    bodies = [yaml.safe_load(path.read_text()) for path in paths]
    return sorted((body["kind"], body["metadata"]["name"]) for body in bodies)


def read(directory: Path, words: list[str]) -> list[tuple[str, str]]:
    """What kubectl takes by these options, read without a cluster."""
    if words[0] == "-k":
        done = subprocess.run([KUBECTL, "kustomize", words[1]], cwd=directory, capture_output=True, check=True)
        bodies = list(yaml.safe_load_all(done.stdout))
    else:
        arguments = [KUBECTL, "label", "--local", *words, "a=b", "-o", "json"]
        done = subprocess.run(arguments, cwd=directory, capture_output=True, check=True)
        bodies = [json.loads(f"{{{text}") for text in done.stdout.decode().split("\n{")[1:]]
        bodies.insert(0, json.loads(done.stdout.decode().split("\n{")[0]))
    return sorted((body["kind"], body["metadata"]["name"]) for body in bodies)


@pytest.fixture(
    params=[(name, layout) for name in BUNDLES for layout in ("kustomize", "flat", "overlay")], ids="-".join
)
def rendered(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A rendered directory, and what was said on stderr, in a directory whose name needs quotes."""
    name, layout = request.param
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "profile.yaml").write_text(SITE)
    program("render", *BUNDLES[name], "-o", "default", cwd=tmp_path)
    done = program("render", *BUNDLES[name], "--layout", layout, "-o", "an out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "an out", done.stderr


def test_what_notes_name_is_there_and_what_they_say_works(rendered: tuple[Path, str]) -> None:
    """Every path is a file of the directory, and kubectl takes the whole bundle by the command that applies it."""
    directory, _ = rendered
    text = (directory / "NOTES.md").read_text()
    named = [path for path in PATH.findall(text) if not path.startswith(("istio-", "install/", "templates/"))]
    assert [path for path in named if not (directory / path).is_file()] == []
    takes_all = re.compile(r"kubectl (apply|diff) -[kf] (?!-|injector|istio-)")
    whole = [shlex.split(line)[2:] for line in commands(text) if takes_all.match(line)]
    expected = applied(directory.parent / "default")
    assert bool(whole) == (bool(expected) and "Argo CD" not in text)
    # What must be applied last has a command of its own.
    every = {tuple(words) for words in whole}
    assert sorted(one for words in every for one in read(directory, list(words))) == (expected if whole else [])
    for line in commands(text):
        if "calico/" in line or "istio/istio-operator" in line:
            assert (directory / line.split()[-1]).is_file()


def test_every_file_that_kubectl_does_not_apply_is_named(rendered: tuple[Path, str]) -> None:
    """A FelixConfiguration that only calicoctl can apply, or a template for istiod, is of no use unless told of."""
    directory, stderr = rendered
    text = (directory / "NOTES.md").read_text()
    beside = [path.relative_to(directory).as_posix() for path in directory.glob("[ic]*/*.yaml")]
    assert [path for path in beside if path not in text] == []
    assert not re.search(r"<\w+>", text.replace("<ETCD_", ""))
    if any(path.startswith("calico/") for path in beside):
        assert "calicoctl apply -f 'an out/calico/" in stderr


def test_the_commands_of_manifestgen_run(rendered: tuple[Path, str]) -> None:
    """What is rendered separately can be rendered as it says."""
    directory, _ = rendered
    for line in commands((directory / "NOTES.md").read_text()):
        words = shlex.split(line.partition("|")[0])
        if words[:2] == ["manifestgen", "render"]:
            assert program(*words[1:], cwd=directory).returncode == 0


def test_felix_is_switched_on_before_the_mesh_is_told_to_ask(tmp_path: Path) -> None:
    """With etcd, the FelixConfiguration comes before the bundle: without it Dikastes has no policy."""
    program("render", "etcd", *ETCD, "--component", "felix", "--component", "policy", "-o", tmp_path / "out")
    found = commands((tmp_path / "out" / "NOTES.md").read_text())
    assert found.index("calicoctl apply -f calico/felixconfiguration.yaml") < found.index("kubectl apply -k .")


KINDS: list[dict[str, Any]] = [
    {"profile": "kdd", "api": None, "felix": "crd.projectcalico.org/v1", "by kubectl": {"FelixConfiguration"}},
    {"profile": "kdd", "api": "crd", "felix": "crd.projectcalico.org/v1", "by kubectl": {"FelixConfiguration"}},
    {
        "profile": "kdd",
        "api": "apiserver",
        "felix": "projectcalico.org/v3",
        "by kubectl": {"FelixConfiguration", "NetworkPolicy"},
    },
    {
        "profile": "kdd",
        "api": "v3-crds",
        "felix": "projectcalico.org/v3",
        "by kubectl": {"FelixConfiguration", "NetworkPolicy"},
    },
    {"profile": "kdd", "api": "calicoctl", "felix": "projectcalico.org/v3", "by kubectl": set()},
    {"profile": "etcd", "api": None, "felix": "projectcalico.org/v3", "by kubectl": set()},
    {"profile": "etcd", "api": "calicoctl", "felix": "projectcalico.org/v3", "by kubectl": set()},
    {
        "profile": "etcd",
        "api": "apiserver",
        "felix": "projectcalico.org/v3",
        "by kubectl": {"FelixConfiguration", "NetworkPolicy"},
    },
]


@pytest.mark.parametrize("case", KINDS, ids=lambda case: f"{case['profile']} {case['api']}")
def test_calico_api_decides_for_every_object_of_calico(case: dict[str, Any], tmp_path: Path) -> None:
    """The kustomization holds nothing that the cluster cannot take; the rest is beside it for calicoctl."""
    api = () if case["api"] is None else ("--set", f"calico_api={case['api']}")
    words = ("render", case["profile"], *api, "--component", "felix", "--component", "pilot-egress")
    assert program(*words, "-o", tmp_path / "out").returncode == 0
    bodies = [yaml.safe_load(path.read_text()) for path in (tmp_path / "out").rglob("*.yaml")]
    felix = next(body for body in bodies if body["kind"] == "FelixConfiguration")
    assert felix["apiVersion"] == case["felix"]
    assert {kind for kind, _ in applied(tmp_path / "out")} == case["by kubectl"]
    beside = {yaml.safe_load(path.read_text())["kind"] for path in (tmp_path / "out").glob("calico/*.yaml")}
    assert beside == {"FelixConfiguration", "NetworkPolicy"} - case["by kubectl"]
