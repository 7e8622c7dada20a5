"""The semantic difference of two bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from manifestgen.difference.delta import Comparison, ListDelta
from manifestgen.difference.object_diffs import ObjectDiff, ObjectDiffs
from manifestgen.difference.objects import match_objects
from manifestgen.difference.redaction import redacted
from manifestgen.errors import ManifestgenError
from manifestgen.model.plain import copied
from manifestgen.patch.resource import Resource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.difference.report import Report
from manifestgen.model.identity import Id


class SecretInPatch(ManifestgenError):
    """A JSON Patch that makes one bundle out of another would show values of a Secret.

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
    """How two bundles differ, in every format; false where they do not."""

    def __str__(self) -> str:
        return self.to_text()

    def report(self) -> Report:
        """The difference as plain values, with origins, without what is secret: what every format shows."""
        from manifestgen.difference.report import report  # whoever asks only whether they differ

        return report(self)

    def to_text(self, *, color: bool = False) -> str:
        """The difference grouped by object, for people; empty where there is none.

        Args:
            color: with the escape codes of a terminal.
        """
        from manifestgen.difference.text import to_text

        return to_text(self.report(), color=color)

    def to_unified(self) -> str:
        """The difference as `diff -u` would show it of objects written alike, object by object."""
        from manifestgen.difference.unified import to_unified

        return to_unified(self)

    def to_json(self) -> str:
        """The difference as a JSON text."""
        from manifestgen.difference.report import to_json

        return to_json(self.report())

    def to_json_patch(self, *, secrets: bool = False) -> list[dict[str, Any]]:
        """The operations of RFC 6902 that make the right bundle out of the left one.

        They apply to the document that `Bundle.to_json` writes: a Kubernetes List with the objects under `items`.

        Args:
            secrets: give the values of Secrets too.

        Raises:
            SecretInPatch: values of a Secret differ, and `secrets` is not set.
            PatchNotConfirmed: the jsonpatch library makes something else of it: a fault of manifestgen.
        """
        from manifestgen.difference.jsonpatch import operations

        if not secrets:
            self._refuse_secrets()
        patch: list[dict[str, Any]] = copied(list(operations(self.tree, ("items",))))
        self._confirm(patch)
        return patch

    def _confirm(self, patch: list[dict[str, Any]]) -> None:
        """Have an independent library apply the patch: it must give the right side."""
        from manifestgen.patch.confirm import confirm

        left, right = ({"items": [resource.content for resource in side]} for side in (self.left, self.right))
        confirm(left, patch, right, what=self._patch_name())

    def _patch_name(self) -> str:
        return f"the JSON Patch from {self.names[0]} to {self.names[1]}"

    def to_html(self) -> str:
        """The difference as one HTML page that needs nothing else."""
        from manifestgen.difference.html import page
        from manifestgen.difference.report import summary

        found = self.report()
        return page(f"{self.names[0]} and {self.names[1]}", summary(found), [found])

    def _refuse_secrets(self) -> None:
        found = [one.id for one in self if _shows_secret(one)]
        if found:
            raise SecretInPatch(found)


def _shows_secret(one: ObjectDiff) -> bool:
    """Whether a patch would have to carry values of a Secret to make the change."""
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
) -> Diff:
    """How two sequences of objects differ.

    Args:
        left: objects.
        right: objects.
        names: what the two sides are called.
    """
    found = match_objects(left, right)
    deltas = {(i, j): Comparison(right[j].id.kind).delta(left[i].content, right[j].content) for i, j in found.pairs}
    changed = {pair: delta for pair, delta in deltas.items() if delta}
    bodies = [resource.content for resource in left], [resource.content for resource in right]
    tree = ListDelta(*bodies, found, changed)
    return Diff(left=tuple(left), right=tuple(right), tree=tree, names=names)
