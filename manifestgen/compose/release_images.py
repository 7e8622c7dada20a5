"""The images of a release: the image that each name of the base stands for in given versions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from manifestgen.catalog import releases

if TYPE_CHECKING:
    from manifestgen.catalog.model import Image
    from manifestgen.catalog.releases import Release
    from manifestgen.model.version import Version


@lru_cache(maxsize=1024)
def release_images(calico: Version, istio: Version) -> tuple[Image, ...]:
    """The newest rule of the releases for each image name; a rule without a tag follows the requested version."""
    rules: dict[str, Image] = {}
    for product, version in (("Calico", calico), ("Istio", istio)):
        chain = releases.releases_up_to(product, version)
        tag = _tag(chain[-1], version)
        for release in chain:
            rules |= {
                rule.name: rule if rule.new_tag or rule.digest else rule._replace(new_tag=tag)
                for rule in release.layer.images
            }
    return tuple(rules.values())


def _tag(release: Release, version: Version) -> str:
    """The tag of images that follow a release: its version, unless its newest patch was published with another tag."""
    info = release.info
    if version == release.version and "imageTag" in info:
        return str(info["imageTag"])
    return f"v{version}" if str(info["version"]).startswith("v") else str(version)
