"""The code blocks of README.md and docs/: each is run, read by what reads such a file, or says why it is not.

A page is one session in a directory of its own; its blocks run one after the other.

| block | what becomes of it |
|---|---|
| `sh` | runs as a script, and must end with 0 |
| `console` | each `$ ` line runs; what is shown below it is what it prints, where `…` stands for anything; the status is 0 (or 1 of `diff` and `upgrade`), 2 below an `error:`, or what the line says: `# exit status 1` |
| `python` | runs; one that begins with `# NAME.py` is written to that file, for a command of the page |
| `yaml`, `json`, `csv`, `toml`, `ini` | one that begins with `# PATH` is written to that file; YAML is read by what reads its kind |
| `text`, `diff` | shows something, and no command |

A comment before a block, `<!-- not run: REASON -->`, keeps it from being run; the reasons are in REASONS.
`python -m tests.docs.snippets` lists these blocks.
"""  # noqa: E501 - a table has no shorter lines

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from manifestgen.authz.rules_file import read_rules
from manifestgen.catalog.formats import judge
from manifestgen.catalog.schema import read_layer
from manifestgen.difference.ignore import from_document
from manifestgen.fleets.reading import read_fleet
from manifestgen.goldens.matrix import read_matrix
from manifestgen.model.record import Record
from manifestgen.yamlio.locations import SourceFile, SourceRef
from tests.docs.profile_fields import SCHEMA

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"(?ms)^( *)(?:<!-- not run: ([^\n]*?) -->\n+\1)?```(\w*)\n(.*?)^\1```$")
NAMED = re.compile(r"(?:#|//) (?:\./)?([\w.-]+(?:/[\w.-]+)*\.\w+)(?:[:\s].*)?\n")
REASONS = {
    "needs a cluster": "kubectl, helm, istioctl or calicoctl talk to an API server",
    "needs a package index": "pip downloads packages",
    "needs a network": "something is downloaded or pushed",
    "another program's file": "the file is read by a program that the tests do not have",
    "runs for long": "make runs all of it",
}
HEAD = {"apiVersion": "manifestgen/v1", "metadata": {"name": "fragment"}}


class Snippet(Record):
    """A code block: its page and line, its language, its text, and why it is not run."""

    page: str
    line: int
    language: str
    text: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        """The file that the block says it is."""
        found = NAMED.match(self.text)
        return found[1] if found else None


def snippets(page: str) -> list[Snippet]:
    """The blocks of a page, in order."""
    text = (ROOT / page).read_text()
    found = []
    for one in BLOCK.finditer(text):
        body = re.sub(rf"(?m)^{one[1]}", "", one[4])
        line = text.count("\n", 0, one.start(3)) + 1
        found.append(Snippet(page=page, line=line, language=one[3], text=body, reason=one[2]))
    return found


class Session:
    """A directory and an environment in which the blocks of a page run."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.directory = directory
        self._groups: list[int] = []
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MANIFESTGEN_", "PYTEST_"))}
        self.environment = {**kept, "PATH": path, "HOME": str(directory), "NO_COLOR": "1", "COLUMNS": "100"}
        self.environment["PYTHONUNBUFFERED"] = "1"  # both streams in the order in which a terminal shows them

    def run(self, snippet: Snippet) -> None:
        """Do with a block what its language says."""
        if snippet.reason:
            return
        if "examples/" in snippet.text and not (self.directory / "examples").exists():
            (self.directory / "examples").symlink_to(ROOT / "examples")
        if snippet.file:
            path = self.directory / snippet.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(snippet.text)
        if snippet.language == "yaml" and not shown_as_wrong(snippet):
            read_yaml(snippet, self.directory)
        elif snippet.language == "json":
            json.loads(snippet.text)
        elif snippet.language == "csv":
            path = self.directory / f"line-{snippet.line}.csv"
            path.write_text(snippet.text)
            read_fleet(str(path))
        elif snippet.language == "python" and not snippet.file:
            self.bash(f"exec {shlex.quote(sys.executable)} -W error -c {shlex.quote(snippet.text)}", snippet)
        elif snippet.language == "sh":
            self.bash(snippet.text, snippet)
        elif snippet.language == "console":
            for call, shown in re.findall(r"(?m)^\$ (.*)\n((?:(?!\$ ).*\n)*)", snippet.text):
                self.console(call, shown, snippet)

    def bash(self, script: str, snippet: Snippet) -> None:
        """Run a script that must end well."""
        done = self._run(["bash", "-euo", "pipefail", "-c", script])
        assert done.returncode == 0, f"{snippet}: {script}\n{done.stdout}"

    def console(self, call: str, shown: str, snippet: Snippet) -> None:
        """Run a line, and compare what is shown below it."""
        said = re.search(r"# exit status (\d)", call)
        status = int(said[1]) if said else 2 if shown.startswith("error:") else 0
        done = self._run(["bash", "-c", call])
        differs = not said and call.startswith(("manifestgen diff ", "manifestgen upgrade ")) and done.returncode == 1
        assert done.returncode == status or differs, f"{snippet}: $ {call}\nends with {done.returncode}\n{done.stdout}"
        if shown.strip():
            assert same(shown, done.stdout), f"{snippet}: $ {call}\n{done.stdout}"

    def close(self) -> None:
        """End what blocks left running in the background."""
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        process = subprocess.Popen(
            command,
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._groups.append(process.pid)
        output, _ = process.communicate(timeout=120)
        return subprocess.CompletedProcess(command, process.returncode, output)


def shown_as_wrong(snippet: Snippet) -> bool:
    """Whether the page goes on with what manifestgen says is wrong with the file."""
    later = [one for one in snippets(snippet.page) if one.line > snippet.line]
    return bool(snippet.file and later and f"error: {snippet.file}:" in later[0].text)


def same(shown: str, printed: str) -> bool:
    """Whether an output is what is shown: a line `…` is any number of lines, and `…` in a line any text."""
    lines = shown.rstrip().splitlines()
    wanted = [
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()).replace("…", ".*") + r" *\n"
        for line in lines
    ]
    return bool(re.fullmatch("".join(wanted), printed.rstrip() + "\n"))


def read_yaml(snippet: Snippet, directory: Path) -> None:
    """Have a YAML block read by what reads its kind."""
    if snippet.file and snippet.file.endswith("kustomization.yaml"):
        return  # for the kubectl of a later block
    for document in yaml.safe_load_all(snippet.text):
        reader = next((read for holds, read in READERS if holds(document)), None)
        if reader:
            reader(document, snippet, directory)
        else:  # a file of another format, for a command of the page
            later = "".join(one.text for one in snippets(snippet.page) if one.line > snippet.line)
            assert snippet.file, f"{snippet}: nothing reads this YAML"
            assert snippet.file in later, f"{snippet}: no command reads this file"


def _kind(*kinds: str) -> Callable[[Any], bool]:
    return lambda document: (
        isinstance(document, dict)
        and document.get("kind") in kinds
        and "manifestgen/" in str(document.get("apiVersion"))
    )


def _layer(document: Any, snippet: Snippet, directory: Path) -> None:
    jsonschema.validate(document, SCHEMA)
    place = directory / snippet.file if snippet.file else directory / "profile.yaml"
    ref = SourceRef(SourceFile(str(place), snippet.text))
    if not _names_files(document):
        read_layer(document, ref, str(place.parent), lambda *_: None)  # type: ignore[arg-type]


def _names_files(document: Any) -> bool:
    return bool(document.get("resources")) or any("path" in one for one in document.get("patches", ()))


def _matrix(document: Any, snippet: Snippet, directory: Path) -> None:
    read_matrix(str(_written(snippet, directory)))


def _fleet(document: Any, snippet: Snippet, directory: Path) -> None:
    read_fleet(str(_written(snippet, directory)))


def _rules(document: Any, snippet: Snippet, directory: Path) -> None:
    read_rules(document, SourceRef(SourceFile("rules.yaml", snippet.text)))


def _ignore(document: Any, snippet: Snippet, directory: Path) -> None:
    from_document(document, SourceRef(SourceFile("ignore.yaml", snippet.text)))


def _shipped_rules(document: Any, snippet: Snippet, directory: Path) -> None:
    judge("rules.yaml", [{"rules": document}], SourceFile("rules.yaml", snippet.text), lambda *_: None)  # type: ignore[arg-type]


def _pins(document: Any, snippet: Snippet, directory: Path) -> None:
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in document.values()), snippet


def _fragment(document: Any, snippet: Snippet, directory: Path) -> None:
    """Some members of a profile, an overlay or a release; or some patches."""
    document = {"patches": document} if isinstance(document, list) else document
    errors = []
    for kind in ({"kind": "Overlay"}, {"kind": "Profile"}, {"kind": "Release", "version": "v3.33.0"}):
        try:
            jsonschema.validate({**HEAD, **kind, **document}, SCHEMA)
        except jsonschema.ValidationError as error:
            errors.append(f"{kind['kind']}: {error.message}")
        else:
            return
    raise AssertionError(f"{snippet}: {errors}")


def _object(document: Any, snippet: Snippet, directory: Path) -> None:
    """An object for an API server, judged as `manifestgen validate` does."""
    command = [sys.executable, "-m", "manifestgen", "validate", "-", "--kubernetes", "1.35"]
    done = subprocess.run(command, input=yaml.safe_dump(document), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{snippet}: {done.stdout}{done.stderr}"


def _written(snippet: Snippet, directory: Path) -> Path:
    path = directory / (snippet.file or f"line-{snippet.line}.yaml")
    path.write_text(snippet.text)
    return path


PROFILE_FIELDS = {*SCHEMA["properties"], *(name for one in SCHEMA["allOf"] for name in one["then"]["properties"])}
READERS: list[tuple[Callable[[Any], bool], Callable[[Any, Snippet, Path], None]]] = [
    (_kind("Profile", "Overlay", "Release"), _layer),
    (lambda document: isinstance(document, list) and all("code" in one for one in document), _shipped_rules),
    (_kind("GoldenMatrix"), _matrix),
    (_kind("Fleet"), _fleet),
    (_kind("AuthorizationRules"), _rules),
    (lambda document: isinstance(document, dict) and {"apiVersion", "kind"} <= set(document), _object),
    (lambda document: isinstance(document, dict) and set(document) == {"ignore"}, _ignore),
    (lambda document: isinstance(document, dict) and set(document) <= PROFILE_FIELDS, _fragment),
    (lambda document: isinstance(document, dict) and all("sha256:" in str(one) for one in document.values()), _pins),
    (
        lambda document: isinstance(document, list) and all("patch" in one or "path" in one for one in document),
        _fragment,
    ),
]


def not_run(pages: list[str]) -> Iterator[Snippet]:
    """The blocks that say why they are not run."""
    for page in pages:
        yield from (one for one in snippets(page) if one.reason)


def missing(snippet: Snippet) -> str | None:
    """A program that a block uses and this machine does not have."""
    used = "kubectl" if re.search(r"(?m)^(\$ )?kubectl ", snippet.text) and not snippet.reason else None
    return used if used and shutil.which(used) is None else None


def documented() -> list[str]:
    """The pages whose blocks are run; those of generated pages are run by what makes them."""
    made = {"docs/cli.md"}
    found = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*/README.md")]
    return [name for name in sorted(str(path.relative_to(ROOT)) for path in found) if name not in made]


if __name__ == "__main__":
    for one in not_run(documented()):
        print(f"{one}: {one.reason}: {one.text.splitlines()[0]}")
