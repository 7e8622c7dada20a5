"""The documentation is true: links, commands, samples, and the parts that are made from data."""

from __future__ import annotations

import configparser
import inspect
import re
import shlex
import shutil
import subprocess
from itertools import takewhile
from pathlib import Path

import click
import pytest

import manifestgen
from manifestgen.cli.click_adapter import main
from manifestgen.cli.fast_parser import parse
from manifestgen.cli.registry import COMMANDS
from tests.cli.test_parsers import SPECS
from tests.project.reference import PARTS, with_part
from tests.project.test_habits import TARGETS
from tests.support.environments import ROOT
from tests.support.tools import helm

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
BLOCK = re.compile(r"(?ms)^ *```(\w*)\n(.*?)^ *```$")
page_names = [str(path.relative_to(ROOT)) for path in PAGES]


def blocks(page: str, *kinds: str) -> list[str]:
    """The code blocks of a page in some languages."""
    return [text for kind, text in BLOCK.findall((ROOT / page).read_text()) if kind in kinds]


def anchors(path: Path) -> set[str]:
    """What links into a page may name: its headings, as GitHub writes them."""
    titles = re.findall(r"(?m)^#+ (.*)$", BLOCK.sub("", path.read_text()))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def calls(page: str) -> list[str]:
    """The lines of a page's blocks that call manifestgen, without what follows a pipe."""
    lines = [line for text in blocks(page, "sh") for line in text.splitlines()]
    lines += [line for text in blocks(page, "console") for line in text.splitlines() if line.lstrip().startswith("$ ")]
    found = [line.strip().removeprefix("$ ") for line in lines]
    return [line for line in found if re.match(r"(python -m )?manifestgen\b|kubectl .*\| manifestgen\b", line)]


@pytest.mark.parametrize("page", page_names)
def test_every_link_leads_somewhere(page: str) -> None:
    """A file of the repository, and a heading in it."""
    text = BLOCK.sub("", (ROOT / page).read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http:", "https:")):
            name, _, anchor = target.partition("#")
            path = (ROOT / page).parent / name if name else ROOT / page
            assert path.exists(), target
            assert not anchor or anchor in anchors(path), target


@pytest.mark.parametrize("page", page_names)
def test_every_make_target_exists(page: str) -> None:
    """Wherever a page says `make TARGET` as code."""
    text = (ROOT / page).read_text()
    named = re.findall(r"(?m)(?:^|`)make ([a-z]+)(?=`|\s|$)", text)
    assert set(named) <= TARGETS


@pytest.mark.parametrize("page", page_names)
def test_every_command_is_one_that_the_program_takes(page: str) -> None:
    """Command, options and arguments; words in capitals stand for values."""
    for line in calls(page):
        words = shlex.split(line[line.index("manifestgen") :].split(" | ")[0], comments=True)[1:]
        words = list(takewhile(lambda word: word not in {">", "<"}, words))
        name = next((name for name in (" ".join(words[:2]), words[0]) if name in SPECS), "")
        if name:
            arguments = parse(SPECS[name], words[len(name.split()) :])
            assert arguments is not None or "--help" in words, line
        elif words[0] not in {"-V", "--version", "--help", "help"}:
            assert words[0] in COMMANDS, line
            with main().make_context("manifestgen", words) as context:
                command = main().get_command(context, words[0])
                assert isinstance(command, click.Group)
                sub = command.commands[words[1]]
                if "--help" not in words:
                    sub.make_context(words[1], words[2:], parent=context)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
def test_kustomize_says_nothing_about_a_patch_that_matches_nothing(tmp_path: Path) -> None:
    """As README and the comparison claim: status 0, an empty stderr, and the objects as they were."""
    config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: calico-config}\ndata: {a: b}\n"
    (tmp_path / "calico.yaml").write_text(config_map)
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [calico.yaml]\npatches:\n- target: {kind: ConfigMap, name: calico-confg}\n"
        "  patch: |\n    - {op: replace, path: /data/a, value: c}\n"
    )
    done = subprocess.run(["kubectl", "kustomize", tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "a: b" in done.stdout


def test_helm_says_nothing_about_a_value_that_nothing_uses(tmp_path: Path) -> None:
    """As the comparison claims: status 0, and the value of the chart."""
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {ipv6: {{ .Values.ipv6 | quote }}}\n"
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "settings.yaml").write_text(template)
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: calico\nversion: 0.1.0\n")
    (tmp_path / "values.yaml").write_text('ipv6: "false"\n')
    command = [helm(), "template", str(tmp_path), "--set", "ipv66=true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert '{ipv6: "false"}' in done.stdout


@pytest.mark.parametrize("part", PARTS)
def test_the_generated_parts_are_what_the_data_gives(part: str) -> None:
    """`python -m tests.project.reference` writes them."""
    page = ROOT / PARTS[part][0]
    assert with_part(page.read_text(), part) == page.read_text()


def test_every_function_is_documented() -> None:
    """Every public function of the package is in the table of docs/python.md."""
    text = (ROOT / "docs" / "python.md").read_text()
    functions = [name for name in dir(manifestgen) if inspect.isfunction(getattr(manifestgen, name))]
    assert functions
    assert [name for name in functions if f"`{name}(" not in text] == []


def test_every_extra_is_documented() -> None:
    """In docs/install.md; `test` is for those who work on manifestgen."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    text = (ROOT / "docs" / "install.md").read_text()
    extras = set(config["options.extras_require"]) - {"test"}
    assert [name for name in sorted(extras) if f"| `{name}` |" not in text] == []


def test_the_index_names_every_page() -> None:
    """docs/README.md links all of docs/."""
    text = (ROOT / "docs" / "README.md").read_text()
    assert [path.name for path in (ROOT / "docs").glob("*.md") if path.name not in text and path.stem != "README"] == []


def test_the_supported_versions_are_those_of_the_data() -> None:
    """First and last of Calico, Istio and Kubernetes, in the README and in the table."""
    index = (ROOT / "profiles" / "catalog.yaml").read_text()
    kubernetes = re.search(r'oldest: "(1\.\d+)", newest: "(1\.\d+)"', index)
    assert kubernetes

    def ends(folder: str) -> tuple[str, str]:
        minors = sorted(
            (int(path.stem.partition(".")[2]), path.stem[1:]) for path in (ROOT / "profiles" / folder).glob("v*.yaml")
        )
        return minors[0][1], minors[-1][1]

    spans = {"Calico": ends("releases"), "Istio": ends("istio"), "Kubernetes": kubernetes.groups()}
    readme = " ".join((ROOT / "README.md").read_text().split())
    table = (ROOT / "docs" / "versions.md").read_text()
    for product, (first, last) in spans.items():
        assert f"{product} {first} to {last}" in readme
        assert f"| {product} | {first} to {last} |" in table
