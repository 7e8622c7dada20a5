"""Moving the objects of an install that a site keeps as files to the next published install."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.adoption.published import key_of
from manifestgen.difference.changes import changes
from manifestgen.difference.delta import Comparison
from manifestgen.model.image import join_image, split_image
from manifestgen.model.record import Record
from manifestgen.patch.rfc6902 import same
from manifestgen.upgrades.merge import MISSING, MergeConflict, MergePlace, merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from manifestgen.adoption.published import Key
    from manifestgen.difference.changes import FieldChange
    from manifestgen.patch.resource import Resource

SAME, REPLACED, MERGED = "the same", "as published", "with your edits"
COMES, GOES, STAYS, LEFT_OUT = "new", "gone", "stays", "left out"


class PublishedInstall(Record):
    """What is known about the release that a site comes from.

    Attributes:
        objects: the objects as it published them.
        shown: the same with the site's registry and labels, which do not count as edits.
        whole: whether these are all of its objects; else it is unknown whether others were published.
        tags: the image tags of the present and the next release, whose change belongs to the release.
    """

    objects: Mapping[Key, Resource]
    shown: Mapping[Key, Resource]
    whole: bool
    tags: tuple[str, str]


class ObjectMerge(Record):
    """The outcome for an object.

    Attributes:
        outcome: `the same`, `as published`, `with your edits`, `new`, `gone`, `stays` or `left out`.
        mine: the site's object; None if it has none.
        new: the newly published object; None if there is none.
        content: what the site should render; None for nothing.
        edits: the user's changes, which are kept.
        conflicts: what both the user and the release changed.
        open: differences of unknown origin; the published value is used.
        is_open: whether it is unknown if the release or the user added or removed the object.
    """

    outcome: str
    mine: Resource | None
    new: Resource | None
    content: Mapping[str, Any] | None
    edits: tuple[FieldChange, ...] = ()
    conflicts: tuple[MergeConflict, ...] = ()
    open: tuple[FieldChange, ...] = ()
    is_open: bool = False

    @property
    def resource(self) -> Resource:
        """The object of the release, or else that of the site."""
        found = self.new or self.mine
        assert found is not None
        return found


def merge_install(
    known: PublishedInstall, mine: Mapping[Key, Resource], new: Mapping[Key, Resource], doubtful: Mapping[Key, Resource]
) -> Iterator[ObjectMerge]:
    """The outcome for every object of an install; the user's own objects are not included.

    Args:
        known: what the present release published.
        mine: the objects in the site's files.
        new: what the next release publishes.
        doubtful: the site's objects that Calico's installs have or had.
    """
    for key, published in new.items():
        before, here = known.objects.get(key), mine.get(key)
        if here is not None:
            yield _both(known, before, here, published)
        elif before is not None:
            yield ObjectMerge(outcome=LEFT_OUT, mine=None, new=published, content=None)
        else:
            yield ObjectMerge(
                outcome=COMES, mine=None, new=published, content=published.content, is_open=not known.whole
            )
    for key, here in mine.items():
        before = known.objects.get(key)
        if key in new:
            continue
        if before is not None:
            yield _gone(known, before, here)
        elif not known.whole and key in doubtful:
            yield ObjectMerge(outcome=STAYS, mine=here, new=None, content=here.content, is_open=True)


def _is_unedited(known: PublishedInstall, here: Resource) -> bool:
    """Whether an object of the site is as its release published it."""
    key = key_of(here.id)
    return any(
        key in known_as and same(known_as[key].content, here.content) for known_as in (known.objects, known.shown)
    )


def _both(known: PublishedInstall, before: Resource | None, here: Resource, published: Resource) -> ObjectMerge:
    if same(here.content, published.content):
        return ObjectMerge(outcome=SAME, mine=here, new=published, content=published.content)
    if before is None:
        found = tuple(one for one in _changes(here, published.content) if not _is_of_release(one, known.tags))
        return ObjectMerge(outcome=REPLACED, mine=here, new=published, content=published.content, open=found)
    if _is_unedited(known, here):
        return ObjectMerge(outcome=REPLACED, mine=here, new=published, content=published.content)
    merged = merge(before.content, here.content, published.content)
    if same(merged.value, published.content):
        return ObjectMerge(outcome=REPLACED, mine=here, new=published, content=published.content)
    edits = tuple(_changes(published, merged.value))
    return ObjectMerge(
        outcome=MERGED, mine=here, new=published, content=merged.value, edits=edits, conflicts=merged.conflicts
    )


def _gone(known: PublishedInstall, before: Resource, here: Resource) -> ObjectMerge:
    if _is_unedited(known, here):
        return ObjectMerge(outcome=GOES, mine=here, new=None, content=None)
    conflict = MergeConflict(place=MergePlace(), old=before.content, mine=here.content, new=MISSING)
    edits = tuple(_changes(before, here.content))
    return ObjectMerge(outcome=STAYS, mine=here, new=None, content=here.content, edits=edits, conflicts=(conflict,))


def _changes(left: Resource, right: Mapping[str, Any]) -> Iterator[FieldChange]:
    delta = Comparison(left.id.kind).delta(left.content, right)
    yield from changes(delta) if delta else ()


def _is_of_release(change: FieldChange, tags: tuple[str, str]) -> bool:
    """Whether a change is only the release's image tag."""
    if change.name[-1][-1:] != ("image",) or not isinstance(change.left, str) or not isinstance(change.right, str):
        return False
    name, tag, digest = split_image(change.left)
    return tag == tags[0] and not digest and change.right == join_image(name, tags[1], "")
