"""The parts of an image reference, for programs that mirror or scan images."""

from __future__ import annotations

from manifestgen.model.image import split_image
from manifestgen.model.record import Record


class ImageInfo(Record):
    """An image that a bundle needs.

    Attributes:
        image: the reference as in the manifests.
        name: registry and repository, such as `quay.io/calico/node`.
        tag: empty where there is none.
        digest: as `sha256:…`; empty where there is none.
    """

    image: str
    name: str
    tag: str
    digest: str


def image_info(reference: str) -> ImageInfo:
    """The parts of an image reference, as `Bundle.images()` gives them."""
    name, tag, digest = split_image(reference)
    return ImageInfo(image=reference, name=name, tag=tag, digest=digest)
