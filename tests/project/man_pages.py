"""The manual pages in man/, made from the data of the commands; `python -m tests.project.man_pages` writes them.

A wheel has them in share/man/man1, where pip puts them beside the program, so that `man manifestgen` finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from manifestgen.cli.click_adapter import main
from manifestgen.cli.overview import HEAD
from manifestgen.cli.registry import COMMANDS, find
from manifestgen.cli.spec import FLAG, Argument, Command, Option
from tests.project.reference import ROOT

FOLDER = ROOT / "man"

EXIT_STATUS = (
    ("0", "Done, or no difference."),
    ("1", "A difference, a denied check or another finding."),
    ("2", "A mistake in the input or in the arguments."),
    ("3", "A fault of manifestgen; please report it."),
)
ENVIRONMENT = (
    ("NO_COLOR", "If set, nothing is colored."),
    ("FORCE_COLOR, CLICOLOR_FORCE", "If set, text is colored without a terminal too."),
    ("CLICOLOR", "If 0, nothing is colored unless it is forced."),
    ("TERM", "If dumb, nothing is colored and no progress is shown."),
)


def escaped(text: str) -> str:
    """A text as roff prints it: backslashes, hyphens and dashes as themselves, and no line that is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("’", "'")
    text = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in text)
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def prose(text: str) -> str:
    """A text in which code is bold."""
    parts = " ".join(text.split()).split("`")
    return "".join(f"\\fB{escaped(part)}\\fR" if place % 2 else escaped(part) for place, part in enumerate(parts))


def page(name: str, summary: str, sections: Iterator[str]) -> str:
    """One page."""
    title = name.replace(" ", "-")
    summary = summary.removesuffix(".")
    head = [
        '.\\" Made by python -m tests.project.man_pages',
        f'.TH "{escaped(title.upper())}" "1" "" "manifestgen" "manifestgen"',
        ".SH NAME",
        f"{escaped(title)} \\- {escaped(summary[:1].lower() + summary[1:])}",
    ]
    return "\n".join([*head, *sections]) + "\n"


def listed(title: str, rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    """A section of terms, each with what it means."""
    for place, (term, text) in enumerate(rows):
        if place == 0:
            yield f".SH {title}"
        yield f".TP\n{term}\n{text}"


def examples(calls: tuple[str, ...]) -> Iterator[str]:
    """Calls as they are typed."""
    if calls:
        lines = "\n".join(escaped(f"manifestgen {call}") for call in calls)
        yield f".SH EXAMPLES\n.nf\n{lines}\n.fi"


def synopsis(name: str, arguments: Iterator[str]) -> str:
    """How a command is called."""
    words = [f"\\fBmanifestgen {escaped(name)}\\fR", "[\\fIoptions\\fR]", *arguments]
    return f".SH SYNOPSIS\n{' '.join(words)}"


def positional(argument: Argument) -> str:
    """An argument in the synopsis."""
    shown = f"\\fI{escaped(argument.name.upper())}\\fR" + ("..." if argument.many else "")
    return shown if argument.required else f"[{shown}]"


def option_term(flags: tuple[str, ...], value: str) -> str:
    """An option with the name of its value."""
    bold = ", ".join(f"\\fB{escaped(flag)}\\fR" for flag in flags)
    return f"{bold} \\fI{escaped(value)}\\fR" if value else bold


def option_row(option: Option) -> tuple[str, str]:
    """An option and its help."""
    value = "" if option.kind == FLAG else option.metavar or "|".join(option.choices)
    return option_term(option.flags, value), prose(option.described())


def see_also(name: str) -> str:
    """The other pages."""
    group = name.rpartition(" ")[0]
    names = ["manifestgen", *([f"manifestgen-{group.replace(' ', '-')}"] if group else [])]
    return ".SH SEE ALSO\n" + ", ".join(f"\\fB{escaped(one)}\\fR(1)" for one in names)


def of_command(name: str, spec: Command) -> Iterator[str]:
    """The sections of a command."""
    yield synopsis(name, map(positional, spec.arguments))
    yield f".SH DESCRIPTION\n{prose(COMMANDS[name].summary)}"
    yield from (f".PP\n{prose(part)}" for part in spec.details.split("\n\n") if part)
    yield from listed("OPTIONS", iter([*map(option_row, spec.options), option_row(HELP)]))
    yield from examples(spec.examples)
    yield see_also(name)


HELP = Option(("-h", "--help"), "Show the help and exit.", FLAG)


def of_group(name: str, summary: str, subs: dict[str, str], calls: tuple[str, ...]) -> Iterator[str]:
    """The sections of a group of commands."""
    yield f".SH SYNOPSIS\n\\fBmanifestgen {escaped(name)}\\fR \\fIcommand\\fR [\\fIoptions\\fR]"
    yield f".SH DESCRIPTION\n{prose(summary)}"
    yield from listed(
        "COMMANDS",
        ((f"\\fBmanifestgen\\-{escaped(name)}\\-{escaped(sub)}\\fR(1)", prose(text)) for sub, text in subs.items()),
    )
    yield from examples(calls)
    yield see_also(name)


def of_click(name: str, command: click.Command) -> Iterator[str]:
    """The sections of a command that click alone has."""
    yield synopsis(name, iter(()))
    paragraphs = (command.help or "").split("\n\n")
    yield f".SH DESCRIPTION\n{prose(paragraphs[0])}"
    yield from (f".PP\n{prose(part)}" for part in paragraphs[1:])
    rows = []
    for option in command.params:
        if isinstance(option, click.Option):
            choices = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else ""
            value = "" if option.is_flag else option.metavar or choices or option.type.name.upper()
            default = f"  [default: {option.default}]" if option.show_default and option.default is not None else ""
            required = "  [required]" if option.required else ""
            rows.append((option_term(tuple(option.opts), value), prose(f"{option.help or ''}{required}{default}")))
    yield from listed("OPTIONS", iter([*rows, option_row(HELP)]))
    yield from examples(shown(command))
    yield see_also(name)


def shown(command: click.Command) -> tuple[str, ...]:
    """The calls in the help of a command."""
    return tuple(re.findall(r"(?m)^  \$ manifestgen (.*)$", command.epilog or ""))


def program() -> Iterator[str]:
    """The sections of the page of the program."""
    yield ".SH SYNOPSIS\n\\fBmanifestgen\\fR \\fIcommand\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]"
    yield f".SH DESCRIPTION\n{prose(HEAD.split('Commands:')[0].partition(chr(10))[2])}"
    names = {name: entry.summary for name, entry in COMMANDS.items() if " " not in name}
    rows = ((f"\\fBmanifestgen\\-{escaped(name)}\\fR(1)", prose(summary)) for name, summary in names.items())
    yield from listed("COMMANDS", rows)
    version = Option(("-V", "--version"), "Show the version and exit.", FLAG)
    yield from listed("OPTIONS", iter([option_row(HELP), option_row(version)]))
    yield from listed("EXIT STATUS", ((f"\\fB{status}\\fR", prose(text)) for status, text in EXIT_STATUS))
    yield from listed("ENVIRONMENT", ((f"\\fB{escaped(name)}\\fR", prose(text)) for name, text in ENVIRONMENT))
    yield from examples(("render kdd --calico 3.32 -o out", "explain kdd DaemonSet/calico-node", "help render"))


def pages() -> dict[str, str]:
    """Every page by its file name."""
    found = {"manifestgen.1": page("manifestgen", "manifests for Calico application layer policy on Istio", program())}
    top = main()
    for name, entry in COMMANDS.items():
        title = f"manifestgen {name}"
        spec = None if entry.group else find(name)
        if isinstance(spec, Command):
            found[file(name)] = page(title, entry.summary, of_command(name, spec))
            continue
        group = top.get_command(click.Context(top), name)
        assert isinstance(group, click.Group)
        context = click.Context(group)
        subs = {sub: group.get_command(context, sub) for sub in group.list_commands(context)}
        summaries = {sub: one.get_short_help_str(limit=200) for sub, one in subs.items() if one}
        found[file(name)] = page(title, entry.summary, of_group(name, group.help or "", summaries, shown(group)))
        if spec is not None:
            for sub, one in subs.items():
                assert one is not None
                full = f"{name} {sub}"
                found[file(full)] = page(f"manifestgen {full}", summaries[sub], of_click(full, one))
    return found


def file(name: str) -> str:
    """The file of a command's page."""
    return f"manifestgen-{name.replace(' ', '-')}.1"


def write() -> None:
    """Write every page, and remove those of commands that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for path in FOLDER.glob("*.1"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        Path(FOLDER / name).write_text(text)


if __name__ == "__main__":
    write()
