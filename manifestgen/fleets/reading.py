"""The clusters of a fleet, from a YAML or CSV file.

A mistake that concerns the whole file is raised; one in a cluster's entry is kept with that cluster, so that it
does not stop the others.
"""

from __future__ import annotations

import csv
import io
import os
import re
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.errors import NoSuchProfile
from manifestgen.catalog.loading import PROFILE_FILE, shipped_profiles
from manifestgen.catalog.parameters import ValueSource
from manifestgen.catalog.site import LISTS, PATHS, SITE
from manifestgen.errors import ErrorCollector, ManifestgenError, as_message, nearest
from manifestgen.model.frozen import frozen
from manifestgen.model.location import Location
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.typed import (
    EMPTY,
    FormatError,
    MissingKey,
    any_string,
    anything,
    choice,
    list_of,
    mapping,
    mapping_of,
    one_document,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from manifestgen.errors import Where

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_FLAGS = {"true": True, "false": False}
_PREFIXES = ("values.", "labels.")


class InvalidFleet(ManifestgenError):
    """A file is not a fleet."""


class InvalidCluster(ManifestgenError):
    """The entry of one cluster has a mistake."""


@frozen
class Delivery:
    """Where a GitOps controller finds the rendered fleet.

    Attributes:
        repository: the URL of the Git repository.
        path: the fleet's directory in it.
        revision: the branch, tag or commit.
    """

    repository: str
    path: str
    revision: str = "main"


@frozen
class Cluster:
    """One cluster of a fleet.

    Attributes:
        name: a DNS label; also the name of its directory.
        location: where it is stated.
        request: the arguments of `manifestgen.render`.
        error: the mistake in the entry; None if there is none.
    """

    name: str
    location: Location
    request: Mapping[str, Any] = {}
    error: ManifestgenError | None = None


@frozen
class Fleet:
    """The content of a fleet file.

    Attributes:
        file: its path.
        name: its name.
        clusters: the clusters, in the order of the file.
        delivery: where a GitOps controller finds the result; None if the file does not say.
    """

    file: str
    name: str
    clusters: tuple[Cluster, ...]
    delivery: Delivery | None = None


def read_fleet(file: str) -> Fleet:
    """Read a fleet file: CSV if its name ends in `.csv`, else YAML.

    Raises:
        InvalidFleet, FormatError, YamlError: the file as a whole cannot be used; with the location of every mistake.
    """
    fleet = _from_csv(file) if file.lower().endswith(".csv") else _from_yaml(file)
    _refuse_names(fleet)
    return fleet


def _refuse_names(fleet: Fleet) -> None:
    """Names become directories, and some file systems ignore case."""
    gathered = ErrorCollector()
    if not fleet.clusters:
        gathered.add(
            InvalidFleet(
                "the fleet has no clusters", where=Location(fleet.file), next_step="add one with a name and a profile"
            )
        )
    first: dict[str, Cluster] = {}
    for cluster in fleet.clusters:
        twin = first.setdefault(cluster.name.lower(), cluster)
        if not _LABEL.fullmatch(cluster.name):
            gathered.add(
                InvalidFleet(
                    f"{cluster.name!r} cannot be the name of a cluster",
                    where=cluster.location,
                    next_step="use lower case letters, digits and -, at most 63 characters",
                )
            )
        elif twin is not cluster:
            gathered.add(
                InvalidFleet(
                    f"two clusters are called {cluster.name}",
                    where=cluster.location,
                    found=f"the other at {twin.location}",
                    next_step="give one of them another name",
                )
            )
    gathered.raise_all()


# YAML

_DELIVERY = mapping("delivery", required={"repository": string, "path": string}, optional={"revision": string})
_FLEET = mapping(
    "a fleet",
    required={
        "apiVersion": choice("manifestgen/v1"),
        "kind": choice("Fleet"),
        "metadata": mapping("metadata", required={"name": string}),
        "clusters": list_of(anything, nonempty=True),
    },
    optional={"delivery": _DELIVERY},
)
_ENTRY = mapping(
    "a cluster",
    required={"name": string, "profile": string},
    optional={
        **{member: string if member in PATHS else reader for member, reader in SITE.items()},
        "values": mapping_of(anything),
        "labels": mapping_of(any_string),
        "overlays": list_of(string),
    },
)


def _from_yaml(file: str) -> Fleet:
    text = read_file(file)
    ref = SourceRef(SourceFile(file, text))
    body = _FLEET(one_document(read(text, file), ref, "a fleet file"), ref)
    names = list_of(_name)(body["clusters"] and list(body["clusters"]), ref.at("clusters"))
    clusters = tuple(
        _cluster(name, entry, ref.at("clusters", index))
        for index, (name, entry) in enumerate(zip(names, body["clusters"], strict=True))
    )
    delivery = Delivery(**body["delivery"]) if "delivery" in body else None
    return Fleet(file=file, name=body["metadata"]["name"], clusters=clusters, delivery=delivery)


def _name(entry: Any, ref: SourceRef) -> str:
    """The name of a cluster, which is read before anything else in its entry."""
    if not isinstance(entry, dict) or "name" not in entry:
        raise MissingKey("name", ref.location, "a cluster")
    return string(entry["name"], ref.at("name"))


def _cluster(name: str, entry: Any, ref: SourceRef) -> Cluster:
    location = ref.location
    try:
        members = _ENTRY(entry, ref)
        values = members.pop("values", {})
        request = _request(members, os.path.dirname(ref.source.name), ref.location)
        request["given"] = [ValueSource(values, ref.at("values"), site_wide=True)]
        return Cluster(name, location, request)
    except ManifestgenError as error:
        return Cluster(name, location, error=error)


def _request(entry: Mapping[str, Any], directory: str, where: Where) -> dict[str, Any]:
    """The arguments of `render`; paths are relative to the file that states them."""
    request = {member: value for member, value in entry.items() if member != "name"}
    request["profile"] = _profile(request["profile"], directory, where)
    for member in PATHS:
        if member in request:
            request[member] = os.path.join(directory, request[member])
    if "overlays" in request:
        request["overlays"] = [os.path.join(directory, path) for path in request["overlays"]]
    return request


def _profile(name: str, directory: str, where: Where) -> str:
    """A shipped profile, or the path of a directory beside the fleet file."""
    if name in shipped_profiles():
        return name
    path = os.path.join(directory, name)
    if not os.path.isfile(os.path.join(path, PROFILE_FILE)):
        raise NoSuchProfile(name, shipped_profiles(), where)
    return os.path.join(".", path)


# CSV (RFC 4180)

_COLUMNS = ("name", "profile", *SITE, "overlays")


def _from_csv(file: str) -> Fleet:
    rows = csv.reader(io.StringIO(read_file(file), newline=""), strict=True)
    numbered: list[tuple[int, list[str]]] = []
    try:
        line = 1
        for row in rows:
            if row:
                numbered.append((line, row))
            line = rows.line_num + 1  # a row ends where its last quoted cell does
    except csv.Error as error:
        raise InvalidFleet(
            f"the file is not CSV: {error}",
            where=Location(file, rows.line_num),
            next_step="quote cells with commas, quotes or line breaks, as RFC 4180 says",
        ) from None
    if not numbered:
        raise FormatError(
            "a fleet must begin with a line of column names",
            where=Location(file),
            found=EMPTY,
            next_step="begin with name,profile",
        )
    header = numbered[0][1]
    _refuse_columns(header, file)
    clusters = tuple(_cluster_of_row(header, row, file, line) for line, row in numbered[1:])
    return Fleet(file, os.path.splitext(os.path.basename(file))[0], clusters)


def _refuse_columns(header: list[str], file: str) -> None:
    gathered = ErrorCollector()
    for number, column in enumerate(header):
        where = Location(file, 1)
        if header.index(column) != number:
            gathered.add(
                InvalidFleet(f"two columns are called {column!r}", where=where, next_step="remove one of them")
            )
        elif column not in _COLUMNS and not (column.startswith(_PREFIXES) and column.partition(".")[2]):
            gathered.add(
                InvalidFleet(
                    f"there is no column {column!r}",
                    where=where,
                    candidates=nearest(column, _COLUMNS),
                    next_step="a parameter is in the column values.NAME, a label in labels.NAME",
                )
            )
    for column in ("name", "profile"):
        if column not in header:
            gathered.add(InvalidFleet(f"the column {column} is missing", where=Location(file, 1), next_step="add it"))
    gathered.raise_all()


def _cluster_of_row(header: list[str], row: list[str], file: str, line: int) -> Cluster:
    where = Location(file, line)
    cells = dict(zip(header, row, strict=False))
    try:
        if len(row) != len(header):
            raise InvalidCluster(
                f"the row has {len(row)} cells, and there are {len(header)} columns",
                where=where,
                next_step="quote a cell that holds a comma",
            )
        entry = dict(_members(cells, where))
        values = {column.partition(".")[2]: text for column, text in _of(cells, "values.")}
        request = _request(entry, os.path.dirname(file), where)
        request["given"] = [ValueSource(values, where, as_text=True, site_wide=True)]
        return Cluster(cells["name"], where, request)
    except ManifestgenError as error:
        return Cluster(cells.get("name", ""), where, error=error.placed(where))


def _members(cells: Mapping[str, str], where: Location) -> Iterator[tuple[str, Any]]:
    """The cells that are not empty, parsed: list items are separated by spaces."""
    if not cells["profile"]:
        raise MissingKey("profile", where, "a cluster")
    for column, text in cells.items():
        if not text or column.startswith(_PREFIXES):
            continue
        if column in LISTS or column == "overlays":
            yield column, tuple(text.split())
        elif column in {"argo", "published"}:
            if text not in _FLAGS:
                raise FormatError(
                    f"{column} must be true or false",
                    where=where,
                    found=as_message(text),
                    next_step="write true, false or nothing",
                )
            yield column, _FLAGS[text]
        else:
            yield column, text
    labels = {column.partition(".")[2]: text for column, text in _of(cells, "labels.")}
    if labels:
        yield "labels", labels


def _of(cells: Mapping[str, str], prefix: str) -> Iterable[tuple[str, str]]:
    return ((column, text) for column, text in cells.items() if column.startswith(prefix) and text)
