"""Errors about profiles, overlays, releases and values."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError, nearest
from manifestgen.model.location import Location
from manifestgen.yamlio.typed import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from manifestgen.errors import Where


class InvalidProfile(FormatError):
    """A profile, overlay or release file does not follow the format."""


class DataNotUnpacked(ManifestgenError):
    """The shipped profiles are missing as files: manifestgen runs from a zip file, or its installation is incomplete.

    Attributes:
        directory: the expected directory of the profiles.
    """

    def __init__(self, directory: str) -> None:
        archive = next((path for path in _above(directory) if os.path.isfile(path)), "")
        super().__init__(
            "manifestgen needs its profiles as files",
            where=Location(directory),
            found=f"{archive} is an archive" if archive else "no such directory",
            next_step="install it with pip, pipx or uv; to run it as one file, pack it with shiv, or with pex, which "
            "unpack what they run",
        )
        self.directory = directory


def _above(path: str) -> Iterator[str]:
    """A path and the directories above it."""
    while True:
        yield path
        above = os.path.dirname(path)
        if above == path:
            return
        path = above


class NoSuchProfile(ManifestgenError):
    """There is no profile with this name and no directory with this path.

    Attributes:
        name: the name that was given.
    """

    def __init__(self, name: str, known: Iterable[str], where: Where | None = None) -> None:
        names = tuple(known)
        super().__init__(
            f"there is no profile {name!r}",
            where=where,
            candidates=nearest(name, names) or names,
            next_step="run manifestgen profiles, or give a directory of your own as ./NAME",
        )
        self.name = name


def list_command(product: str) -> str:
    """The command that lists the releases of a product.

    Args:
        product: Calico, Istio or Kubernetes.
    """
    return "manifestgen releases" + ("" if product == "Calico" else f" --{product.lower()}")


class NoSuchRelease(ManifestgenError):
    """No release has this version.

    Attributes:
        product: Calico, Istio or Kubernetes.
        version: the version that was given.
    """

    def __init__(self, product: str, version: str, known: Iterable[str], near: Iterable[str]) -> None:
        names = tuple(known)
        super().__init__(
            f"{product} {version} is not known",
            found=f"known: {names[0]} to {names[-1]}" if names else "",
            candidates=tuple(near),
            next_step=f"run {list_command(product)} to see them all",
        )
        self.product = product
        self.version = version


class MissingFile(InvalidProfile):
    """A layer refers to a file that is not in its directory.

    Attributes:
        path: as written.
    """

    def __init__(self, path: str, where: Where, known: Iterable[str]) -> None:
        names = tuple(known)
        super().__init__(
            f"there is no file {path!r} in the directory of this profile",
            where=where,
            candidates=nearest(path, names) or names[:5],
            next_step="correct the name, or add the file",
        )
        self.path = path


class EscapingPath(InvalidProfile):
    """A path in a profile leads out of the profile's directory."""

    def __init__(self, path: str, where: Where, target: str) -> None:
        super().__init__(
            f"{path!r} leaves the directory it is written in",
            where=where,
            found=target,
            next_step="keep the file inside the directory, without .. and without symbolic links that lead out",
        )


class ExtendsCycle(InvalidProfile):
    """A profile extends itself, directly or through others."""

    def __init__(self, chain: Iterable[str], where: Where | None) -> None:
        super().__init__(
            "a profile extends itself", where=where, found=" -> ".join(chain), next_step="remove one extends"
        )


class UnusedFile(InvalidProfile):
    """Nothing refers to a file in a profile's directory: most likely it is a patch that was meant to be applied."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "nothing in profile.yaml refers to this file",
            where=Location(path),
            next_step="list it under resources or patches, or move it out of the directory",
        )


class NotUnderstood(ManifestgenError):
    """A kustomization uses a feature that only kustomize has.

    Attributes:
        directory: its directory.
    """

    def __init__(self, what: str, where: Location, directory: str) -> None:
        super().__init__(
            f"the kustomization {what}",
            where=where,
            next_step=f"build it first: kubectl kustomize {directory} > FILE",
        )
        self.directory = directory
