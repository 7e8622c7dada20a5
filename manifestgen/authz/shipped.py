"""The shipped data of the contract, in `profiles/authz`; the edge where its files are read."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import manifestgen
from manifestgen.authz.releases import DikastesRelease, Releases, read_releases
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.typed import one_document

if TYPE_CHECKING:
    from manifestgen.authz.cases import Suite

_ROOT = os.path.join(os.path.dirname(os.path.abspath(manifestgen.__file__)), "profiles", "authz")


def release(calico: str) -> DikastesRelease:
    """Dikastes of a Calico release, written `v3.29`, `3.29` or `3.29.7`.

    Raises:
        VersionSyntaxError: it is not a version.
        NoDikastes: the release has none.
    """
    return releases().find(calico)


@cache
def releases() -> Releases:
    """The data about Dikastes of every release."""
    return read_releases(*_document("dikastes.yaml"))


@cache
def suite() -> Suite:
    """The cases of the contract."""
    from manifestgen.authz.cases import read_suite

    return read_suite(*_document("cases.yaml"))


def _document(name: str) -> tuple[Any, SourceRef]:
    path = os.path.join(_ROOT, name)
    text = read_file(path)
    ref = SourceRef(SourceFile(f"profiles/authz/{name}", text))
    return one_document(read(text, ref.source.name), ref, "a file of shipped data"), ref
