"""Every call that a help shows works as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import manifestgen
from manifestgen.cli.click_adapter import main
from manifestgen.cli.registry import COMMANDS

SITE = """apiVersion: manifestgen/v1
kind: Profile
metadata: {name: site}
extends: kdd
calico: "3.27"
"""
OVERLAY = """apiVersion: manifestgen/v1
kind: Overlay
metadata: {name: NAME}
patches:
- target: {kind: DaemonSet, name: calico-node}
  patch: [{op: add, path: /metadata/annotations, value: {owner: team}}]
"""
MATRIX = """apiVersion: manifestgen/v1
kind: GoldenMatrix
trees:
- {profile: kdd, calico: [v3.29, v3.32]}
"""
FLEET = """apiVersion: manifestgen/v1
kind: Fleet
metadata: {name: shops}
clusters:
- {name: east, profile: kdd, calico: "3.32"}
"""
RULES = """apiVersion: manifestgen/v1
kind: AuthorizationRules
default: allow
rules: []
"""
RESOURCES = """apiVersion: config.kubernetes.io/v1
kind: ResourceList
items: []
functionConfig: {apiVersion: manifestgen/v1, kind: Profile, metadata: {name: site}, extends: kdd, calico: "3.32"}
"""
KUBECTL = '#!/bin/sh\ngrep -q "^kind: DaemonSet$" && echo applied\n'
SOCKET = "/tmp/dikastes.sock"


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command and group below a group, by its full name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


EXAMPLES = {name: re.findall(r"(?m)^  \$ (.*)$", command.epilog or "") for name, command in commands(main())}
CALLS = sorted({call for calls in EXAMPLES.values() for call in calls})


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_help_shows_examples_of_its_command(name: str) -> None:
    """At least one, in lines that fit a terminal of 120 columns."""
    assert EXAMPLES[name]
    for call in EXAMPLES[name]:
        assert call.startswith(f"manifestgen {name}")
        assert len(call) <= 112


def test_the_examples_are_of_every_command() -> None:
    """Of the registry, and of the group that click has."""
    assert set(COMMANDS) <= set(EXAMPLES)
    assert {"authz serve", "authz check"} <= set(EXAMPLES)


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A directory whose path is short enough for a Unix socket."""
    with tempfile.TemporaryDirectory(dir="/tmp") as found:
        yield Path(found)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the files that the examples name."""
    place = tmp_path_factory.mktemp("examples")
    for name in ("site", "golden", "bin"):
        (place / name).mkdir()
    for name in ("prod", "team"):
        (place / name).mkdir()
        (place / name / "profile.yaml").write_text(OVERLAY.replace("NAME", name))
    (place / "site" / "profile.yaml").write_text(SITE)
    (place / "golden" / "matrix.yaml").write_text(MATRIX)
    (place / "rules.yaml").write_text(RULES)
    (place / "resources.yaml").write_text(RESOURCES)
    (place / "values.yaml").write_text("mtu: 1400\n")
    (place / "istiod-values.yaml").write_text("revision: ''\nmeshConfig: {}\n")
    (place / "bin" / "kubectl").write_text(KUBECTL)
    (place / "bin" / "kubectl").chmod(0o755)
    (place / "fleet.yaml").write_text(FLEET)
    (place / "fleet.csv").write_text("name,profile,calico\neast,kdd,3.32\n")
    install = manifestgen.render("kdd", calico="3.32", components=["node", "config"])
    for name in ("calico.yaml", "cluster.yaml", "objects.yaml"):
        (place / name).write_text(install.to_yaml())
    for version in ("3.27", "3.32"):
        published = manifestgen.render("kdd", calico=version, components=["node", "config"], published=True)
        (place / f"calico-{version}.yaml").write_text(published.to_yaml())
    (place / "injector.yaml").write_text(
        manifestgen.inject(
            manifestgen.render("kdd", calico="3.9", components=["injector"]).to_yaml(), calico="3.9", remove=True
        )
    )
    for name in ("out", "before"):
        manifestgen.render("kdd", calico="3.32").write(place / name)
    manifestgen.render("kdd", calico="3.29").write(place / "after")
    return place


def bash(call: str, place: Path) -> subprocess.CompletedProcess[str]:
    """A line as a user types it, with the manifestgen of this Python."""
    (place / "bin" / "manifestgen").write_text(f'#!/bin/sh\nexec {sys.executable} -m manifestgen "$@"\n')
    (place / "bin" / "manifestgen").chmod(0o755)
    environment = {**os.environ, "PATH": f"{place}/bin:{os.environ['PATH']}", "HOME": str(place)}
    for folder in (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {call}"],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


@pytest.mark.parametrize("call", [call for call in CALLS if "authz" not in call])
def test_an_example_runs(call: str, planted: Path, tmp_path: Path) -> None:
    """In a directory with the files that it names; status 0, or 1 where it finds a difference."""
    place = tmp_path / "place"
    shutil.copytree(planted, place)
    for verb, made in (("adopt", "site"), ("golden init", "golden")):
        if verb in call:
            shutil.rmtree(place / made)
    done = bash(call, place)
    finds = re.match(r"manifestgen (diff|golden check|preflight|upgrade|validate)|.* --check", call)
    assert done.returncode in ({0, 1} if finds else {0}), done.stderr
    assert "error:" not in done.stderr
    written = re.search(r"> (\S+)", call)
    shown = (place / written[1].replace("~", str(place))).read_text() if written else done.stdout
    silent = re.search(r" -o (?!-)|diff --live", call)  # a cluster that has not drifted
    assert shown or silent


@pytest.mark.parametrize("call", [call for call in CALLS if re.search("authz (check|health|conformance)", call)])
def test_an_example_of_authz_runs(call: str, sockets: Path, planted: Path) -> None:
    """Against the stand-in, which the example of `authz serve` starts."""
    (example,) = (line for line in EXAMPLES["authz serve"])
    place = str(sockets / "s")
    words = [sys.executable, "-m", *example.replace(SOCKET, place).split()]
    said = sockets / "stderr"  # every decision is printed: a pipe that nobody reads would be full
    with said.open("w") as log, subprocess.Popen(words, cwd=planted, stderr=log) as server:
        try:
            wait_for(place)
            # How fast a busy machine answers is no matter here.
            patient = " --authz-timeout 60 --timeout 60" if "conformance" in call else " --timeout 60"
            done = bash(call.replace(SOCKET, place) + patient, planted)
        finally:
            server.send_signal(signal.SIGTERM)
    assert server.returncode == 0, said.read_text()
    assert done.returncode == 0, done.stderr
    assert done.stdout


def wait_for(place: str) -> None:
    """Until something listens at a socket."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(place)
            except OSError:
                time.sleep(0.05)
            else:
                return
    raise AssertionError(f"nothing listens at {place}")
