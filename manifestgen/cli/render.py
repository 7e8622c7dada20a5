"""`manifestgen render`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from manifestgen.api.remembered import remember
from manifestgen.api.settings import LAYOUTS
from manifestgen.cli.again import told
from manifestgen.cli.render_options import COMPOSING, bundle
from manifestgen.cli.spec import FLAG, Argument, Command, Option
from manifestgen.cli.terminal import takes_color
from manifestgen.errors import ErrorCollector, ManifestgenError, counted, visible
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from manifestgen.api import Bundle

STREAM = "-"
FORMATS = ("yaml", "json")


class NoProfile(ManifestgenError):
    """Neither a profile nor --all is given, or both."""

    def __init__(self, what: str) -> None:
        super().__init__(what, next_step="run manifestgen profiles to see them, or say --all")


class NeedsDirectory(ManifestgenError):
    """An option needs an output directory."""

    def __init__(self, what: str) -> None:
        super().__init__(what, next_step="give a directory with -o DIR")


class NeedsStream(ManifestgenError):
    """An option needs a stream."""

    def __init__(self, what: str) -> None:
        super().__init__(what, next_step="leave out -o, or --format")


class SameDirectory(ManifestgenError):
    """Two profiles would be written into the same directory.

    Attributes:
        profiles: both of them.
    """

    def __init__(self, directory: str, profiles: tuple[str, str]) -> None:
        super().__init__(
            "two profiles would be written into the same directory",
            where=Location(directory),
            found=" and ".join(profiles),
            next_step="render them one by one, each with its own -o",
        )
        self.profiles = profiles


def run(arguments: Mapping[str, Any]) -> int:
    """Render and write, or only compare.

    Args:
        arguments: as parsed; `call` is the `again.Call` whose result is to be kept, if there is one.
    """
    profiles = _profiles(arguments)
    output = arguments["output"]
    if output == STREAM and arguments["all"]:
        raise NeedsDirectory("--all renders installs that exclude each other: they cannot be one stream")
    if output == STREAM and arguments["check"]:
        raise NeedsDirectory("--check compares with an output directory, and none is given")
    if output == STREAM and arguments["layout"] not in {None, LAYOUTS[0]}:
        raise NeedsDirectory(f"--layout {arguments['layout']} is of an output directory, and none is given")
    if output != STREAM and arguments["format"] != FORMATS[0]:
        raise NeedsStream(f"--format {arguments['format']} is of a stream: an output directory holds YAML")
    targets = _targets(profiles, output)
    bundles = [(targets[name], one) for name, one in _rendered(profiles, arguments)]
    for finding in dict.fromkeys(finding for _, one in bundles for finding in one.warnings):
        print(visible(f"warning: {finding}", keep="\n"), file=sys.stderr)
    if output == STREAM:
        _stream([one for _, one in bundles], arguments["format"], quiet=arguments["quiet"])
        return 0
    if arguments["check"]:
        return _check(bundles, arguments)
    gathered = ErrorCollector()
    for target, one in bundles:
        with gathered:
            _write(target, one, arguments, notes=len(bundles) == 1)
    gathered.raise_all()
    call = arguments.get("call")
    if call:
        remember(call.words, call.stamped, bundles[0][1], arguments)
    return 0


def _rendered(profiles: Sequence[str], arguments: Mapping[str, Any]) -> list[tuple[str, Bundle]]:
    """The bundle of each profile; several of them with progress."""
    if len(profiles) == 1:
        return [(profiles[0], bundle(profiles[0], arguments))]
    from manifestgen.cli.progress import Progress

    found = []
    with Progress("rendering") as progress:
        for name in profiles:
            found.append((name, bundle(name, arguments)))
            progress(len(found), len(profiles), name)
    return found


def _targets(profiles: tuple[str, ...], output: str) -> dict[str, str]:
    """The directory of each profile: the given one, or subdirectories of it if there are several profiles."""
    if len(profiles) == 1:
        return {profiles[0]: output}
    targets: dict[str, str] = {}
    for name in profiles:
        target = os.path.join(output, os.path.basename(os.path.normpath(name)))
        if target in targets.values() and output != STREAM:
            other = next(first for first, its in targets.items() if its == target)
            raise SameDirectory(target, (other, name))
        targets[name] = target
    return targets


def _write(target: str, one: Bundle, arguments: Mapping[str, Any], *, notes: bool) -> None:
    """Write one directory, and report what was changed."""
    written = one.write(target, layout=arguments["layout"], force=arguments["force"])
    for line in told(target, written, counted(len(one), "resource"), quiet=arguments["quiet"]):
        _say(line)
    if notes and written and not arguments["quiet"]:
        _say_steps(one.remaining_steps(target, arguments["layout"]))


def _say_steps(lines: Sequence[str]) -> None:
    if lines:
        print(*lines, sep="\n", file=sys.stderr)


def _say(line: str) -> None:
    print(visible(line), file=sys.stderr)


def _check(bundles: list[tuple[str, Bundle]], arguments: Mapping[str, Any]) -> int:
    """Print how directories differ from what is rendered."""
    from manifestgen.api.comparison import report_text

    different = False
    for target, one in bundles:
        found = one.check(target, layout=arguments["layout"])
        sys.stdout.write(report_text(found, color=takes_color(sys.stdout)))
        different = different or bool(found)
        if not arguments["quiet"]:
            said = "not what would be rendered" if found else f"{counted(len(one), 'resource')}, as rendered"
            _say(f"{target}: {said}")
    return 1 if different else 0


def _profiles(arguments: Mapping[str, Any]) -> tuple[str, ...]:
    given: tuple[str, ...] = arguments["profile"]
    if arguments["all"] and given:
        raise NoProfile(f"--all and the profile {given[0]!r} exclude each other")
    if arguments["all"]:
        from manifestgen.api.listing import install_profiles, profiles

        return tuple(one.name for one in profiles()) if arguments["calico"] else install_profiles()
    if not given:
        raise NoProfile("no profile is given")
    return given


def _stream(bundles: list[Bundle], form: str, *, quiet: bool) -> None:
    """Print what kubectl applies, and report what is left out and the remaining steps."""
    from manifestgen.api import Bundle

    applied = Bundle(resource for one in bundles for resource in one.applied())
    ids = [resource.id for resource in applied]
    twins = [identity for identity in dict.fromkeys(ids) if ids.count(identity) > 1] if len(bundles) > 1 else []
    if twins:
        raise NeedsDirectory(
            f"the profiles have {twins[0]} in common: they exclude each other, and cannot be one stream"
        )
    sys.stdout.write(applied.to_json() if form == "json" else applied.to_yaml())
    if len(applied) < sum(len(one) for one in bundles):
        left = ", ".join(dict.fromkeys(path for one in bundles for path in one.extra_files()))
        print(f"not in the stream, for kubectl must not apply it: {left}; -o DIR writes it", file=sys.stderr)
    if not quiet:
        _say_steps(bundles[0].remaining_steps())


COMMAND = Command(
    run,
    (Argument("profile", required=False, many=True),),
    (
        Option(("--all",), "Render every shipped profile; the profile operator only with --calico.", FLAG),
        Option(("-o", "--output"), "Directory to write; - for a stream on stdout.", metavar="DIR", default=STREAM),
        *COMPOSING,
        Option(
            ("--layout",),
            "Layout of the directory: a kustomization and resources/, only the files, or a base and JSON6902 patches.",
            choices=LAYOUTS,
            without="the layout that the profile says, or kustomize",
        ),
        Option(("--format",), "Format of the stream.", choices=FORMATS, default=FORMATS[0]),
        Option(
            ("--check",),
            "Write nothing; print how the directory differs from what would be rendered. Exit status 1 if it does.",
            FLAG,
        ),
        Option(("--quiet",), "Print warnings only: no summary and no remaining steps.", FLAG),
        Option(
            ("--force",),
            "Overwrite files that manifestgen did not write or that were changed since, in any directory.",
            FLAG,
        ),
    ),
    details="PROFILE is the name of a shipped profile or the directory of your own. Several profiles are written to "
    "one sub-directory each.",
    examples=(
        "render kdd --calico 3.32 -o out",
        "render kdd --calico 3.32 -o out --check",
        "render kdd --set pod_cidr=10.0.0.0/16 | kubectl apply -f -",
        "render ./site --overlay prod --kubernetes 1.35 -o out",
        "render kdd --values - -o out < values.yaml",
    ),
)
