"""Files that parameters name, made for a test: TLS material with contents that are easy to find, and a CNI file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARKS = {
    "tls/ca.crt": "b25lIG9mIHRocmVlOiB0aGUgYXV0aG9yaXR5",
    "tls/client.crt": "dHdvIG9mIHRocmVlOiB0aGUgY2xpZW50",
    "tls/client.key": "dGhyZWUgb2YgdGhyZWU6IHRoZSBrZXk",
}
"""By file: what its content is known by."""

CNI = """{
  "name": "own",
  "plugins": [
    {"type": "calico", "log_level": "info", "mtu": __CNI_MTU__, "ipam": {"type": "own"}}
  ]
}
"""


def make(folder: Path) -> None:
    """Write the files below a folder."""
    (folder / "tls").mkdir()
    for path, mark in MARKS.items():
        kind = "PRIVATE KEY" if path.endswith(".key") else "CERTIFICATE"
        (folder / path).write_text(f"-----BEGIN {kind}-----\n{mark}\n-----END {kind}-----\n")
    (folder / "tls/client.der").write_bytes(b"\x30\x82\x01\x0a\xff\xfe")
    (folder / "cni.conflist").write_text(CNI)
