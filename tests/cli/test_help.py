"""What the program says of itself: help, versions, usage errors, completion."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from manifestgen.cli.fast_parser import parse
from manifestgen.cli.registry import COMMANDS
from manifestgen.cli.spec import MANY
from tests.cli.test_parsers import SPECS
from tests.support.program import manifestgen


def flat(text: str) -> str:
    """A text with every run of white space as one blank."""
    return " ".join(text.split())


def test_help_lists_every_command_with_its_summary() -> None:
    """In all its forms, on stdout; without any word it goes to stderr, and the status is 2."""
    shown = manifestgen("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    for name, entry in COMMANDS.items():
        if " " not in name:
            assert re.search(rf"^  {name} +{re.escape(entry.summary)}$", shown.stdout, re.MULTILINE)
    assert manifestgen("-h").stdout == manifestgen("help").stdout == shown.stdout
    nothing = manifestgen()
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (2, "", shown.stdout)


@pytest.mark.parametrize("name", SPECS)
def test_the_help_of_a_command_says_defaults_and_what_may_be_repeated(name: str) -> None:
    """With the summary that the overview has, every option, and calls as examples that the command takes."""
    shown = manifestgen(*name.split(), "--help", env={"COLUMNS": "200"})
    assert (shown.returncode, shown.stderr) == (0, "")
    text, spec = flat(shown.stdout), SPECS[name]
    assert COMMANDS[name].summary in text
    for option in spec.options:
        entry = re.search(rf"(?m)^  {', '.join(option.flags)}(?![\w-])(.|\n   )*", shown.stdout)
        assert entry, option.flags
        said = flat(entry.group())
        assert ("repeatable" in said) == (option.kind == MANY), said
        assert (f"default: {option.default or option.without}" in said) == bool(option.default or option.without), said
    for call in spec.examples:
        assert f"$ manifestgen {call}" in shown.stdout
        words = shlex.split(re.split(r"[|<>]", call)[0])
        assert words[: len(name.split())] == name.split()
        assert parse(spec, words[len(name.split()) :]) is not None, call


def test_help_of_a_command_is_what_its_option_prints() -> None:
    """For commands, commands of groups, and groups."""
    for words in (("render",), ("golden", "check"), ("golden",), ("authz", "serve"), ("help",)):
        shown = manifestgen("help", *words)
        assert shown.returncode == 0
        assert shown.stdout == manifestgen(*words, "--help").stdout == manifestgen("--help", *words).stdout


@pytest.mark.parametrize("product", ["Istio", "Kubernetes"])
def test_an_unknown_version_names_the_list_of_its_product(product: str) -> None:
    """And that list has the nearest ones."""
    said = manifestgen("render", "kdd", f"--{product.lower()}", "1.99").stderr
    command = re.search(r"next: run manifestgen (.*) to see them all", said)
    near = re.search(r"nearest: (.*)", said)
    assert command
    assert near
    listed = manifestgen(*command[1].split()).stdout
    assert all(re.search(rf"(?m)^{re.escape(name)}(\s|$)", listed) for name in near[1].split(", "))


def test_the_version() -> None:
    """In all its forms."""
    words = [("-V",), ("--version",), ("version",)]
    assert len({manifestgen(*form).stdout for form in words}) == 1
    assert re.fullmatch(r"manifestgen \d+\.\d+\.\d+\S*\n", manifestgen("-V").stdout)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("rendr kdd", "error: no such command 'rendr'\n  nearest: render\n  next: manifestgen --help\n"),
        ("golden chek", "error: no such command 'chek'\n  nearest: check\n  next: manifestgen golden --help\n"),
        ("authz chek", "error: no such command 'chek'\n  nearest: check\n  next: manifestgen authz --help\n"),
        ("render --calcio 3", "error: no such option '--calcio'\n  nearest: --calico, --allow\n"),
        ("render kdd --calico", "error: option '--calico' requires an argument\n  next: manifestgen render --help\n"),
        ("diff", "error: missing argument 'LEFT'\n  next: manifestgen diff --help\n"),
        ("explain a b c d", "error: got unexpected extra argument (d)\n  next: manifestgen explain --help\n"),
        ("render kdd --layout x", "error: invalid value for '--layout': 'x' is not one of 'kustomize', 'flat'"),
        ("-v", "error: no such option '-v'\n  nearest: -V\n  next: manifestgen --help\n"),
        ("render kdd -O out", "error: no such option '-O'\n  nearest: -o\n  next: manifestgen render --help\n"),
        ("hlep", "error: no such command 'hlep'\n  nearest: help\n  next: manifestgen --help\n"),
        ("help rendr", "error: no such command 'rendr'\n  nearest: render\n  next: manifestgen --help\n"),
        ("help golden chek", "error: no such command 'chek'\n  nearest: check\n  next: manifestgen golden --help\n"),
        ("help render kdd", "error: render has no command 'kdd'\n  next: manifestgen render --help\n"),
        ("help golden init x", "error: golden init has no command 'x'\n  next: manifestgen golden init --help\n"),
        ("update", "error: no such command 'update'\n  nearest: golden update\n  next: manifestgen --help\n"),
        ("conformanc", "error: no such command 'conformanc'\n  nearest: authz conformance\n"),
        ("render -calico 3.9", "error: no such option '-calico'\n  nearest: --calico, --allow\n"),
        ("render --frmat=json", "error: no such option '--frmat'\n  nearest: --format\n"),
        (
            "diff a b --format jsn",
            "error: invalid value for '--format': 'jsn' is not one of "
            "'text', 'unified', 'json', 'jsonpatch', 'html', 'markdown'\n"
            "  nearest: json, jsonpatch\n",
        ),
        ("releases kubernets", "error: no releases of 'kubernets' are known\n  nearest: Kubernetes\n"),
        ("releases --istio --kubernetes", "error: a list is of one product\n  found: Istio and Kubernetes\n"),
        ("preflight kdd --istio 2.0", "error: Istio 2.0 is not known\n  found: known: v1.0 to v1.30\n"),
        ("completion bsh", "error: there is no completion for 'bsh'\n  nearest: bash, zsh, fish\n"),
    ],
)
def test_a_usage_error_reads_like_every_other_error(words: str, message: str) -> None:
    """`error:`, the nearest that there is, and where help is; on stderr, status 2."""
    done = manifestgen(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)


def completed(words: str, cwd: Path | None = None) -> list[str]:
    """What bash is offered for the last word of a line."""
    answer = {"_MANIFESTGEN_COMPLETE": "bash_complete", "COMP_LINE": words, "COMP_POINT": str(len(words.encode()))}
    return manifestgen(env=answer, cwd=cwd).stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("manifestgen rend", ["plain,render"]),
        ("manifestgen golden ", ["plain,init", "plain,check", "plain,update"]),
        ("manifestgen render k", ["plain,kdd"]),
        ("manifestgen help golden ", ["plain,init", "plain,check", "plain,update"]),
        ("manifestgen render kdd --calico=3.3", ["plain,3.32", "plain,3.31", "plain,3.30", "plain,3.3"]),
        ("manifestgen render kdd --set=etcd", []),
        ("manifestgen render etcd --set=etcd_end", ["part,etcd_endpoints="]),
        ("manifestgen upgrade kdd --to 3.31", ["plain,3.31"]),
        ("manifestgen explain kdd DaemonSet/calico", ["plain,DaemonSet/calico-node"]),
        ("manifestgen render kdd --calico 3.3", ["plain,3.32", "plain,3.31", "plain,3.30", "plain,3.3"]),
        ("manifestgen render kdd --istio 1.2", [f"plain,1.{minor}" for minor in (*range(29, 19, -1), 2)]),
        ("manifestgen preflight kdd --kubernetes 1.1", [f"plain,1.{minor}" for minor in range(19, 9, -1)]),
        ("manifestgen render kdd --component pi", ["plain,pilot-egress"]),
        ("manifestgen render kdd --component +p", ["plain,+policy", "plain,+pilot-egress"]),
        ("manifestgen render etcd --set etcd_end", ["part,etcd_endpoints="]),
        ("manifestgen render kdd --allow wa", ["plain,waypoint"]),
        ("manifestgen render kdd --layout f", ["plain,flat"]),
        ("manifestgen render kdd --overlay ", ["dir,"]),
        ("manifestgen render kdd --values si", ["file,si"]),
        ("manifestgen render no-such-profile --set a", []),
        ("manifestgen completion ", ["plain,bash", "plain,zsh", "plain,fish"]),
    ],
)
def test_the_shell_completes(words: str, offered: list[str]) -> None:
    """Commands, profiles, objects, versions, components, parameters, rules, choices, files and directories."""
    assert completed(words) == offered


def test_the_shell_completes_profiles_of_ones_own(tmp_path: Path) -> None:
    """Directories with a profile.yaml, at any depth; one with the name of a shipped profile is told apart."""
    for name in ("site", "kdd", "clusters/east", "clusters/west", "other", ".hidden", "a b"):
        (tmp_path / name).mkdir(parents=True)
        if name != "other":
            (tmp_path / name / "profile.yaml").write_text("")
    shipped = [line.split()[0] for line in manifestgen("profiles").stdout.split("\n\n")[0].splitlines()]
    offered = completed("manifestgen render ", tmp_path)
    assert [one for one in offered if one.startswith("plain,")][: len(shipped)] == [f"plain,{one}" for one in shipped]
    assert {"plain,site", "plain,./kdd"} < set(offered)
    assert not [one for one in offered if "other" in one or "hidden" in one or "clusters" in one]
    assert completed("manifestgen render clu", tmp_path) == ["part,clusters/"]
    assert completed("manifestgen images clusters/", tmp_path) == ["plain,clusters/east", "plain,clusters/west"]
    assert completed("manifestgen explain ./s", tmp_path) == ["plain,./site"]


def test_scripts_of_earlier_versions_are_still_answered() -> None:
    """They are installed in many places."""
    for shell, last in (("bash", "2"), ("zsh", "2"), ("fish", "kd")):
        asked = {
            "_MANIFESTGEN_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": "manifestgen render kd",
            "COMP_CWORD": last,
        }
        assert "kdd" in manifestgen(env=asked).stdout


def test_the_shell_completes_golden_trees(tmp_path: Path) -> None:
    """Of the matrix in the working directory; where there is none, nothing, and no message in between."""
    assert completed("manifestgen golden check ", tmp_path) == []
    (tmp_path / "golden").mkdir()
    matrix = "apiVersion: manifestgen/v1\nkind: GoldenMatrix\ntrees:\n- {profile: kdd, calico: [v3.9, v3.32]}\n"
    (tmp_path / "golden" / "matrix.yaml").write_text(matrix)
    assert completed("manifestgen golden check v3.9", tmp_path) == ["plain,v3.9/kdd"]
