"""`manifestgen images`."""

from __future__ import annotations

import json

from tests.support.program import manifestgen

DIGEST = f"sha256:{'0' * 64}"


def test_the_images_as_json() -> None:
    """The same images as in the text, with their parts; a port is part of the name."""
    words = ("images", "kdd", "--calico", "3.32", "--registry", "registry.example.com:5000/mirror")
    lines = manifestgen(*words).stdout.splitlines()
    listed = json.loads(manifestgen(*words, "--format", "json").stdout)
    assert [one["image"] for one in listed] == lines
    node = next(one for one in listed if one["name"].endswith("/node"))
    assert node == {
        "image": "registry.example.com:5000/mirror/calico/node:v3.32.1",
        "name": "registry.example.com:5000/mirror/calico/node",
        "tag": "v3.32.1",
        "digest": "",
    }
