"""`inject`: Dikastes into a ConfigMap of Istio's injector, text to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.catalog import releases
from manifestgen.compose.compatibility import check
from manifestgen.injector.component import COMPONENT
from manifestgen.injector.inject import inject as insert
from manifestgen.model.version import parse

if TYPE_CHECKING:
    from collections.abc import Sequence


def inject(
    text: str,
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
    published: bool = False,
    remove: bool = False,
    allow: Sequence[str] = (),
    file: str = "<string>",
) -> str:
    """Insert Dikastes into the text of an istio-sidecar-injector ConfigMap; everything else keeps its bytes.

    Args:
        text: the ConfigMap, as a file of it or as kubectl prints it.
        calico: as for `render`.
        istio: the version it is of; found in the text by default.
        kubernetes: the version of the cluster; by default what its Istio supports.
        published: exactly what Calico published.
        remove: remove Dikastes instead.
        allow: codes of rules that may not refuse these versions.
        file: what messages call the text.

    Raises:
        ManifestgenError: the text is no such ConfigMap, or its template has no place for Dikastes.
    """
    injected = insert(
        text,
        calico=releases.resolve("Calico", calico) if calico else releases.newest_working(),
        istio=parse(istio) if istio else None,
        kubernetes=parse(kubernetes) if kubernetes else None,
        file=file,
        published=published,
        remove=remove,
    )
    if not remove:
        check(injected.context, (COMPONENT,), allow)
    return injected.text
