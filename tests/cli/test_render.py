"""`manifestgen render` as a process: what lands where, and what a mistake gets."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from manifestgen.catalog.loading import install_profiles
from tests.support.objects import read_objects
from tests.support.program import manifestgen

HEAD = "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: mine}\nextends: kdd\n"
ALL = ("--component", "node", "--component", "config", "--component", "policy")
ETCD = ("--set", "etcd_endpoints=https://10.0.0.1:2379")
"""What the etcd profile must be told once its ConfigMap is wanted: what is published is no address."""


def whole(profile: str) -> tuple[str, ...]:
    """The arguments that render a profile with its configuration."""
    return (profile, *ALL, *(ETCD if profile == "etcd" else ()))


def by_name(text: str) -> dict[str, str]:
    """Objects of a stream by kind and name, as text that tells 1 from true."""
    return {f"{o['kind']}/{o['metadata']['name']}": json.dumps(o, sort_keys=True) for o in read_objects(text)}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
@pytest.mark.parametrize("profile", install_profiles())
def test_kustomize_builds_the_objects_of_the_stream(profile: str, tmp_path: Path) -> None:
    """`kubectl kustomize DIR` gives exactly what `render -o -` prints."""
    done = manifestgen("render", *whole(profile), "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    built = subprocess.run(["kubectl", "kustomize", tmp_path / "out"], capture_output=True, text=True, check=True)
    stream = manifestgen("render", *whole(profile)).stdout
    assert by_name(built.stdout) == by_name(stream)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
def test_kubectl_reads_the_numbered_files(tmp_path: Path) -> None:
    """The files of `resources/` are what kubectl takes with -f, in the order of their names."""
    manifestgen("render", *whole("etcd"), "-o", tmp_path / "out")
    files = sorted(path.name for path in (tmp_path / "out" / "resources").iterdir())
    assert [name[:3] for name in files] == [f"{number:02}-" for number in range(1, len(files) + 1)]
    for name in files:
        command = ["kubectl", "label", "--local", "-f", name, "zz=zz", "-o", "json"]
        subprocess.run(command, cwd=tmp_path / "out" / "resources", capture_output=True, check=True)


def test_all_profiles(tmp_path: Path) -> None:
    """--all writes one directory a profile."""
    assert manifestgen("render", "--all", "-o", tmp_path / "out").returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(install_profiles())


def test_a_second_render_changes_nothing(tmp_path: Path) -> None:
    """The same call again leaves every file as it was, to the modification time."""
    manifestgen("render", "kdd", "-o", tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    done = manifestgen("render", "kdd", "-o", tmp_path / "out")
    assert "unchanged" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_json(tmp_path: Path) -> None:
    """--format json is a List that kubectl takes."""
    listed = json.loads(manifestgen("render", "kdd", "--format", "json").stdout)
    assert listed["kind"] == "List"
    assert {item["kind"] for item in listed["items"]} >= {"DaemonSet", "ServiceAccount"}


def test_the_same_bytes_everywhere(tmp_path: Path) -> None:
    """Hash seed, locale, time zone and working directory change nothing, in the stream or in a directory."""
    seen = set()
    for number, env in enumerate(
        [
            {"PYTHONHASHSEED": "0"},
            {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
            {"PYTHONHASHSEED": "4242", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        stream = manifestgen("render", *whole("etcd"), env=env, cwd=folder).stdout
        manifestgen("render", *whole("etcd"), "-o", "out", env=env, cwd=folder)
        seen.add((stream, (folder / "out" / "manifestgen.inventory").read_text()))
    assert len(seen) == 1
    assert seen.pop()[0]


def refused(*words: str | Path, cwd: Path | None = None) -> str:
    """The message of a call that must end in exit status 2, without a traceback and with nothing on stdout."""
    done = manifestgen(*words, cwd=cwd)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def test_an_unknown_profile_names_the_nearest() -> None:
    """A mistyped profile gets the nearest name."""
    message = refused("render", "kd")
    assert "there is no profile 'kd'" in message
    assert "nearest: kdd" in message


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("render",), "no profile is given"),
        (("render", "--all", "kdd"), "exclude each other"),
        (("render", "kdd", "--calico", "3.99"), "Calico 3.99 is not known"),
        (("render", "kdd", "--calico", "three"), "'three' is not a version"),
        (("render", "kdd", "--istio", "0.9"), "Istio 0.9 is not known"),
        (("render", "kdd", "--kubernetes", "2.0"), "Kubernetes 2.0 is not known"),
        (("render", "kdd", "--component", "nodes"), "component 'nodes' is not known"),
        (("render", "kdd", "--set", "pod_cidr"), "--set must be KEY=VALUE"),
        (("render", "kdd", "--set", "pod_cidr=10.0.0.0"), "pod_cidr must be a network in CIDR notation"),
        (("render", "kdd", "--set", "pod_cdir=10.0.0.0/8"), "no parameter 'pod_cdir'"),
        (("render", "kdd", "--values", "missing.yaml"), "missing.yaml"),
        (("render", "kdd", "--overlay", "missing"), "there is no such directory"),
        (("render", "kdd", "--colour"), "no such option"),
        (("render", "kdd", "--format", "toml"), "toml"),
        (("rendre", "kdd"), "no such command 'rendre'"),
        (("explain", "kdd", "DaemonSet/calico-nod"), "nearest: DaemonSet/calico-node"),
        (("explain", "kdd", "DaemonSet/calico-node", "/spec/tmplate"), "nearest: template"),
    ],
)
def test_a_mistake_in_the_arguments(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """Each mistake ends in exit status 2 and a message that names it."""
    assert said in refused(*words, cwd=tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"", "the file is empty"),
        (HEAD.encode() + b"pathces: []\n", 'has no member "pathces"'),
        (HEAD.encode() + b"values: {}\nvalues: {}\n", "profile.yaml:6:1: "),
        (HEAD.encode() + b"values:\n\tmtu: 1\n", "tab"),
        (HEAD.encode() + b"values: &a {}\n", "anchor"),
        (HEAD.encode() + b"values: {pod_cidr: yes}\n", "yes"),
        (HEAD.encode() + b"summary: \xff\xfe\n", "UTF-8"),
        (HEAD.encode() + b"# " + b"x" * (100 << 20), "32 MiB"),
    ],
    ids=["missing", "empty", "unknown key", "duplicate key", "tab", "anchor", "yes", "not UTF-8", "100 MB"],
)
def test_a_bad_profile(content: bytes | None, said: str, tmp_path: Path) -> None:
    """A profile directory that cannot be read is refused, and nothing is written."""
    (tmp_path / "mine").mkdir()
    if content is not None:
        (tmp_path / "mine" / "profile.yaml").write_bytes(content)
    assert said.lower() in refused("render", "./mine", "-o", "out", cwd=tmp_path).lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_a_directory_where_a_file_is_meant(tmp_path: Path) -> None:
    """A directory as values file, and a directory named profile.yaml, are refused as such."""
    (tmp_path / "mine" / "profile.yaml").mkdir(parents=True)
    assert "directory" in refused("render", "./mine", cwd=tmp_path)
    assert "directory" in refused("render", "kdd", "--values", "mine", cwd=tmp_path)


def test_where_nothing_may_be_written(tmp_path: Path) -> None:
    """-o onto a foreign directory, a file, below a file: refused, and what is there stays."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    assert "manifestgen did not write it" in refused("render", "kdd", "-o", foreign)
    assert "it is a file" in refused("render", "kdd", "-o", tmp_path / "file")
    assert "cannot be written" in refused("render", "kdd", "-o", tmp_path / "file" / "out")
    assert "cannot be written" in refused("render", "kdd", "-o", "/proc/out")
    assert [path.name for path in foreign.iterdir()] == ["mine.txt"]


def test_a_pipe_that_closes() -> None:
    """`render | head` ends quietly."""
    command = '"$0" -m manifestgen render kdd | head -1; echo ${PIPESTATUS[0]}'
    ended = subprocess.run(["bash", "-c", command, sys.executable], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[1] == "0"
    assert not [line for line in ended.stderr.splitlines() if "Traceback" in line or "pipe" in line.lower()]


def test_images() -> None:
    """One image a line, sorted, each once."""
    lines = manifestgen("images", "kdd", "--calico", "3.2").stdout.splitlines()
    assert lines == sorted(set(lines))
    assert "quay.io/calico/node:v3.2.8" in lines


def test_registry_and_pins(tmp_path: Path) -> None:
    """--registry moves every image, --pin adds digests."""
    digest = "sha256:" + "a" * 64
    (tmp_path / "pins.yaml").write_text(f"quay.io/calico/node: {digest}\n")
    words = ("images", "kdd", "--calico", "3.2", "--registry", "mirror:5000/x", "--pin", tmp_path / "pins.yaml")
    done = manifestgen(*words)
    assert done.returncode == 2
    assert "error: no pin names quay.io/calico/cni:v3.2.8" in done.stderr
    done = manifestgen(*words, "--allow", "unpinned")
    assert f"mirror:5000/x/calico/node@{digest}" in done.stdout.splitlines()
    assert all(line.startswith("mirror:5000/x/") for line in done.stdout.splitlines())


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
@pytest.mark.parametrize("profile", install_profiles())
def test_the_overlay_layout_is_plain_kustomize(profile: str, tmp_path: Path) -> None:
    """`--layout overlay` is base and JSON6902 patches that kustomize builds to the objects of the stream."""
    words = ("render", *whole(profile), "--argo", "--label", "team=net", "--kubernetes", "1.28")
    done = manifestgen(*words, "--layout", "overlay", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    overlay = tmp_path / "out" / "overlays" / profile
    built = subprocess.run(["kubectl", "kustomize", overlay], capture_output=True, text=True, check=True)
    assert by_name(built.stdout) == by_name(manifestgen(*words).stdout)


TYPED_KEYS = """apiVersion: manifestgen/v1
kind: Overlay
metadata: {name: keys}
resources: [map.yaml]
patches:
- target: {kind: ConfigMap, name: keys}
  patch: [{op: add, path: /data, value: {"~": a, "1": b, "true": c, "null": d, "2001-01-01": e}}]
"""


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
def test_the_overlay_layout_builds_what_kustomize_cannot_patch(tmp_path: Path) -> None:
    """Several namespaces are made from one object, and some keys lose their quotes inside a patch of Kustomize."""
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "profile.yaml").write_text(TYPED_KEYS)
    (keys / "map.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: keys}\n")
    words = ("render", "kdd", "--calico", "3.27", "--namespace", "a", "--namespace", "b", "--overlay", keys)
    done = manifestgen(*words, "--layout", "overlay", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    overlay = tmp_path / "out" / "overlays" / "kdd"
    built = subprocess.run(["kubectl", "kustomize", overlay], capture_output=True, text=True, check=True)
    assert by_name(built.stdout) == by_name(manifestgen(*words).stdout)


def test_the_flat_layout_is_the_files_alone(tmp_path: Path) -> None:
    """`--layout flat` puts the numbered files where `kubectl apply -f DIR` finds them."""
    manifestgen("render", "kdd", "--component", "node", "--layout", "flat", "-o", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").glob("*.yaml"))
    assert names == ["01-serviceaccount-calico-node.yaml", "02-daemonset-calico-node.yaml"]


def test_argo_annotations() -> None:
    """--argo orders what needs an order, with the annotations Argo CD reads."""
    objects = read_objects(manifestgen("render", "kdd", *ALL, "--argo").stdout)
    waves = {o["kind"]: o["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0") for o in objects}
    assert int(waves["ServiceAccount"]) < int(waves["DaemonSet"]) < int(waves["EnvoyFilter"])


@pytest.mark.parametrize("words", [("kdd",), ("flannel", "--component", "config"), ("policy-only",)])
def test_argo_keeps_what_the_running_calico_needs(words: tuple[str, ...]) -> None:
    """Neither pruning nor the deletion of the application takes the cluster's network away."""
    words = (*words, "--component", "node", "--component", "felix", "--argo")
    objects = read_objects(manifestgen("render", *words).stdout)
    for one in objects:
        options = one["metadata"]["annotations"]["argocd.argoproj.io/sync-options"].split(",")
        assert {"Prune=false", "Delete=false"} <= set(options), one["kind"]


def test_values_come_from_stdin() -> None:
    """With their places in messages; once only, and never where stdin is something else already."""
    done = manifestgen("render", "kdd", "--component", "config", "--values", "-", stdin="mtu: 1400\n")
    assert 'veth_mtu: "1400"' in done.stdout
    done = manifestgen("images", "kdd", "--values", "-", stdin="# comment\nmtu: many\n")
    assert done.returncode == 2
    assert done.stderr.startswith("error: <stdin>:2:")
    for words in (("render", "kdd", "--values", "-", "--values", "-"),):
        done = manifestgen(*words, stdin="")
        assert (done.returncode, done.stdout) == (2, "")
        assert "--values and --values are both -, and there is one standard input" in done.stderr
