"""`render -o DIR`: what it says, what it refuses, and `--check`, which only compares."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.program import manifestgen
from tests.support.trees import everything

OVERLAY = """apiVersion: manifestgen/v1
kind: Overlay
metadata: {name: site}
resources: [secret.yaml]
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: pull, namespace: kube-system}\ndata: {token: aHVudGVyMg==}\n"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output directory, with a file of the user's in it."""
    done = manifestgen("render", "kdd", "--quiet", "-o", tmp_path / "out")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (tmp_path / "out" / "mine.txt").write_text("mine")
    return tmp_path / "out"


def check(out: Path, *words: str | Path) -> tuple[int, str]:
    """The status and output of a check; it must not change anything."""
    before = everything(out.parent)
    done = manifestgen("render", *(words or ("kdd",)), "--check", "-o", out)
    assert everything(out.parent) == before
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_a_directory_as_rendered(out: Path) -> None:
    """Prints nothing; files of others do not count."""
    (out / "resources" / "mine.yaml").write_text("a: 1\n")
    assert check(out) == (0, "")


def test_a_missing_directory(tmp_path: Path) -> None:
    """Everything is to be written, and nothing is."""
    status, said = check(tmp_path / "out")
    assert (status, said) == (1, f"! missing {tmp_path}/out (rendering gives 7 objects)\n")


NODE = "resources/04-daemonset-calico-node.yaml"


def edit(path: Path, before: str, after: str) -> None:
    """Put one text for another in a file."""
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


def test_what_was_changed_is_told(out: Path) -> None:
    """A field by its path, a file by its lines, files that are missing or formatted otherwise as that."""
    edit(out / NODE, "hostNetwork: true", "hostNetwork: false")
    edit(out / "NOTES.md", "Calico", "Calico!")
    edit(out / "kustomization.yaml", "resources:\n", "resources:\n\n")
    (out / "resources" / "02-serviceaccount-calico-node.yaml").unlink()
    csi = out / "resources" / "05-daemonset-csi-node-driver.yaml"
    csi.write_bytes(csi.read_bytes().replace(b"\n", b"\r\n"))
    status, said = check(out)
    assert status == 1
    assert "~ /spec/template/spec/hostNetwork\n      - false\n" in said
    assert f"! missing {out}/resources/02-serviceaccount-calico-node.yaml\n" in said
    assert f"! formatting {csi} (only its line ends" in said
    assert f"! changed {out}/NOTES.md\n" in said
    assert f"! changed {out}/kustomization.yaml\n" in said


def test_what_another_version_changes(out: Path) -> None:
    """Objects by their fields, files that would be removed, and those of other tools."""
    status, said = check(out, "kdd", "--calico", "3.9")
    assert status == 1
    assert "- storage.k8s.io/v1/CSIDriver csi.tigera.io\n" in said
    assert '- "quay.io/calico/node:v3.32.1"' in said
    assert f"! stale {out}/istio/istio-operator.yaml\n" in said
    assert manifestgen("render", "kdd", "--calico", "3.9", "-o", out).returncode == 0
    assert check(out, "kdd", "--calico", "3.9") == (0, "")


def test_an_inventory_that_is_not_right(out: Path) -> None:
    """A render would write it again, so it is a difference."""
    (out / "manifestgen.inventory").write_text("")
    assert check(out)[0] == 1
    (out / "manifestgen.inventory").unlink()
    status, said = check(out)
    assert (status, said) == (1, f"! missing {out}/manifestgen.inventory (all that it would list is there)\n")


@pytest.mark.parametrize("layout", ["kustomize", "flat", "overlay"])
def test_secrets_are_not_shown(layout: str, tmp_path: Path) -> None:
    """Nor may others read their files: that is a difference, too."""
    site, out = tmp_path / "site", tmp_path / "out"
    site.mkdir()
    (site / "profile.yaml").write_text(OVERLAY)
    (site / "secret.yaml").write_text(SECRET)
    words = ("kdd", "--overlay", site, "--layout", layout)
    assert manifestgen("render", *words, "-o", out).returncode == 0
    (secret,) = [path for path in out.rglob("*-secret-pull.yaml") if "patches" not in path.parts]
    secret.chmod(0o644)
    status, said = check(out, *words)
    assert (status, said) == (1, f"! changed {secret} (others may read it: its mode is 644)\n")
    secret.chmod(0o600)
    secret.write_text(secret.read_text().replace("aHVudGVyMg==", "c2VjcmV0Mg=="))
    status, said = check(out, *words)
    assert status == 1
    assert "not shown: a Secret" in said
    for value in ("aHVudGVyMg", "c2VjcmV0Mg"):
        assert value not in said


@pytest.mark.parametrize("kind", ["a file", "a link into nowhere"])
def test_a_check_of_no_directory(kind: str, tmp_path: Path) -> None:
    """Is a mistake, not a difference."""
    if kind == "a file":
        (tmp_path / "out").write_text("mine")
    else:
        (tmp_path / "out").symlink_to("nowhere")
    assert check(tmp_path / "out") == (2, "")


def test_something_else_where_a_file_should_be(out: Path) -> None:
    """A link or a folder is told, and not followed."""
    (out / NODE).unlink()
    (out / NODE).symlink_to("/etc/passwd")
    (out / "NOTES.md").unlink()
    (out / "NOTES.md").mkdir()
    status, said = check(out)
    assert status == 1
    assert f"! unreadable {out}/{NODE} (it is a symbolic link)\n" in said
    assert f"! unreadable {out}/NOTES.md (it is a directory)\n" in said
    assert "root:" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--all",), "--all renders installs that exclude each other"),
        (("--all", "-o", "-"), "--all renders installs that exclude each other"),
        (("kdd", "--check"), "--check compares with an output directory"),
        (("kdd", "--check", "-o", "-"), "--check compares with an output directory"),
        (("kdd", "--layout", "flat"), "--layout flat is of an output directory"),
        (("kdd", "--format", "json", "-o", "out"), "--format json is of a stream"),
        (("kdd", "etcd"), "they exclude each other, and cannot be one stream"),
        (("kdd", "./a/kdd", "-o", "out"), "two profiles would be written into the same directory"),
        (("kdd", "-o", ""), "an empty name"),
    ],
)
def test_what_needs_a_directory_of_its_own(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """Is a mistake without it, and nothing is printed or written."""
    done = manifestgen("render", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "next: " in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_is_removed_is_told(out: Path) -> None:
    """Also when quiet; a file that only gets another number is told as renamed."""
    done = manifestgen("render", "kdd", "--calico", "3.9", "--quiet", "-o", out)
    removed = ["istio/istio-operator.yaml", "istio/istiod-values.yaml", "resources/03-csidriver-csi.tigera.io.yaml"]
    lines = done.stderr.splitlines()
    assert {f"removed {out}/{path}" for path in removed} <= set(lines)
    assert all(line.startswith(f"removed {out}/") for line in lines)
    done = manifestgen("render", "kdd", "-o", out)
    old = f"{out}/resources/03-daemonset-calico-node.yaml"
    assert f"renamed {old} to 04-daemonset-calico-node.yaml\n" in done.stderr


def test_a_render_that_changes_nothing_says_one_line(out: Path) -> None:
    """And when quiet, none."""
    assert manifestgen("render", "kdd", "-o", out).stderr == f"{out}: 8 resources, unchanged\n"
    assert manifestgen("render", "kdd", "--quiet", "-o", out).stderr == ""


def test_quiet_keeps_warnings(tmp_path: Path) -> None:
    """They are not notes."""
    words = ("render", "kdd", "--calico", "3.27", "--set", "mtu=1400")
    loud = manifestgen(*words, "-o", tmp_path / "a").stderr
    warnings = [line for line in loud.splitlines() if line.startswith("warning: ")]
    assert warnings
    quiet = manifestgen(*words, "--quiet", "-o", tmp_path / "b").stderr
    assert [line for line in quiet.splitlines() if line.startswith("warning: ")] == warnings
    assert "Remaining steps" not in quiet
    assert "Remaining steps" not in manifestgen(*words, "--quiet").stderr


def test_a_file_changed_by_hand_is_named(out: Path) -> None:
    """Status 2, nothing written; --force writes."""
    edit(out / NODE, "hostNetwork: true", "hostNetwork: false")
    before = everything(out)
    done = manifestgen("render", "kdd", "--calico", "3.27", "-o", out)
    assert done.returncode == 2
    assert f"error: {out}: a file was changed after manifestgen wrote it\n  found: {NODE}\n" in done.stderr
    assert everything(out) == before
    assert manifestgen("render", "kdd", "--force", "-o", out).returncode == 0
    assert check(out) == (0, "")


def test_several_directories_are_all_written_though_one_cannot_be(tmp_path: Path) -> None:
    """The failures are told together."""
    for name in ("kdd", "policy-only"):
        (tmp_path / "out" / name).mkdir(parents=True)
        (tmp_path / "out" / name / "mine.txt").write_text("mine")
    done = manifestgen("render", "kdd", "flannel", "policy-only", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.count("the directory is not empty") == 2
    assert os.listdir(tmp_path / "out" / "kdd") == ["mine.txt"]
    assert (tmp_path / "out" / "flannel" / "kustomization.yaml").exists()


def test_names_as_long_as_kubernetes_takes(tmp_path: Path) -> None:
    """Objects whose names differ only at the end have files of their own, in the same order."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "profile.yaml").write_text(OVERLAY.replace("secret.yaml", "maps.yaml"))
    names = ["n" * 252 + mark for mark in "abc"]
    maps = [f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{}}\n" for name in names]
    (site / "maps.yaml").write_text("---\n".join(maps))
    for layout in ("kustomize", "flat", "overlay"):
        out = tmp_path / layout
        done = manifestgen("render", "kdd", "--overlay", site, "--layout", layout, "-o", out)
        assert done.returncode == 0, done.stderr
        texts = [path.read_text() for path in sorted(out.rglob("*-configmap-nnn*")) if "patches" not in path.parts]
        assert [name for name, text in zip(names, texts, strict=True) if f"name: {name}\n" in text] == names
        root = {"kustomize": out, "overlay": out / "overlays" / "kdd"}.get(layout)
        if root:
            built = subprocess.run(["kubectl", "kustomize", root], capture_output=True, text=True, check=True).stdout
            assert all(f"name: {name}\n" in built for name in names)


def test_kubectl_does_not_read_what_a_killed_render_left(out: Path) -> None:
    """Not even where it is told to read every folder."""
    (out / ".manifestgen.staging").mkdir()
    (out / ".manifestgen.staging" / "0").write_text("no: [manifest\n")
    (out / "kustomization.yaml").unlink()
    for folder in ("istio", "resources"):
        command = ["kubectl", "label", "--local", "-R", "-f", ".", "a=b", "-o", "name"]
        if folder == "istio":
            for path in (out / "istio").iterdir():
                path.unlink()
        done = subprocess.run(command, cwd=out, capture_output=True, text=True, check=False)
    assert "daemonset.apps/calico-node" in done.stdout
    assert "manifestgen.staging" not in done.stderr
