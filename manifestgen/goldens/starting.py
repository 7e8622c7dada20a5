"""A starting matrix, written by `golden init`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import is_plain, profile_chain, shipped_profiles
from manifestgen.catalog.releases import newest_working
from manifestgen.emit.directory import write_file
from manifestgen.emit.errors import CannotWrite
from manifestgen.errors import ManifestgenError
from manifestgen.goldens.matrix import Matrix, parse_matrix
from manifestgen.model.location import Location
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = """# The bundles whose every byte is expected, each in its own directory beside this file.
#   manifestgen golden update    renders them and writes what differs
#   manifestgen golden check     says what differs: exit status 1
# Lists are multiplied: calico: [v3.29, v3.32] is one golden tree for each. More members: docs/golden.md.
"""


class MatrixExists(ManifestgenError):
    """A matrix exists already and is not overwritten."""

    def __init__(self, file: str) -> None:
        super().__init__(
            "there is a matrix already",
            where=Location(file),
            next_step="add an entry to its trees, or name another file with --matrix",
        )


def start_matrix(
    file: str,
    profiles: Sequence[str],
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
) -> Matrix:
    """Write a matrix for some profiles.

    Args:
        file: the path of the matrix file.
        profiles: names of shipped profiles, or directories.
        calico: the Calico version; by default the newest that is not known to be broken, or what a profile states.
        istio: the Istio version; by default left to the release or the profile.
        kubernetes: the target version; by default none, or what a profile states.

    Raises:
        MatrixExists: the file exists.
        CannotWrite: the operating system refuses.
        ManifestgenError: a profile does not exist, a version is not valid, or the file cannot be written.
    """
    if os.path.lexists(file):
        raise MatrixExists(file)
    grouped: dict[str | None, list[str]] = {}
    for profile in profiles:
        version = calico or _version(profile)
        grouped.setdefault(version, []).append(_written(profile, os.path.dirname(file)))
    named = {"istio": istio, "kubernetes": kubernetes}
    trees = [
        {
            "profile": names[0] if len(names) == 1 else names,
            **({"calico": version} if version else {}),
            **{product: version for product, version in named.items() if version},
        }
        for version, names in grouped.items()
    ]
    body: dict[str, Any] = {"apiVersion": "manifestgen/v1", "kind": "GoldenMatrix", "trees": trees}
    text = f"{_HEAD}{write_document(body)}"
    matrix = parse_matrix(text, file)
    try:
        os.makedirs(os.path.dirname(file) or ".", exist_ok=True)
    except OSError as error:
        raise CannotWrite.because(file, error) from None
    write_file(file, text)
    return matrix


def _version(profile: str) -> str | None:
    """The version to state for a profile; None if it states one itself or has none."""
    chain = profile_chain(profile)
    if is_plain(chain) or any("calico" in layer.site for layer in chain):
        return None
    return f"v{newest_working().as_minor}"


def _written(profile: str, root: str) -> str:
    """A profile as the matrix names it: a directory relative to the matrix file."""
    if profile in shipped_profiles():
        return profile
    path = os.path.relpath(profile, root or ".").replace(os.sep, "/")
    return path if "/" in path or path.startswith(".") else f"./{path}"
