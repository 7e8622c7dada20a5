"""An installed wheel is whole: it carries the profiles and works from any directory."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what is tracked, so that the build leaves nothing in the checkout."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(["cp", "-a", str(ROOT / "manifestgen"), str(ROOT / "profiles"), str(source)], check=True)
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        place,
        source,
    ]
    subprocess.run(build, check=True, capture_output=True)
    return next(place.glob("*.whl"))


def test_it_carries_all_the_data(wheel: Path) -> None:
    """Every YAML file of profiles/ is in it, and the typing marker."""
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"manifestgen/profiles/{path.relative_to(ROOT / 'profiles')}" for path in (ROOT / "profiles").rglob("*.yaml")
    }
    assert wanted <= names
    assert {"manifestgen/py.typed", "manifestgen/catalog/profile.schema.json"} <= names
    assert not [name for name in names if name.startswith(("tests", "golden"))]


def test_it_renders_from_an_empty_environment_and_another_directory(wheel: Path, tmp_path: Path) -> None:
    """Installed with nothing but what it requires, without the C parser, it renders the checkout's bytes anywhere."""
    place = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    install: list[str | Path] = [
        place / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        wheel,
    ]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip("the required packages cannot be had here")
    assert done.returncode == 0, done.stderr
    (tmp_path / "elsewhere").mkdir()
    words = ["render", "etcd", "--component", "node", "--component", "policy", "-o", "-"]
    for program in ([place / "bin" / "manifestgen"], [place / "bin" / "python", "-m", "manifestgen"]):
        run = subprocess.run([*program, *words], cwd=tmp_path / "elsewhere", capture_output=True, text=True, check=True)
        here = subprocess.run([sys.executable, "-m", "manifestgen", *words], capture_output=True, text=True, check=True)
        assert run.stdout == here.stdout
        assert run.stdout.startswith("apiVersion: v1\n")
    without = subprocess.run([place / "bin" / "python", "-c", "import _ruamel_yaml"], capture_output=True, check=False)
    assert without.returncode != 0, "the C extension is there, and this shows nothing of a render without it"
    site = tmp_path / "site"
    site.mkdir()
    (site / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\npatches:\n"
        "- target: {kind: DaemonSet, name: calico-node}\n  patch:\n"
        "  - {op: add, path: /metadata/annotations, value: {example.com/image: nginx:1.25}}\n"
    )
    words = [*words, "--overlay", str(site)]
    run = subprocess.run(
        [place / "bin" / "manifestgen", *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    here = subprocess.run([sys.executable, "-m", "manifestgen", *words], capture_output=True, text=True, check=True)
    assert run.stdout == here.stdout
    assert "example.com/image: nginx:1.25" in run.stdout
    ask = "from manifestgen.authz import shipped; print(shipped.release('3.32').apis)"
    run = subprocess.run(
        [place / "bin" / "python", "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "v3" in run.stdout
    run = subprocess.run(
        [place / "bin" / "manifestgen", "authz", "health"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "pip install 'manifestgen[authz]'" in run.stderr
