"""The Kubernetes objects of a stream, as plain values."""

from __future__ import annotations

from typing import Any

from manifestgen.yamlio.reader import locate_objects


def read_objects(text: str | bytes, file: str = "<string>") -> list[dict[str, Any]]:
    """The objects of a YAML stream."""
    return [found.body for found in locate_objects(text, file)]
