"""The semantic difference of two bundles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manifestgen.difference.delta import Comparison, ListDelta
from manifestgen.difference.list_orders import FreeLists
from manifestgen.difference.object_diffs import IgnoredOrder, ObjectDiff, ObjectDiffs
from manifestgen.difference.objects import match_objects
from manifestgen.difference.redaction import redacted
from manifestgen.difference.report import Report
from manifestgen.errors import ManifestgenError
from manifestgen.model import pointer
from manifestgen.model.frozen import frozen
from manifestgen.model.identity import Id, identify
from manifestgen.model.plain import copied
from manifestgen.patch.resource import Resource


class SecretInPatch(ManifestgenError):
    """A JSON Patch from one bundle to another would show values of a Secret.

    Attributes:
        secrets: the Secrets.
    """

    def __init__(self, secrets: Sequence[Id]) -> None:
        super().__init__(
            "a JSON Patch would show the values of a Secret",
            found=", ".join(map(str, secrets)),
            next_step="take the Secrets out of both sides, or use another format, which says that they differ",
        )
        self.secrets = tuple(secrets)


@frozen(eq=False, repr=False, slots=False)
class Diff(ObjectDiffs):
    """The difference of two bundles, in every format; false if there is none."""

    def __str__(self) -> str:
        return self.to_text()

    def report(self) -> Report:
        """The difference as plain values, with origins and without secrets, from which every format is made."""
        from manifestgen.difference.report import report  # not needed to tell whether they differ

        return report(self)

    def to_text(self, *, color: bool = False) -> str:
        """The difference grouped by object, for people; empty if there is none.

        Args:
            color: whether to use a terminal's escape codes.
        """
        from manifestgen.difference.text import to_text

        return to_text(self.report(), color=color)

    def to_unified(self) -> str:
        """The difference in the form of `diff -u`, object by object, with both sides formatted alike."""
        from manifestgen.difference.unified import to_unified

        return to_unified(self)

    def to_json(self) -> str:
        """The difference as a JSON text."""
        from manifestgen.difference.report import to_json

        return to_json(self.report())

    def to_json_patch(self, *, secrets: bool = False) -> list[dict[str, Any]]:
        """The RFC 6902 operations that turn the left bundle into the right one.

        They apply to the document that `Bundle.to_json` returns: a Kubernetes List with the objects under `items`.

        Args:
            secrets: whether to include the values of Secrets.

        Raises:
            SecretInPatch: values of a Secret differ, and `secrets` is not set.
            PatchNotConfirmed: the jsonpatch library gets another result: a bug in manifestgen.
        """
        from manifestgen.difference.jsonpatch import operations

        if not secrets:
            self._refuse_secrets()
        patch: list[dict[str, Any]] = copied(list(operations(self.tree, ("items",))))
        self._confirm(patch)
        return patch

    def _confirm(self, patch: list[dict[str, Any]]) -> None:
        """Apply the patch with an independent library and check that the result is the right side."""
        from manifestgen.patch.confirm import PatchNotConfirmed, applied, confirm

        left, right = ({"items": [resource.content for resource in side]} for side in (self.left, self.right))
        if self.order is None:
            confirm(left, patch, right, what=self._patch_name())
            return
        made = [read_back(body) for body in applied(left, patch, what=self._patch_name())["items"]]
        if not _same_in_any_order(made, self.right):
            raise PatchNotConfirmed(self._patch_name(), "more than the order differs after the jsonpatch library")

    def _patch_name(self) -> str:
        return f"the JSON Patch from {self.names[0]} to {self.names[1]}"

    def to_html(self, *, command: str = "", date: str = "", changed: tuple[str, str] = ("", "")) -> str:
        """The difference as one self-contained HTML page, the same bytes for the same arguments.

        Args:
            command: the command that made the page, to show on it.
            date: when the two sides were compared, to show on it.
            changed: when each side was last changed, to show on it.
        """
        from manifestgen.difference.html import PageHeading, page
        from manifestgen.difference.report import summary

        found = self.report()
        old, new = self.names
        heading = PageHeading(
            title=f"How {old} differs from {new}" if self.live else f"What changes from {old} to {new}",
            summary=summary(found),
            names=self.names,
            labels=("Cluster", "Bundle") if self.live else ("Old", "New"),
            changed=changed,
            date=date,
            command=command,
        )
        return page(heading, [found])

    def to_markdown(self, *, limit: int = 65_536) -> str:
        """The difference as Markdown for a comment on a pull request; empty where there is none.

        Args:
            limit: the maximum length in characters (by default GitHub's limit); what does not fit is left out and
                counted at the end.
        """
        from manifestgen.difference.markdown import to_markdown

        return to_markdown(self.report(), limit=limit)

    def _refuse_secrets(self) -> None:
        found = [one.id for one in self if _shows_secret(one)]
        if found:
            raise SecretInPatch(found)


def _shows_secret(one: ObjectDiff) -> bool:
    """Whether a patch would have to contain values of a Secret."""
    if one.right is None:
        return False
    written = (
        [((), one.right.content)]
        if one.left is None
        else [(change.right_at[0], change.right) for change in one.changes]
    )
    return any(redacted(one.right.id.kind, path, value) != value for path, value in written)


def compare(
    left: Sequence[Resource],
    right: Sequence[Resource],
    names: tuple[str, str] = ("left", "right"),
    *,
    ignore_order: bool = False,
) -> Diff:
    """The difference of two sequences of objects.

    Args:
        left: objects.
        right: objects.
        names: the names of the two sides.
        ignore_order: whether to ignore the order of objects, and of lists whose order has no meaning.
    """
    found = match_objects(left, right)
    changed = {}
    lists: list[tuple[Id, str]] = []
    for i, j in found.pairs:
        identity = right[j].id
        orders = FreeLists(identity) if ignore_order else None
        comparison = Comparison(identity.kind, renames=True, orders=orders)
        delta = comparison.delta(left[i].content, right[j].content)
        lists += [(identity, pointer.to_text(path)) for path in comparison.reordered]
        if delta:
            changed[i, j] = delta
    order = IgnoredOrder(objects=len(found.moved), lists=tuple(lists)) if ignore_order else None
    bodies = [resource.content for resource in left], [resource.content for resource in right]
    tree = ListDelta(*bodies, found._replace(moved=()) if ignore_order else found, changed)
    return Diff(left=tuple(left), right=tuple(right), tree=tree, names=names, order=order)


def _same_in_any_order(made: Sequence[Resource], wanted: Sequence[Resource]) -> bool:
    """Whether two sequences have the same objects; objects with the same identity are interchangeable."""
    waiting: dict[Id, list[Resource]] = {}
    for one in wanted:
        waiting.setdefault(one.id, []).append(one)
    for one in made:
        orders = FreeLists(one.id)
        alike = (
            index
            for index, other in enumerate(waiting.get(one.id, ()))
            if not Comparison(one.id.kind, orders=orders).delta(one.content, other.content)
        )
        index = next(alike, None)
        if index is None:
            return False
        del waiting[one.id][index]
    return not any(waiting.values())


def read_back(body: dict[str, Any]) -> Resource:
    """An object that another program made."""
    identity = identify(body)
    return Resource(id=identity, content=body, component="", base=body, original=identity, layer="")
