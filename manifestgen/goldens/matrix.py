"""The matrix of golden trees: which bundles are rendered, and where each tree is."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import is_plain, profile_chain
from manifestgen.catalog.site import PATHS, SITE
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message, nearest
from manifestgen.model.frozen import frozen
from manifestgen.model.location import Location
from manifestgen.yamlio.errors import NoSuchFile
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.typed import (
    FormatError,
    any_string,
    anything,
    boolean,
    choice,
    list_of,
    mapping,
    mapping_of,
    one_document,
    one_or_list_of,
    string,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SECRETS = ("digest", "clear")
"""What a golden tree holds of the values of Secrets: digests by default."""

_WORD_RULE = "use letters, digits, dots, hyphens and underscores; begin with a letter or digit"
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class InvalidMatrix(FormatError):
    """A matrix file does not follow the format."""


class NoMatrix(ManifestgenError):
    """There is no matrix file."""

    def __init__(self, file: str, candidates: Sequence[str]) -> None:
        super().__init__(
            "there is no matrix of golden trees",
            where=Location(file),
            candidates=candidates,
            next_step="write one with manifestgen golden init PROFILE, or name another with --matrix FILE",
        )


class NothingSelected(ManifestgenError):
    """A word selects no tree of the matrix.

    Attributes:
        word: the word that was given.
    """

    def __init__(self, word: str, matrix: Matrix) -> None:
        names = [tree.name for tree in matrix.trees]
        super().__init__(
            f"{word!r} selects no golden tree",
            where=Location(matrix.file),
            candidates=nearest(word, names) or tuple(names[:8]),
            next_step="write a tree's name, a part of it such as kdd or v3.9, or a pattern such as '*/kdd*'",
        )
        self.word = word


@frozen
class Tree:
    """One golden tree.

    Attributes:
        name: `RELEASE/PROFILE` and whatever else distinguishes it; the directory beside the matrix file.
        root: the directory of the matrix file.
        request: the arguments of `manifestgen.render`.
        location: the location of the entry in the matrix file.
        clear_secrets: whether the tree has the values of Secrets instead of digests.
    """

    name: str
    root: str
    request: Mapping[str, Any]
    location: Location
    clear_secrets: bool = False

    @property
    def directory(self) -> str:
        """The directory of the expected files."""
        return os.path.join(self.root, *self.name.split("/"))


@frozen
class Matrix:
    """The content of a matrix file.

    Attributes:
        file: its path.
        trees: the trees, in the order of the file.
    """

    file: str
    trees: tuple[Tree, ...]

    @property
    def root(self) -> str:
        """The directory of the file, which contains the golden trees."""
        return os.path.dirname(self.file)

    def select(self, words: Sequence[str]) -> tuple[Tree, ...]:
        """The trees that some words select; all of them if there are no words.

        Args:
            words: names of trees, whole or in part (between slashes), patterns, or paths of the trees.

        Raises:
            NothingSelected: a word selects no tree.
        """
        chosen = set()
        gathered = ErrorCollector()
        for word in words:
            found = {tree.name for tree in self.trees if self._names(word, tree)}
            if not found:
                gathered.add(NothingSelected(word, self))
            chosen |= found
        gathered.raise_all()
        return tuple(tree for tree in self.trees if not words or tree.name in chosen)

    def _names(self, word: str, tree: Tree) -> bool:
        wanted = word.strip("/")
        path = os.path.abspath(word)
        return (
            f"/{wanted}/" in f"/{tree.name}/"
            or fnmatchcase(tree.name, wanted)
            or f"{os.path.abspath(tree.directory)}{os.sep}".startswith(f"{path}{os.sep}")
        )


def read_matrix(file: str) -> Matrix:
    """The matrix that a file states.

    Raises:
        NoMatrix: there is no such file.
        FormatError, YamlError: with the location of every mistake.
    """
    try:
        text = read_file(file)
    except NoSuchFile as error:
        raise NoMatrix(file, error.candidates) from None
    return parse_matrix(text, file)


def parse_matrix(text: str, file: str) -> Matrix:
    """The matrix that the text of a file states; for the errors see `read_matrix`."""
    ref = SourceRef(SourceFile(file, text))
    body = _MATRIX(one_document(read(text, file), ref, "a matrix file"), ref)
    root = os.path.dirname(file)
    gathered = ErrorCollector()
    trees: list[Tree] = []
    for index, entry in enumerate(body["trees"]):
        with gathered:
            trees += _MatrixEntry(entry, ref.at("trees", index), root).trees()
    gathered.raise_all()
    _refuse_twins(trees)
    return Matrix(file, tuple(trees))


def _word(value: Any, ref: SourceRef) -> str:
    word = string(value, ref)
    if not _WORD.fullmatch(word):
        raise InvalidMatrix(
            "name must be a word that can be in a file name",
            where=ref.location,
            found=as_message(word),
            next_step=_WORD_RULE,
        )
    return word


def _variants(value: Any, ref: SourceRef) -> dict[str, dict[str, Any]]:
    found = mapping_of(mapping_of(anything))(value, ref)
    for name in found:
        if not _WORD.fullmatch(name):
            where = ref.at(name).location
            raise InvalidMatrix(
                "a variant must be a word that can be in a file name",
                where=where,
                found=as_message(name),
                next_step=_WORD_RULE,
            )
    return found


_ENTRY = mapping(
    "an entry of trees",
    required={"profile": one_or_list_of(string)},
    optional={
        **dict.fromkeys(("calico", "istio", "kubernetes"), one_or_list_of(version)),
        "values": mapping_of(anything),
        "variants": _variants,
        **dict.fromkeys(("components", "namespaces", "overlays"), one_or_list_of(string)),
        "published": boolean,
        "name": _word,
        "secrets": choice(*_SECRETS),
        **{member: SITE[member] for member in ("registry", "argo", "allow", "layout")},
        **dict.fromkeys(PATHS, string),
        "labels": mapping_of(any_string),
    },
)
_MATRIX = mapping(
    "the matrix",
    required={
        "apiVersion": choice("manifestgen/v1"),
        "kind": choice("GoldenMatrix"),
        "trees": list_of(_ENTRY, nonempty=True),
    },
)


class _MatrixEntry:
    """One entry of a matrix: the product of its lists of profiles, releases and so on.

    Args:
        entry: as read by `_ENTRY`.
        ref: where it is written.
        root: the directory of the matrix file.
    """

    def __init__(self, entry: Mapping[str, Any], ref: SourceRef, root: str) -> None:
        self._entry = entry
        self._ref = ref
        self._root = root

    def trees(self) -> Iterator[Tree]:
        """The trees that the entry stands for."""
        entry = self._entry
        profiles = entry["profile"]
        if "calico" not in entry and not all(self._release(profile) for profile in profiles):
            raise InvalidMatrix(
                "an entry of trees must name the version of calico",
                where=self._ref.location,
                next_step="name it: a golden tree of the newest release would change with every release",
            )
        versions = [map(str, entry[one]) if one in entry else (None,) for one in ("calico", "istio", "kubernetes")]
        variants = entry.get("variants") or {"": {}}
        common = self._common()
        for profile, calico, istio, kubernetes, variant in product(profiles, *versions, variants):
            release = f"v{calico}" if calico else self._release(profile)  # rendering reads the version of a site itself
            request = {
                **common,
                "calico": calico,
                "istio": istio,
                "kubernetes": kubernetes,
                "profile": self._profile(profile),
                "values": {**entry.get("values", {}), **variants[variant]},
            }
            name = self._name(profile, release, istio, kubernetes, variant)
            yield Tree(
                name=name,
                root=self._root,
                request=request,
                location=self._ref.location,
                clear_secrets=entry.get("secrets") == "clear",
            )

    def _name(self, profile: str, release: str, istio: str | None, kubernetes: str | None, variant: str) -> str:
        parts = [self._title(profile)]
        parts += [f"istio-{istio}"] if istio else []
        parts += [f"kubernetes-{kubernetes}"] if kubernetes else []
        parts += [word for word in (variant, self._entry.get("name", "")) if word]
        return f"{release}/{'-'.join(parts)}"

    def _title(self, profile: str) -> str:
        """What a profile is called in the names of trees: a path to the folder above says no name, its profile does."""
        last = os.path.basename(os.path.normpath(profile))
        if last not in {os.curdir, os.pardir}:
            return last
        return _word(profile_chain(self._profile(profile))[-1].short, self._ref.at("profile"))

    def _profile(self, name: str) -> str:
        """A profile's name, or the path of a user's profile relative to the working directory."""
        if "/" not in name and not name.startswith("."):
            return name
        path = self._path(name)
        return path if os.sep in path else os.path.join(".", path)

    def _path(self, name: str) -> str:
        return os.path.normpath(os.path.join(self._root, name))

    def _release(self, profile: str) -> str:
        """The folder for the Calico version that a profile states; empty if it must state one and does not."""
        chain = profile_chain(self._profile(profile))
        stated = [layer.site["calico"].value for layer in chain if "calico" in layer.site]
        return f"v{stated[-1]}" if stated else "manifests" if is_plain(chain) else ""

    def _common(self) -> dict[str, Any]:
        """The arguments of `render` that all trees of the entry share."""
        entry = self._entry
        return {
            "components": entry.get("components", ()),
            "namespaces": entry.get("namespaces", ()),
            "overlays": tuple(map(self._path, entry.get("overlays", ()))),
            "published": entry.get("published", False),
            **{one: entry[one] for one in ("registry", "argo", "allow", "layout", "labels") if one in entry},
            **{one: self._path(entry[one]) for one in PATHS if one in entry},
        }


def _refuse_twins(trees: Sequence[Tree]) -> None:
    gathered = ErrorCollector()
    first: dict[str, Tree] = {}
    for tree in trees:
        twin = first.setdefault(tree.name, tree)
        if twin is not tree:
            gathered.add(
                InvalidMatrix(
                    f"two entries expect {tree.name}",
                    where=tree.location,
                    found=f"the other at {twin.location}",
                    next_step="give one of them a name",
                )
            )
    gathered.raise_all()
