from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from manifestgen.authz.rules import Rules
from manifestgen.authz.server import serving
from manifestgen.authz.stubs.check_pb2 import CheckResponse, Status
from tests.authz import servers
from tests.authz.data import CUSTOMER, CUSTOMERS_READ, rules

COMMAND = (sys.executable, "-m", "manifestgen", "authz")
UNKNOWN = CheckResponse(status=Status(code=2)).SerializeToString()
HEALTHY = b"\x08\x01"


def authz(*words: object, status: int) -> str:
    """What a command prints on stdout; on stderr there is an error where the status says so, and no traceback."""
    done = subprocess.run([*COMMAND, *map(str, words)], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    if status == 2:
        assert done.stderr
        assert not done.stdout
    else:
        assert not done.stderr
    return done.stderr if status == 2 else done.stdout


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a stand-in where customers read."""
    with serving(rules(CUSTOMERS_READ), "127.0.0.1:0") as address:
        yield address


def test_check_says_what_envoy_would_do(where: str) -> None:
    """0 allowed, 1 denied; the code and the server's message on stdout."""
    caller = ("--source-principal", CUSTOMER)
    assert authz("check", "--address", where, *caller, status=0) == 'allowed: OK: "allow by customers-read"\n'
    denied = 'denied: PERMISSION_DENIED: "deny by default"\n'
    for api in ("v2alpha", "v2", "v3"):
        assert authz("check", "--address", where, "--api", api, status=1) == denied
    assert authz("check", "--address", where, *caller, "--method", "PUT", status=1) == denied
    assert authz("check", "--address", where, *caller, "--tcp", status=1) == denied
    options = ("--path", "/public/a?b", "--host", "h", "--header", "A=b=c", "--destination-port", "80")
    assert authz("check", "--address", where, *caller, *options, status=0).startswith("allowed")


def test_check_speaks_json(where: str) -> None:
    """One object, with the code by its name and the answer's bytes."""
    found = json.loads(authz("check", "--address", where, "--format", "json", status=1))
    assert (found["allowed"], found["code"], found["message"]) == (
        False,
        "PERMISSION_DENIED",
        "deny by default",
    )
    assert CheckResponse.FromString(bytes.fromhex(found["raw"])).status.code == 7


def test_what_cannot_be_asked_is_an_error(sockets: Path) -> None:
    """Status 2, a message that says what is wrong, nothing on stdout and no traceback."""
    (sockets / "file").touch()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(f"{sockets}/stale")
    for address, message in (
        (f"unix://{sockets}/none", "there is no such socket"),
        (f"unix://{sockets}/file", "this is not a socket"),
        (f"unix://{sockets}/stale", "nobody answers there"),
        (f"unix:///{'a' * 107}", "the socket path has more than 107 bytes"),
        ("localhost", "is not an address"),
    ):
        for name in ("check", "health", "conformance"):
            assert message in authz(name, "--address", address, status=2)


def test_a_server_that_breaks_the_contract_is_no_decision(sockets: Path) -> None:
    """HTTP/1, silence, garbage and a missing status are status 2, each in its words."""
    with servers.http1() as where:
        assert "does not speak HTTP/2" in authz("check", "--address", where, status=2)
    with servers.silent() as where:
        assert "no answer came within 0.2 s" in authz("check", "--address", where, "--timeout", "0.2", status=2)
        assert "no answer came" in authz("health", "--address", where, "--timeout", "0.2", status=2)
        assert "no answer came" in authz("conformance", "--address", where, "--timeout", "0.2", status=2)
    with servers.replying(sockets / "s", b"") as where:
        assert "Envoy lets the request pass" in authz("check", "--address", where, status=2)
        assert "does not serve this service" in authz("health", "--address", where, status=2)
    with servers.replying(sockets / "s", b"\xff\xff") as where:
        assert "not a CheckResponse" in authz("check", "--address", where, status=2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--source-principal", "customer"), "the principal is not a SPIFFE ID"),
        (("--source-port", "65536"), "65536"),
        (("--header", "novalue"), "NAME=VALUE"),
        (("--timeout", "0"), "timeout"),
        (("--api", "v4"), "v4"),
        (("--ca", "none.pem"), "none.pem: the authorities' certificates cannot be used"),
        (("--cert", "none.pem"), "a client certificate needs its key"),
    ],
)
def test_a_mistake_in_the_arguments_is_an_error(where: str, words: Sequence[str], message: str) -> None:
    """Status 2, with the option or the value named."""
    assert message in authz("check", "--address", where, *words, status=2)


def test_health_says_both(sockets: Path, where: str) -> None:
    """0 when ready and live, 1 when not."""
    assert authz("health", "--address", where, status=0) == "readiness: healthy\nliveness: healthy\n"
    with servers.replying(sockets / "s", b"", health=b"") as sick:
        assert authz("health", "--address", sick, status=1) == "readiness: not healthy\nliveness: not healthy\n"
        found = json.loads(authz("health", "--address", sick, "--format", "json", status=1))
    assert found == {"readiness": False, "liveness": False}


@pytest.mark.slow
def test_conformance_of_the_stand_in(where: str) -> None:
    """0 with a line a case and the counts; as JSON the same, of the APIs that a release speaks."""
    text = authz("conformance", "--address", where, status=0)
    assert "ok      v2alpha at-once  (1000 answers, p50 " in text
    assert text.endswith(" passed, 0 failed, 0 skipped\n")
    body = json.loads(authz("conformance", "--address", where, "--calico", "v3.9", "--format", "json", status=0))
    assert {case["api"] for case in body["cases"]} == {"v2alpha", "v2", None}
    assert (body["address"], body["failed"]) == (where, 0)


def test_conformance_knows_what_is_wrong_with_a_release(sockets: Path) -> None:
    """1 for a broken contract; what is known of the release is said with it."""
    with servers.replying(sockets / "s", UNKNOWN, health=HEALTHY) as where:
        text = authz("conformance", "--address", where, "--calico", "3.31", status=1)
    assert "every check is answered UNKNOWN" in text
    assert "FAILED  v3      decision" in text


def test_a_release_without_an_api_or_health_is_not_asked_for_them(sockets: Path) -> None:
    """v3.2 speaks v2alpha alone and has no health service; v3.20 must speak all three."""
    allow = CheckResponse(status=Status()).SerializeToString()
    with servers.replying(sockets / "s", allow, apis=("v2alpha",)) as where:
        old = json.loads(authz("conformance", "--address", where, "--calico", "3.2", "--format", "json", status=1))
        new = json.loads(authz("conformance", "--address", where, "--calico", "3.20", "--format", "json", status=1))
    found = {case["case"]: case["result"] for case in old["cases"]}
    assert (found["served"], found["health"], found["apis-agree"]) == ("passed", "skipped", "skipped")
    served = {case["api"]: case["result"] for case in new["cases"] if case["case"] == "served"}
    assert served == {"v2alpha": "passed", "v2": "failed", "v3": "failed"}


@pytest.mark.parametrize(("version", "message"), [("2.6", "has no Dikastes"), ("new", "is not a version")])
def test_a_release_that_is_none_is_an_error(where: str, version: str, message: str) -> None:
    """Status 2, with how to write one that is."""
    assert message in authz("conformance", "--address", where, "--calico", version, status=2)


# serve


@contextmanager
def server(file: Path, address: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`authz serve` that says it listens."""
    words = ("serve", "--rules", str(file), "--listen", address, *options)
    process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        assert "this is not Dikastes" in process.stderr.readline()
        assert process.stderr.readline().startswith("listening on ")
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    """A rules file."""
    file = tmp_path / "rules.yaml"
    file.write_text(CUSTOMERS_READ)
    return file


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_until_it_is_told_to_stop(sockets: Path, rules_file: Path, number: signal.Signals) -> None:
    """It answers by its rules, says each decision where asked to, stops with status 0 and leaves no socket."""
    address = f"unix://{sockets}/s"
    with server(rules_file, address, "--verbose", "--socket-mode", "700") as process:
        assert (sockets / "s").stat().st_mode & 0o777 == 0o700
        authz("check", "--address", address, "--source-principal", CUSTOMER, status=0)
        authz("check", "--address", address, "--path", "/\x1b[31m", status=1)
        process.send_signal(number)
        output, log = process.communicate(timeout=10)
        assert process.returncode == 0
    assert output == ""
    assert log == (
        f'OK: "GET /" from "{CUSTOMER}": allow by customers-read\n'
        'PERMISSION_DENIED: "GET /\\u001b[31m" from an unknown caller: deny by default\n'
        "stopping\n"
    )
    assert not (sockets / "s").exists()


def test_serve_takes_over_from_a_dead_server_and_not_from_a_live_one(sockets: Path, rules_file: Path) -> None:
    """A socket left by kill -9 is replaced; one that is answered on is refused with status 2."""
    address = f"unix://{sockets}/s"
    with server(rules_file, address) as process:
        process.kill()
    assert (sockets / "s").exists()
    with server(rules_file, address):
        assert "a server answers there" in authz("serve", "--rules", rules_file, "--listen", address, status=2)
        authz("health", "--address", address, status=0)


def test_serve_refuses_a_wrong_rules_file_with_its_lines(tmp_path: Path, sockets: Path) -> None:
    """Every mistake with file and line; nothing is served."""
    file, listen = tmp_path / "rules.yaml", ("--listen", f"unix://{sockets}/s")
    file.write_text("apiVersion: manifestgen/v1\nkind: AuthorizationRules\nrules:\n- action: alow\n  path: [/]\n")
    message = authz("serve", "--rules", file, *listen, status=2)
    assert f"{file}:4:3: action must be allow or deny" in message
    assert f"{file}:5:3: there is no field 'path' here" in message
    file.write_text("rules: [\n")
    assert f"{file}:" in authz("serve", "--rules", file, *listen, status=2)
    file.write_text("")
    assert "a rules file is one document" in authz("serve", "--rules", file, *listen, status=2)
    file.unlink()
    assert str(file) in authz("serve", "--rules", file, *listen, status=2)
    assert not list(sockets.iterdir())


def test_serve_refuses_what_it_cannot_listen_on(sockets: Path, rules_file: Path) -> None:
    """A long path, a missing directory, no address, permissions that are none."""
    for words, message in (
        (("--listen", f"unix://{sockets}/{'a' * 107}"), "more than 107 bytes"),
        (("--listen", f"unix://{sockets}/none/s"), "its directory does not exist"),
        (("--listen", "unix:///proc/s"), "its directory cannot be written to"),
        (("--listen", "here"), "is not an address"),
        (("--listen", f"unix://{sockets}/s", "--socket-mode", "9"), "octal"),
        (("--listen", f"unix://{sockets}/s", "--socket-mode", "1777"), "octal"),
    ):
        assert message in authz("serve", "--rules", rules_file, *words, status=2)


def test_without_grpcio_the_commands_say_what_to_install() -> None:
    """Status 2 and the name of the extra."""
    code = "import sys; sys.modules['grpc'] = None; from manifestgen.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "authz", "health"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'manifestgen[authz]'" in done.stderr


def test_the_help_of_every_command_works_without_grpcio() -> None:
    """Help needs no extra."""
    code = "import sys; sys.modules['grpc'] = None; from manifestgen.cli.main import main; sys.exit(main(sys.argv[1:]))"
    for name in ("", "check", "health", "conformance", "serve"):
        words = [sys.executable, "-c", code, "authz", *filter(None, [name]), "--help"]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        assert "Usage: manifestgen authz" in done.stdout


def test_the_stand_in_says_that_it_is_not_dikastes() -> None:
    """In its help too."""
    assert "It is not Dikastes" in authz("serve", "--help", status=0)


def test_an_allowing_server_over_a_relative_socket(sockets: Path) -> None:
    """`unix:NAME` is relative to the working directory, as a way around long paths."""
    deep = sockets / ("d" * 100)
    deep.mkdir()
    before = os.getcwd()
    os.chdir(deep)
    try:
        with serving(Rules((), "allow"), "unix:s"):
            assert authz("check", "--address", "unix:s", status=0).startswith("allowed: OK")
    finally:
        os.chdir(before)
