"""`manifestgen patch` as a Helm post-renderer, with the real helm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.program import manifestgen as program
from tests.support.tools import helm

EXAMPLE = Path(__file__).parents[2] / "examples" / "helm-plugin"
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  level: info
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25"}
"""
OVERLAY = """\
apiVersion: manifestgen/v1
kind: Overlay
metadata: {name: ours}
patches:
- target: {kind: Deployment, name: web}
  patch:
  - {op: add, path: "/spec/template/spec/containers/[name=web]/env", value: [{name: A, value: "1"}]}
- target: {kind: ConfigMap, name: .*-settings}
  patch:
  - {op: replace, path: /data/level, value: debug}
images: [{name: nginx, newTag: "1.27"}]
labels: [{pairs: {team: net}}]
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart, and an overlay beside it."""
    (tmp_path / "chart" / "templates").mkdir(parents=True)
    (tmp_path / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.1.0\n")
    (tmp_path / "chart" / "templates" / "all.yaml").write_text(TEMPLATE)
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / "profile.yaml").write_text(OVERLAY)
    return tmp_path


def check(stream: str) -> None:
    """What the overlay says of these objects."""
    bodies = {body["kind"]: body for body in yaml.safe_load_all(stream) if body}
    assert bodies["ConfigMap"]["metadata"]["name"] == "prod-settings"
    assert bodies["ConfigMap"]["data"] == {"level": "debug"}
    container = bodies["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container == {"name": "web", "image": "nginx:1.27", "env": [{"name": "A", "value": "1"}]}
    assert all(body["metadata"]["labels"]["team"] == "net" for body in bodies.values())


def test_helm_takes_the_plugin(chart: Path) -> None:
    """The example plugin, installed into helm, patches what helm renders."""
    bin_directory = chart / "bin"
    bin_directory.mkdir()
    script = bin_directory / "manifestgen"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m manifestgen "$@"\n')
    script.chmod(0o755)
    environment = {
        **os.environ,
        "HOME": str(chart),
        "PATH": f"{bin_directory}:{os.environ['PATH']}",
        **{f"HELM_{kind}_HOME": str(chart / kind) for kind in ("DATA", "CACHE", "CONFIG")},
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([helm(), *words], capture_output=True, text=True, check=False, env=environment, cwd=chart)

    installed = run("plugin", "install", str(EXAMPLE))
    assert installed.returncode == 0, installed.stderr
    done = run("template", "prod", "chart", "--post-renderer", "manifestgen", "--post-renderer-args", "./overlay")
    assert done.returncode == 0, done.stderr
    check(done.stdout)


def test_the_stream_alone(chart: Path) -> None:
    """What Helm 3 does: a program from stdin to stdout. The order stays, and nothing is lost."""
    stream = TEMPLATE.replace("{{ .Release.Name }}", "prod")
    done = program("patch", chart / "overlay", stdin=stream)
    assert done.returncode == 0, done.stderr
    check(done.stdout)
    assert [body["kind"] for body in yaml.safe_load_all(done.stdout)] == ["ConfigMap", "Deployment"]


MISTAKES = {
    "a patch that matches nothing": ("name: web}", "name: wbe}", "matches 0 resources"),
    "an image that is not there": ("name: nginx", "name: nginz", "nginz"),
    "a condition": ("- target: {kind: Dep", '- when: {calico: ">=3.2"}\n  target: {kind: Dep', "needs a profile"),
    "a value": ("patches:", "values: {mtu: 1400}\npatches:", "parameter values need a profile"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_stops_the_release(name: str, chart: Path) -> None:
    """Helm sees a failure, and nothing is on stdout that it could apply."""
    before, after, said = MISTAKES[name]
    (chart / "overlay" / "profile.yaml").write_text(OVERLAY.replace(before, after, 1))
    done = program("patch", chart / "overlay", stdin=TEMPLATE.replace("{{ .Release.Name }}", "prod"))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
