"""`manifestgen preflight` and `completion`."""

from __future__ import annotations

import json
import subprocess

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
