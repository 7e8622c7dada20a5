"""Pins: image names and the digests that they are pinned to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.compose.compatibility import UNPINNED
from manifestgen.compose.images import (
    all_images,
    change_images,
    is_same_image,
    mirrored,
    names_of,
    near_images,
    published_as,
)
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message
from manifestgen.model.image import InvalidImage, check_digest, join_image, split_image, wrong_with
from manifestgen.model.location import Location
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from manifestgen.patch.resource import Resource
    from manifestgen.yamlio.locations import SourceRef


class PinMatchesNothing(ManifestgenError):
    """A pin names an image that neither the bundle nor any release uses.

    Attributes:
        name: the image.
    """

    def __init__(self, pin: Pin, known: Collection[str]) -> None:
        super().__init__(
            f"the pin {pin.text!r} matches no image",
            where=pin.where,
            candidates=near_images(pin.name, known),
            next_step="name an image as manifestgen images prints it, with or without its tag",
        )
        self.name = pin.name


class ConflictingPins(ManifestgenError):
    """Two pins give the same image different digests."""

    def __init__(self, reference: str, first: Pin, second: Pin) -> None:
        super().__init__(
            f"{reference} has two pins with different digests",
            where=second.where,
            found=f"{first.text} and {second.text}",
            next_step="keep one of the two",
        )


class UnpinnedImage(ManifestgenError):
    """There are pins, but none for an image.

    Attributes:
        reference: the image.
    """

    def __init__(self, reference: str, near: Sequence[str]) -> None:
        super().__init__(
            f"no pin names {reference}",
            candidates=near,
            next_step=f"pin it, or render it anyway with --allow {UNPINNED}",
        )
        self.reference = reference


class Pin(Record):
    """An image and the digest it is pinned to.

    Attributes:
        text: the image, as written.
        name: its name.
        tag: its tag; empty for any.
        digest: `sha256:` and 64 digits.
        ref: where it is written; None for a value from Python.
    """

    text: str
    name: str
    tag: str
    digest: str
    ref: SourceRef | None

    @property
    def where(self) -> Location:
        """The location, for a message."""
        return _where(self.ref)


def read_pins(written: Any, ref: SourceRef | None = None) -> tuple[Pin, ...]:
    """Pins from a mapping of image to digest; images are written as in manifests, with or without a tag.

    Args:
        written: the mapping.
        ref: where it is written.

    Raises:
        Failures, or the only failure: an InvalidImage for each invalid image or digest.
    """
    if not isinstance(written, dict):
        found = as_message(written)
        raise InvalidImage(
            "pins must be a mapping of image to digest",
            where=_where(ref),
            found=found,
            next_step="write lines such as calico/node: sha256:…",
        )
    gathered = ErrorCollector()
    pins = []
    for text, digest in written.items():
        at = ref.at(text) if ref else None
        with gathered:
            pins.append(_read_pin(text, digest, at))
    gathered.raise_all()
    return tuple(pins)


def _read_pin(text: object, digest: object, ref: SourceRef | None) -> Pin:
    reason = wrong_with(text) if isinstance(text, str) else "it is not a text"
    if not isinstance(text, str) or reason:
        raise InvalidImage(
            f"{as_message(text)} is not an image: {reason}",
            where=_where(ref),
            next_step="write it as manifestgen images prints it",
        )
    try:
        checked = check_digest(digest, f"the pin of {text}")
    except InvalidImage as error:
        raise error.placed(_where(ref)) from None
    name, tag, own = split_image(text)
    pin = Pin(text=text, name=name, tag=tag, digest=checked, ref=ref)
    if own and own != digest:
        raise ConflictingPins(text, pin._replace(digest=own), pin)
    return pin


def _where(ref: SourceRef | None) -> Location:
    return ref.location if ref else Location("pins")


def pin_images(
    resources: Sequence[Resource],
    pins: Sequence[Pin],
    *,
    left_out: Iterable[Resource] = (),
    registry: str = "",
    allow_unpinned: bool = False,
) -> list[Resource]:
    """Pin every image to the digest of its pin.

    A pin with a tag applies only to that tag, and takes precedence over one without. Names can be those that
    `manifestgen images` prints, with the chosen registry.

    Args:
        resources: the objects of the bundle.
        pins: at least one.
        left_out: objects of components that are not rendered: a pin can be for those.
        registry: the registry that images are moved to afterwards; empty for none.
        allow_unpinned: whether images without a pin are allowed.

    Raises:
        Failures, or the only failure: every pin that matches nothing, and every image without a pin.
    """
    gathered = ErrorCollector()
    chosen: dict[str, str] = {}
    for reference in sorted({reference for resource in resources for reference in all_images(resource)}):
        with gathered:
            pin = _pin_of(reference, pins, registry)
            if pin:
                chosen[reference] = join_image(split_image(reference)[0], "", pin.digest)
            elif not split_image(reference)[2] and not allow_unpinned:
                name = split_image(reference)[0]
                raise UnpinnedImage(reference, [one.text for one in pins if _is_about(one, name, registry)])
    present = names_of(resources) | names_of(left_out)
    for pin in pins:
        if not published_as(_own_name(pin, registry)) and not any(_is_about(pin, name, registry) for name in present):
            gathered.add(PinMatchesNothing(pin, present))
    gathered.raise_all()
    ref = next((pin.ref for pin in pins if pin.ref), None)

    def change(reference: str) -> str:
        return chosen.get(reference, reference)

    return [change_images(resource, change, "pins", ref, 1) for resource in resources]


def _pin_of(reference: str, pins: Sequence[Pin], registry: str) -> Pin | None:
    """The pin of an image: the one with its tag, else the one without a tag.

    Raises:
        ConflictingPins: two such pins have different digests.
    """
    name, tag, _ = split_image(reference)
    about = [pin for pin in pins if pin.tag in {"", tag} and _is_about(pin, name, registry)]
    about = [pin for pin in about if pin.tag] or about
    for pin in about[1:]:
        if pin.digest != about[0].digest:
            raise ConflictingPins(reference, about[0], pin)
    return about[0] if about else None


def _own_name(pin: Pin, registry: str) -> str:
    """The name of a pin without the chosen registry."""
    return pin.name.removeprefix(f"{registry}/") if registry else pin.name


def _is_about(pin: Pin, name: str, registry: str) -> bool:
    if is_same_image(pin.name, name):
        return True
    return bool(registry) and (pin.name == mirrored(name, registry) or is_same_image(_own_name(pin, registry), name))
