"""`manifestgen render`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from manifestgen.cli.render_options import COMPOSING, bundle
from manifestgen.cli.spec import FLAG, Argument, Command, Option
from manifestgen.emit import LAYOUTS
from manifestgen.errors import ManifestgenError, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from manifestgen.api import Bundle

STREAM = "-"


class NoProfile(ManifestgenError):
    """Neither a profile nor --all is given, or both."""

    def __init__(self, what: str) -> None:
        super().__init__(what, next_step="run manifestgen profiles to see them, or say --all")


def run(arguments: Mapping[str, Any]) -> int:
    """Render and write."""
    profiles = _profiles(arguments)
    bundles = [(name, bundle(name, arguments)) for name in profiles]
    output = arguments["output"]
    for finding in dict.fromkeys(finding for _, one in bundles for finding in one.warnings):
        print(visible(f"warning: {finding}", keep="\n"), file=sys.stderr)
    if output == STREAM:
        _stream([one for _, one in bundles], arguments["format"])
        _remaining(bundles[0][1], "")
        return 0
    for name, one in bundles:
        target = output if len(bundles) == 1 else os.path.join(output, os.path.basename(os.path.normpath(name)))
        changed = one.write(target, layout=arguments["layout"], force=arguments["force"])
        print(visible(f"{target}: {len(one)} resources{'' if changed else ', unchanged'}"), file=sys.stderr)
        if len(bundles) == 1 and changed:
            _remaining(one, target)
    return 0


def _remaining(one: Bundle, directory: str) -> None:
    """Say what remains to be done; with several directories their NOTES.md do."""
    from manifestgen.emit.notes import short

    if one.context:
        print(*short(one.context, one.resources, one.istio_files, directory), sep="\n", file=sys.stderr)


def _profiles(arguments: Mapping[str, Any]) -> tuple[str, ...]:
    given: tuple[str, ...] = arguments["profile"]
    if arguments["all"] and given:
        raise NoProfile(f"--all and the profile {given[0]!r} exclude each other")
    if arguments["all"]:
        from manifestgen.catalog.loading import shipped_profiles

        return shipped_profiles()
    if not given:
        raise NoProfile("no profile is given")
    return given


def _stream(bundles: list[Bundle], form: str) -> None:
    """Print what kubectl applies, and say what that leaves out."""
    from manifestgen.api import Bundle

    applied = Bundle(resource for one in bundles for resource in one.applied())
    sys.stdout.write(applied.to_json() if form == "json" else applied.to_yaml())
    if len(applied) < sum(len(one) for one in bundles):
        left = ", ".join(dict.fromkeys(path for one in bundles for path in one.extra_files()))
        print(f"not in the stream, for kubectl must not apply it: {left}; -o DIR writes it", file=sys.stderr)


COMMAND = Command(
    "render",
    "Compose a bundle and write it as a directory or a stream.",
    run,
    (Argument("profile", required=False, many=True),),
    (
        Option(("--all",), "Every shipped profile.", FLAG),
        Option(("-o", "--output"), "A directory; - for a stream on stdout.", metavar="DIR", default=STREAM),
        *COMPOSING,
        Option(
            ("--layout",),
            "Of a directory: a kustomization over resources/, the files alone, or base and JSON6902 patches.",
            choices=LAYOUTS,
            default=LAYOUTS[0],
        ),
        Option(("--format",), "Of a stream.", choices=("yaml", "json"), default="yaml"),
        Option(("--force",), "Write into a directory that is not manifestgen's, over files of others.", FLAG),
    ),
)
