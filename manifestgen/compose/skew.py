"""Version skew between Felix and Dikastes during an upgrade or rollback. The data is `profiles/skew.yaml`.

Policy must be enforced throughout, so the order matters: which of calico-node and the pods is replaced first decides
which pairs of releases meet.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from manifestgen.catalog.loading import shipped_documents
from manifestgen.catalog.placeholders import filled
from manifestgen.compose.finding import Finding
from manifestgen.model.record import Record
from manifestgen.model.version import Range, within
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.model.version import Version

SKEW_FILE = "skew.yaml"
CODE = "policy-sync-skew"
OPEN, CLOSED = "open", "closed"
PODS, NODES = "pods", "nodes"


class IncompatiblePair(Record):
    """Releases of Felix and Dikastes that are not compatible.

    Attributes:
        felix: releases of Felix, in calico-node.
        dikastes: releases of Dikastes, in pods.
        effect: `open` if requests pass that policy denies, `closed` if every request is denied.
        says: what happens.
        measured: the builds that were tested together.
    """

    felix: Range
    dikastes: Range
    effect: str
    says: str
    measured: tuple[str, ...]

    def text(self, felix: Version, dikastes: Version) -> str:
        """What happens between two releases, and the builds that it was observed with."""
        words = {"felix": str(felix.as_minor), "dikastes": str(dikastes.as_minor)}
        return f"{filled(self.says, words)} (measured: {'; '.join(self.measured)})"


class _Skew(Record):
    """The whole file: the pairs, and the steps for each order."""

    pairs: tuple[IncompatiblePair, ...]
    orders: Mapping[str, tuple[str, ...]]


def pair_of(felix: Version, dikastes: Version) -> IncompatiblePair | None:
    """How two releases are incompatible; None if they are compatible."""
    return next((p for p in _skew().pairs if within(felix, p.felix) and within(dikastes, p.dikastes)), None)


def safe_order(previous: Version, calico: Version) -> str:
    """Which of `pods` and `nodes` to replace first so that no request bypasses policy; empty for either."""
    nodes_first, pods_first = pair_of(calico, previous), pair_of(previous, calico)
    if nodes_first is None and pods_first is None:
        return ""
    return PODS if nodes_first and nodes_first.effect == OPEN else NODES


def skew(previous: Version, calico: Version) -> tuple[Finding, ...]:
    """The warnings for replacing one release of Calico by another, with the steps in order.

    Args:
        previous: the release that is installed.
        calico: the release that replaces it.
    """
    first = safe_order(previous, calico)
    if not first:
        return ()
    parts = []
    for pair, felix, dikastes, which in (
        (pair_of(calico, previous), calico, previous, "calico-node"),
        (pair_of(previous, calico), previous, calico, "pods"),
    ):
        parts.append(f"with {which} first, {pair.text(felix, dikastes) if pair else 'they are compatible'}")
    words = {"calico": str(calico.as_minor), "from": str(previous.as_minor)}
    text = f"Calico {previous.as_minor} and {calico.as_minor} are not compatible while one replaces the other: "
    return (
        Finding(
            CODE,
            refused=False,
            text=text + "; ".join(parts),
            next_step=f"replace {'the pods' if first == PODS else 'calico-node'} first, in this order",
            steps=tuple(filled(step, words) for step in _skew().orders[first]),
        ),
    )


@cache
def _skew() -> _Skew:
    from manifestgen.catalog.formats import SKEW  # imported lazily: only upgrades need it

    documents, source = shipped_documents(SKEW_FILE)
    body = SKEW(documents[0], SourceRef(source))
    return _Skew(pairs=tuple(IncompatiblePair(**pair) for pair in body["pairs"]), orders=body["orders"])
