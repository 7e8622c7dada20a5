"""The settings of a site in a user's profile: everything that the command line can state, except parameter values.

A site is a profile with some of these members; rendering it gives the same result on every machine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.errors import EscapingPath
from manifestgen.model.record import Record
from manifestgen.model.version import parse_version
from manifestgen.yamlio.typed import WrongType, boolean, choice, list_of, string, version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.yamlio.locations import SourceRef
    from manifestgen.yamlio.typed import Readers

LAYOUTS = ("kustomize", "flat", "overlay")
"""How an output directory may be laid out: with a kustomization over `resources/`, the files alone, or base and
patches."""

LISTS = frozenset({"components", "namespaces", "allow"})
"""The members that are lists of names: a list replaces the one before it, and `+NAME` adds to it."""

PATHS = ("pins", "injector")
"""The members that name a file, which must be in the directory of the profile."""


class Setting(Record):
    """One member of a site.

    Attributes:
        value: its value; the path of a file is relative to the working directory.
        ref: where it is written.
    """

    value: Any
    ref: SourceRef


def _version(value: Any, ref: SourceRef) -> str:
    """A version as written, which distinguishes a minor from one of its patches."""
    version(value, ref)
    return str(parse_version(value))


def _name(value: Any, ref: SourceRef) -> str:
    name = string(value, ref)
    if name == "+":
        raise WrongType(value, "a name, or + and a name", ref)
    return name


def path_inside(value: Any, ref: SourceRef) -> str:
    """A file or directory that a profile refers to, inside its directory; relative to the working directory."""
    name = string(value, ref)
    directory = os.path.dirname(ref.source.name)
    path = os.path.join(directory, name)
    root, real = os.path.realpath(directory or "."), os.path.realpath(path)
    if os.path.isabs(name) or not real.startswith(root + os.sep):
        raise EscapingPath(name, ref.location, real)
    return path


SITE: Readers = {
    "calico": _version,
    "istio": _version,
    "kubernetes": _version,
    "components": list_of(_name, nonempty=True),
    "namespaces": list_of(_name, nonempty=True),
    "registry": string,
    "pins": path_inside,
    "argo": boolean,
    "allow": list_of(_name),
    "layout": choice(*LAYOUTS),
    "injector": path_inside,
    "published": boolean,
}
"""The members, with their readers."""


def read_site(entry: Mapping[str, Any], ref: SourceRef) -> dict[str, Setting]:
    """The settings of a profile.

    Args:
        entry: its members, as read.
        ref: the reference of its top level.
    """
    return {member: Setting(entry[member], ref.at(member)) for member in SITE if member in entry}


def combine(before: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """A list of names that overrides another: `+NAME` adds to it, anything else replaces it."""
    plain = [name for name in names if not name.startswith("+")]
    added = [name[1:] for name in names if name.startswith("+")]
    return tuple(dict.fromkeys([*(plain or before), *added]))
