"""Why a profile cannot be upgraded, or the upgrade cannot be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from manifestgen.errors import Where


class StartNotStated(ManifestgenError):
    """Neither the profile nor the call states the present version of Calico.

    Attributes:
        profile: its name.
    """

    def __init__(self, profile: str, where: Where | None = None) -> None:
        super().__init__(
            f"the profile {profile} names no Calico version to upgrade from",
            where=where,
            next_step="add --from VERSION with the release that runs now",
        )
        self.profile = profile


class Downgrade(ManifestgenError):
    """A version is older than the one that it replaces.

    Attributes:
        product: Calico, Istio or Kubernetes.
    """

    def __init__(self, product: str, before: str, after: str) -> None:
        super().__init__(
            f"{product} {after} is older than {before}: that is a downgrade",
            next_step="name a newer version, or add --force to see what going back does",
        )
        self.product = product


class NoLongerFits(ManifestgenError):
    """The profile was not changed because it could not be rendered with the new versions.

    Attributes:
        reasons: the obstacles.
    """

    def __init__(self, where: Where, reasons: tuple[str, ...]) -> None:
        super().__init__(
            f"nothing was written: {len(reasons)} {'thing stands' if len(reasons) == 1 else 'things stand'} in the way",
            where=where,
            found="; ".join(reasons),
            next_step="correct what the report names, or add --force to write the new versions all the same",
        )
        self.reasons = reasons


class NothingToWrite(ManifestgenError):
    """A shipped profile has no user's file in which to change the versions.

    Attributes:
        profile: its name.
    """

    def __init__(self, profile: str) -> None:
        super().__init__(
            f"the profile {profile} is shipped: there is no file of yours to write",
            next_step="leave out --write, or make a profile of your own that extends it",
        )
        self.profile = profile


class ManifestNeedsSite(ManifestgenError):
    """A published install is given for a shipped profile, which has no own objects.

    Attributes:
        profile: its name.
    """

    def __init__(self, profile: str) -> None:
        super().__init__(
            f"the profile {profile} is shipped and keeps no objects of an install",
            next_step="leave out --manifest, or make a profile of your own: manifestgen adopt",
        )
        self.profile = profile


class OldManifestAlone(ManifestgenError):
    """The old published install is given without the new one.

    Attributes:
        manifest: its path.
    """

    def __init__(self, manifest: str) -> None:
        super().__init__(
            "--old-manifest says what was published, and nothing says what is published now",
            where=Location(manifest),
            next_step="give the install of the new release with --manifest",
        )
        self.manifest = manifest


class FileHoldsList(ManifestgenError):
    """An object of a published install is in a list with the user's own objects.

    Attributes:
        file: its path.
    """

    def __init__(self, file: str) -> None:
        super().__init__(
            "the file holds a list, from which no object can be taken",
            where=Location(file),
            next_step="write each object as a document of its own, and run the upgrade again",
        )
        self.file = file


class NotMerged(ManifestgenError):
    """The merged site does not render the result of the merge, so nothing was written.

    Attributes:
        differences: the differences, in the form of `manifestgen diff`.
    """

    exit_status = 3

    def __init__(self, differences: str) -> None:
        super().__init__(
            "the patches for your edits do not render the merged objects; nothing was written",
            found=differences,
            next_step="please report this, with the files if you can share them",
        )
        self.differences = differences
