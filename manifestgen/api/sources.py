"""A bundle by its name: a profile is rendered, anything else is loaded."""

from __future__ import annotations

import os

from manifestgen.api.bundle import Bundle
from manifestgen.api.loading import load
from manifestgen.api.rendering import render
from manifestgen.catalog.loading import PROFILE_FILE, shipped_profiles


def bundle_from(source: str | os.PathLike[str]) -> Bundle:
    """The bundle that a profile or a path stands for.

    Args:
        source: a directory with a profile.yaml or the name of a shipped profile, which is rendered as it says by
            itself; or a file or directory of manifests. A path that exists is never taken for a name.

    Raises:
        ManifestgenError: as `render` and `load` do.
    """
    path = os.fspath(source)
    return render(path) if names_profile(path) else load(path)


def names_profile(path: str) -> bool:
    """Whether a profile is meant, and not manifests that are called like one."""
    return os.path.isfile(os.path.join(path, PROFILE_FILE)) or (
        path in shipped_profiles() and not os.path.lexists(path)
    )
