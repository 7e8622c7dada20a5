"""The parser is imported late and lean, and ruamel.yaml stays whole for who else uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.yamlio.tables import ROOT

HIDE_EXTENSION = "import sys; sys.modules['_ruamel_yaml'] = None\n"


def run(script: str) -> str:
    """What a fresh Python prints."""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_who_only_writes_does_not_import_ruamel() -> None:
    """Neither the writer nor the reader's module imports ruamel.yaml; reading does, its C extension."""
    script = """
import sys
import manifestgen.yamlio.reader, manifestgen.yamlio.writer
manifestgen.yamlio.writer.write([{"a": "b: c"}])
print(any(name.startswith(("ruamel", "_ruamel", "yaml")) for name in sys.modules))
manifestgen.yamlio.reader.read("a: 1")
print("_ruamel_yaml" in sys.modules, "manifestgen.yamlio.fallback_parser" in sys.modules)
"""
    assert run(script).split() == ["False", "True", "False"]


def test_reading_does_not_import_what_parsing_does_not_need() -> None:
    """Reading leaves ruamel.yaml's constructors and representers, the larger part of it, unimported."""
    script = """
import sys
from manifestgen.yamlio.reader import read
assert read("a: [1]") == [{"a": [1]}]
print([name for name in ("comments", "scalarfloat", "timestamp", "main") if f"ruamel.yaml.{name}" in sys.modules])
"""
    assert run(script) == "[]"


AFTERWARDS = """
import io
import ruamel.yaml, ruamel.yaml.composer, ruamel.yaml.parser, ruamel.yaml.scanner, ruamel.yaml.constructor
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

assert ruamel.yaml.version_info >= (0, 18)
faults = {
    "a: *b": ruamel.yaml.composer.ComposerError,
    "a: [": ruamel.yaml.parser.ParserError,
    "a: @": ruamel.yaml.scanner.ScannerError,
    "a: !x 1": ruamel.yaml.constructor.ConstructorError,
    "a: 1\\na: 2": ruamel.yaml.constructor.DuplicateKeyError,
}
for options in ({"typ": "safe"}, {"typ": "safe", "pure": True}):
    assert YAML(**options).load("a: [1, 2.5, yes]") == {"a": [1, 2.5, "yes"]}
    for text, fault in faults.items():
        try:
            YAML(**options).load(text)
        except fault:
            continue
        raise AssertionError(text)
for module in ("composer", "constructor", "emitter", "parser", "representer", "scanner", "serializer"):
    fault = getattr(getattr(ruamel.yaml, module), module.capitalize() + "Error")
    assert str(fault("what")) == "what", fault
try:
    YAML(typ="safe").dump({"a": object()}, io.StringIO())
except ruamel.yaml.representer.RepresenterError as error:
    assert str(error).startswith("cannot represent an object")
body = YAML().load("a: 1 # b\\n")
assert type(body) is CommentedMap
out = io.StringIO()
YAML().dump(body, out)
assert out.getvalue() == "a: 1 # b\\n"
assert read("a: 0400") == [{"a": 256}]
print("fine")
"""


@pytest.mark.parametrize("before", ["", "import ruamel.yaml\n", "import ruamel.yaml.scanner\n", HIDE_EXTENSION])
def test_ruamel_is_whole_after_reading(before: str) -> None:
    """Whoever uses ruamel.yaml in the same process finds all of it, and its errors are those it raises.

    Whether it was imported before the first reading or after, and without its C extension too.
    """
    reading = "from manifestgen.yamlio.reader import read\nassert read('a: 1') == [{'a': 1}]\n"
    assert run(before + reading + AFTERWARDS) == "fine"


def test_without_the_extension_the_pure_parser_reads() -> None:
    """Where the C extension is missing everything is read and refused all the same."""
    script = f"""{HIDE_EXTENSION}
from manifestgen.yamlio.reader import read, locate
from manifestgen.yamlio.ruamel_events import load_parser
print(load_parser().events_of.__module__)
print(read("a:\\t[1, {{b: 0400}}]\\n---\\nc: |\\n  d\\n"), locate("a: [b]"))
try:
    read("a: yes\\nb:\\n\\tc: 1\\n")
except Exception as error:
    print([type(each).__name__ for each in error.errors])
"""
    assert run(script).splitlines() == [
        "manifestgen.yamlio.fallback_parser",
        "[{'a': [1, {'b': 256}]}, {'c': 'd\\n'}] [{(): (1, 1), ('a',): (1, 1), ('a', 0): (1, 5)}]",
        "['AmbiguousWord', 'TabIndentation']",
    ]


@pytest.mark.parametrize("wait", [0, 0.01, 0.03, 0.06])
def test_many_threads_may_read_first(wait: float) -> None:
    """The first readings of a process may go side by side, and at any point of another import of ruamel.yaml."""
    script = f"""
import sys, threading, time
from manifestgen.yamlio.reader import read
class Slow:
    def find_spec(name, path=None, target=None):
        if name in ("ruamel.yaml", "ruamel.yaml.error", "ruamel.yaml.cyaml", "_ruamel_yaml"):
            time.sleep(0.02)
sys.meta_path.insert(0, Slow)
results = []
def reads():
    time.sleep({wait})
    results.append(read("a: [1, b]") == [{{"a": [1, "b"]}}])
def imports():
    import ruamel.yaml
    results.append(ruamel.yaml.YAML(typ="safe").load("a: 1") == {{"a": 1}} and ruamel.yaml.__with_libyaml__)
threads = [threading.Thread(target=reads if i else imports) for i in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(results == [True] * 6, "manifestgen.yamlio.fallback_parser" in sys.modules)
"""
    assert run(script) == "True False"
