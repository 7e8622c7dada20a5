"""`manifestgen preflight` and `completion`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.program import manifestgen


def test_nothing_speaks_against_it() -> None:
    """A sound combination ends in 0, and the last line says what was judged; notes change nothing."""
    done = manifestgen("preflight", "kdd", "--calico", "3.32")
    assert (done.returncode, done.stderr) == (0, "")
    *notes, judged = done.stdout.splitlines()
    assert judged == (
        "checked: kdd, Calico 3.32.1, Istio 1.28.10, any Kubernetes (--kubernetes names one); "
        "components node, felix, csi, injector, policy, namespaces: no findings"
    )
    assert all(line.startswith(("note: ", "  next: ")) for line in notes)


def test_it_says_in_which_order_a_running_mesh_changes() -> None:
    """Pods that were injected before the label existed, and pods that opt out."""
    text = manifestgen("preflight", "kdd", "--calico", "3.32", "--istio", "1.28").stdout
    order = ["install the template first", "restart the workloads", "lacks the label", "apply the EnvoyFilter last"]
    assert sorted(order, key=text.index) == order
    assert "ordinary network policy only" in text
    assert "denies every request" in manifestgen("preflight", "kdd", "--calico", "3.9", "--istio", "1.1").stdout


def test_where_no_range_is_known() -> None:
    """Silence would look like a version that was tested."""
    done = manifestgen("preflight", "kdd", "--calico", "3.12", "--kubernetes", "1.13", "--component", "node")
    assert done.stdout.splitlines() == [
        "note: it is not known which Kubernetes versions Calico 3.12.3 was tested with",
        "note: it is not known which Kubernetes versions Istio 1.4.2 was tested with",
        "checked: kdd, Calico 3.12.3, Istio 1.4.2, Kubernetes 1.13; components node: no findings",
    ]


def test_what_a_target_lacks() -> None:
    """Judged without rendering, and counted."""
    done = manifestgen("preflight", "kdd", "--calico", "3.23", "--kubernetes", "1.15", "--component", "csi")
    assert done.returncode == 1
    assert done.stdout.startswith("refused: Kubernetes 1.15 cannot hand pods their socket by the csi driver")
    assert ": 1 refused" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--calico", "3.31"), "refused: Dikastes answers every check UNKNOWN"),
        (("--calico", "3.17", "--istio", "1.5"), "refused: "),
        (("--calico", "3.32", "--kubernetes", "1.20"), "warning: Calico 3.32.1 was tested with Kubernetes "),
    ],
)
def test_what_speaks_against_it(words: tuple[str, ...], said: str) -> None:
    """Refusals and warnings are findings, exit status 1, on stdout."""
    done = manifestgen("preflight", "kdd", *words)
    assert done.returncode == 1
    assert done.stdout.startswith(said)


def test_as_json() -> None:
    """The same as values, refusals first."""
    found = json.loads(
        manifestgen("preflight", "kdd", "--calico", "3.31", "--kubernetes", "1.20", "--format", "json").stdout
    )
    assert found[0]["code"] == "dikastes-unknown"
    assert [finding["refused"] for finding in found] == sorted((f["refused"] for f in found), reverse=True)


def test_an_unknown_version_is_a_mistake() -> None:
    """Not a finding: exit status 2."""
    assert manifestgen("preflight", "kdd", "--calico", "3.99").returncode == 2


OVERLAY = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: over}\nvalues: {enforce: mesh}\n"


def test_it_checks_values(tmp_path: Path) -> None:
    """From --set, from a file, from stdin and from an overlay; the later of two wins."""
    (tmp_path / "over").mkdir()
    (tmp_path / "over" / "profile.yaml").write_text(OVERLAY)
    (tmp_path / "values.yaml").write_text("enforce: injected\n")
    base = ("preflight", "kdd", "--istio", "1.1")
    refused = "(enforce-injected)"
    assert refused not in manifestgen(*base).stdout
    for words, stdin in (
        (("--set", "enforce=injected"), None),
        (("--values", "values.yaml"), None),
        (("--values", "-"), "enforce: injected\n"),
        (("--overlay", "over", "--set", "enforce=injected"), None),
    ):
        done = manifestgen(*base, *words, cwd=tmp_path, stdin=stdin)
        assert (done.returncode, done.stderr) == (1, "")
        assert refused in done.stdout, words
    assert refused not in manifestgen(*base, "--overlay", "over", cwd=tmp_path).stdout
    wrong = manifestgen(*base, "--set", "enforce=meshh", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--set enforce" in wrong.stderr


def test_what_is_allowed_changes_no_status() -> None:
    """It is still printed and counted; an unknown code is a mistake."""
    words = ("preflight", "kdd", "--calico", "3.31")
    assert manifestgen(*words).returncode == 1
    done = manifestgen(*words, "--allow", "dikastes-unknown")
    assert done.returncode == 0
    assert done.stdout.startswith("allowed: Dikastes answers every check UNKNOWN")
    assert done.stdout.endswith(": 1 allowed\n")
    (found,) = (
        one
        for one in json.loads(manifestgen(*words, "--allow", "dikastes-unknown", "--format", "json").stdout)
        if one["code"] == "dikastes-unknown"
    )
    assert (found["refused"], found["allowed"]) == (False, True)
    assert manifestgen(*words, "--allow", "dikastes-unknow").returncode == 2


def test_a_site_allows_what_its_profile_says(tmp_path: Path) -> None:
    """As a render does."""
    head = "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\ncalico: '3.31'\n"
    (tmp_path / "profile.yaml").write_text(f"{head}allow: [dikastes-unknown]\n")
    done = manifestgen("preflight", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Calico 3.31.7" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--calico", "3.9.66"), "Calico 3.9.66 is newer than 3.9.6, the newest patch of 3.9 known here"),
        (("--istio", "1.28.99"), "Istio 1.28.99 is newer than 1.28.10, the newest patch of 1.28 known here"),
    ],
)
def test_a_patch_that_nobody_knows_is_warned_about(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """By preflight and by every render; a known or older patch is not."""
    checked = manifestgen("preflight", "kdd", *words)
    assert checked.returncode == 1
    assert f"warning: {said} (unknown-patch)\n  next: " in checked.stdout
    rendered = manifestgen("render", "kdd", *words, "-o", tmp_path / "out", "--quiet")
    assert rendered.returncode == 0
    assert rendered.stderr.startswith(f"warning: {said} (unknown-patch)\n")
    allowed = manifestgen("preflight", "kdd", *words, "--allow", "unknown-patch")
    assert allowed.returncode == 0
    for known in (("--calico", "3.9.6"), ("--calico", "3.9.3"), ("--istio", "1.28.10"), ("--istio", "1.28")):
        assert "unknown-patch" not in manifestgen("preflight", "kdd", *known).stdout


def test_completion() -> None:
    """The script is one that bash takes, and the program answers it with its commands."""
    script = manifestgen("completion", "bash")
    assert script.returncode == 0
    subprocess.run(["bash", "-n"], input=script.stdout, text=True, check=True)
    answer = {"_MANIFESTGEN_COMPLETE": "bash_complete", "COMP_WORDS": "manifestgen gold", "COMP_CWORD": "1"}
    assert manifestgen(env=answer).stdout == "plain,golden\n"


def test_an_unknown_shell() -> None:
    """It names those that there are."""
    done = manifestgen("completion", "tcsh")
    assert done.returncode == 2
    assert "nearest: bash, zsh, fish" in done.stderr
