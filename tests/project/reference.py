"""The parts of the documentation that are made from data; `python -m tests.project.reference` writes them.

Commands and options, and supported versions: between two markers in their page, and held by a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import yaml

from manifestgen.cli.click_adapter import main
from manifestgen.cli.registry import COMMANDS, find
from manifestgen.cli.spec import Argument, Command

ROOT = Path(__file__).parents[2]
END = "<!-- end -->"


def marker(name: str) -> str:
    """The line before a generated part."""
    return f"<!-- {name}: python -m tests.project.reference -->"


def cell(text: str) -> str:
    """A text in one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def commands() -> Iterator[str]:
    """Every command: usage, what it does, its options, examples."""
    for name, entry in COMMANDS.items():
        found = None if entry.group else find(name)
        if isinstance(found, Command):
            yield from _command(name, found)
        elif found is not None:
            group = main().get_command(click.Context(main()), name)
            assert isinstance(group, click.Group)
            yield f"## {name}\n\n{entry.summary} {' '.join((group.help or '').split()[len(entry.summary.split()) :])}\n"
            for sub in group.commands.values():
                yield from _click_command(f"{name} {sub.name}", sub)


def _command(name: str, spec: Command) -> Iterator[str]:
    yield f"## {name}\n\n{COMMANDS[name].summary}\n"
    words = ["manifestgen", name, *(["[OPTIONS]"] if spec.options else []), *map(_shown, spec.arguments)]
    yield f"```text\n{' '.join(words)}\n```\n"
    if spec.details:
        yield f"{spec.details}\n"
    if spec.options:
        yield "| option | |\n|---|---|"
        for option in spec.options:
            shown = ", ".join(option.flags) + f" {option.metavar or '|'.join(option.choices)}"
            yield f"| `{cell(shown)}` | {cell(option.described())} |"
        yield ""
    if spec.examples:
        yield "```sh\n" + "\n".join(f"manifestgen {call}" for call in spec.examples) + "\n```\n"


def _shown(argument: Argument) -> str:
    shown = argument.name.upper() + ("..." if argument.many else "")
    return shown if argument.required else f"[{shown}]"


def _click_command(name: str, command: click.Command) -> Iterator[str]:
    yield f"### {name}\n"
    yield "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n")) + "\n"
    yield "| option | |\n|---|---|"
    for option in command.params:
        if isinstance(option, click.Option):
            choices = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else ""
            value = "" if option.is_flag else option.metavar or choices or option.type.name.upper()
            notes = ["required"] if option.required else []
            notes += [f"default: {option.default}"] if option.show_default else []
            said = f"{option.help or ''}  [{'; '.join(notes)}]" if notes else option.help or ""
            yield f"| `{cell(', '.join(option.opts) + ' ' + value)}` | {cell(said)} |"
    yield ""


def _by_version(path: Path) -> tuple[str, list[int]]:
    return path.parent.name, [int(number) for number in re.findall(r"\d+", path.stem)]


def _documents(name: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all((ROOT / "profiles" / name).read_text()) if document]


def versions() -> Iterator[str]:
    """Every Calico release: its newest patch, what it documents, and whether it is known not to work."""
    yield "| Calico | newest patch | Istio in its documentation | tested with Kubernetes | known faults |"
    yield "|---|---|---|---|---|"
    paths = sorted((ROOT / "profiles" / "releases").glob("v*.yaml"), key=_by_version)
    found = {path.stem.removeprefix("v"): _documents(f"releases/{path.name}")[0] for path in paths}
    for minor, release in found.items():
        faults = [
            f"[`{fault['code']}`](rules/{fault['code']}.md)"
            for first, one in found.items()
            for fault in one.get("faults", [])
            if _holds(minor, fault.get("versions", f">={first},<={first}"))
        ]
        tested = str(release.get("tested", {}).get("kubernetes") or "")
        istio = release.get("documented", {}).get("istio", "")
        newest = release["version"].removeprefix("v")
        yield f"| {minor} | {newest} | {istio} | {_span(tested)} | {', '.join(faults)} |"


def istio_versions() -> Iterator[str]:
    """Every Istio: its newest patch, the Kubernetes it was tested with, and the Calico releases that document it."""
    documented: dict[str, list[str]] = {}
    for path in sorted((ROOT / "profiles" / "releases").glob("v*.yaml"), key=_by_version):
        istio = str(_documents(f"releases/{path.name}")[0].get("documented", {}).get("istio", ""))
        documented.setdefault(".".join(istio.split(".")[:2]), []).append(path.stem.removeprefix("v"))
    yield "| Istio | newest patch | tested with Kubernetes | in the documentation of Calico | known faults |"
    yield "|---|---|---|---|---|"
    for path in sorted((ROOT / "profiles" / "istio").glob("v*.yaml"), key=_by_version):
        release = _documents(f"istio/{path.name}")[0]
        minor = path.stem.removeprefix("v")
        tested = str(release.get("tested", {}).get("kubernetes") or "")
        calico = documented.get(minor, [])
        span = f"{calico[0]} to {calico[-1]}" if len(calico) > 1 else "".join(calico)
        faults = ", ".join(f"[`{fault['code']}`](rules/{fault['code']}.md)" for fault in release.get("faults", []))
        yield f"| {minor} | {str(release['version']).removeprefix('v')} | {_span(tested)} | {span} | {faults} |"


def _span(bounds: str) -> str:
    """A range of versions in words: `>=1.13,<=1.15` is 1.13 to 1.15."""
    return re.sub(r"^>=([\d.]+),<=([\d.]+)$", r"\1 to \2", bounds)


def _holds(minor: str, bounds: str) -> bool:
    number = int(minor.partition(".")[2])
    compare = {">=": number.__ge__, "<=": number.__le__, "<": number.__lt__, ">": number.__gt__}
    parts = re.findall(r"([<>]=?)3\.(\d+)", bounds)
    return all(compare[operator](int(bound)) for operator, bound in parts)


PARTS: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "commands": ("docs/cli.md", commands),
    "versions": ("docs/versions.md", versions),
    "istio": ("docs/versions.md", istio_versions),
}


def with_part(text: str, name: str) -> str:
    """A page with one of its generated parts brought up to date."""
    before, found, rest = text.partition(marker(name))
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise SystemExit(f"the markers of {name} are missing")
    made = "\n".join(PARTS[name][1]()).strip()
    return f"{before}{found}\n\n{made}\n\n{closed}{after}"


def write() -> None:
    """Bring every page up to date."""
    for name, (file, _) in PARTS.items():
        page = ROOT / file
        page.write_text(with_part(page.read_text(), name))


if __name__ == "__main__":
    from tests.project import man_pages  # which builds on this module

    write()
    man_pages.write()
