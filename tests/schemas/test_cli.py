"""`manifestgen validate` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import manifestgen
from tests.support.program import manifestgen as run

POD = """apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - name: web
    image: nginx
    envFrom: [{secretRef: {name: settings}}]
    volumeMounts: [{name: dta, mountPath: /data}]
  volumes: [{name: data, emptyDir: {}}]
"""
SETTINGS = """apiVersion: v1
kind: Secret
metadata: {name: settings, namespace: shop}
stringData: {password: 12345}
"""


def test_a_profile_is_rendered_first() -> None:
    """It has notes, which do not fail, and a line that sums up."""
    done = run("validate", "kdd", "--calico", "3.32", "--kubernetes", "1.36")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("kdd: ")
    assert ": 0 errors, 0 warnings, " in done.stdout.splitlines()[-1]


def test_a_stream(tmp_path: Path) -> None:
    """Every finding has its place, object, pointer and next step; the exit status is 1."""
    done = run("validate", "-", "--kubernetes", "1.36", stdin=POD)
    assert done.returncode == 1
    found = done.stdout.split("\n<stdin>:")
    assert found[1] == (
        "8:28: warning: there is no Secret settings in shop; without it the pod does not start"
        " [reference-missing]\n"
        "  in: v1/Pod shop/web /spec/containers/0/envFrom/0/secretRef/name\n"
        "  next: add it, or name the file that holds it: --with FILE"
    )
    assert "9:21: error: container web mounts the volume dta, which the pod does not have" in found[2]
    assert found[2].splitlines()[2] == "  next: did you mean data?"
    (tmp_path / "secret.yaml").write_text(SETTINGS.replace("12345", '"12345"'))
    done = run("validate", "-", "--kubernetes", "1.36", "--with", tmp_path, stdin=POD)
    assert "settings" not in done.stdout


def test_json_and_sarif_say_the_same(tmp_path: Path) -> None:
    """Both hold every finding with its code, severity and place."""
    file = tmp_path / "pod.yaml"
    file.write_text(POD)
    plain = json.loads(run("validate", file, "--kubernetes", "1.36", "--format", "json").stdout)
    sarif = json.loads(run("validate", file, "--kubernetes", "1.36", "--format", "sarif").stdout)
    assert sarif["version"] == "2.1.0"
    (job,) = sarif["runs"]
    rules = [rule["id"] for rule in job["tool"]["driver"]["rules"]]
    assert [(rules[one["ruleIndex"]], one["ruleId"], one["level"]) for one in job["results"]] == [
        (one["code"], one["code"], one["severity"]) for one in plain["findings"]
    ]
    places = [one["locations"][0]["physicalLocation"] for one in job["results"]]
    assert [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in places] == [
        (str(file), one["line"]) for one in plain["findings"]
    ]
    assert plain["counts"] == {"error": 1, "warning": 1, "note": 1}


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_secret_is_not_shown(form: str) -> None:
    """Not even where its value is what is wrong."""
    done = run("validate", "-", "--kubernetes", "1.36", "--format", form, stdin=SETTINGS)
    assert done.returncode == 1
    assert "password" in done.stdout
    assert "12345" not in done.stdout


def test_origins_of_a_rendered_field(tmp_path: Path) -> None:
    """A fault that an overlay brings is found at the overlay's operation."""
    (tmp_path / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: mine}\npatches:\n"
        "- target: {kind: DaemonSet, name: calico-node}\n  patch:\n"
        "  - {op: add, path: /spec/template/spec/hostNetwrok, value: true}\n"
    )
    done = run("validate", "kdd", "--kubernetes", "1.36", "--overlay", tmp_path, "--format", "json")
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["severity"] == "error"]
    assert (found["code"], found["pointer"]) == ("unknown-field", "/spec/template/spec/hostNetwrok")
    assert (found["file"], found["line"]) == (str(tmp_path / "profile.yaml"), 7)
    assert found["origin"] == "overlay mine operation 1"


def test_without_the_extra(tmp_path: Path) -> None:
    """Nothing is checked, and the error names the command that installs it."""
    (tmp_path / "kubernetes_validate").mkdir()
    (tmp_path / "kubernetes_validate" / "__init__.py").touch()
    done = run("validate", "kdd", "--kubernetes", "1.36", env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'manifestgen[validate]'" in done.stderr


def test_an_option_of_render_for_what_is_rendered(tmp_path: Path) -> None:
    """It is an error, not silently ignored."""
    (tmp_path / "pod.yaml").write_text(POD)
    done = run("validate", tmp_path, "--calico", "3.32")
    assert done.returncode == 2
    assert "--calico says how to render a profile" in done.stderr


def test_an_old_version_says_what_was_not_checked() -> None:
    """The schemas begin with 1.25."""
    report = manifestgen.validate("kdd", kubernetes="1.16")
    assert not report.structure
    assert [one.text for one in report.findings if one.code == "structure-not-checked"] == [
        "the structure of Kubernetes' own kinds was not checked: there are schemas for 1.25 to 1.37, not for 1.16"
    ]
