"""`adopt`: a profile from an install that somebody edited, verified before it is written."""

from __future__ import annotations

import os
import re
import tempfile
from typing import IO, TYPE_CHECKING, Any

from manifestgen.adoption.bases import CONFIG, NODE, without_policy
from manifestgen.adoption.drafting import comparable, drafts, expected, late_patches, wanted
from manifestgen.adoption.errors import DirectoryExists, NotReproduced
from manifestgen.adoption.files import WRITTEN, own_files
from manifestgen.adoption.outcome import Adoption, Candidate
from manifestgen.adoption.published import by_key, over_published, own_edits
from manifestgen.adoption.recognition import recognize
from manifestgen.adoption.source import is_from_a_server, read_source, without_server_fields
from manifestgen.adoption.values import explained, of_one_field
from manifestgen.api.arguments import check_types, path_of
from manifestgen.api.loading import load
from manifestgen.api.published_installs import published_install
from manifestgen.api.rendering import render
from manifestgen.api.request import layer_values, resolve_context, resolve_values, transform_own_images
from manifestgen.api.settings import resolve_settings
from manifestgen.catalog.loading import profile_chain, user_layer
from manifestgen.compose.pipeline import Request, assemble
from manifestgen.difference.changes import ADDED, REMOVED, changes
from manifestgen.difference.delta import Comparison
from manifestgen.difference.diff import compare
from manifestgen.difference.server import LiveRules
from manifestgen.emit.directory import File, write_directory
from manifestgen.emit.errors import ForeignFiles
from manifestgen.emit.inventory import INVENTORY, read_inventory
from manifestgen.errors import ErrorCollector, Failures, ManifestgenError
from manifestgen.model import pointer
from manifestgen.model.location import Location
from manifestgen.yamlio.files import read_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from manifestgen.adoption.drafting import Wanted
    from manifestgen.adoption.files import OwnFile, ProfileDraft
    from manifestgen.adoption.source import InstallSource
    from manifestgen.model.identity import Id
    from manifestgen.patch.resource import Resource

    Rendered = Mapping[Id, Resource]

_REVERSED = {ADDED: REMOVED, REMOVED: ADDED}


def adopt(
    *sources: str | os.PathLike[str] | IO[str] | IO[bytes],
    output: str | os.PathLike[str],
    manifest: str | os.PathLike[str] | None = None,
    secrets: bool = False,
    force: bool = False,
) -> Adoption:
    """Make a profile from an install of Calico that somebody edited.

    It finds the release and the profile from which the install differs least, expresses differences as parameter values
    and patches, and keeps other objects as files. Rendered with `--published` it gives the install
    again, except for what application layer policy adds before Calico 3.8; that is verified before anything is written.

    Args:
        sources: files, directories or open files that together make up the install.
        output: the directory of the profile, which must not exist.
        manifest: the install that Calico publishes for the release, a file or a directory: objects that no shipped
            profile renders are kept as published, with your edits as patches.
        secrets: whether to write the values of Secrets.
        force: replace a directory that an earlier call wrote.

    Raises:
        NoCalico, SeveralCalicos, OperatorInstall, DuplicateObject: the source is not exactly one install.
        WrongManifest: `manifest` is of another release or profile.
        DirectoryExists, ForeignFiles: nothing was written.
        NotReproduced: the profile would render something else: a bug in manifestgen.
    """
    check_types(force=force)
    directory = path_of("output", output)
    _refuse_directory(directory, force=force)
    source = read_source(_loaded(sources))
    title = ", ".join(_name(one) for one in sources)
    found = recognize(source.objects, Location(title))
    want = wanted(found, secrets=secrets)
    hidden = () if secrets else tuple(one for one in found.foreign if _has_values(one))
    foreign = [one for one in found.foreign if one not in hidden]
    own, others = own_files(foreign), dict[str, File]()
    if manifest is not None:
        base = found.base
        path = path_of("manifest", manifest)
        known = published_install(path, "--manifest", base.profile, base.calico, rendered=(base.calico,))
        own, others = over_published(foreign, known.objects, hidden)
    draft = _proven(want, own, name=_profile_name(directory), source=title)._replace(others=others)
    draft, corrections = _corrected(draft, want)
    _write(directory, draft.files(), force=force)
    return _outcome(directory=directory, source=source, want=want, draft=draft, corrections=corrections, hidden=hidden)


def _loaded(sources: Sequence[Any]) -> list[Resource]:
    errors = ErrorCollector()
    found: list[Resource] = []
    for one in sources:
        with errors:
            found += load(one)
    errors.raise_all()
    return found


def _name(source: Any) -> str:
    return str(getattr(source, "name", "<stream>")) if hasattr(source, "read") else os.fspath(source)


def _profile_name(directory: str) -> str:
    name = os.path.basename(os.path.abspath(directory)).lower()
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-") or "adopted"


def _has_values(resource: Resource) -> bool:
    content = resource.content
    return resource.id.kind == "Secret" and bool(content.get("data") or content.get("stringData"))


def _proven(want: Wanted, own: Sequence[OwnFile], *, name: str, source: str) -> ProfileDraft:
    """The simplest profile that renders what is wanted.

    Raises:
        NotReproduced: there is none.
    """
    base = want.found.base
    values = explained(base, want.pairs, want.taken_out)
    problems: list[str] = []
    proven = [_proven_with(values, want, own, name=name, source=source, problems=problems)]
    for together in of_one_field(base, values):
        # Several values for one field, or one patch: whichever needs fewer entries.
        fewer = {parameter: value for parameter, value in values.items() if parameter not in together}
        proven.append(_proven_with(fewer, want, own, name=name, source=source, problems=problems))
    found = [draft for draft in proven if draft is not None]
    if not found:
        raise NotReproduced(problems[-1] if problems else "")
    return min(found, key=_size)


def _proven_with(
    values: Mapping[str, Any],
    want: Wanted,
    own: Sequence[OwnFile],
    *,
    name: str,
    source: str,
    problems: list[str],
) -> ProfileDraft | None:
    """The simplest profile with given values that renders what is wanted; None, with a problem added, if none does."""
    whole: dict[Id, set[str]] = {}
    proven: list[ProfileDraft] = []
    for _ in range(2):
        learned: dict[Id, set[str]] = {}
        for draft in drafts(want, own, name=name, source=source, values=values, whole=whole):
            try:
                for candidate in _complete(draft, want, learned):
                    problem = _differences(candidate, want)
                    if problem:
                        problems.append(problem)
                    elif not candidate.late:
                        return candidate
                    else:
                        proven.append(candidate)
            except ManifestgenError as error:
                problems.append(str(error))
        if not learned:
            break
        whole = learned
    return min(proven, key=_size, default=None)


def _complete(draft: ProfileDraft, want: Wanted, learned: dict[Id, set[str]]) -> Iterator[ProfileDraft]:
    """A draft completed with everything that it lacks, in the forms to try."""
    if all(one.wanted is None for one in draft.own):
        yield from _candidates(draft, want, learned)
        return
    rendered = by_key(_rendered(draft, want, own=True).values())
    for form in own_edits(draft, rendered):
        yield from _candidates(form, want, learned)


def _candidates(draft: ProfileDraft, want: Wanted, learned: dict[Id, set[str]]) -> Iterator[ProfileDraft]:
    """A draft with late patches for what it does not render by itself, in the forms to try.

    Args:
        draft: without late patches.
        want: what must be rendered.
        learned: collects the strings that change in other ways when the documents in them are edited.
    """
    # The labels of the profile are set after its overlays, so a late patch cannot rely on them.
    rendered = _rendered(draft._replace(labels={}), want, own=False)
    late = late_patches(want, rendered, {}, draft.labels)
    yield draft._replace(late=late)
    if not late:
        return
    entered: dict[Id, set[str]] = {}
    for patch in late:
        for step in patch.steps:
            if step.documents:
                entered.setdefault(patch.original, set()).add(step.documents[0][0])
            elif step.operation["op"] == "replace" and "\n" in str(step.operation["value"]):
                learned.setdefault(patch.original, set()).add(step.operation["path"])
    if entered:
        yield draft._replace(late=late_patches(want, rendered, entered, draft.labels))
    # An object gets one patch: if some of it must be late, all of it is.
    touched = {patch.original for patch in late}
    early = tuple(patch for patch in draft.patches if patch.original not in touched or patch.removes)
    if len(early) < len(draft.patches):
        yield from _candidates(draft._replace(patches=early), want, learned)


def _size(draft: ProfileDraft) -> tuple[int, int]:
    """The size of a profile, and how much of it is late patches."""
    patches = (*draft.patches, *draft.late)
    said = (
        len(draft.values)
        + sum(len({step.documents for step in patch.steps}) for patch in patches)
        + len(draft.images.rules)
        + bool(draft.images.registry)
        + bool(draft.labels)
    )
    return said, len(draft.late)


def _differences(draft: ProfileDraft, want: Wanted) -> str:
    """How what a profile renders differs from what is wanted; empty if it does not."""
    rendered = _rendered(draft, want, own=True)
    left, right = [], []
    for pair in want.pairs:
        one = rendered[pair.published.original]
        if comparable(want.found, one) != expected(want.found, pair):
            left.append(one._replace(content=comparable(want.found, one)))
            right.append(one._replace(content=expected(want.found, pair)))
    known = {pair.published.original for pair in want.pairs}
    for own in draft.own:
        known.add(own.resource.id)
        content = own.content
        content = without_server_fields(content) if is_from_a_server(content) else content
        found = rendered.get(own.resource.id)
        if found is None or found.content != content:
            left += [found] if found else []
            right.append(own.resource._replace(content=content))
    # What else the procedure applies is not part of the install: application layer policy adds it.
    install = {NODE, CONFIG, ""}
    left += [one for original, one in rendered.items() if original not in known and one.component in install]
    return compare(left, right, ("rendered", "given")).to_text()


def _rendered(draft: ProfileDraft, want: Wanted, *, own: bool, published: bool = True) -> Rendered:
    """What a profile renders, by the identity of the published objects."""
    # Patches and image rules may concern the other objects, which must then be included.
    part = draft if own or any(one.wanted is not None for one in draft.own) else draft._replace(own=())
    with tempfile.TemporaryDirectory(prefix="manifestgen-") as directory:
        _lay_out(directory, part.files())
        chain = profile_chain(directory)
        overlays = tuple(user_layer(path) for layer in chain for path in layer.overlays)
        settings = resolve_settings(chain, components=list(want.components))._replace(published=published)
        layers = (*chain, *overlays)
        values = resolve_values(chain, [layer_values(layer) for layer in layers if layer.values])
        context = resolve_context(chain, settings)._replace(values=values.given_names)
        request = Request(chain=chain, context=context, components=want.components, values=values, overlays=overlays)
        resources = transform_own_images(assemble(request), settings)
    return {one.original: one for one in resources}


def _lay_out(directory: str, files: Mapping[str, File]) -> None:
    for path, file in files.items():
        full = os.path.join(directory, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8", newline="") as opened:
            opened.write(file.text)


def _corrected(draft: ProfileDraft, want: Wanted) -> tuple[ProfileDraft, tuple[str, ...]]:
    """The profile, and what our fixes of the published manifests change in addition."""
    before = _rendered(draft, want, own=False)
    try:
        after = _rendered(draft, want, own=False, published=False)
    except ManifestgenError:
        # A fix concerns something that was edited: the profile then leaves out the fixes.
        return draft._replace(published=True), ()
    found = []
    for original, one in before.items():
        if original not in after:
            continue
        # What an API server fills in by default does not change the cluster.
        delta = Comparison(one.id.kind, LiveRules()).delta(after[original].content, one.content)
        for change in changes(delta) if delta else ():
            where = " ▸ ".join(pointer.to_text(path) for path in change.name)
            found.append(f"{one.id.short} {where} is {_REVERSED.get(change.kind, change.kind)}")
    return draft, tuple(found)


def _refuse_directory(directory: str, *, force: bool) -> None:
    if os.path.lexists(directory) and not force:
        raise DirectoryExists(directory)


def _write(directory: str, files: Mapping[str, File], *, force: bool) -> None:
    """Write the profile; replace existing files only if an inventory lists them."""
    if os.path.isdir(directory):
        inventory = os.path.join(directory, INVENTORY)
        listed: Collection[str] = ()
        if os.path.isfile(inventory):
            listed = read_inventory(read_file(inventory).encode(), WRITTEN)
        theirs = [path for path in files if path not in listed and os.path.lexists(os.path.join(directory, path))]
        if theirs:
            raise ForeignFiles(directory, theirs, "the directory has files of a profile that adopt did not write")
    write_directory(directory, files, force=force, written=WRITTEN)


def _outcome(
    *,
    directory: str,
    source: InstallSource,
    want: Wanted,
    draft: ProfileDraft,
    corrections: Sequence[str],
    hidden: Sequence[Resource],
) -> Adoption:
    found = want.found
    patches: dict[str, int] = {}
    for patch in (*draft.patches, *draft.late):
        patches[patch.target.short] = patches.get(patch.target.short, 0) + len(patch.steps)
    images: dict[str, Any] = {"registry": draft.images.registry} if draft.images.registry else {}
    for rule in draft.images.rules:
        images[rule["name"]] = ", ".join(f"{key} {value}" for key, value in rule.items() if key != "name")
    files = (*draft.own, *([draft.injector] if draft.injector else ()))
    return Adoption(
        directory=directory,
        profile=draft.extends,
        calico=draft.calico,
        istio=draft.istio,
        distance=found.distance,
        evidence=found.evidence,
        others=tuple(Candidate(one.base.profile, str(one.base.calico), one.distance) for one in found.others),
        values=dict(draft.values),
        patches=patches,
        images=images,
        labels=dict(draft.labels),
        own=tuple(one.path for one in draft.own),
        injector=draft.injector.path if draft.injector else "",
        rewritten={one.path: one.rewritten for one in files if one.rewritten},
        left_out={str(one.resource.id): one.because for one in source.left_out},
        withheld=tuple(str(one.id) for one in (*want.withheld, *hidden)),
        to_fill_in=draft.to_fill_in,
        policy=_policy(want),
        corrections=tuple(corrections),
        refusals=_refusals(directory),
    )


def _policy(want: Wanted) -> tuple[str, ...]:
    """What application layer policy adds to calico-node, if the install does not have it."""
    base = want.found.base
    if want.found.policy or base.prepared is None:
        return ()
    plain = without_policy(base.prepared.content, base.policy)
    delta = Comparison(base.node.id.kind).delta(plain, base.prepared.content)
    added = changes(delta) if delta else ()
    return tuple(f"{base.node.id.short} {pointer.to_text(change.name[0])}" for change in added)


def _refusals(directory: str) -> tuple[str, ...]:
    """Why the profile cannot be rendered as it is, in the first lines of the errors."""
    try:
        render(directory)
    except ManifestgenError as error:
        every = error if isinstance(error, Failures) else [error]
        return tuple(str(one).partition("\n")[0] for one in every)
    return ()
