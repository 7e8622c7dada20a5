"""`manifestgen explain`: where each field of an object came from, for a person and for a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.program import manifestgen

OVERLAY = """\
apiVersion: manifestgen/v1
kind: Overlay
metadata: {name: site}
resources: [extra.yaml]
patches:
- target: {kind: ConfigMap, name: extra}
  patch:
  - {op: replace, path: "/list/[name=b]/value", value: 3}
- target: {kind: ConfigMap, name: extra}
  document: {path: /data/config.json, format: json}
  patch:
  - {op: add, path: /mtu, value: 1400}
"""
EXTRA = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: extra
data:
  config.json: '{"name": "net"}'
list:
- {name: a, value: 1}
- {name: b, value: 2}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: extra}
data: {key: c2VjcmV0}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A working directory with an overlay `site` that brings an object and patches it."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "profile.yaml").write_text(OVERLAY)
    (tmp_path / "site" / "extra.yaml").write_text(EXTRA)
    return tmp_path


def explain(cwd: Path, *words: str) -> str:
    """What explain prints for the object of the overlay."""
    done = manifestgen("explain", "kdd", "ConfigMap/extra", *words, "--overlay", "site", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_field(site: Path) -> None:
    """The value, its place, the operation as it was applied, and what it replaced."""
    assert explain(site, "/list/1/value") == (
        "v1/ConfigMap extra /list/1/value\n"
        "  3\n"
        "    site/profile.yaml:8:49 operation 1 (overlay site)\n"
        '    as {"op": "replace", "path": "/list/1/value"}\n'
        "  replaced 2\n"
        "    site/extra.yaml:9:13 (overlay site)\n"
    )


def test_a_document_in_a_string(site: Path) -> None:
    """The string through which the operation went, and the operation inside."""
    lines = explain(site, "/data/config.json").splitlines()
    assert lines[1:5] == [
        '  "{\\"name\\": \\"net\\", \\"mtu\\": 1400}"',
        "    site/profile.yaml:12:27 operation 1 (overlay site)",
        "    inside the document at /data/config.json",
        '    as {"op": "add", "path": "/mtu"}',
    ]


def test_the_whole_object(site: Path) -> None:
    """Every line with the origin of what it says."""
    lines = explain(site).splitlines()
    assert lines[0].split() == ["apiVersion:", "v1", "#", "site/extra.yaml:1:1", "(overlay", "site)"]
    assert any(line.startswith("  value: 3 ") and line.endswith("(overlay site), replaced 2") for line in lines)


def test_as_json(site: Path) -> None:
    """The same as values, with the chain."""
    [field] = json.loads(explain(site, "/list/1/value", "--format", "json"))
    assert field["pointer"] == "/list/1/value"
    assert [one["value"] for one in field["origins"]] == [3, 2]
    assert field["origins"][0]["applied"] == [{"op": "replace", "path": "/list/1/value"}]


@pytest.mark.parametrize("words", [(), ("/data/key",), ("--format", "json")])
def test_a_secret_is_not_shown(site: Path, words: tuple[str, ...]) -> None:
    """Neither in text nor in JSON."""
    (site / "site" / "extra.yaml").write_text(SECRET)
    (site / "site" / "profile.yaml").write_text(OVERLAY.partition("patches:")[0])
    done = manifestgen("explain", "kdd", "Secret/extra", *words, "--overlay", "site", cwd=site)
    assert done.returncode == 0, done.stderr
    assert "c2VjcmV0" not in done.stdout
    assert "not shown" in done.stdout


def test_fields_of_the_newest_release_come_from_many() -> None:
    """What `explain` shows of calico-node 3.32 names the base and several releases."""
    done = manifestgen("explain", "kdd", "DaemonSet/calico-node", "--calico", "3.32")
    layers = {line.rpartition("(")[2].partition(")")[0] for line in done.stdout.splitlines() if "# " in line}
    assert "profile base" in layers
    assert len({layer for layer in layers if layer.startswith("release v3.")}) >= 8
