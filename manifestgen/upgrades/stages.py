"""A site rendered for versions on the way of an upgrade, with the parts that do not fit them."""

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
    """The render of a site for given versions.

    Attributes:
        versions: the versions.
        context: the context for conditions.
        components: the components.
        resources: the objects, rendered without the parts that do not fit.
        misfits: the parts of the site that do not fit, with their errors.
        errors: other errors.
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
