"""An overlay from a stranger, as a pull request brings one: it reads nothing outside itself and never waits."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import manifestgen
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: o}\n"


def failure(overlay: Path) -> str:
    """Why an overlay is refused."""
    with pytest.raises(ManifestgenError) as caught:
        manifestgen.render("kdd", overlays=[overlay])
    return str(caught.value)


def test_profile_yaml_may_not_be_a_link_that_leads_out(tmp_path: Path) -> None:
    """What is behind the link is not quoted."""
    (tmp_path / "secret").write_text("hunter2\n")
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "profile.yaml").symlink_to("../secret")
    message = failure(tmp_path / "o")
    assert message.startswith(f"{tmp_path}/o/profile.yaml: 'profile.yaml' leaves the directory it is written in")
    assert "hunter2" not in message


def test_profile_yaml_may_be_a_link_inside(tmp_path: Path) -> None:
    """A link that stays in the directory is the user's own affair."""
    (tmp_path / "base.yaml").write_text(HEAD)
    (tmp_path / "profile.yaml").symlink_to("base.yaml")
    assert len(manifestgen.render("kdd", overlays=[tmp_path])) > 5


@pytest.mark.parametrize("name", ["profile.yaml", "resource.yaml", "patch.yaml"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_pipes_and_devices_are_not_read(tmp_path: Path, name: str, kind: str) -> None:
    """Reading them might never end."""
    text = HEAD + {"resource.yaml": "resources: [resource.yaml]\n"}.get(
        name, "patches: [{target: {kind: DaemonSet}, path: patch.yaml}]\n"
    )
    if name != "profile.yaml":
        (tmp_path / "profile.yaml").write_text(text)
    if kind == "pipe":
        os.mkfifo(tmp_path / name)
        assert "found: a pipe, a socket or a device" in failure(tmp_path)
    else:
        (tmp_path / name).symlink_to("/dev/zero")
        assert "leaves the directory it is written in" in failure(tmp_path)


def test_a_path_with_nul(tmp_path: Path) -> None:
    """No file system has such a name."""
    (tmp_path / "profile.yaml").write_text(HEAD + 'resources: ["x\\0y"]\n')
    assert failure(tmp_path) == (
        f"{tmp_path}/profile.yaml:4:13: a path cannot hold the character NUL\n"
        '  found: "x\\u0000y"\n  next: correct the path'
    )
