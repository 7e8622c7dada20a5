"""What is released is whole: the wheel has the profiles and works on every Python and from any directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipapp
import zipfile
from glob import glob
from pathlib import Path

import pytest

from manifestgen._version import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and the source distribution, built from a copy so that the build leaves nothing in the checkout."""
    place = tmp_path_factory.mktemp("dist")
    source = place / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", *(path.name for path in ROOT.glob("*.md")), "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    folders = [str(ROOT / name) for name in ("manifestgen", "profiles", "man")]
    subprocess.run(["cp", "-a", *folders, str(source)], check=True)
    build: list[str | Path] = [sys.executable, "-m", "build", "--outdir", place, source]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    if done.returncode and "No matching distribution" in done.stdout + done.stderr:
        pytest.skip("the build backend cannot be had here")
    assert done.returncode == 0, done.stdout + done.stderr
    return place


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """The wheel, built from the source distribution as `build` does it."""
    return next(dist.glob("*.whl"))


def test_the_names_say_the_version(dist: Path) -> None:
    """For any Python 3, on any machine."""
    names = {path.name for path in dist.iterdir() if path.is_file()}
    assert names == {f"manifestgen-{__version__}-py3-none-any.whl", f"manifestgen-{__version__}.tar.gz"}


def test_the_index_would_take_them(dist: Path) -> None:
    """Strictly: the long description is rendered, no field is missing (`twine check`)."""
    files = sorted(str(path) for path in dist.iterdir() if path.is_file())
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_the_wheel_holds_what_a_wheel_should(wheel: Path) -> None:
    """No tests, no rubbish, nothing beside the package (`check-wheel-contents`)."""
    done = subprocess.run(
        [sys.executable, "-m", "check_wheel_contents", wheel], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", [f"3.{minor}" for minor in range(10, 15)])
def test_it_runs_on_every_python_there_is(version: str, wheel: Path, tmp_path: Path) -> None:
    """Installed into an empty environment it renders the bytes that the checkout renders."""
    python = interpreter(version)
    place = tmp_path / "environment"
    subprocess.run([python, "-m", "venv", "--without-pip", place], check=True, capture_output=True)
    install(place, wheel)
    (tmp_path / "elsewhere").mkdir()
    words = ["render", "kdd", "--calico", "3.32", "-o", "-"]
    run = subprocess.run(
        [place / "bin" / "manifestgen", *words], cwd=tmp_path / "elsewhere", capture_output=True, text=True, check=True
    )
    here = subprocess.run([sys.executable, "-m", "manifestgen", *words], capture_output=True, text=True, check=True)
    assert run.stdout == here.stdout
    asked = subprocess.run([place / "bin" / "manifestgen", "--version"], capture_output=True, text=True, check=True)
    assert asked.stdout == f"manifestgen {__version__}\n"
    # Where man looks for a program on PATH.
    pages = {path.name for path in (place / "share" / "man" / "man1").iterdir()}
    assert pages == {path.name for path in (ROOT / "man").iterdir()}


def interpreter(version: str) -> str:
    """The path of a Python of a version; the test is skipped where there is none."""
    found = [shutil.which(f"python{version}"), *glob(os.path.expanduser(f"~/.pyenv/versions/{version}.*/bin/python"))]
    for path in filter(None, found):
        ask = [path, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip() == version:
            return path
    pytest.skip(f"there is no Python {version} on this machine")


def install(place: Path, wheel: Path) -> None:
    """Install the wheel and what it requires into an environment."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", place / "bin" / "python")
    done = subprocess.run([*pip, "install", "--no-compile", wheel], capture_output=True, text=True, check=False)
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip("the required packages cannot be had here")
    assert done.returncode == 0, done.stderr


def test_a_zip_application_says_what_to_do_instead(wheel: Path, tmp_path: Path) -> None:
    """The data must be files: one error, with what works, and no traceback."""
    target: list[str | Path] = [sys.executable, "-m", "pip", "install", "--quiet", "--target", tmp_path / "app", wheel]
    done = subprocess.run([*target, "--disable-pip-version-check"], capture_output=True, text=True, check=False)
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip("the required packages cannot be had here")
    archive = tmp_path / "manifestgen.pyz"
    zipapp.create_archive(tmp_path / "app", archive, main="manifestgen.cli.main:run")
    for words in (["profiles"], ["render", "kdd"], ["releases"]):
        run = subprocess.run(
            [sys.executable, "-I", archive, *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith(
            f"error: {archive}/manifestgen/profiles: manifestgen needs its profiles as files\n"
        )
        assert f"found: {archive} is an archive" in run.stderr
        assert "pip, pipx or uv" in run.stderr
        assert "Traceback" not in run.stderr


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
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    install(place, wheel)
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
