"""Writing a directory: our files become what is rendered, and whatever else is there is not touched."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from manifestgen.emit.directory import File, write_directory, write_file
from manifestgen.emit.errors import CannotWrite, EditedFiles, ForeignFiles
from manifestgen.errors import ManifestgenError
from tests.support.trees import INVENTORY, content, everything, foreign, litter, plant_foreign

ONE = {
    "kustomization.yaml": File("a: 1\n"),
    "resources/01-a.yaml": File("a: 1\n"),
    "resources/02-b.yaml": File("b: 1\n"),
}
TWO = {"kustomization.yaml": File("a: 1\n"), "resources/01-a.yaml": File("a: 2\n"), "istio/x.yaml": File("x: 1\n")}


def texts(files: dict[str, File]) -> dict[str, str]:
    """The texts of files to write."""
    return {path: file.text for path, file in files.items()}


def sha256sum(out: Path) -> None:
    """The inventory is right, in the eyes of another program."""
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", INVENTORY], cwd=out, check=True)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A directory that holds ONE."""
    write_directory(str(tmp_path / "out"), ONE)
    return tmp_path / "out"


def test_a_new_directory_holds_exactly_the_files(tmp_path: Path) -> None:
    """Parents are made; the inventory's hashes are what sha256sum computes."""
    out = tmp_path / "a" / "b"
    assert write_directory(str(out), ONE)
    assert content(out) == texts(ONE)
    sha256sum(out)
    assert not litter(out)


def test_our_old_files_go(out: Path) -> None:
    """What this write does not have of an earlier one is removed and told, with the folder that it leaves empty."""
    write_directory(str(out), TWO)
    written = write_directory(str(out), ONE)
    assert written.removed == ("istio/x.yaml",)
    assert content(out) == texts(ONE)
    assert not (out / "istio").exists()
    sha256sum(out)


def test_a_file_that_only_gets_another_number_is_told_as_moved(tmp_path: Path) -> None:
    """It is the same object, after another one that is new."""
    write_directory(str(tmp_path), {"resources/01-b.yaml": File("b: 1\n"), "resources/02-c.yaml": File("c: 1\n")})
    written = write_directory(
        str(tmp_path), {"resources/01-a.yaml": File("a: 1\n"), "resources/02-b.yaml": File("b: 1\n")}
    )
    assert written.moved == (("resources/01-b.yaml", "resources/02-b.yaml"),)
    assert written.removed == ("resources/02-c.yaml",)


def test_unchanged_files_keep_their_time(out: Path) -> None:
    """A file whose content is the same keeps its time and inode; where nothing changes, nothing at all is written."""
    os.utime(out / "kustomization.yaml", (1, 1))
    before = (out / "kustomization.yaml").stat()
    assert write_directory(str(out), TWO)
    after = (out / "kustomization.yaml").stat()
    assert (after.st_mtime, after.st_ino) == (1, before.st_ino)
    whole = everything(out)
    os.utime(out, (1, 1))
    assert not write_directory(str(out), TWO)
    assert everything(out) == whole
    assert out.stat().st_mtime == 1


def test_what_is_not_ours_is_not_touched(out: Path) -> None:
    """Neither content, mode, owner, inode nor time; empty folders, links, pipes and a repository stay what they are."""
    out.chmod(0o2775)
    plant_foreign(out)
    before = foreign(out)
    directory = out.stat().st_ino
    with open(out / "README", "a") as held:
        write_directory(str(out), TWO)
        write_directory(str(out), ONE)
        assert os.path.samestat(os.fstat(held.fileno()), os.stat(out / "README"))
    assert foreign(out) == before
    assert stat.S_IMODE(out.stat().st_mode) == 0o2775
    assert out.stat().st_ino == directory
    assert content(out) == texts(ONE) | {
        "README": "mine\n", "mine.yaml": "mine: true\n", "private/key": "mine\n", "resources/own.yaml": "mine: true\n"
    }  # fmt: skip


def test_a_repository_in_the_directory_still_works(out: Path) -> None:
    """Git finds its objects, packed ones too, and sees just the change."""

    def git(*words: str) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        return subprocess.run(["git", *identity, *words], cwd=out, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one")
    git("gc", "-q")
    write_directory(str(out), TWO)
    changed = {" M manifestgen.inventory", " M resources/01-a.yaml", " D resources/02-b.yaml", "?? istio/"}
    assert set(git("status", "--porcelain").splitlines()) == changed
    git("fsck", "--strict")
    git("stash", "-qu")
    assert content(out) == texts(ONE)


def test_a_new_repository_is_an_empty_directory(tmp_path: Path) -> None:
    """Hidden files, such as Git's, do not keep manifestgen from writing; neither does lost+found of a new disk."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "lost+found").mkdir()
    assert write_directory(str(tmp_path), ONE)
    assert content(tmp_path) == texts(ONE)


def test_the_working_directory_can_be_written(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a shell that is in it stays in it."""
    monkeypatch.chdir(out)
    assert write_directory(".", TWO)
    assert os.path.samestat(os.stat("."), os.stat(out))
    assert content(Path()) == texts(TWO)


def test_a_removed_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absolute path does not need one; a relative one says what is wrong."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert write_directory(str(tmp_path / "out"), ONE)
    with pytest.raises(CannotWrite, match="working directory was removed"):
        write_directory("out", ONE)


def test_a_foreign_directory_is_refused(tmp_path: Path) -> None:
    """A directory that is not empty and not ours; --force writes, and keeps what was there."""
    (tmp_path / "mine.txt").write_text("mine")
    before = everything(tmp_path)
    with pytest.raises(ForeignFiles, match=r"(?s)not empty.*found: mine\.txt.*--force"):
        write_directory(str(tmp_path), ONE)
    assert everything(tmp_path) == before
    assert write_directory(str(tmp_path), ONE, force=True)
    assert content(tmp_path) == {**texts(ONE), "mine.txt": "mine"}


def test_empty_folders_do_not_count(tmp_path: Path) -> None:
    """There is nothing in them to be mixed up with what is written."""
    (tmp_path / "private" / "empty").mkdir(mode=0o700, parents=True)
    before = everything(tmp_path / "private")
    assert write_directory(str(tmp_path), ONE)
    assert everything(tmp_path / "private") == before


def test_the_root_is_refused_at_once() -> None:
    """Without looking at what is below it."""
    with pytest.raises(ForeignFiles, match=r"found: .*bin"):
        write_directory("/", ONE)


def test_a_foreign_file_in_the_way(out: Path) -> None:
    """A file with a name that we need, but not written by us, is refused without --force."""
    (out / "istio").mkdir()
    (out / "istio" / "x.yaml").write_text("mine")
    with pytest.raises(ForeignFiles, match=r"istio/x\.yaml"):
        write_directory(str(out), TWO)
    assert content(out) == {**texts(ONE), "istio/x.yaml": "mine"}
    write_directory(str(out), TWO, force=True)
    assert content(out) == texts(TWO)


@pytest.mark.parametrize("kind", ["link to a file", "dangling link", "pipe"])
def test_something_else_in_the_way(out: Path, kind: str) -> None:
    """A link or a pipe where a file is needed is refused, never followed or waited for; --force replaces it alone."""
    (out / "target").write_text("mine")
    (out / "istio").mkdir()
    if kind == "pipe":
        os.mkfifo(out / "istio" / "x.yaml")
    else:
        (out / "istio" / "x.yaml").symlink_to("../target" if kind == "link to a file" else "nowhere")
    with pytest.raises(ForeignFiles, match=r"istio/x\.yaml"):
        write_directory(str(out), TWO)
    write_directory(str(out), TWO, force=True)
    assert content(out) == {**texts(TWO), "target": "mine"}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", ["a folder", "a link for a folder", "a file for a folder"])
def test_what_cannot_be_replaced(out: Path, tmp_path: Path, kind: str, force: bool) -> None:
    """Not even with --force: a folder where a file is needed, a link or a file where a folder is."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "a folder":
        (out / "istio" / "x.yaml").mkdir(parents=True)
    elif kind == "a link for a folder":
        (out / "istio").symlink_to(elsewhere)
    else:
        (out / "istio").write_text("mine")
    before = everything(out)
    with pytest.raises(CannotWrite, match=r"istio(/x\.yaml)?: cannot be written: .*(directory|folder)"):
        write_directory(str(out), TWO, force=force)
    assert everything(out) == before
    assert not list(elsewhere.iterdir())


def test_a_file_that_holds_what_is_to_be_written_is_ours(out: Path) -> None:
    """Also where no inventory says so: one that was lost, or is not kept in Git, costs nothing."""
    (out / INVENTORY).unlink()
    os.utime(out / "resources" / "01-a.yaml", (1, 1))
    assert write_directory(str(out), ONE)
    assert (out / "resources" / "01-a.yaml").stat().st_mtime == 1
    sha256sum(out)


@pytest.mark.parametrize("wanted", [ONE, TWO], ids=["the same render", "another render"])
def test_a_file_changed_by_hand_stops_the_write(out: Path, wanted: dict[str, File]) -> None:
    """All of them are named, stale ones too; nothing is written; --force writes."""
    (out / "resources" / "01-a.yaml").write_text("a: 9\n")
    (out / "resources" / "02-b.yaml").write_text("b: 9\n")
    before = everything(out)
    with pytest.raises(EditedFiles, match=r"(?s)2 files were changed.*01-a\.yaml.*02-b\.yaml.*--force") as caught:
        write_directory(str(out), wanted)
    assert sorted(caught.value.files) == ["resources/01-a.yaml", "resources/02-b.yaml"]
    assert everything(out) == before
    write_directory(str(out), wanted, force=True)
    assert content(out) == texts(wanted)
    sha256sum(out)


def test_a_file_removed_by_hand_is_written_again(out: Path) -> None:
    """Nothing is lost by that."""
    (out / "resources" / "01-a.yaml").unlink()
    assert write_directory(str(out), ONE)
    assert content(out) == texts(ONE)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda text: text.replace("\n", "\r\n"), r"line ends.*Git"),
        (lambda text: text.replace("a: 1", "a:   1 # one"), "only its formatting"),
        (lambda text: text.replace("a: 1", 'a: "1"'), r"found: resources/01-a\.yaml\n"),
        (lambda text: text + "b: [\n", r"found: resources/01-a\.yaml\n"),
    ],
    ids=["line ends", "formatting", "another type", "not YAML"],
)
def test_how_a_file_was_changed_is_told(out: Path, edit: object, said: str) -> None:
    """A change of line ends or of formatting is called that."""
    path = out / "resources" / "01-a.yaml"
    path.write_bytes(edit(path.read_text()).encode())  # type: ignore[operator]
    with pytest.raises(EditedFiles, match=said):
        write_directory(str(out), ONE)


def test_notes_are_not_compared_as_yaml(tmp_path: Path) -> None:
    """Two texts that are no YAML do not say the same."""
    write_directory(str(tmp_path), {"NOTES.md": File("# Notes\n\n- a: [\n")})
    (tmp_path / "NOTES.md").write_text("# Notes\n\n- b: [\n")
    with pytest.raises(EditedFiles, match=r"found: NOTES\.md\n"):
        write_directory(str(tmp_path), {"NOTES.md": File("# Notes\n\n- a: [\n")})


def test_line_ends_of_the_inventory_do_not_matter(out: Path) -> None:
    """Where Git has converted them all, the files are still known."""
    (out / INVENTORY).write_bytes((out / INVENTORY).read_bytes().replace(b"\n", b"\r\n"))
    assert write_directory(str(out), TWO)
    assert content(out) == texts(TWO)
    sha256sum(out)


def test_secrets_are_for_their_owner(tmp_path: Path) -> None:
    """A file of mode 0600 is never readable by others, also where it replaces one that was."""
    for before in (File("s: 1\n"), File("s: 0\n")):
        out = tmp_path / before.text[3]
        write_directory(str(out), {"resources/s.yaml": before})
        assert write_directory(str(out), {"resources/s.yaml": File("s: 1\n", 0o600)})
        assert stat.S_IMODE((out / "resources" / "s.yaml").stat().st_mode) == 0o600


def test_other_files_keep_the_mode_that_the_user_gave_them(out: Path) -> None:
    """One that was closed to others is not opened again."""
    (out / "resources" / "01-a.yaml").chmod(0o640)
    (out / INVENTORY).chmod(0o640)
    write_directory(str(out), TWO)
    assert stat.S_IMODE((out / "resources" / "01-a.yaml").stat().st_mode) == 0o640
    assert stat.S_IMODE((out / INVENTORY).stat().st_mode) == 0o640


def test_a_link_to_a_directory_is_followed(out: Path, tmp_path: Path) -> None:
    """The link stays a link."""
    (tmp_path / "link").symlink_to("out")
    write_directory(str(tmp_path / "link"), TWO)
    assert (tmp_path / "link").is_symlink()
    assert content(out) == texts(TWO)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("file", "it is a file"),
        ("file/out", r"Not a directory|File exists"),
        ("link", r"it is a link to nowhere, which does not exist"),
        ("link/out", "No such file"),
        ("pipe", "it is not a directory"),
        ("", "empty name"),
        ("a\0b", "cannot be the name of a directory"),
        ("n" * 300, "name too long"),
    ],
)
def test_what_is_no_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    """It is refused with the reason, and nothing is made or changed."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    before = everything(tmp_path)
    with pytest.raises(CannotWrite, match=f"(?s){said}.*next: "):
        write_directory(name, ONE)
    assert everything(tmp_path) == before


def test_a_directory_with_as_long_a_name_as_there_can_be(tmp_path: Path) -> None:
    """Nothing longer is made from it."""
    assert write_directory(str(tmp_path / ("n" * 255)), ONE)
    assert content(tmp_path / ("n" * 255)) == texts(ONE)


@pytest.mark.parametrize(
    "path", ["../x.yaml", "/x.yaml", "a//x.yaml", ".git/x.yaml", "x", "a\nb.yaml", f"{'n' * 252}.yaml"]
)
def test_paths_that_lead_elsewhere_are_never_written(tmp_path: Path, path: str) -> None:
    """Whatever names they are made of."""
    with pytest.raises(CannotWrite, match="no layout has such a path"):
        write_directory(str(tmp_path / "out"), {path: File("a: 1\n")})
    assert not list(tmp_path.iterdir())


def test_a_leftover_of_another_program_stays(out: Path) -> None:
    """The hidden folder is emptied of numbered files only."""
    (out / ".manifestgen.staging").mkdir()
    (out / ".manifestgen.staging" / "mine").write_text("mine")
    with pytest.raises(CannotWrite, match=r"(?s)\.manifestgen\.staging.*'mine'.*move it away"):
        write_directory(str(out), TWO)
    assert (out / ".manifestgen.staging" / "mine").read_text() == "mine"


def test_readers_always_find_whole_files(tmp_path: Path) -> None:
    """While files are replaced, each is there, and holds one content or the other."""
    out = tmp_path / "out"
    files = {mark: {"resources/k.yaml": File(mark * 100_000), f"resources/{mark}.yaml": File("")} for mark in "ab"}
    write_directory(str(out), files["a"])
    program = "\n".join(
        [
            "import sys",
            "for _ in range(3000):",
            "    text = open(sys.argv[1] + '/resources/k.yaml').read()",
            "    assert text in {'a' * 100_000, 'b' * 100_000}, (len(text), set(text))",
        ]
    )
    with subprocess.Popen([sys.executable, "-c", program, out]) as reader:
        while reader.poll() is None:
            for mark in "ba":
                write_directory(str(out), files[mark])
    assert reader.returncode == 0


@pytest.mark.parametrize("how", ["in place", "by renaming"])
def test_what_a_user_saves_meanwhile_is_not_lost(tmp_path: Path, how: str) -> None:
    """Each text that an editor saves is there afterwards, or the next save has replaced it."""
    out = tmp_path / "out"
    files = [{f"resources/{name}.yaml": File(f"{mark}: 1\n") for name in "kl"} for mark in "ab"]
    write_directory(str(out), files[0])
    stop = threading.Event()
    lost: list[str] = []

    def save() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            text = f"mine: {number}\n"
            if how == "in place":
                (out / "own.yaml").write_text(text)
            else:
                (tmp_path / "fresh").write_text(text)
                os.replace(tmp_path / "fresh", out / "own.yaml")
            if (out / "own.yaml").read_text() != text:
                lost.append(text)

    editor = threading.Thread(target=save)
    editor.start()
    try:
        for _ in range(30):
            for wanted in files:
                write_directory(str(out), wanted)
    finally:
        stop.set()
        editor.join()
    assert not lost


def test_an_edit_in_the_moment_of_writing_is_kept(tmp_path: Path) -> None:
    """A file of ours that a user saves while it is replaced is either seen before, or put back: never lost."""
    out = tmp_path / "out"
    files = [{f"resources/{name}.yaml": File(f"{mark}: 1\n" * 2000) for name in "klmn"} for mark in "ab"]
    for _ in range(60):
        write_directory(str(out), files[0], force=True)
        (tmp_path / "fresh").write_text("mine: 1\n")
        saved = threading.Thread(target=os.replace, args=(tmp_path / "fresh", out / "resources" / "m.yaml"))
        saved.start()
        with contextlib.suppress(ManifestgenError):
            write_directory(str(out), files[1])
        saved.join()
        found = content(out)
        assert found["resources/m.yaml"] == "mine: 1\n"
        assert len({found[f"resources/{name}.yaml"] for name in "kln"}) == 1
        assert not litter(out)


def test_one_file_alone(tmp_path: Path) -> None:
    """It keeps its mode, a link to it stays a link, and nothing is left beside it."""
    (tmp_path / "file").write_text("old")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("file")
    write_file(str(tmp_path / "link"), "new")
    assert (tmp_path / "file").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640
    assert (tmp_path / "link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]
    with pytest.raises(CannotWrite, match="it is a directory"):
        write_file(str(tmp_path), "new")


def test_hashes_are_those_of_hashlib() -> None:
    """Whichever implementation the interpreter has."""
    from manifestgen.emit.hashes import digest

    assert digest(b"a\xff" * 1000) == hashlib.sha256(b"a\xff" * 1000).hexdigest()
