"""The same bytes everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from manifestgen.yamlio.reader import read
from manifestgen.yamlio.writer import write
from tests.yamlio.tables import ROOT, table

SCRIPT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from manifestgen.yamlio.files import read_file
from manifestgen.yamlio.reader import locate, read
from manifestgen.yamlio.writer import write
text = read_file({str(ROOT / "tests/cases/yaml/written.yaml")!r})
documents = read(text)
texts = [case["text"] for case in documents[0]]
written = write([*documents, texts, {{"k": texts}}])
sys.stdout.buffer.write(written.encode() + repr(locate(text)).encode())
"""

PLACES = [
    {"PYTHONHASHSEED": "0"},
    {"PYTHONHASHSEED": "1"},
    {"PYTHONHASHSEED": "4294967295"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
]


def output(variables: dict[str, str], directory: Path) -> bytes:
    """What a fresh Python reads and writes under some variables, in a directory."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", SCRIPT],
        cwd=directory,
        env={**os.environ, **variables},
        capture_output=True,
        check=True,
    ).stdout


def test_the_same_bytes_come_out_everywhere(tmp_path: Path) -> None:
    """Neither hash seed, locale, time zone nor working directory changes a byte of what is read and written."""
    first = output({}, ROOT)
    assert len(first) > 10_000
    for variables in PLACES:
        assert output(variables, tmp_path) == first, variables


REFERENCE = Path(os.environ.get("MANIFESTGEN_SHARED", ROOT.parent / "shared")) / "reference"


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"{REFERENCE} is not there")
def test_published_manifests_are_read_written_and_read_alike() -> None:
    """Calico's and Istio's published manifests come back from a writing, which a second writing repeats."""
    paths = sorted(REFERENCE.rglob("*.yaml"))
    assert paths
    for path in paths:
        documents = read(path.read_bytes(), str(path))
        written = write(documents)
        assert repr(read(written)) == repr(documents), path
        assert write(read(written)) == written, path


def test_the_tables_are_written_as_they_were_read() -> None:
    """The writer's own tables, full of odd strings, come back too."""
    for name in ("written", "refused", "accepted", "scalars", "objects"):
        cases = table(name)
        assert repr(read(write([cases]))) == repr([cases])
