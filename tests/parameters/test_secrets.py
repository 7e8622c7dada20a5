"""TLS material for etcd reaches its Secret, and nothing else that anybody reads."""

from __future__ import annotations

import base64
import stat
from typing import TYPE_CHECKING

import pytest

import manifestgen
from manifestgen.cli.main import main
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.reader import read
from tests.parameters.files import MARKS

if TYPE_CHECKING:
    from pathlib import Path

TLS = {"etcd_ca": "tls/ca.crt", "etcd_cert": "tls/client.crt", "etcd_key": "tls/client.key"}
OPTIONS = [
    "--calico",
    "3.9",
    "--component",
    "node",
    "--component",
    "config",
    "--set",
    "etcd_endpoints=https://10.0.0.1:2379",
]
OPTIONS += [word for name, path in TLS.items() for word in ("--set", f"{name}={path}")]


def leaks(text: str, folder: Path) -> list[str]:
    """The files whose content is in a text: as it is, in base64, or a part of either."""
    return [path for path, mark in MARKS.items() if mark in text or _encoded(folder / path)[60:100] in text]


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def test_files_land_in_the_secret_byte_for_byte(folder: Path) -> None:
    """Each key of the Secret decodes to its file; the file has mode 0600, and no other file has any of it."""
    assert main(["render", "etcd", *OPTIONS, "-o", "out"]) == 0
    secret = next((folder / "out/resources").glob("*-secret-*.yaml"))
    data = read(secret.read_text(), "secret")[0]["data"]
    for key, path in (("etcd-ca", "tls/ca.crt"), ("etcd-cert", "tls/client.crt"), ("etcd-key", "tls/client.key")):
        assert base64.b64decode(data[key]) == (folder / path).read_bytes()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    others = [path for path in (folder / "out").rglob("*") if path.is_file() and path != secret]
    assert len(others) >= 3
    assert not [path for path in others if leaks(path.read_text(), folder)]


SHOWN = [
    ["explain", "etcd", "Secret/calico-etcd-secrets", *OPTIONS],
    ["explain", "etcd", "Secret/calico-etcd-secrets", *OPTIONS, "--format", "json"],
    ["explain", "etcd", "Secret/calico-etcd-secrets", "/data/etcd-key", *OPTIONS],
    ["explain", "etcd", "Secret/calico-etcd-secrets", "/data", *OPTIONS, "--format", "json"],
    ["explain", "etcd", "ConfigMap/calico-config", *OPTIONS],
    ["images", "etcd", *OPTIONS],
    ["parameters", "etcd", "--format", "json"],
    # Each of these fails.
    ["explain", "etcd", "Secret/calico-etcd-secrets", "/data/etcd-kee", *OPTIONS],
    ["render", "etcd", *OPTIONS, "--set", "etcd_cert=tls/client.key"],
    ["render", "etcd", *OPTIONS, "--set", "typha_service=calico-typha"],
    ["render", "etcd", *OPTIONS, "--overlay", "broken"],
    ["render", "etcd", *OPTIONS, "--overlay", "conflicting"],
    ["render", "kdd", *OPTIONS],
]


@pytest.mark.parametrize("words", SHOWN, ids=lambda words: " ".join(words[:3]) + f" {words[-1]}")
def test_content_is_shown_nowhere(words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No command but the render itself prints any of it, neither on stdout nor on stderr, when it fails no more."""
    _overlays(folder)
    assert main(words) in {0, 2}
    said = capsys.readouterr()
    assert said.out or said.err
    assert not leaks(said.out + said.err, folder)


@pytest.mark.parametrize("form", ["text", "unified", "json", "jsonpatch", "html"])
def test_a_difference_does_not_show_content(form: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two bundles with other keys differ; each format says that they do, and none in what."""
    assert main(["render", "etcd", *OPTIONS, "-o", "left"]) == 0
    (folder / "tls/other.key").write_text((folder / "tls/client.key").read_text().replace("dGhy", "b3Ro"))
    assert main(["render", "etcd", *OPTIONS, "--set", "etcd_key=tls/other.key", "-o", "right"]) == 0
    capsys.readouterr()
    assert main(["diff", "left", "right", "--format", form]) in {1, 2}
    said = capsys.readouterr()
    assert "calico-etcd-secrets" in said.out + said.err
    assert not leaks(said.out + said.err, folder)


def _overlays(folder: Path) -> None:
    head = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: case}\npatches:\n"
    target = "- target: {kind: Secret}\n  patch:\n"
    broken = "  - {op: test, path: /data/etcd-key, value: another}\n"
    twice = "  - {op: replace, path: /data/etcd-key, value: YQ==}\n"
    for name, patches in (
        ("broken", target + broken),
        ("conflicting", target + twice + target + twice.replace("YQ==", "Yg==")),
    ):
        (folder / name).mkdir()
        (folder / name / "profile.yaml").write_text(head + patches)


def test_content_is_no_part_of_what_a_bundle_says_of_itself(folder: Path) -> None:
    """A bundle's context, warnings and repr are what people print."""
    values = {**TLS, "etcd_endpoints": "https://10.0.0.1:2379"}
    bundle = manifestgen.render("etcd", calico="3.9", components=["config"], values=values)
    assert not leaks(f"{bundle!r} {bundle.context!r} {bundle.warnings!r}", folder)
    assert leaks(bundle.to_yaml(), folder) == list(MARKS)


def test_a_missing_file_is_named_with_who_asked_for_it(folder: Path) -> None:
    """The error names the option and the path; the three are reported together."""
    values = {name: f"pki/{name}.pem" for name in TLS}
    with pytest.raises(ManifestgenError) as raised:
        manifestgen.render("etcd", calico="3.9", values=values)
    said = str(raised.value)
    assert said.count("no such file") == 3
    assert all(f"found: pki/{name}.pem" in said for name in TLS)


def test_paths_are_relative_to_the_file_that_names_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An overlay or a file of values may keep its TLS material beside it; an absolute path is taken as it is."""
    (folder / "values.yaml").write_text(
        f"etcd_ca: tls/ca.crt\netcd_cert: tls/client.crt\netcd_key: {folder}/tls/client.key\n"
    )
    (folder / "site").mkdir()
    (folder / "site/profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\n"
        "values: {etcd_ca: ../tls/ca.crt, etcd_cert: ../tls/client.crt, etcd_key: ../tls/client.key}\n"
    )
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    common = ["render", "etcd", "--calico", "3.2", "--component", "config"]
    assert main([*common, "--values", "../values.yaml", "-o", "one"]) == 0
    assert main([*common, "--overlay", "../site", "-o", "two"]) == 0
    one, two = (next((folder / "elsewhere" / name).rglob("*-secret-*.yaml")).read_text() for name in ("one", "two"))
    assert one == two
    assert leaks(one, folder) == list(MARKS)
