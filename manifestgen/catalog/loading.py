"""Reading layers from disk: shipped ones by name, a user's by directory. The edge where files are read."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.document_cache import DocumentCache
from manifestgen.catalog.errors import (
    DataNotUnpacked,
    EscapingPath,
    ExtendsCycle,
    InvalidProfile,
    MissingFile,
    NoSuchProfile,
    UnusedFile,
)
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message
from manifestgen.model.location import Location
from manifestgen.patch.select import fits
from manifestgen.yamlio.locations import SourceFile, SourceRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.catalog.model import Layer
    from manifestgen.errors import Where

PROFILE_FILE = "profile.yaml"
_APART = (PROFILE_FILE, "manifestgen.inventory")
"""Files that make a folder inside a layer's directory something of its own."""

MATRIX_FILE = "matrix.yaml"
"""A matrix of golden trees; its folder is no part of a layer either."""
_SOME = 1 << 16

_DATA_ROOT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "profiles")
RULES_FILE = "parameters/rules.yaml"


def data_root() -> str:
    """The directory of the shipped profiles, inside the package (in a checkout, a link to `profiles/`)."""
    return _DATA_ROOT


def shipped_files(folder: str) -> tuple[str, ...]:
    """The names of the shipped files in a folder below `data_root()`, sorted.

    Raises:
        DataNotUnpacked: the profiles are missing as files.
    """
    try:
        return tuple(sorted(os.listdir(os.path.join(_DATA_ROOT, folder))))
    except OSError:
        if os.path.isdir(_DATA_ROOT):
            raise
        raise DataNotUnpacked(_DATA_ROOT) from None


def catalog_index() -> Mapping[str, Any]:
    """The content of `profiles/catalog.yaml`: profiles, components, the order of kinds."""
    found: Mapping[str, Any] = shipped_documents("catalog.yaml")[0][0]
    return found


def components_of(profiles: Sequence[str]) -> tuple[str, ...]:
    """The components that a profile has.

    Args:
        profiles: the profile's name and those that it extends.
    """
    return tuple(
        name
        for name, about in catalog_index()["components"].items()
        if any(fits(about.get("profile", ".*"), profile) for profile in profiles)
    )


def default_components(profiles: Sequence[str]) -> tuple[str, ...]:
    """The components that the installation procedure of a release applies."""
    return tuple(name for name in components_of(profiles) if catalog_index()["components"][name]["default"])


def shipped_profiles() -> tuple[str, ...]:
    """The names of the shipped profiles that can be rendered."""
    return tuple(catalog_index()["profiles"])


def install_profiles() -> tuple[str, ...]:
    """The profiles for installs whose version we choose; the others require the version to be stated."""
    return tuple(name for name in shipped_profiles() if name not in catalog_index()["statedVersion"])


@cache
def shipped_documents(path: str) -> tuple[list[Any], SourceFile]:
    """The documents of a shipped file, which must not be changed, and its source.

    Args:
        path: relative to `data_root()`, with `/`.
    """
    return _shipped().documents(path), SourceFile(f"profiles/{path}", partial(_shipped_text, path))


def fingerprint() -> bytes:
    """A hash of the current shipped data."""
    return _shipped().fingerprint()


@cache
def _shipped() -> DocumentCache:
    return DocumentCache(_DATA_ROOT, _parse, apart=("authz",))


def _parse(full: str) -> list[Any]:
    """The documents of a shipped file, checked against its format."""
    from manifestgen.catalog.formats import judge  # cached data was checked before

    path = os.path.relpath(full, _DATA_ROOT).replace(os.sep, "/")
    documents, source = _read(path)
    judge(path, documents, source, lambda name, _: _each(f"{os.path.dirname(path)}/{name}"))
    return documents


def _each(path: str) -> list[tuple[Any, SourceRef]]:
    documents, source = _read(path)
    return [(document, SourceRef(source, (), index)) for index, document in enumerate(documents)]


def _read(path: str) -> tuple[list[Any], SourceFile]:
    from manifestgen.yamlio.reader import read  # imported lazily: the parser is slow to import

    text = _text(os.path.join(_DATA_ROOT, path))
    source = SourceFile(f"profiles/{path}", lambda: text)
    return read(text, source.name), source


def _shipped_text(path: str) -> str:
    return _text(os.path.join(_DATA_ROOT, path))


def _text(path: str) -> str:
    from manifestgen.yamlio.files import read_file  # imported lazily: a render of shipped data reads no text

    try:
        return read_file(path)
    except ManifestgenError:
        if os.path.isdir(_DATA_ROOT):
            raise
        raise DataNotUnpacked(_DATA_ROOT) from None


@cache
def shipped_layer(path: str) -> Layer:
    """A shipped layer by the path of its file relative to `data_root()`."""
    documents, source = shipped_documents(path)
    directory = os.path.dirname(path)

    def files(name: str, ref: SourceRef) -> list[tuple[Any, SourceRef]]:
        del ref
        below, of = shipped_documents(f"{directory}/{name}")
        return [(document, SourceRef(of, (), index)) for index, document in enumerate(below)]

    from manifestgen.catalog.schema import read_layer  # imported lazily: many results come from the cache

    return read_layer(documents[0], SourceRef(source), directory, files)


def shipped_rules() -> tuple[Any, SourceRef]:
    """The rules about how values of parameters must relate to each other, as written, and their source reference."""
    documents, source = shipped_documents(RULES_FILE)
    return documents[0]["rules"], SourceRef(source, ("rules",))


def profile_chain(name: str, where: Where | None = None) -> tuple[Layer, ...]:
    """A profile and those that it extends, the most basic first.

    Args:
        name: a shipped profile, or a directory that holds a profile.yaml.
        where: the location that refers to it, for the error.

    Raises:
        NoSuchProfile, ExtendsCycle, InvalidProfile, or a YAML error.
    """
    if not name:
        raise NoSuchProfile(name, shipped_profiles(), where)
    chain: list[Layer] = []
    seen: list[str] = []
    base = ""
    while name:
        if name in shipped_profiles():
            chain.append(shipped_layer(f"{name}/{PROFILE_FILE}"))
        else:
            path = os.path.normpath(os.path.join(base, name))
            if chain and _is_manifests(path):
                from manifestgen.catalog.manifests import manifests_layer  # imported lazily: few profiles extend such

                chain.append(manifests_layer(path))
                break
            if not (os.path.isdir(path) and _is_path(name, base)):
                raise NoSuchProfile(name, shipped_profiles(), where)
            real = os.path.realpath(path)
            if real in seen:
                raise ExtendsCycle([*seen[seen.index(real) :], real], where)
            seen.append(real)
            chain.append(user_layer(path))
            base = path
        where = chain[-1].ref.at("extends").location if chain[-1].extends else None
        name = chain[-1].extends
    return tuple(reversed(chain))


def is_plain(chain: Sequence[Layer]) -> bool:
    """Whether a profile extends plain manifests, about which nothing is known."""
    return chain[0].is_manifests


def _is_manifests(path: str) -> bool:
    """Whether the path that a profile extends leads to plain manifests."""
    return os.path.isfile(path) or (os.path.isdir(path) and not os.path.isfile(os.path.join(path, PROFILE_FILE)))


def _is_path(name: str, base: str) -> bool:
    """On the command line a bare word is a profile's name; inside a profile it can be a directory beside it."""
    return bool(base) or os.sep in name or name in {".", ".."} or os.path.isfile(os.path.join(name, PROFILE_FILE))


def user_layer(directory: str) -> Layer:
    """A user's profile or overlay: reads every file that it refers to and refuses any other file in its directory.

    Raises:
        InvalidProfile, EscapingPath, UnusedFile, YAML errors: with their locations, all together where possible.
    """
    from manifestgen.yamlio.files import read_file
    from manifestgen.yamlio.reader import read  # imported lazily: the parser is slow to import
    from manifestgen.yamlio.typed import one_document

    path = os.path.join(directory, PROFILE_FILE)
    if not os.path.isdir(directory):
        raise InvalidProfile(
            "is not a directory" if os.path.exists(directory) else "there is no such directory",
            where=Location(directory or "''"),
            next_step=f"give a directory that holds a {PROFILE_FILE}",
        )
    _refuse_outside(directory, path)
    text = read_file(path)
    ref = SourceRef(SourceFile(path, text))
    layer, used = _own_layer(one_document(read(text, path), ref, "a profile"), ref, directory)
    _refuse_unused(directory, {os.path.realpath(path), *used})
    return layer


def layer_from(document: Any, ref: SourceRef, directory: str) -> Layer:
    """A user's profile or overlay whose document was read elsewhere, such as from the input of a KRM function.

    Args:
        document: the content of a profile.yaml.
        ref: the reference of its top level.
        directory: what its paths are relative to; other files there are ignored.

    Raises:
        InvalidProfile, EscapingPath, YAML errors: with their locations, all together where possible.
    """
    return _own_layer(document, ref, directory)[0]


def _own_layer(document: Any, ref: SourceRef, directory: str) -> tuple[Layer, set[str]]:
    """A user's layer, and the real paths of the files that it refers to."""
    from manifestgen.catalog.manifests import reached
    from manifestgen.catalog.schema import read_layer
    from manifestgen.catalog.site import PATHS
    from manifestgen.yamlio.files import read_file
    from manifestgen.yamlio.reader import read  # imported lazily: the parser is slow to import

    used: set[str] = set()

    def files(name: str, ref: SourceRef) -> list[tuple[Any, SourceRef]]:
        found = inside(directory, name, ref)
        used.add(os.path.realpath(found))
        below = read_file(found)
        of = SourceFile(found, below)
        documents = [(document, SourceRef(of, (), index)) for index, document in enumerate(read(below, found))]
        if not documents:
            from manifestgen.yamlio.typed import EMPTY, FormatError

            raise FormatError(
                "a patch is a list of operations",
                where=Location(found),
                found=EMPTY,
                next_step="write the operations, or leave out the patch",
            )
        return documents

    layer = read_layer(document, ref, directory, files)
    gathered = ErrorCollector()
    for entry in layer.resources:
        with gathered:
            used.add(os.path.realpath(inside(directory, entry.path, entry.ref)))
    gathered.raise_all()
    used |= {os.path.realpath(layer.site[member].value) for member in PATHS if member in layer.site}
    base = os.path.join(directory, layer.extends)
    if layer.extends and layer.extends not in shipped_profiles() and _is_manifests(base):
        used |= {os.path.realpath(os.path.join(parent, name)) for parent, _, names in os.walk(base) for name in names}
        used.add(os.path.realpath(base))
    used |= {os.path.realpath(path) for path in reached(directory)}
    return layer, used


def inside(directory: str, name: str, ref: SourceRef) -> str:
    """The path of a file that a layer refers to, which must be inside the layer's directory.

    Raises:
        EscapingPath: it leads out of it by `..`, an absolute path or a symbolic link.
    """
    path = os.path.join(directory, name)
    if "\0" in name:
        raise InvalidProfile(
            "a path cannot hold the character NUL",
            where=ref.location,
            found=as_message(name),
            next_step="correct the path",
        )
    if os.path.isabs(name) or not _is_inside(directory, path):
        raise EscapingPath(name, ref.location, os.path.realpath(path))
    if not os.path.lexists(path):
        raise MissingFile(name, ref.location, _names_below(directory))
    return path


def _names_below(directory: str) -> list[str]:
    """The data files of a layer, as it refers to them."""
    from manifestgen.catalog.manifests import DATA_SUFFIXES

    return [
        os.path.relpath(os.path.join(parent, name), directory)
        for parent, _, names in os.walk(directory)
        for name in sorted(names)
        if name.endswith(DATA_SUFFIXES) and name != PROFILE_FILE
    ]


def _is_inside(directory: str, path: str) -> bool:
    return os.path.realpath(path).startswith(os.path.realpath(directory) + os.sep)


def _refuse_outside(directory: str, path: str) -> None:
    """Refuse a profile.yaml that links to a file elsewhere: errors would quote a file that is not the layer's."""
    if os.path.islink(path) and not _is_inside(directory, path):
        raise EscapingPath(PROFILE_FILE, Location(path), os.path.realpath(path))


def _is_apart(folder: str) -> bool:
    """Whether a folder is another layer, output with its inventory, or the golden trees of a matrix."""
    if any(os.path.exists(os.path.join(folder, name)) for name in _APART):
        return True
    matrix = os.path.join(folder, MATRIX_FILE)
    if not os.path.isfile(matrix):
        return False
    with open(matrix, "rb") as opened:
        return any(line.rstrip() == b"kind: GoldenMatrix" for line in opened.readlines(_SOME))


def _refuse_unused(directory: str, used: set[str]) -> None:
    from manifestgen.catalog.manifests import DATA_SUFFIXES

    gathered = ErrorCollector()
    for parent, folders, files in os.walk(directory):
        folders[:] = sorted(folder for folder in folders if not _is_apart(os.path.join(parent, folder)))
        for name in sorted(files):
            path = os.path.join(parent, name)
            if name.endswith(DATA_SUFFIXES) and os.path.realpath(path) not in used:
                gathered.add(UnusedFile(path))
    gathered.raise_all()
