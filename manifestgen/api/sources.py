"""A bundle by its name: profiles are rendered, anything else is loaded."""

from __future__ import annotations

import os

from manifestgen.api.bundle import Bundle
from manifestgen.api.loading import load
from manifestgen.api.rendering import render
from manifestgen.catalog.loading import PROFILE_FILE, shipped_profiles


def bundle_from(source: str | os.PathLike[str]) -> Bundle:
    """The bundle for a profile or a path.

    Args:
        source: a directory with a profile.yaml or the name of a shipped profile, which is rendered with its own
            settings; or a file or directory of manifests. A path that exists is never treated as a name.

    Raises:
        ManifestgenError: see `render` and `load`.
    """
    path = os.fspath(source)
    return render(path) if names_profile(path) else load(path)


def names_profile(path: str) -> bool:
    """Whether a profile is meant, and not manifests with the same name."""
    return os.path.isfile(os.path.join(path, PROFILE_FILE)) or (
        path in shipped_profiles() and not os.path.lexists(path)
    )
