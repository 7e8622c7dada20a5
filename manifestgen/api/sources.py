"""A bundle by its name: profiles are rendered, anything else is loaded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from manifestgen.api.bundle import Bundle
from manifestgen.api.loading import load_beside
from manifestgen.catalog.loading import PROFILE_FILE, shipped_profiles

if TYPE_CHECKING:
    from manifestgen.yamlio.documents import Known


def bundle_from(source: str | os.PathLike[str], known: Known | None = None) -> Bundle:
    """The bundle for a profile or a path.

    Args:
        source: a directory with a profile.yaml or the name of a shipped profile, which is rendered with its own
            settings; or a file or directory of manifests. A path that exists is never treated as a name.
        known: documents that were read before, by their text; those of this source are added.

    Raises:
        ManifestgenError: see `render` and `load`.
    """
    path = os.fspath(source)
    if not names_profile(path):
        return load_beside(path, known)
    from manifestgen.api.rendering import render  # imported lazily: most sources are files

    return render(path)


def names_profile(path: str) -> bool:
    """Whether a profile is meant, and not manifests with the same name."""
    return os.path.isfile(os.path.join(path, PROFILE_FILE)) or (
        path in shipped_profiles() and not os.path.lexists(path)
    )
