"""`inject`: Dikastes into a ConfigMap of Istio's injector, text to text."""

from __future__ import annotations

from manifestgen.catalog import releases
from manifestgen.injector.inject import inject as insert
from manifestgen.model.version import parse


def inject(
    text: str,
    *,
    calico: str | None = None,
    istio: str | None = None,
    published: bool = False,
    remove: bool = False,
    file: str = "<string>",
) -> str:
    """Insert Dikastes into the text of an istio-sidecar-injector ConfigMap; all else keeps its bytes.

    Args:
        text: the ConfigMap, as a file of it or as kubectl prints it.
        calico: as for `render`.
        istio: the version it is of; found in the text by default.
        published: exactly what Calico published.
        remove: take Dikastes out instead.
        file: how messages call the text.

    Raises:
        ManifestgenError: the text is no such ConfigMap, or its template has no place for Dikastes.
    """
    version = parse(istio) if istio else None
    release = releases.resolve("Calico", calico) if calico else releases.newest_working()
    return insert(text, calico=release, istio=version, file=file, published=published, remove=remove).text
