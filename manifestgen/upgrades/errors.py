"""Why a profile cannot be upgraded, or the upgrade not be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from manifestgen.errors import Where


class StartNotStated(ManifestgenError):
    """Neither the profile nor the call says from which version of Calico to go.

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
    """The profile was not changed: with the new versions it could not be rendered.

    Attributes:
        reasons: what is in the way.
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
    """A shipped profile has no file of the user's that could name other versions.

    Attributes:
        profile: its name.
    """

    def __init__(self, profile: str) -> None:
        super().__init__(
            f"the profile {profile} is shipped: there is no file of yours to write",
            next_step="leave out --write, or make a profile of your own that extends it",
        )
        self.profile = profile
