"""The parser that a well-formed call takes, beside click: both see the same call, or click alone sees it."""

from __future__ import annotations

import random
from typing import Any

import click
import pytest

from manifestgen.cli.click_adapter import command
from manifestgen.cli.fast_parser import parse
from manifestgen.cli.registry import COMMANDS, find
from manifestgen.cli.spec import FLAG, Command
from tests.support.prove import times

SPECS = {
    name: found for name, entry in COMMANDS.items() if not entry.group and isinstance(found := find(name), Command)
}
VALUES = ["kdd", "-", "x", "a=b", "", "3.9", "out/", "text", "json", "yaml", "-x", "--", "--force", "=", "a b", "é"]


def call(spec: Command, chance: random.Random) -> list[str]:
    """Some words after a command's name: values, flags of it, and values joined to them."""
    flags = [flag for option in spec.options for flag in option.flags]
    words: list[str] = []
    for _ in range(chance.randint(0, 6)):
        kind = chance.random()
        if kind < 0.35 or not flags:
            words.append(chance.choice(VALUES))
        elif kind < 0.8:
            words.append(chance.choice(flags))
            if chance.random() < 0.7:
                words.append(chance.choice(VALUES))
        else:
            words.append(f"{chance.choice(flags)}={chance.choice(VALUES)}")
    return words


def by_click(name: str, spec: Command, words: list[str]) -> Any:
    """The arguments that click makes of a call, or what it says instead."""
    seen: list[dict[str, Any]] = []

    def note(arguments: Any) -> int:
        seen.append(dict(arguments))
        return 0

    try:
        command(name, spec._replace(run=note)).main(args=list(words), standalone_mode=False)
    except click.ClickException as error:
        return error.format_message()
    return seen[0]


@pytest.mark.parametrize("name", SPECS)
def test_both_parsers_make_the_same_of_a_call(name: str) -> None:
    """Whatever the fast one accepts, click reads to the same arguments; it accepts a good part of the calls."""
    spec, chance = SPECS[name], random.Random(name)
    accepted = 0
    for _ in range(times(120, 4_000)):
        words = call(spec, chance)
        arguments = parse(spec, words)
        if arguments is not None:
            accepted += 1
            assert arguments == by_click(name, spec, words), words
    assert accepted


@pytest.mark.parametrize("name", SPECS)
def test_both_parsers_take_every_option(name: str) -> None:
    """Each by every flag of it, with its value behind it or joined to it, and each twice."""
    spec = SPECS[name]
    needed = ["x" for argument in spec.arguments if argument.required]
    for option in spec.options:
        value = option.choices[-1] if option.choices else "-"
        for flag in option.flags:
            calls = [[flag], [flag, flag]] if option.kind == FLAG else [[flag, value], [flag, value, flag, value]]
            if option.kind != FLAG and flag.startswith("--"):
                calls.append([f"{flag}={value}"])
            for words in calls:
                arguments = parse(spec, [*needed, *words])
                assert arguments is not None, words
                assert arguments == by_click(name, spec, [*needed, *words]), words
                assert arguments[option.name] not in (None, False, ()), words


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["kdd"], {"profile": ("kdd",), "output": "-", "set": (), "force": False, "calico": None}),
        (["-o", "out", "kdd", "etcd"], {"profile": ("kdd", "etcd"), "output": "out"}),
        (["kdd", "--set", "a=b", "--set=c=d=e"], {"set": ("a=b", "c=d=e")}),
        (["kdd", "--calico", "3.9", "--calico", "3.32", "--force"], {"calico": "3.32", "force": True}),
        (["kdd", "--output=-"], {"output": "-"}),
    ],
)
def test_a_well_formed_call_is_parsed_without_click(words: list[str], arguments: dict[str, Any]) -> None:
    """Values, repeated options, `=`, and what applies where nothing is said."""
    found = parse(SPECS["render"], words)
    assert found is not None
    assert {name: found[name] for name in arguments} == arguments


@pytest.mark.parametrize(
    "words",
    [["--help"], ["kdd", "--frce"], ["kdd", "--calico"], ["kdd", "--force=yes"], ["kdd", "--layout", "x"], ["-okdd"]],
)
def test_everything_else_is_left_to_click(words: list[str]) -> None:
    """Help, mistakes, and forms that few people use."""
    assert parse(SPECS["render"], words) is None
