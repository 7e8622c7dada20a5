"""kubectl and kustomize read what is written as the same values, and what is read as the reader does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.writer import write
from tests.support.fuzz import examples
from tests.yamlio.tables import table
from tests.yamlio.test_writer import writable
from tests.yamlio.texts import dates, documents, long_ones, numbers, texts, words

KUBECTL = shutil.which("kubectl") or ""
pytestmark = pytest.mark.skipif(not KUBECTL, reason="kubectl is not on PATH")

HEADER = {"apiVersion": "example.com/v1", "kind": "Fuzz", "metadata": {"name": "a"}}
FAULTS = table("kustomize")


def run(*arguments: str | Path) -> str:
    """What kubectl prints; it sees no cluster and no configuration."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "KUBECONFIG": f"{home}/none"}
        command = [KUBECTL, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def by_kubectl(text: str) -> list[Any]:
    """The specs of the objects that `kubectl apply` would send."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "a.yaml")
        path.write_text(text, newline="")
        rest = run("label", "--local", "-f", path, "zz=zz", "-o", "json")
    objects = []
    while rest := rest.lstrip():
        found, end = json.JSONDecoder().raw_decode(rest)
        objects.append(found)
        rest = rest[end:]
    return [found.get("spec") for found in objects]


def by_kustomize(text: str) -> list[Any]:
    """The specs of the objects that `kubectl apply -k` would send."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "a.yaml").write_text(text, newline="")
        Path(directory, "kustomization.yaml").write_text("resources: [a.yaml]\n")
        built = run("kustomize", directory)
    return by_kubectl(built)


def by_kustomize_if_it_can(text: str, key: bool = False) -> bool:
    """Whether kustomize brings a string through."""
    return not any(re.search(fault["pattern"], text) for fault in FAULTS if key or not fault.get("keys"))


def alike(ours: Any, theirs: Any) -> bool:
    """Equal values; Go prints 1.0 as 1, and large floats with other digits."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(alike(value, theirs[key]) for key, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if isinstance(ours, float):
        return type(theirs) in {int, float} and ours == float(theirs)
    return type(ours) is type(theirs) and bool(ours == theirs)


def differences(bodies: list[Any], reader: Callable[[str], list[Any]]) -> list[tuple[Any, Any]]:
    """What a reader makes otherwise of bodies that are written as the specs of objects."""
    found = reader(write([{**HEADER, "metadata": {"name": f"a{i}"}, "spec": body} for i, body in enumerate(bodies)]))
    assert len(found) == len(bodies)
    return [(ours, theirs) for ours, theirs in zip(bodies, found, strict=True) if not alike(ours, theirs)]


def of_strings(strings: list[str], usable: Callable[[str, bool], bool]) -> list[Any]:
    """Bodies that hold strings as values, in a list, as keys, and below the key of a list's item."""
    values = [text for text in strings if usable(text, False)]
    keys = [text for text in strings if writable(text) and usable(text, True)]
    return [
        {f"k{i}": text for i, text in enumerate(values)},
        {"list": values, "lists": [[text] for text in values], "items": [{"a": text, "b": 1} for text in values]},
        dict.fromkeys(keys, "v"),
        {"items": [{text: {text: [text]}} for text in keys if usable(text, False)]},
    ]


READERS = [(by_kubectl, lambda *_: True), (by_kustomize, by_kustomize_if_it_can)]
WRITTEN = [case["text"] for case in table("written")]


@pytest.mark.parametrize(("reader", "usable"), READERS)
def test_the_strings_of_the_table_come_back(reader: Any, usable: Any) -> None:
    """Each string of the writer's table is the same string to kubectl and to kustomize, as value and as key."""
    assert differences(of_strings(WRITTEN, usable), reader) == []


@pytest.mark.parametrize(("reader", "usable"), READERS)
@given(strings=st.lists(st.one_of(texts, long_ones), min_size=60, max_size=120))
@examples(6, 400)
def test_fuzz_every_string_comes_back(reader: Any, usable: Any, strings: list[str]) -> None:
    """Every string is the same string to kubectl and to kustomize, as value and as key."""
    assert differences(of_strings(strings, usable), reader) == []


@given(bodies=st.lists(documents(texts.filter(writable)), min_size=20, max_size=40))
@examples(4, 400)
def test_fuzz_every_document_comes_back(bodies: list[Any]) -> None:
    """Every document, however nested, is the same to kubectl."""
    assert differences(bodies, by_kubectl) == []


def test_the_words_of_the_table_are_read_alike() -> None:
    """Each plain word of the reader's table that is read is the same value to kubectl and to kustomize."""
    found = [case["word"] for case in table("scalars") if "reads" in case]
    assert misread(found, by_kubectl) == []
    assert misread(found, by_kustomize) == []


plain_words = st.one_of(words, numbers, dates).map(str.strip).filter(lambda word: "\n" not in word)


@given(candidates=st.lists(plain_words, min_size=100, max_size=200))
@examples(6, 300)
def test_fuzz_a_plain_word_is_read_alike(candidates: list[str]) -> None:
    """A plain word that is read is the same value to kubectl and to kustomize; all others are refused."""
    readable = [word for word in candidates if is_read(f"k: {word}\n")]
    assert misread(readable, by_kubectl) == []
    assert misread(readable, by_kustomize) == []


def is_read(text: str) -> bool:
    """Whether the reader takes a text."""
    try:
        read(text)
    except ManifestgenError:
        return False
    return True


def misread(found: list[str], reader: Callable[[str], list[Any]]) -> list[tuple[str, Any, Any]]:
    """The words that a reader takes for other values than ours does."""
    text = write([HEADER]) + "spec:\n" + "".join(f"- k: {word}\n" for word in found) + "- last\n"
    ours, (theirs,) = read(text)[0]["spec"], reader(text)
    # kustomize leaves out a member that is null
    theirs = [{"k": item.get("k")} if isinstance(item, dict) else item for item in theirs]
    return [
        (word, left, right)
        for word, left, right in zip([*found, "last"], ours, theirs, strict=True)
        if not alike(left, right)
    ]


class PlainDumper(yaml.CSafeDumper):
    """PyYAML's dumper without anchors."""

    def ignore_aliases(self, _: Any) -> bool:
        """Everything is written out."""
        return True


STYLES: dict[str, dict[str, Any]] = {
    "block": {"default_flow_style": False, "indent": 4},
    "flow": {"default_flow_style": True},
    "single quotes": {"default_style": "'"},
    "double quotes": {"default_style": '"', "width": 20},
    "literal": {"default_style": "|"},
    "folded": {"default_style": ">", "width": 20},
}


@pytest.mark.parametrize("style", STYLES)
@given(bodies=st.lists(documents(texts.filter(writable)), min_size=10, max_size=20))
@examples(2, 100)
def test_fuzz_other_writers_texts_are_read_alike(style: str, bodies: list[Any]) -> None:
    """What PyYAML writes, in any of its styles, is to kubectl what it is to the reader, or it is refused."""
    specs = [
        yaml.dump({"spec": body}, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, **STYLES[style])
        for body in bodies
    ]
    if style == "flow":  # a text that starts with a brace is JSON to kubectl
        specs = [spec.removeprefix("{").rstrip().removesuffix("}") + "\n" for spec in specs]
    found = [write([HEADER]) + spec for spec in specs if is_read(write([HEADER]) + spec)]
    text = "---\n".join(found)
    assert alike([body["spec"] for body in read(text)], by_kubectl(text) if found else [])
