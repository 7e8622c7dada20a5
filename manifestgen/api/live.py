"""`drift`: how a cluster differs from a bundle."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from manifestgen.api.arguments import check_types, path_of
from manifestgen.api.bundle import Bundle
from manifestgen.api.comparison import against, name_of
from manifestgen.api.loading import load, load_applied
from manifestgen.api.rendering import render
from manifestgen.api.sources import names_profile
from manifestgen.difference.drift import Drift
from manifestgen.difference.drift import drift as compare_with
from manifestgen.difference.ignore import from_document, from_words
from manifestgen.model.frozen import evolve
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.typed import one_document

if TYPE_CHECKING:
    from manifestgen.difference.ignore import Ignore


def drift(
    live: Bundle | str | os.PathLike[str],
    bundle: Bundle | str | os.PathLike[str],
    *,
    covers: Sequence[str] = (),
    ignore: Sequence[str] = (),
    ignore_files: Sequence[str | os.PathLike[str]] = (),
    fields_of_bundle_only: bool = False,
    ignore_order: bool = False,
) -> Drift:
    """How a cluster differs from a bundle, except for what the cluster itself adds.

    Objects are matched by identity. Objects that only the cluster has are ignored, and so is what is not applied with
    kubectl.

    Args:
        live: the output of `kubectl get -o yaml` or `-o json`: its path, or a bundle loaded from it.
        bundle: a bundle, the path of a file or directory with one, or a profile to render.
        covers: kinds of which `live` has every object, or `all`: objects that it lacks are missing from the cluster.
        ignore: fields to ignore, as `[KIND[/NAME]:]PATH`.
        ignore_files: files that list such fields.
        fields_of_bundle_only: whether to ignore fields and named list items that the bundle does not state.
        ignore_order: whether to ignore the order of lists whose order has no meaning, as `diff` does.

    Returns:
        The drift; false if there is none. Its `uncovered` are objects about which `live` says nothing, its `warnings`
        what the cluster's objects say against the bundle.

    Raises:
        YamlError: a path cannot be read.
        InvalidIgnore: a field to ignore has a syntax error.
    """
    check_types(
        covers=covers,
        ignore=ignore,
        ignore_files=ignore_files,
        fields_of_bundle_only=fields_of_bundle_only,
        ignore_order=ignore_order,
    )
    cluster = live if isinstance(live, Bundle) else load(path_of("live", live, "a Bundle or a path"))
    fields = ignored_fields(ignore, ignore_files)
    names = (name_of(live, "cluster"), name_of(bundle, "bundle"))
    if not isinstance(bundle, Bundle):
        path = path_of("bundle", bundle, "a Bundle or a path")
        rendered = render(path) if names_profile(path) else None
        applied = rendered.applied() if rendered else load_applied(path)
    else:
        rendered, applied = bundle, bundle.applied()
    found = compare_with(
        cluster.resources,
        applied,
        names,
        covers=covers,
        ignore=fields,
        bundle_only=fields_of_bundle_only,
        ignore_order=ignore_order,
    )
    return evolve(found, warnings=against(cluster.resources, applied, rendered.profile if rendered else ""))


def ignored_fields(words: Sequence[str], files: Sequence[str | os.PathLike[str]]) -> tuple[Ignore, ...]:
    """The fields to ignore: those given, and those in files.

    Raises:
        InvalidIgnore: a field has a syntax error.
        YamlError: a file cannot be read.
    """
    found = list(from_words(words))
    for file in files:
        found += _from_file(os.fspath(file))
    return tuple(found)


def _from_file(file: str) -> tuple[Ignore, ...]:
    text = read_file(file, pipes=True)
    documents = read(text, file)
    ref = SourceRef(SourceFile(file, text))
    return from_document(one_document(documents, ref, "a file of fields to ignore"), ref)
