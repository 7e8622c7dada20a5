"""A site as it is rendered on the way from some versions to others, with what of it does not fit there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.catalog.conditions import Context
    from manifestgen.errors import ManifestgenError
    from manifestgen.patch.resource import Resource
    from manifestgen.upgrades.items import SiteItem
    from manifestgen.upgrades.versions import Versions, VersionStep


class Stage(Record):
    """What a site comes to for some versions.

    Attributes:
        versions: the versions.
        context: what conditions are judged by.
        components: the parts of the output.
        resources: the objects, rendered without what does not fit.
        misfits: what the site says that does not fit, with the error.
        errors: whatever else is wrong.
    """

    versions: Versions
    context: Context
    components: tuple[str, ...]
    resources: tuple[Resource, ...]
    misfits: Mapping[SiteItem, ManifestgenError] = {}
    errors: tuple[ManifestgenError, ...] = ()


class Transition(Record):
    """A step, with what is rendered before and after it.

    Attributes:
        step: the release.
        before, after: the stages.
    """

    step: VersionStep
    before: Stage
    after: Stage
