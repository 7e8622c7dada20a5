"""Istio's own ConfigMaps take Dikastes, keep it, and give it back; upstream's own files are reproduced."""

import difflib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifestgen.injector.inject import inject
from manifestgen.model.version import parse_version
from tests.support.shared import ROOT, shared

STOCK = sorted(shared("reference/injector/stock").glob("*.yaml"))
RELEASES = ("3.2", "3.7", "3.9", "3.17", "3.22", "3.23", "3.32")


def put_in(text: str, calico: str = "3.32", **more: Any) -> str:
    """The text with Dikastes of a release."""
    return inject(text, calico=parse_version(calico), **more).text


def read(file: Path) -> str:
    """A file, its line ends as they are."""
    return file.read_bytes().decode()


def crlf(text: str) -> str:
    """With the line ends of Windows."""
    return text.replace("\n", "\r\n")


def without_end(text: str) -> str:
    """Without the line end at its end."""
    return text.rstrip("\n")


def data_only(text: str) -> str:
    """As a file for `kubectl patch`: from data: on."""
    return text if text.startswith("data:") else text[text.index("\ndata:") + 1 :]


def as_json(text: str) -> str:
    """As `kubectl get -o json` prints it."""
    return json.dumps(next(document for document in yaml.safe_load_all(text) if document), indent=4)


def in_quotes(text: str) -> str:
    """As kubectl prints a string with white space at the end of a line: in double quotes, folded."""
    document = next(document for document in yaml.safe_load_all(text) if document)
    document["data"]["config"] = document["data"]["config"].replace("policy: enabled\n", "policy: enabled \n")
    return yaml.safe_dump(document)


FORMS = {form.__name__: form for form in (str, crlf, without_end, data_only, as_json, in_quotes)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("file", STOCK, ids=lambda file: file.stem)
def test_a_stock_file_takes_it_once_and_gives_its_bytes_back(file: Path, form: str) -> None:
    """Inserted twice it is the same, and removed it is the stock file to the byte, however the file is written."""
    text = FORMS[form](read(file))
    once = put_in(text)
    assert once != text
    assert put_in(once) == once
    assert inject(once, calico=parse_version("3.32"), remove=True).text == text


@pytest.mark.parametrize("file", STOCK, ids=lambda file: file.stem)
def test_nothing_but_whole_lines_is_added(file: Path) -> None:
    """A difference of the two files has no line of the stock file in it."""
    stock = read(file).splitlines()
    new = put_in(read(file)).splitlines()
    changes = [tag for tag, *_ in difflib.SequenceMatcher(None, stock, new, autojunk=False).get_opcodes()]
    assert set(changes) == {"equal", "insert"}


@pytest.mark.parametrize("file", STOCK, ids=lambda file: file.stem)
def test_a_release_is_brought_to_any_other(file: Path) -> None:
    """Going from release to release ends where going there at once does."""
    direct = {release: put_in(read(file), release) for release in RELEASES}
    text = read(file)
    for release in (*RELEASES, *reversed(RELEASES)):
        text = put_in(text, release)
        assert text == direct[release]


def test_upstreams_own_files_are_reproduced() -> None:
    """What upstream published by hand, the tool that compares says is equal, line for line."""
    tool = shared("tools/inject_parity.py")
    command = f"{sys.executable} -m manifestgen"
    run = subprocess.run(
        [sys.executable, tool, "--command", command], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("file", sorted(shared("reference/injector/published").glob("*.yaml")), ids=lambda f: f.stem)
def test_a_file_that_upstream_published_is_left_as_it_is_and_can_be_emptied(file: Path) -> None:
    """Its Dikastes is recognized; taken out, what remains is Istio's file but for blank lines."""
    istio, calico = file.stem.removeprefix("istio-").split("@calico-")
    versions: dict[str, Any] = {"calico": parse_version(calico), "istio": parse_version(istio), "published": True}
    assert inject(read(file), **versions).text == read(file)
    emptied = inject(read(file), **versions, remove=True).text
    stock = read(file.parents[1] / "stock" / file.name)
    assert [line for line in emptied.splitlines() if line.strip()] == [
        line for line in stock.splitlines() if line.strip()
    ]
