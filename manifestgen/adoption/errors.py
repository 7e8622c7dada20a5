"""Why an install cannot be adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.errors import Where
    from manifestgen.patch.resource import Resource


class NoCalico(ManifestgenError):
    """The source has no DaemonSet that runs calico-node."""

    def __init__(self, where: Location, found: str) -> None:
        super().__init__(
            "there is no DaemonSet that runs calico-node",
            where=where,
            found=found,
            next_step="give the whole install: the files that were applied, or what kubectl get -o yaml prints of it",
        )


class SeveralCalicos(ManifestgenError):
    """The source has more than one DaemonSet that runs calico-node.

    Attributes:
        objects: their names.
    """

    def __init__(self, nodes: Sequence[Resource]) -> None:
        super().__init__(
            f"there are {len(nodes)} DaemonSets that run calico-node, and a profile is about one",
            found=", ".join(f"{node.id} ({node.ref})" for node in nodes),
            next_step="give the files of one install",
        )
        self.objects = tuple(str(node.id) for node in nodes)


class OperatorInstall(ManifestgenError):
    """Calico is run by the Tigera operator: what was applied is an Installation.

    Attributes:
        profile: the profile for such a cluster.
    """

    profile = "operator"

    def __init__(self, installation: Resource) -> None:
        super().__init__(
            f"the Tigera operator runs this Calico ({installation.id}): there is no calico-node manifest to adopt",
            where=installation.ref.location if installation.ref else None,
            next_step="use the profile operator instead, with --calico set to the version in the Installation's status",
        )


class DuplicateObject(ManifestgenError):
    """The source has an object twice, and it is unclear which of the two counts.

    Attributes:
        object: its name.
    """

    def __init__(self, first: Resource, second: Resource) -> None:
        super().__init__(
            f"{second.id} occurs twice",
            where=second.ref.location if second.ref else None,
            found=f"first at {first.ref}",
            next_step="remove one of the two",
        )
        self.object = str(second.id)


class DirectoryExists(ManifestgenError):
    """The output directory exists already.

    Attributes:
        directory: its path.
    """

    def __init__(self, directory: str) -> None:
        super().__init__(
            "the directory exists already",
            where=Location(directory),
            next_step="choose a new one, or add --force to replace what an earlier adopt wrote there",
        )
        self.directory = directory


class NotReproduced(ManifestgenError):
    """The profile does not render back to the source, so nothing was written.

    Attributes:
        differences: what would differ, in the form of `manifestgen diff`.
    """

    exit_status = 3

    def __init__(self, differences: str) -> None:
        super().__init__(
            "the profile does not render back to what was given; nothing was written",
            found=differences,
            next_step="please report this, with the source if you can share it",
        )
        self.differences = differences


class EmptyManifest(ManifestgenError):
    """A file that is given as a published install holds no object, as one whose download failed.

    Attributes:
        option: by which it was given.
    """

    def __init__(self, where: Where, option: str) -> None:
        super().__init__(
            f"{option} holds no object",
            where=where,
            next_step="give the manifest that Calico publishes for the release; was it downloaded whole?",
        )
        self.option = option


class WrongManifest(ManifestgenError):
    """A published install is of another release or profile than the one it is given for.

    Attributes:
        found: what was recognized, such as `kdd of Calico 3.31.7`.
    """

    def __init__(self, where: Where, option: str, found: str, wanted: str) -> None:
        super().__init__(
            f"{option} is the install of {found}, and {wanted} is meant",
            where=where,
            next_step=f"give the manifest that Calico publishes for {wanted}",
        )
        self.found = found
