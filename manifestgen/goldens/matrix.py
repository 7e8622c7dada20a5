"""The matrix of golden trees: which bundles are rendered, and where each is expected."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING, Any

from attrs import frozen

from manifestgen.catalog.errors import UnknownKey
from manifestgen.catalog.loading import profile_chain
from manifestgen.catalog.site import PATHS, SITE
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message, nearest
from manifestgen.model.version import VersionSyntaxError, parse
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.typed import any_string, mapping_of, string

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from manifestgen.errors import Where

_HEADER = {"apiVersion": "manifestgen/v1", "kind": "GoldenMatrix"}
_SECRETS = ("digest", "clear")
"""What a golden tree holds of the values of Secrets: digests by default."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class InvalidMatrix(ManifestgenError):
    """A matrix file does not keep the format."""


class NothingSelected(ManifestgenError):
    """A word selects no tree of the matrix.

    Attributes:
        word: what was asked for.
    """

    def __init__(self, word: str, matrix: Matrix) -> None:
        names = [tree.name for tree in matrix.trees]
        super().__init__(
            f"{word!r} selects no golden tree",
            where=matrix.file,
            candidates=nearest(word, names) or tuple(names[:8]),
            next_step="write a tree's name, a part of it such as kdd or v3.9, or a pattern such as '*/kdd*'",
        )
        self.word = word


@frozen
class Tree:
    """One golden tree.

    Attributes:
        name: `RELEASE/PROFILE`, with what else tells it apart; the directory beside the matrix file.
        root: the directory of the matrix file.
        request: the arguments of `manifestgen.render`.
        location: of the entry in the matrix file.
        clear_secrets: whether the tree holds the values of Secrets, and not digests of them.
    """

    name: str
    root: str
    request: Mapping[str, Any]
    location: str
    clear_secrets: bool = False

    @property
    def directory(self) -> str:
        """Where the expected files are."""
        return os.path.join(self.root, *self.name.split("/"))


@frozen
class Matrix:
    """What a matrix file asks for.

    Attributes:
        file: its path.
        trees: in the order of the file.
    """

    file: str
    trees: tuple[Tree, ...]

    @property
    def root(self) -> str:
        """The directory of the file, which the golden trees are in."""
        return os.path.dirname(self.file)

    def select(self, words: Sequence[str]) -> tuple[Tree, ...]:
        """The trees that any of some words names; all of them for no word.

        Args:
            words: names of trees, whole or some of their parts between slashes, patterns, or paths to the trees.

        Raises:
            NothingSelected: a word names none.
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
        InvalidMatrix, UnknownKey, YamlError: with every mistake at its place.
    """
    text = read_file(file)
    documents = read(text, file)
    ref = SourceRef(SourceFile(file, text))
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise InvalidMatrix("a matrix file holds one mapping", where=file, next_step=_header_help())
    body = documents[0]
    gathered = ErrorCollector()
    for key, value in _HEADER.items():
        if body.get(key) != value:
            gathered.add(
                InvalidMatrix(f"{key} is not {value}", where=ref.at(key).location, found=as_message(body.get(key)))
            )
    for key in body:
        if key not in {*_HEADER, "trees"}:
            gathered.add(UnknownKey(key, (*_HEADER, "trees"), ref.at(key).location, "the matrix"))
    trees: list[Tree] = []
    entries = body.get("trees")
    if not isinstance(entries, list) or not entries:
        gathered.add(InvalidMatrix("trees is not a list of entries", where=ref.at("trees").location))
        entries = []
    for index, entry in enumerate(entries):
        with gathered:
            trees += _Entry(entry, ref.at("trees", index), os.path.dirname(file)).trees()
    gathered.raise_all()
    _refuse_twins(trees)
    return Matrix(file, tuple(trees))


def _header_help() -> str:
    return "begin with " + ", ".join(f"{key}: {value}" for key, value in _HEADER.items()) + " and list trees"


class _Entry:
    """One entry of a matrix: lists of a profile, a release and so on are multiplied."""

    _MEMBERS = (
        *("profile", "calico", "istio", "kubernetes"),
        *("values", "variants", "components", "namespaces", "overlays", "published", "name", "secrets"),
        *("registry", "pins", "argo", "allow", "injector", "layout", "labels"),
    )

    def __init__(self, written: Any, ref: SourceRef, root: str) -> None:
        if not isinstance(written, dict):
            raise InvalidMatrix("an entry of trees is a mapping", where=ref.location, found=as_message(written))
        gathered = ErrorCollector()
        for member in written:
            if member not in self._MEMBERS:
                gathered.add(UnknownKey(member, self._MEMBERS, ref.at(member).location, "an entry of trees"))
        gathered.raise_all()
        self._written = written
        self._anchor = ref
        self._root = root

    def trees(self) -> Iterator[Tree]:
        """The trees that the entry stands for."""
        gathered = ErrorCollector()
        axes: list[Sequence[Any]] = [(), (), (None,), (None,), ("",)]
        common: dict[str, Any] = {}
        with gathered:
            axes[0] = self._texts("profile")
        for number, member in enumerate(("calico", "istio", "kubernetes"), 1):
            if member in self._written:
                with gathered:
                    axes[number] = self._versions(member)
        if "calico" not in self._written:
            with gathered:
                axes[1] = self._site_versions(axes[0])
        with gathered:
            axes[4] = self._variants()
        with gathered:
            common = self._common()
        with gathered:
            clear_secrets = self._clear_secrets()
        gathered.raise_all()
        for profile, calico, istio, kubernetes, variant in product(*axes):
            versions = {"calico": calico, "istio": istio, "kubernetes": kubernetes}
            if calico is None:
                calico = self._site_version(profile)  # noqa: PLW2901 - for the name; the render reads it itself
            values = {**common["values"], **self._written.get("variants", {}).get(variant, {})}
            request = {**common, **versions, "profile": self._profile(profile), "values": values}
            name = self._name(profile, calico, istio, kubernetes, variant)
            yield Tree(name, self._root, request, str(self._anchor.location), clear_secrets)

    def _name(self, profile: str, calico: str, istio: str | None, kubernetes: str | None, variant: str) -> str:
        parts = [os.path.basename(os.path.normpath(profile))]
        parts += [f"istio-{istio}"] if istio else []
        parts += [f"kubernetes-{kubernetes}"] if kubernetes else []
        parts += [word for word in (variant, self._written.get("name", "")) if word]
        return f"v{calico}/{'-'.join(parts)}"

    def _profile(self, name: str) -> str:
        """A profile's name, or the path of a user's own from here."""
        if "/" not in name and not name.startswith("."):
            return name
        path = self._path(name)
        return path if os.sep in path else os.path.join(".", path)

    def _path(self, name: str) -> str:
        return os.path.normpath(os.path.join(self._root, name))

    def _texts(self, member: str) -> list[str]:
        written = self._written.get(member, [])
        texts = written if isinstance(written, list) else [written]
        if not texts or not all(isinstance(text, str) and text for text in texts):
            raise InvalidMatrix(
                f"{member} is a word, or a list of words", where=self._at(member), found=as_message(written)
            )
        return texts

    def _versions(self, member: str) -> list[str]:
        written = self._written.get(member, [])
        found = []
        for text in written if isinstance(written, list) else [written]:
            if not isinstance(text, str):
                raise InvalidMatrix(
                    f"{member} is a version in quotes or with a v, or a list of them",
                    where=self._at(member),
                    found=as_message(text),
                    next_step='write v3.10 or "3.10": a bare 3.10 is the number 3.1',
                )
            try:
                found.append(str(parse(text)))
            except VersionSyntaxError:
                raise VersionSyntaxError(text, "version", self._at(member)) from None
        if not found:
            raise InvalidMatrix(
                f"{member} names no version",
                where=self._at(member),
                next_step="name it: a golden tree of the newest release would change with every release",
            )
        return found

    def _site_versions(self, profiles: Sequence[str]) -> Sequence[str | None]:
        """No version where every profile is a site that says its own."""
        if not all(self._site_version(profile) for profile in profiles):
            self._versions("calico")
        return (None,)

    def _site_version(self, profile: str) -> str:
        """The Calico version that a profile states; empty where it states none."""
        stated = [
            layer.site["calico"].value for layer in profile_chain(self._profile(profile)) if "calico" in layer.site
        ]
        return str(stated[-1]) if stated else ""

    def _variants(self) -> list[str]:
        written = self._mapping("variants")
        for name, values in written.items():
            if not _WORD.fullmatch(name) or not isinstance(values, dict):
                raise InvalidMatrix(
                    "variants names sets of parameter values",
                    where=self._at("variants"),
                    found=as_message({name: values}),
                )
        return list(written) or [""]

    def _mapping(self, member: str) -> dict[str, Any]:
        written = self._written.get(member, {})
        if not isinstance(written, dict):
            raise InvalidMatrix(f"{member} is a mapping", where=self._at(member), found=as_message(written))
        return written

    def _common(self) -> dict[str, Any]:
        """What every tree of the entry has in common, as arguments of `render`."""
        published, name = self._written.get("published", False), self._written.get("name", "x")
        if not isinstance(published, bool):
            raise InvalidMatrix("published is true or false", where=self._at("published"), found=as_message(published))
        if not isinstance(name, str) or not _WORD.fullmatch(name):
            raise InvalidMatrix(
                "name is a word that can be in a file name", where=self._at("name"), found=as_message(name)
            )
        overlays, components, namespaces = (
            self._texts(member) if member in self._written else []
            for member in ("overlays", "components", "namespaces")
        )
        return {
            "values": self._mapping("values"),
            "components": tuple(components),
            "namespaces": tuple(namespaces),
            "overlays": tuple(map(self._path, overlays)),
            "published": published,
            **self._settings(),
        }

    def _settings(self) -> dict[str, Any]:
        """The members that a site has too, as arguments of `render`."""
        found = {
            member: SITE[member](self._written[member], self._anchor.at(member))
            for member in ("registry", "argo", "allow", "layout")
            if member in self._written
        }
        for member in PATHS:
            if member in self._written:
                found[member] = self._path(string(self._written[member], self._anchor.at(member)))
        if "labels" in self._written:
            found["labels"] = mapping_of(any_string)(self._written["labels"], self._anchor.at("labels"))
        return found

    def _clear_secrets(self) -> bool:
        written = self._written.get("secrets", _SECRETS[0])
        if written not in _SECRETS:
            raise InvalidMatrix(
                f"secrets is {' or '.join(_SECRETS)}",
                where=self._at("secrets"),
                found=as_message(written),
                next_step="leave it out: Git then has digests of the values of Secrets, and not the values",
            )
        return bool(written == "clear")

    def _at(self, member: str) -> Where:
        return self._anchor.at(member).location


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
