"""A mistake in shipped data is an error with its place, and never a traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import manifestgen
from tests.support.program import manifestgen as run

VALIDATE = ("validate", "kdd", "--kubernetes", "1.36")
MISTAKES = [
    ("schemas/calico.yaml", "kind: Schemas", "kind: Schema", VALIDATE),
    ("schemas/calico.yaml", "{type: boolean}", "{typ: boolean}", VALIDATE),
    ("schemas/calico.yaml", "#/definitions/protoPort", "#/definitions/protoPrt", VALIDATE),
    ("schemas/istio.yaml", "type: object", "type: objekt", VALIDATE),
    ("schemas/istio.yaml", 'istio: ">=1.6"', "istio: soon", VALIDATE),
    ("schemas/installed.yaml", "names: [default]", "name: default", VALIDATE),
    ("schemas/pod-security.yaml", "sysctls:", "sysctl:", VALIDATE),
    ("schemas/envoy-filters.yaml", 'istio: ">=1.19"', "istio: 1.19", VALIDATE),
    ("kubernetes/served.yaml", 'from: "1.9"', "from: 1.9", ("render", "kdd", "--kubernetes", "1.36")),
    ("kubernetes/stored-form.yaml", "value: false", "values: false", ("render", "kdd")),
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package whose data can be changed."""
    copy = tmp_path_factory.mktemp("package")
    shutil.copytree(Path(manifestgen.__file__).parent, copy / "manifestgen", ignore=shutil.ignore_patterns("*.pyc"))
    return copy


@pytest.mark.parametrize(("file", "right", "wrong", "words"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_in_shipped_data(file: str, right: str, wrong: str, words: tuple[str, ...], package: Path) -> None:
    """It names the file and the line."""
    path = package / "manifestgen" / "profiles" / file
    text = path.read_text()
    line = text[: text.index(right)].count("\n") + 1
    path.write_text(text.replace(right, wrong, 1))
    try:
        done = run(*words, env={"PYTHONPATH": str(package), "XDG_CACHE_HOME": str(package / "cache")}, cwd=package)
    finally:
        path.write_text(text)
    assert done.returncode == 2
    assert f"profiles/{file}:" in done.stderr
    assert "Traceback" not in done.stderr
    if "protoPrt" not in wrong:  # a reference is judged once the whole file is read
        assert f"profiles/{file}:{line}:" in done.stderr or "must have the member" in done.stderr
