"""Sites to upgrade, written with an independent writer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import manifestgen

ROOT = Path(manifestgen.__file__).parents[1]
RELEASES = sorted(
    (path.stem[1:] for path in (ROOT / "profiles/releases").glob("v*.yaml")), key=lambda name: int(name.split(".")[1])
)
PROFILES = ("etcd", "kdd", "flannel", "policy-only")
HEAD = "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: mine}\n"
NODE = "{kind: DaemonSet, name: calico-node}"
BPFFS = "/spec/template/spec/initContainers/[name=mount-bpffs]"


def site(directory: Path, text: str, **files: str) -> Path:
    """A profile directory.

    Args:
        directory: made here.
        text: of profile.yaml, after the header.
        files: further files by name, `__` for a slash; all end in .yaml.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "profile.yaml").write_text(HEAD + text)
    for name, content in files.items():
        path = directory / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return directory


def patch(*operations: str, target: str = NODE, head: str = "") -> str:
    """One entry of `patches` as text."""
    lines = [f"- target: {target}", *([f"  {head}"] if head else []), "  patch:"]
    return "\n".join([*lines, *(f"  - {operation}" for operation in operations)]) + "\n"


def field(report: dict[str, Any], object_name: str, path: str) -> dict[str, Any]:
    """A field of the difference in a report, by the end of its object's name and its path."""
    found: list[dict[str, Any]] = [
        one
        for each in report["difference"]["objects"]
        if each["id"].endswith(object_name)
        for one in each["fields"]
        if one["path"] == path
    ]
    assert len(found) == 1, (object_name, path, [one["path"] for one in found])
    return found[0]
