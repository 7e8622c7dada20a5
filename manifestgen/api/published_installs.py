"""The install that Calico publishes for a release: its objects that no shipped profile renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.adoption.bases import base_of
from manifestgen.adoption.errors import EmptyManifest, NoCalico, OperatorInstall, WrongManifest
from manifestgen.adoption.published import by_key, key_of
from manifestgen.adoption.recognition import is_published, recognize
from manifestgen.adoption.source import read_source
from manifestgen.api.loading import load
from manifestgen.model.location import Location
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifestgen.adoption.published import Key
    from manifestgen.model.version import Version
    from manifestgen.patch.resource import Resource


class GivenInstall(Record):
    """The content of a published install's file.

    Attributes:
        objects: the objects that no shipped profile renders.
        whole: whether the file includes calico-node, so that it is complete; else it may be a part of an install.
    """

    objects: Mapping[Key, Resource]
    whole: bool


def published_install(
    path: str, option: str, profile: str, calico: Version, *, rendered: Iterable[Version]
) -> GivenInstall:
    """The objects of a published install that no shipped profile renders.

    Args:
        path: the path of the install.
        option: the option by which it was given.
        profile: the required shipped profile; empty for any.
        calico: the required release.
        rendered: releases; objects that one of them renders in the profile are left out.

    Raises:
        EmptyManifest: there is no object in it.
        WrongManifest: it is of another release or profile.
        ManifestgenError: it cannot be read.
    """
    every = list(load(path).resources)
    if not every:
        raise EmptyManifest(Location(path), option)
    whole = bool(profile)
    try:
        if profile and not is_published(every, base_of(profile, calico), Location(path)):
            base = recognize(every, Location(path)).base
            if (base.profile, base.calico.as_minor) != (profile, calico.as_minor):
                wanted = f"{profile} of Calico {calico.as_minor}"
                raise WrongManifest(Location(path), option, f"{base.profile} of Calico {base.calico}", wanted)
    except (NoCalico, OperatorInstall):
        whole = False  # a part of an install does not show its release
    ours = {key_of(one.id) for version in rendered if profile for one in base_of(profile, version).plain}
    return GivenInstall(by_key(one for one in read_source(every).objects if key_of(one.id) not in ours), whole)
