"""A starting matrix, written by `golden init`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import MATRIX_FILE, is_plain, profile_chain, shipped_profiles
from manifestgen.catalog.releases import newest_working
from manifestgen.compose.pipeline import is_shipped
from manifestgen.emit.directory import write_file
from manifestgen.emit.errors import CannotWrite, NoOutputName
from manifestgen.errors import ManifestgenError
from manifestgen.goldens.matrix import InvalidMatrix, Matrix, parse_matrix
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


class MatrixInProfile(ManifestgenError):
    """A matrix would be one of the files of a profile.

    Attributes:
        profile: its name.
    """

    def __init__(self, file: str, profile: str) -> None:
        super().__init__(
            f"the matrix would be a file of the profile {profile}, which refers to no such file",
            where=Location(file),
            next_step=f"put it into a folder of its own as {MATRIX_FILE}, for example --matrix golden/{MATRIX_FILE}",
        )
        self.profile = profile


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
        NoOutputName: the path is empty.
        MatrixExists: the file exists.
        MatrixInProfile: the file would belong to one of the profiles.
        CannotWrite: the operating system refuses.
        ManifestgenError: a profile does not exist, a version is not valid, or the file cannot be written.
    """
    if not file:
        raise NoOutputName
    if os.path.isdir(file):
        raise CannotWrite(file, "it is a directory", "give the path of a file")
    if os.path.lexists(file):
        raise MatrixExists(file)
    grouped: dict[str | None, list[str]] = {}
    written = {_written(profile, os.path.dirname(file)): profile for profile in profiles}
    _refuse_twins(list(written.values()))
    for name, profile in written.items():
        _refuse_inside(file, profile)
        grouped.setdefault(calico or _version(profile), []).append(name)
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


def _refuse_twins(profiles: Sequence[str]) -> None:
    """Refuse two profiles in directories of one name, after which their trees would be called."""
    first: dict[str, str] = {}
    for profile in profiles:
        twin = first.setdefault(os.path.basename(os.path.abspath(profile)), profile)
        if twin is not profile:
            raise InvalidMatrix(
                "two profiles would have golden trees of the same name",
                found=f"{twin} and {profile}",
                next_step="give one of them, then add the other to the matrix with a name: of its own",
            )


def _refuse_inside(file: str, profile: str) -> None:
    """Refuse a matrix that a profile would take for a file of its own."""
    parent = os.path.realpath(os.path.dirname(file) or ".")
    for layer in profile_chain(profile):
        directory = os.path.realpath(layer.directory)
        below = os.path.basename(file) == MATRIX_FILE and parent != directory
        if not is_shipped(layer) and f"{parent}{os.sep}".startswith(f"{directory}{os.sep}") and not below:
            raise MatrixInProfile(file, layer.short)


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
