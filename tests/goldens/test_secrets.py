"""Golden trees are for Git: they hold no value of a Secret, unless the matrix says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.goldens.data import digest
from tests.support.program import manifestgen

SITE = """apiVersion: manifestgen/v1
kind: Overlay
metadata: {name: site}
resources: [secret.yaml]
"""
SECRET = """apiVersion: v1
kind: Secret
metadata:
  name: pull
  namespace: kube-system
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"data":{"a":"aHVudGVyMg=="}}'
    mine: visible
data: {a: aHVudGVyMg==, b: aHVudGVyMg==, empty: ""}
stringData: {c: hunter3}
"""
MATRIX = """apiVersion: manifestgen/v1
kind: GoldenMatrix
trees:
- {profile: kdd, calico: v3.9, components: [node], overlays: [site], name: site}
"""
FILE = "golden/v3.9/kdd-site/resources/01-secret-pull.yaml"
VALUES = ("aHVudGVyMg", "hunter3")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A matrix with a Secret, its golden tree updated."""
    (tmp_path / "golden" / "site").mkdir(parents=True)
    (tmp_path / "golden" / "matrix.yaml").write_text(MATRIX)
    (tmp_path / "golden" / "site" / "profile.yaml").write_text(SITE)
    (tmp_path / "golden" / "site" / "secret.yaml").write_text(SECRET)
    update(tmp_path)
    return tmp_path


def update(place: Path) -> None:
    """Accept what is rendered."""
    done = manifestgen("golden", "update", cwd=place)
    assert done.returncode == 0, done.stderr
    assert not any(value in done.stdout + done.stderr for value in VALUES)


def secret_file(place: Path) -> Path:
    """The golden file of the Secret."""
    (found,) = (place / "golden" / "v3.9" / "kdd-site" / "resources").glob("*-secret-pull.yaml")
    return found


def check(place: Path) -> tuple[int, str]:
    """The status and output of a check; no value is in it."""
    done = manifestgen("golden", "check", cwd=place)
    assert not any(value in done.stdout + done.stderr for value in VALUES)
    return done.returncode, done.stdout


def test_keys_and_digests(place: Path) -> None:
    """The same value has another digest at each place; what is no value stays."""
    text = secret_file(place).read_text()
    assert not any(value in text for value in VALUES)
    identity = "v1/Secret kube-system/pull"
    for pointer, value in (("/data/a", "aHVudGVyMg=="), ("/data/b", "aHVudGVyMg=="), ("/stringData/c", "hunter3")):
        assert f"{pointer[-1]}: {digest(identity, pointer, value)}\n" in text
    assert 'empty: ""' in text
    assert "mine: visible" in text
    assert check(place)[0] == 0


def test_the_same_bytes_each_time(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A tree that is made again elsewhere is the same."""
    text = secret_file(place).read_text()
    secret_file(place).unlink()
    update(place)
    assert secret_file(place).read_text() == text


def test_a_value_that_changes_is_a_difference(place: Path) -> None:
    """Of that entry alone, shown without the values."""
    source = place / "golden" / "site" / "secret.yaml"
    source.write_text(source.read_text().replace("b: aHVudGVyMg==", "b: aHVudGVyNA=="))
    status, said = check(place)
    assert status == 1
    assert "  ~ /data/b\n" in said
    assert "/data/a" not in said
    assert "aHVudGVyNA" not in said
    update(place)
    assert check(place)[0] == 0


def test_a_tree_with_values_is_a_difference_that_an_update_removes(place: Path) -> None:
    """As an earlier version wrote them."""
    path = secret_file(place)
    text = path.read_text()
    lines = text.splitlines()
    path.write_text("\n".join("  a: aHVudGVyMg==" if line.startswith("  a: ") else line for line in lines) + "\n")
    status, said = check(place)
    assert status == 1
    assert "  ~ /data/a\n" in said
    update(place)
    assert path.read_text() == text


def test_the_matrix_may_ask_for_the_values(place: Path) -> None:
    """With `secrets: clear`, of the trees that say so."""
    matrix = place / "golden" / "matrix.yaml"
    matrix.write_text(MATRIX.replace("name: site}", "name: site, secrets: clear}"))
    assert check(place)[0] == 1
    update(place)
    assert "a: aHVudGVyMg==" in secret_file(place).read_text()
    assert check(place)[0] == 0


def test_another_word_is_refused(place: Path) -> None:
    """With the words there are, at its place."""
    (place / "golden" / "matrix.yaml").write_text(MATRIX.replace("name: site}", "name: site, secrets: shown}"))
    done = manifestgen("golden", "check", cwd=place)
    assert done.returncode == 2
    assert "golden/matrix.yaml:4:" in done.stderr
    assert "nearest: digest, clear" in done.stderr
