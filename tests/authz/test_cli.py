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

from manifestgen.authz.contract import CODES
from manifestgen.authz.rules import Rules
from manifestgen.authz.server import serving
from manifestgen.authz.stubs.check_pb2 import CheckResponse, Status
from tests.authz import servers
from tests.authz.data import CUSTOMER, CUSTOMERS_READ, rules
from tests.support.environments import ROOT

COMMAND = (sys.executable, "-m", "manifestgen", "authz")
UNKNOWN = CheckResponse(status=Status(code=2)).SerializeToString()
HEALTHY = b"\x08\x01"


def run(*words: object, status: int) -> subprocess.CompletedProcess[str]:
    """A command that ends with a status; on stderr there is an error where the status says so, and no traceback."""
    patience = () if "--timeout" in words or words[0] == "serve" or words[1] == "--help" else ("--timeout", "60")
    words = (words[0], *patience, *words[1:])
    done = subprocess.run([*COMMAND, *map(str, words)], check=False, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    if status == 2:
        assert done.stderr
        assert not done.stdout
    return done


def authz(*words: object, status: int) -> str:
    """What a command prints on stdout, or on stderr where it fails; otherwise there is nothing on stderr."""
    done = run(*words, status=status)
    assert status == 2 or not done.stderr
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
        assert authz("check", "--address", where, *caller, "--api", api, "--method", "PUT", status=1) == denied
    assert authz("check", "--address", where, *caller, "--tcp", status=0).startswith("allowed")
    assert authz("check", "--address", where, *caller, "--tcp", "--api", "v2", status=1) == denied
    options = ("--path", "/public/a?b", "--host", "h", "--header", "A=b=c", "--destination-port", "80")
    assert authz("check", "--address", where, *caller, *options, status=0).startswith("allowed")


def test_check_speaks_json(where: str) -> None:
    """One object, with the code by its name and the answer's bytes."""
    found = json.loads(authz("check", "--address", where, "--path", "/private", "--format", "json", status=1))
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
        (f"unix://{sockets}/stale", "nothing answers there"),
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
        (("--source-port", "65536"), "65536"),
        (("--header", "novalue"), "NAME=VALUE"),
        (("--timeout", "0"), "timeout"),
        (("--api", "v4"), "v4"),
        (("--calico", "2.6"), "has no Dikastes"),
        (("--source-label", "app"), "NAME=VALUE"),
        (("--no-source", "--api", "v2"), "crashes Dikastes since Calico 3.20; add --destructive"),
        (("--no-destination", "--api", "v2alpha"), "add --destructive to send it"),
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


@pytest.mark.parametrize(
    ("code", "calico", "hint"),
    [
        (2, "", "Dikastes of Calico 3.30 and 3.31 answers so to everything"),
        (2, "3.31", "Dikastes of Calico 3.30 and 3.31 answers so to everything"),
        (2, "3.29", "look at the server's log"),
        (14, "", "Dikastes up to Calico 3.29 is not in sync with Felix"),
        (14, "3.24.6", "Dikastes up to Calico 3.29 is not in sync with Felix"),
        (13, "", "Dikastes of Calico 3.32 and newer is not in sync with Felix"),
        (13, "3.32", "or cannot read what an older Felix sends"),
        (12, "", "the server does not serve this API"),
        (4, "", "look at the server's log"),
    ],
)
def test_a_server_that_cannot_decide_has_not_denied(sockets: Path, code: int, calico: str, hint: str) -> None:
    """Status 2 and what the code tells about the server, also for JSON."""
    reply = CheckResponse(status=Status(code=code, message="why\x1b[31m")).SerializeToString()
    with servers.replying(sockets / "s", reply) as where:
        for form in ("text", "json"):
            words = ("--address", where, "--format", form, *(("--calico", calico) if calico else ()))
            message = authz("check", *words, status=2)
            assert f"the server answered {CODES[code]}, which is not a policy decision" in message
            assert 'found: "why\\u001b[31m"' in message
            assert f"next: {hint}" in message or hint in message


def test_a_path_that_cannot_be_compared_is_denied_with_a_hint(sockets: Path, where: str) -> None:
    """INVALID_ARGUMENT is about the request: status 1, and stderr says why."""
    done = run("check", "--address", where, "--source-principal", CUSTOMER, "--path", "relative", status=1)
    assert done.stdout.startswith("denied: INVALID_ARGUMENT")
    assert done.stderr.startswith("note: Dikastes could not read the path of the request")


@pytest.mark.parametrize(
    ("words", "calico", "notes"),
    [
        (("--source-principal", CUSTOMER), "3.32", []),
        ((), "3.32", ["matches every service account and namespace of a rule"]),
        (("--source-principal", "a.example"), "3.32", ["that is not a service account's SPIFFE ID matches every"]),
        (("--source-principal", "a.example"), "3.29", ["SPIFFE ID is denied, whatever the policy"]),
        (("--source-principal", CUSTOMER, "--tcp"), "3.32", ["matches every HTTP condition of a rule"]),
        (("--source-principal", CUSTOMER, "--tcp"), "3.29", ["the method and the path are empty"]),
        (("--source-principal", CUSTOMER, "--udp"), "3.29", ["not rules that name it by its number 17"]),
        (("--source-principal", CUSTOMER, "--path", "/%zz"), "3.32", ["passes a rule that denies"]),
        (("--source-principal", CUSTOMER, "--no-destination"), "3.29", ["no rule matches"]),
        (("--source-principal", CUSTOMER, "--api", "v3"), "3.9", ["does not serve v3, only v2alpha, v2"]),
    ],
)
def test_check_says_what_a_release_makes_of_the_request(
    where: str, words: Sequence[str], calico: str, notes: Sequence[str]
) -> None:
    """On stderr, with what it was measured with; stdout has the decision alone."""
    done = subprocess.run(
        [*COMMAND, "check", "--address", where, "--calico", calico, *words],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1)
    found = done.stderr.splitlines()
    assert len(found) == len(notes), done.stderr
    for line, note in zip(found, notes, strict=True):
        assert line.startswith("note: ")
        assert note in line


def test_the_release_chooses_the_api(sockets: Path) -> None:
    """The newest that it serves, unless another is named."""
    allow = CheckResponse(status=Status()).SerializeToString()
    caller = ("--source-principal", CUSTOMER)
    for calico, api in (("3.2", "v2alpha"), ("3.9", "v2"), ("3.32", "v3")):
        with servers.replying(sockets / api, allow, apis=(api,)) as where:
            authz("check", "--address", where, "--calico", calico, *caller, status=0)
            if api != "v3":
                assert "does not serve this service" in authz("check", "--address", where, *caller, status=2)


@pytest.mark.slow
def test_conformance_of_the_stand_in(where: str) -> None:
    """0 with a line a case, the counts and the verdict; as JSON the same, of the APIs that a release speaks."""
    patience = ("--authz-timeout", "60")
    text = authz("conformance", "--address", where, *patience, status=0)
    assert "ok      v2alpha at-once  (1000 answers, 1000 at once, p50 " in text
    assert " passed, 0 failed, 1 known, 2 skipped\n" in text
    assert "in time\nthe contract is kept, with 1 known fault of Dikastes\n  apis-agree-without-http (found): " in text
    words = ("--calico", "v3.9", "--format", "json", *patience)
    body = json.loads(authz("conformance", "--address", where, *words, status=0))
    assert {case["api"] for case in body["cases"]} == {"v2alpha", "v2", None}
    assert (body["address"], body["failed"], body["kept"], body["known_faults"]) == (where, 0, True, [])


@pytest.mark.slow
def test_conformance_of_a_server_that_dies_at_an_empty_request(sockets: Path) -> None:
    """It is spared by default; with --destructive the report says where it died, and its release excuses that."""
    for words, status in (((), 0), (("--calico", "3.32"), 0), (("--calico", "3.32", "--destructive"), 0)):
        line = [sys.executable, "-m", "tests.authz.dying", str(sockets / "s"), "", "v2alpha,v2,v3"]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            text = authz(
                "conformance", "--address", f"unix://{sockets}/s", "--authz-timeout", "60", *words, status=status
            )
            assert ("--destructive" in words) is ("the server died at empty over v2alpha" in text)
            assert ("--calico" in words) is ("the contract is kept, with 2 known faults of this release" in text)
            process.kill()


def test_conformance_knows_what_is_wrong_with_a_release(sockets: Path) -> None:
    """1 for a broken contract; what is known of the release is said with it."""
    with servers.replying(sockets / "s", UNKNOWN, health=HEALTHY) as where:
        text = authz("conformance", "--address", where, "--calico", "3.31", status=1)
    assert "Dikastes of Calico 3.30 and 3.31 answers so to everything" in text
    assert "FAILED  v3      decision" in text
    assert "the contract is broken\n" in text


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
        output, log = process.communicate()
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
    assert f'{file}:4:3: action cannot be "alow"' in message
    assert f'{file}:5:3: a rule has no member "path"' in message
    file.write_text("rules: [\n")
    assert f"{file}:" in authz("serve", "--rules", file, *listen, status=2)
    file.write_text("")
    assert "a rules file must hold one document" in authz("serve", "--rules", file, *listen, status=2)
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


def test_serve_stands_in_for_a_release(sockets: Path, tmp_path: Path) -> None:
    """Its APIs and its way of comparing; conditions that match nothing are named with their places first."""
    file = tmp_path / "rules.yaml"
    header = "apiVersion: manifestgen/v1\nkind: AuthorizationRules\nrules:\n"
    file.write_text(f"{header}- action: allow\n  methods: [GET]\n  paths:\n  - prefix: /public\n  - exact: /a?b\n")
    detour = ("--path", "/public/..;/admin", "--source-principal", CUSTOMER)
    for calico, status, remark in (
        ("3.29", 0, "the query of a request is cut off"),
        ("3.32", 1, "the query of this path is not compared"),
    ):
        address = f"unix://{sockets}/{calico}"
        words = ("serve", "--rules", str(file), "--listen", address, "--calico", calico)
        with subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr
            warning, _, listening = (process.stderr.readline() for _ in range(3))
            assert warning.startswith(f"warning: {file}:8:5: ")
            assert remark in warning
            assert listening.endswith(f"compared as in Calico {calico}\n")
            authz("check", "--address", address, *detour, status=status)
            process.terminate()


def test_an_allowing_server_over_a_relative_socket(sockets: Path) -> None:
    """`unix:NAME` is relative to the working directory, as a way around long paths."""
    deep = sockets / ("d" * 100)
    deep.mkdir()
    before = os.getcwd()
    os.chdir(deep)
    try:
        with serving(Rules(default="allow"), "unix:s"):
            assert authz("check", "--address", "unix:s", status=0).startswith("allowed: OK")
    finally:
        os.chdir(before)
