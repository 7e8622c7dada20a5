"""`manifestgen inject` as a shell sees it: result on stdout, words on stderr, exit status."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.injector.test_inject import POD, config, configmap, mapped
from tests.support.shared import ROOT


def run(*words: str | Path, text: str | None = None) -> subprocess.CompletedProcess[bytes]:
    """One call of the command."""
    command = [sys.executable, "-m", "manifestgen", "inject", *map(str, words)]
    return subprocess.run(
        command, input=None if text is None else text.encode(), capture_output=True, cwd=ROOT, check=False
    )


@pytest.mark.parametrize(
    "text", [configmap(config()), configmap(config()).replace("\n", "\r\n"), configmap(config()).rstrip()]
)
def test_standard_input_to_standard_output_and_back(text: str) -> None:
    """Bytes in, bytes out, whatever the line ends; words go to stderr."""
    once = run("--calico", "3.32", text=text)
    assert once.returncode == 0
    assert [line.partition(b" volume driver ")[0] for line in once.stderr.splitlines()] == [b"note: pods need the"]
    again = run("-", "--calico", "3.32", text=once.stdout.decode())
    assert again.stdout == once.stdout
    assert again.stderr == b"note: Dikastes is in it already; nothing changed\n"
    assert run("-", "--remove", text=once.stdout.decode()).stdout == text.encode()


def test_a_file_to_a_file(tmp_path: Path) -> None:
    """Options reach the container; the result may replace the file itself."""
    file = tmp_path / "injector.yaml"
    file.write_text(configmap(config()))
    (tmp_path / "resources.yaml").write_text("limits: {cpu: 100m}\n")
    done = run(
        *(file, "-o", file, "--calico", "v3.32", "--debug", "--env", "A=b", "--pull-policy", "Always"),
        *("--resources", tmp_path / "resources.yaml", "--image", "mirror.example/dikastes:1"),
    )
    assert (done.returncode, done.stdout) == (0, b"")
    for line in (
        "image: mirror.example/dikastes:1",
        "imagePullPolicy: Always",
        "cpu: 100m",
        '"--debug"]',
        "value: b",
    ):
        assert line in file.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["injector.yaml", "resources.yaml"]


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        ("kind: Pod\nmetadata: {name: a}\n", (), "<stdin>: there is no ConfigMap istio-sidecar-injector"),
        (configmap(config("volumes: []\n")), (), "template template, line 1: /containers/[name=istio-proxy]"),
        (configmap(config()), ("--calico", "3.99"), "Calico 3.99 is not known"),
        (configmap(config()), ("--template", "waypoint"), "template waypoint"),
        (configmap(config()), ("--env", "A"), "--env must be KEY=VALUE"),
        ("a: [\n", (), "<stdin>:"),
    ],
)
def test_a_mistake_is_said_on_stderr_and_nothing_on_stdout(text: str, words: tuple[str, ...], message: str) -> None:
    """Exit status 2, no traceback."""
    done = run("-", *words, text=text)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """So is one that cannot be written."""
    assert run(tmp_path / "none.yaml").returncode == 2
    file = tmp_path / "injector.yaml"
    file.write_text(configmap(config()))
    assert run(file, "-o", tmp_path / "no" / "such.yaml").returncode == 2


def test_a_pair_that_the_rules_refuse_is_refused_here_too(tmp_path: Path) -> None:
    """Dikastes before 3.20 does not understand Envoy of Istio 1.9, whichever command brings them together."""
    file = tmp_path / "injector.yaml"
    file.write_text(configmap(mapped(sidecar=POD)))
    refused = run(file, "--calico", "3.17", "--istio", "1.28")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"--allow dikastes-v3" in refused.stderr
    allowed = run(file, "--calico", "3.17", "--istio", "1.28", "--allow", "dikastes-v3")
    assert allowed.returncode == 0
    assert allowed.stderr.startswith(b"warning: Dikastes of Calico 3.17")
    assert run(file, "--calico", "3.17", "--istio", "1.28", "--remove").returncode == 0


@pytest.mark.parametrize(
    ("calico", "driver"), [("3.22", "nodeagent/uds"), ("3.23", "csi.tigera.io"), ("3.32", "csi.tigera.io")]
)
def test_the_volume_driver_that_pods_need_is_named(calico: str, driver: str, tmp_path: Path) -> None:
    """A pod stays out of the node without it; what changes nothing or removes Dikastes needs none."""
    (tmp_path / "injector.yaml").write_text(configmap(config()))
    source, target = tmp_path / "injector.yaml", tmp_path / "out.yaml"
    done = run(source, "--calico", calico, "--istio", "1.8", "-o", target)
    assert f"note: pods need the volume driver {driver} on their nodes" in done.stderr.decode()
    again = run(tmp_path / "out.yaml", "--calico", calico, "--istio", "1.8")
    assert "volume driver" not in again.stderr.decode()
    removed = run(tmp_path / "out.yaml", "--calico", calico, "--istio", "1.8", "--remove")
    assert "volume driver" not in removed.stderr.decode()
