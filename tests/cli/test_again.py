"""A render that was made before is answered from what it came to: with the same files, words and refusals."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import manifestgen
from tests.support.program import unmeasured
from tests.support.prove import times
from tests.support.trees import INVENTORY, everything

CALLS = (
    ("kdd", "--calico", "3.9"),
    ("kdd", "--calico=3.32", "--namespace", "shop", "--argo"),
    ("etcd", "--calico", "3.20"),
    ("flannel", "--calico", "3.15", "--layout", "flat"),
    ("kdd", "--calico", "3.15", "--layout", "overlay"),
    ("kdd", "--calico", "3.32", "--istio", "1.28", "--set", "enforce=mesh", "--set", "pod_cidr=10.0.0.0/16"),
    ("policy-only", "--calico", "3.25", "--component", "config", "--quiet"),
    ("kdd", "--calico", "3.29", "--kubernetes", "1.30", "--registry", "registry.example.com/mirror"),
)
WHOLE = "manifestgen.compose.pipeline"
SECRET = "hunter2-hunter2"


class Copy:
    """A copy of the package with nothing kept yet, and what its processes do."""

    def __init__(self, folder: Path) -> None:
        left_out = shutil.ignore_patterns("__pycache__", "authz")
        shutil.copytree(Path(manifestgen.__file__).parent, folder / "manifestgen", symlinks=False, ignore=left_out)
        self.folder = folder
        self.package = folder / "manifestgen"

    def render(self, *words: str | Path, shell: str = "") -> tuple[int, str, set[str]]:
        """Exit status, what stderr says and the modules that were loaded."""
        code = (
            "import sys, os; from manifestgen.cli.main import run\n"
            "try: run()\n"
            "finally: open('modules', 'w').write(' '.join(sys.modules))"
        )
        environment = {**unmeasured(), "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", code, "render", *map(str, words)]
        if shell:
            command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=self.folder)
        assert not done.stdout
        return done.returncode, done.stderr, set((self.folder / "modules").read_text().split())

    def kept(self) -> list[Path]:
        """The renders on disk."""
        return sorted((self.package / "profiles" / "__pycache__").glob("renders.*/*"))


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Of this test."""
    return Copy(tmp_path)


def tree(folder: Path) -> dict[str, tuple[object, ...]]:
    """What is in a directory but inodes and times."""
    return {
        path: (*what[:4], what[5][0] if isinstance(what[5], tuple) else what[5])
        for path, what in everything(folder).items()
    }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy that several tests use."""
    return Copy(tmp_path_factory.mktemp("shared"))


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
@pytest.mark.parametrize("output", ["made/out", "made/../made/./out/", "made/it's an é/out"])
def test_the_second_answer_is_the_first(shared: Copy, words: tuple[str, ...], output: str) -> None:
    """Files with their modes, and every word; then that nothing has changed."""
    made = shared.folder / "made"
    shutil.rmtree(made, ignore_errors=True)
    for path in shared.kept():
        path.unlink()
    made.mkdir()
    out = shared.folder / output
    status, said, modules = shared.render(*words, "-o", output)
    assert status == 0, said
    assert WHOLE in modules
    first = tree(made)
    shutil.rmtree(out)
    status, again, modules = shared.render(*words, "-o", output)
    assert (status, again) == (0, said)
    assert WHOLE not in modules
    assert tree(made) == first
    before = everything(made)
    status, again, modules = shared.render(*words, "-o", output)
    assert WHOLE not in modules
    assert everything(made) == before
    (summary,) = [line for line in said.splitlines() if re.search(r": \d+ resources$", line)] or [""]
    assert again == "".join(f"{line}\n" for line in [*warnings(said), *([f"{summary}, unchanged"] if summary else [])])


OPTIONS = (
    *(("--calico", version) for version in ("3.9", "3.20", "3.32", "v3.9.6", "nonsense")),
    *(("--istio", version) for version in ("1.1.7", "1.5", "1.28")),
    *(("--kubernetes", version) for version in ("1.15", "1.30")),
    *(("--component", name) for name in ("node", "config", "policy", "+config", "injector")),
    *(
        ("--set", pair)
        for pair in ("enforce=mesh", "mtu=1410", "nope=1", "dikastes_env=A=b", "failure_mode_allow=true")
    ),
    *(("--layout", name) for name in ("flat", "overlay")),
    *((word,) for word in ("--argo", "--published", "--quiet", "--check")),
    ("--namespace", "shop"),
    ("--label", "team=net"),
    ("--registry", "registry.example.com/m"),
    ("--format", "json"),
)
FULL = "import sys\nfrom manifestgen.cli.main import main\nsys.exit(main(sys.argv[1:]))"
"""The program without what it remembers."""


def edit(out: Path, kind: str) -> None:
    """Do to an output directory what users and other programs do."""
    files = sorted(out.rglob("*.yaml"))
    if kind == "whole" or not files:
        return
    last = files[-1]
    if kind == "foreign":
        (last.parent / "zz.yaml").write_text("a: 1\n")
    elif kind == "no inventory":
        (out / INVENTORY).unlink(missing_ok=True)
    elif kind == "line ends":
        last.write_bytes(last.read_bytes().replace(b"\n", b"\r\n"))
    elif kind == "edited":
        last.write_text(last.read_text() + "# mine\n")
    elif kind == "open to all":
        last.chmod(0o666)
    else:
        last.unlink()
        if kind == "a link":
            last.symlink_to(files[0])
        elif kind == "a folder":
            last.mkdir()


EDITS = ("whole", "foreign", "no inventory", "line ends", "edited", "open to all", "gone", "a link", "a folder")


@pytest.mark.parametrize("seed", range(times(5, 200)))
def test_no_combination_tells_them_apart(seed: int, shared: Copy) -> None:
    """Status, both streams, files and modes, with and without what is remembered, after whatever became of them."""
    chosen = random.Random(seed)
    picked = chosen.sample(OPTIONS, chosen.choice((1, 2, 2, 3)))
    words = [
        chosen.choice(("kdd", "etcd", "flannel", "policy-only", "operator")),
        *(word for one in picked for word in one),
    ]
    kind, mask = chosen.choice(EDITS), chosen.choice((0o022, 0o077, 0))
    environment = {**unmeasured(), "PYTHONPATH": str(shared.folder), "PYTHONDONTWRITEBYTECODE": "1"}
    place, found = shared.folder / "combined", []
    for start in (["-c", FULL], ["-m", "manifestgen"], ["-m", "manifestgen"]):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        said: list[object] = []
        for more in ([], [], ["--force"]):
            done = subprocess.run(
                [sys.executable, *start, "render", *words, "-o", "out", *more],
                env=environment,
                capture_output=True,
                check=False,
                cwd=place,
                umask=mask,
            )
            assert done.returncode in {0, 1, 2}, done.stderr
            said.append((done.returncode, done.stdout, done.stderr))
            if len(said) == 1:
                edit(place / "out", kind)
        found.append((said, tree(place)))
    assert found[1] == found[0], (words, kind)
    assert found[2] == found[0], (words, kind)


def warnings(said: str) -> list[str]:
    """The lines before the summary."""
    lines = said.splitlines()
    count = next((number for number, line in enumerate(lines) if re.search(r": \d+ resources$", line)), len(lines))
    return lines[:count]


def test_into_the_working_directory_and_an_absolute_one(shared: Copy) -> None:
    """The commands of the remaining steps name it as the whole program does."""
    for output in (".", str(shared.folder / "absolute")):
        said = []
        for _ in range(2):
            shutil.rmtree(shared.folder / "resources", ignore_errors=True)
            shutil.rmtree(shared.folder / "absolute", ignore_errors=True)
            for name in ("kustomization.yaml", "NOTES.md", INVENTORY):
                (shared.folder / name).unlink(missing_ok=True)
            said.append(shared.render("kdd", "--calico", "3.20", "--force", "-o", output))
        assert said[0][:2] == said[1][:2]
        assert WHOLE not in said[1][2]


def test_it_loads_next_to_nothing(shared: Copy) -> None:
    """A render that changes nothing is asked for by every build: neither re, enum, typing nor most of the package."""
    for _ in range(3):
        _, _, modules = shared.render("kdd", "--calico", "3.21", "-o", "little")
    assert not modules & {"re", "enum", "typing", "ctypes", "pickle", "manifestgen.errors"}
    assert len([name for name in modules if name.startswith("manifestgen.")]) <= 10


def test_a_change_of_data_or_code_is_noticed(copy: Copy) -> None:
    """Of a release's patch, and of a module."""
    words = ("kdd", "--calico", "3.9", "-o", "out")
    copy.render(*words)
    release = copy.package / "profiles" / "releases" / "v3.8.yaml"
    release.write_text(release.read_text().replace("system-node-critical", "system-cluster-critical"))
    assert WHOLE in copy.render(*words)[2]
    written = "".join(path.read_text() for path in (copy.folder / "out" / "resources").iterdir())
    assert "system-cluster-critical" in written
    code = copy.package / "compose" / "release_images.py"
    code.write_text(code.read_text().replace('return f"v{version}"', 'return f"w{version}"'))
    assert WHOLE in copy.render(*words)[2]
    written = "".join(path.read_text() for path in (copy.folder / "out" / "resources").iterdir())
    assert ":w3.9.6" in written


def test_whatever_a_render_loads_is_looked_at(copy: Copy) -> None:
    """A change of any module that has a part in a render, and of any file of the shipped data, counts."""
    for words in CALLS:
        _, _, modules = copy.render(*words, "-o", "out", "--force")
    loaded = {name for name in modules if name.startswith("manifestgen.")}
    files = [copy.folder / (name.replace(".", "/") + ".py") for name in loaded]
    files = [file if file.exists() else file.with_suffix("") / "__init__.py" for file in files]
    files += list((copy.package / "profiles").rglob("*.yaml"))
    assert len(files) > 180
    code = (
        "from manifestgen.api.remembered import stamp\nimport os, sys\nbefore = stamp()\n"
        "for name in sys.argv[1:]:\n"
        "    os.utime(name, (1, 1)); now = stamp(); assert now != before, name; before = now"
    )
    environment = {**os.environ, "PYTHONPATH": str(copy.folder)}
    subprocess.run([sys.executable, "-c", code, *files], check=True, env=environment, cwd=copy.folder)


@pytest.mark.parametrize("broken", [b"", b"manifestgen renders 1\n", b"half", b"bit"])
def test_a_broken_file_is_made_again(shared: Copy, broken: bytes) -> None:
    """Whatever became of its bytes."""
    words = ("kdd", "--calico", "3.22", "--quiet", "-o")
    shutil.rmtree(shared.folder / "made", ignore_errors=True)
    for file in shared.kept():
        file.unlink()
    assert shared.render(*words, "made/one")[0] == 0
    for file in shared.kept():
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes({b"half": file.read_bytes()[:1000], b"bit": bytes(data)}.get(broken, broken))
    assert WHOLE in shared.render(*words, "made/two")[2]
    assert tree(shared.folder / "made" / "one") == tree(shared.folder / "made" / "two")
    assert WHOLE not in shared.render(*words, "made/two")[2]


def test_nothing_is_kept_where_nothing_can_be_written(copy: Copy) -> None:
    """A folder that is a file stands for a read-only install, which root could write."""
    (copy.package / "profiles" / "__pycache__").write_text("")
    for _ in range(2):
        status, said, modules = copy.render("kdd", "--calico", "3.9", "-o", "out")
        assert status == 0, said
        assert WHOLE in modules


@pytest.mark.parametrize(
    "words",
    [
        ("kdd", "--calico", "3.9", "--set", f"dikastes_env=A={SECRET}"),
        ("etcd", "--calico", "3.9", *(f"--set=etcd_{name}=key.pem" for name in ("ca", "cert", "key"))),
        ("etcd", "--calico", "3.9", "--set", f"etcd_endpoints=https://user:{SECRET}@10.0.0.1:2379"),
        ("kdd", "--calico", "3.9", "--set", "mtu=1400", "--set", f"dikastes_env=A={SECRET}"),
    ],
)
def test_no_value_that_may_be_a_secret_is_kept(shared: Copy, words: tuple[str, ...]) -> None:
    """Neither one that is declared to be, nor one in a string or a mapping."""
    before = shared.kept()
    (shared.folder / "key.pem").write_text(
        f"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n{SECRET}\n"
        "-----END PRIVATE KEY-----\n"
    )
    status, said, _ = shared.render(*words, "-o", "secret", "--force")
    assert status == 0, said
    assert shared.kept() == before


def test_what_the_users_files_say_is_never_kept(shared: Copy) -> None:
    """An overlay, values, pins, an injector: they may change while no file of ours does."""
    site = shared.folder / "site"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    for color in ("red", "blue"):
        (site / "profile.yaml").write_text(
            "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\n"
            f"labels: [{{pairs: {{color: {color}}}}}]\n"
        )
        (shared.folder / "values.yaml").write_text(f"mtu: {1400 if color == 'red' else 1500}\n")
        words = ("--calico", "3.20", "--overlay", "site", "--values", "values.yaml", "-o", "colored")
        assert shared.render("kdd", *words)[0] == 0
        written = "".join(path.read_text() for path in (shared.folder / "colored" / "resources").iterdir())
        assert f"color: {color}" in written
        (site / "kustomization.yaml").unlink(missing_ok=True)


def test_a_directory_called_like_a_profile_changes_nothing(shared: Copy) -> None:
    """A bare word is the shipped profile, whatever is in the working directory."""
    first = shared.render("kdd", "--calico", "3.20", "-o", "bare")
    (shared.folder / "kdd").mkdir()
    shutil.rmtree(shared.folder / "bare")
    assert shared.render("kdd", "--calico", "3.20", "-o", "bare")[:2] == first[:2]


def test_what_was_edited_is_refused_as_ever(shared: Copy) -> None:
    """With the whole program's words; --force overwrites it."""
    words = ("kdd", "--calico", "3.20", "-o", "edited")
    assert shared.render(*words)[0] == 0
    notes = shared.folder / "edited" / "NOTES.md"
    notes.write_text("mine\n")
    status, said, _ = shared.render(*words)
    assert status == 2
    assert re.search(r"^error: edited: a file was changed after manifestgen wrote it\n  found: NOTES.md", said)
    assert said.count("error:") == 1
    assert notes.read_text() == "mine\n"
    for _ in range(2):
        notes.write_text("mine\n")
        assert shared.render(*words, "--force")[0] == 0
        assert notes.read_text() != "mine\n"


def test_what_changed_is_told(shared: Copy) -> None:
    """Files that were removed or renumbered, in the whole program's words."""
    said = []
    for _ in range(2):
        shutil.rmtree(shared.folder / "told", ignore_errors=True)
        shared.render("kdd", "--calico", "3.9", "-o", "told")
        said.append(shared.render("kdd", "--calico", "3.32", "-o", "told")[1])
    assert said[0] == said[1]
    assert "removed told/" in said[0]
    assert "renamed told/" in said[0]


@pytest.mark.parametrize("closed", ["2>&-", "1>&-", "0<&-", "2>/dev/full"])
def test_standard_streams_that_are_closed_or_full(shared: Copy, closed: str) -> None:
    """Nothing lands in a file that takes their place, and the status is that of the work."""
    for _ in range(2):
        shutil.rmtree(shared.folder / "closed", ignore_errors=True)
        status, said, _ = shared.render("kdd", "--calico", "3.23", "-o", "closed", shell=closed)
        assert (status, said if closed.startswith("2") else "") == (0, "")
        subprocess.run(["sha256sum", "--check", "--quiet", INVENTORY], cwd=shared.folder / "closed", check=True)


def test_an_option_that_eats_the_next_word_is_no_output_directory(shared: Copy) -> None:
    """`--label -o DIR team=net` is a mistake, also after `--label team=net -o DIR`."""
    assert shared.render("kdd", "--calico", "3.20", "--label", "team=net", "-o", "label")[0] == 0
    assert shared.render("kdd", "--calico", "3.20", "--label", "-o", "other", "team=net")[0] == 2
    assert not (shared.folder / "other").exists()


def test_only_so_many_are_kept(copy: Copy) -> None:
    """The oldest go when there are 64."""
    copy.render("kdd", "--calico", "3.9", "-o", "out")
    (one,) = copy.kept()
    for number in range(80):
        shutil.copy(one, one.with_name(f"{number:016x}"))
    copy.render("kdd", "--calico", "3.10", "-o", "out")
    assert 0 < len(copy.kept()) <= 64
