"""Candidates for a word on the command line, for shell completion."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from manifestgen.errors import ManifestgenError
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping


class Completion(Record):
    """A word that completes a call.

    Attributes:
        value: the word; empty if the shell offers file names.
        help: one line, shown by zsh and fish.
        kind: `plain`; `part` for a word that goes on; `file` or `dir` to let the shell complete the names of files or
            directories.
    """

    value: str
    help: str = ""
    kind: str = "plain"


PROFILE_FILE = "profile.yaml"
FILE, DIRECTORY = Completion("", kind="file"), Completion("", kind="dir")


def candidates(
    command: str, parameter: str, metavar: str, given: Mapping[str, Any], incomplete: str = ""
) -> list[Completion]:
    """The words that are possible for a parameter of a command.

    Args:
        command: its name, such as `golden check`.
        parameter: an option such as `--calico`, or the name of an argument such as `profile`.
        metavar: the name of an option's value in help.
        given: the values of earlier parameters, by name.
        incomplete: what is written of the word.

    Returns:
        Candidates in a fixed order; empty if anything is possible. A mistake in earlier parameters completes
        nothing: it is reported when the command is run.
    """
    found: list[Completion] = []
    with suppress(ManifestgenError):
        if parameter in _BY_PARAMETER:
            found = list(_BY_PARAMETER[parameter](given))
            found += _directories(incomplete, {one.value for one in found}) if parameter == "profile" else []
        elif (command, parameter) == ("help", "command"):
            found = list(_commands(given))
        elif metavar.startswith("DIR"):
            found = [DIRECTORY]
        elif metavar.startswith("FILE") or (command, parameter) in _FILES:
            found = [FILE]
    return found


_FILES = {
    *(("diff", "left"), ("diff", "right"), ("inject", "file"), ("validate", "source"), ("fleet", "file")),
    *(("adopt", "source"), ("patch", "overlay")),
}


def _profiles(_: Mapping[str, Any]) -> Iterable[Completion]:
    from manifestgen.api import profiles

    return (Completion(one.name, one.summary) for one in profiles())


def _directories(incomplete: str, shipped: Collection[str]) -> Iterator[Completion]:
    """Directories with a profile; of the others those that are being named, which may have some in them."""
    folder, _, _ = incomplete.rpartition("/")
    prefix = f"{folder}/" if "/" in incomplete else ""
    try:
        entries = sorted(os.scandir(os.path.expanduser(prefix) or "."), key=lambda one: one.name)
    except OSError:
        return
    for entry in entries:
        name = f"{prefix}{entry.name}"
        if not name.startswith(incomplete) or not entry.is_dir() or entry.name.startswith("."):
            continue
        if not name.isprintable():  # a line break would begin another candidate
            continue
        if os.path.isfile(os.path.join(entry.path, PROFILE_FILE)):
            yield Completion(f"./{name}" if name in shipped else name, "a profile of your own")
        elif incomplete:
            yield Completion(f"{name}/", kind="part")


def _commands(given: Mapping[str, Any]) -> Iterator[Completion]:
    from manifestgen.cli.registry import COMMANDS

    prefix = "".join(f"{word} " for word in given.get("command") or ())
    for name, entry in COMMANDS.items():
        if name.startswith(prefix) and " " not in name[len(prefix) :]:
            yield Completion(name[len(prefix) :], entry.summary)


def _releases(product: str) -> Callable[[Mapping[str, Any]], Iterator[Completion]]:
    def versions(_: Mapping[str, Any]) -> Iterator[Completion]:
        from manifestgen.api import releases

        return (Completion(one.name.removeprefix("v"), one.summary) for one in reversed(releases(product)))

    return versions


def _components(_: Mapping[str, Any]) -> Iterator[Completion]:
    from manifestgen.api import components

    return (Completion(one.name, one.summary) for one in components())


def _parameters(given: Mapping[str, Any]) -> Iterator[Completion]:
    from manifestgen.api import parameters

    profile = given.get("profile")
    if isinstance(profile, tuple):
        profile = profile[0] if profile else None
    for one in parameters(profile or "kdd", calico=given.get("calico"), istio=given.get("istio")):
        row = one.as_json()
        yield Completion(f"{row['name']}=", row["help"], kind="part")


def _rules(_: Mapping[str, Any]) -> Iterator[Completion]:
    from manifestgen.api.compatibility import rule_codes

    return (Completion(code) for code in rule_codes())


def _objects(given: Mapping[str, Any]) -> Iterator[Completion]:
    from manifestgen.cli.render_options import bundle

    return (Completion(resource.id.short) for resource in bundle(given["profile"], given))


def _trees(given: Mapping[str, Any]) -> Iterator[Completion]:
    from manifestgen.api.golden_trees import MATRIX, tree_names

    return (Completion(name) for name in tree_names(given.get("matrix") or MATRIX))


def _shells(_: Mapping[str, Any]) -> Iterable[Completion]:
    return (Completion(shell) for shell in ("bash", "zsh", "fish"))


_BY_PARAMETER: Mapping[str, Callable[[Mapping[str, Any]], Iterable[Completion]]] = {
    "profile": _profiles,
    "object": _objects,
    "selection": _trees,
    "shell": _shells,
    "--calico": _releases("Calico"),
    "--istio": _releases("Istio"),
    "--kubernetes": _releases("Kubernetes"),
    "--to": _releases("Calico"),
    "--from": _releases("Calico"),
    "--to-istio": _releases("Istio"),
    "--from-istio": _releases("Istio"),
    "--to-kubernetes": _releases("Kubernetes"),
    "--from-kubernetes": _releases("Kubernetes"),
    "--component": _components,
    "--set": _parameters,
    "--allow": _rules,
}
