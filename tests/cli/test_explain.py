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


@pytest.mark.parametrize(
    "path",
    [
        "/data/config.json/mtu",
        "/data/config.json ▸ /mtu",
        "/data/config.json (JSON) ▸ /mtu",
    ],
)
def test_a_field_of_a_document_in_a_string(site: Path, path: str) -> None:
    """The path may go on into the document, as diff writes it or as one pointer."""
    assert explain(site, path) == (
        f"v1/ConfigMap extra {path}\n"
        "  1400\n"
        "    site/profile.yaml:12:27 operation 1 (overlay site)\n"
        "    inside the document at /data/config.json\n"
        '    as {"op": "add", "path": "/mtu"}\n'
    )


def test_a_field_of_a_document_that_nobody_patched(site: Path) -> None:
    """What was read with the string has the string's place."""
    assert explain(site, "/data/config.json/name").splitlines()[1:3] == [
        '  "net"',
        "    site/extra.yaml:6:3 (overlay site)",
    ]


def test_a_list_item_by_its_name(site: Path) -> None:
    """The same as by its index."""
    named, numbered = explain(site, "/list/[name=b]/value"), explain(site, "/list/1/value")
    assert named.splitlines()[1:] == numbered.splitlines()[1:]


def test_what_a_container_holds(site: Path) -> None:
    """Its own origin, then every line of it with the line's origin."""
    assert explain(site, "/list/[name=b]") == (
        "v1/ConfigMap extra /list/[name=b]\n"
        "  (a mapping of 2)\n"
        "    site/extra.yaml:9:3 (overlay site)\n"
        "  name: b   # site/extra.yaml:9:4 (overlay site)\n"
        "  value: 3  # site/profile.yaml:8:49 operation 1 (overlay site), replaced 2\n"
    )
    entries = json.loads(explain(site, "/list/[name=b]", "--format", "json"))
    assert [entry["pointer"] for entry in entries] == ["/list/1", "/list/1/name", "/list/1/value"]


def test_a_string_that_holds_a_document_is_shown_as_one(site: Path) -> None:
    """After the string's own origins every line of the document with its own."""
    assert explain(site, "/data/config.json").splitlines()[-2:] == [
        "  name: net  # site/extra.yaml:6:3 (overlay site)",
        "  mtu: 1400  # site/profile.yaml:12:27 operation 1 (overlay site)",
    ]


def test_no_such_field_in_a_document(site: Path) -> None:
    """An error that names the nearest."""
    done = manifestgen("explain", "kdd", "ConfigMap/extra", "/data/config.json/nmae", "--overlay", "site", cwd=site)
    assert done.returncode == 2
    assert "name" in done.stderr


PATCHED_SECRET = """\
apiVersion: manifestgen/v1
kind: Overlay
metadata: {name: site}
resources: [extra.yaml]
patches:
- target: {kind: Secret, name: extra}
  patch:
  - {op: replace, path: /data/key, value: bmV3c2VjcmV0}
  - op: add
    path: /metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration
    value: '{"data":{"key":"bmV3c2VjcmV0"}}'
    create: true
"""


@pytest.mark.parametrize("path", [None, "", "/data", "/data/key", "/metadata", "/metadata/annotations"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_of_a_secret_is_shown_with_what_replaced_it(site: Path, path: str | None, form: str) -> None:
    """Neither the present value nor an old one, in any view."""
    (site / "site" / "extra.yaml").write_text(SECRET)
    (site / "site" / "profile.yaml").write_text(PATCHED_SECRET)
    words = () if path is None else (path,)
    done = manifestgen("explain", "kdd", "Secret/extra", *words, "--format", form, "--overlay", "site", cwd=site)
    assert done.returncode == 0, done.stderr
    assert "c2VjcmV0" not in done.stdout.replace("bmV3c2VjcmV0", "c2VjcmV0")
    assert "not shown" in done.stdout or path is None
