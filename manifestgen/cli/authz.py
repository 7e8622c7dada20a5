"""`manifestgen authz`: probe an authorization server, run the contract's cases against it, or stand in for it."""

from __future__ import annotations

from typing import Any

import click

from manifestgen.authz.contract import APIS, DIKASTES_ADDRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from manifestgen.authz.cases import Suite
    from manifestgen.authz.client import AuthorizationClient
    from manifestgen.authz.rules import Asked, Rules, Verdict

DENIED = 1
"""Exit status of a denied check, an unhealthy server and a broken contract."""


@click.group("authz")
def command() -> None:
    """Probe an authorization server, run the contract's cases against it, or stand in for it.

    Envoy asks Dikastes over a Unix socket whether a request may pass. These commands need the extra
    manifestgen[authz].
    """


def _client_options(timeout: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options of every command that asks a server."""
    options = (
        click.option(
            "--address",
            default=DIKASTES_ADDRESS,
            show_default=True,
            help="Whom to ask: unix:///PATH or HOST:PORT.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True, max=3600),
            default=timeout,
            show_default=True,
            help="Seconds to wait for one answer.",
        ),
        click.option("--tls", is_flag=True, help="Speak TLS; the options below imply it."),
        click.option("--ca", metavar="FILE", help="Authorities of the server's certificate, PEM."),
        click.option("--cert", metavar="FILE", help="Client certificate for mutual TLS, PEM."),
        click.option("--key", metavar="FILE", help="Key of the client certificate, PEM."),
        click.option("--server-name", default="", metavar="NAME", help="Name in the server's certificate."),
    )

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def _connect(
    *,
    address: str,
    timeout: float,
    tls: bool,
    ca: str | None,
    cert: str | None,
    key: str | None,
    server_name: str,
    api: str = "v3",
) -> AuthorizationClient:
    _quiet_grpc()
    from manifestgen.authz.client import AuthorizationClient
    from manifestgen.authz.tls import read_tls

    secure = read_tls(ca, cert, key, server_name) if tls or ca or cert or key or server_name else None
    return AuthorizationClient(address, api, timeout, secure)


def _quiet_grpc() -> None:
    """Keep gRPC's own log off stderr: what it would say is in our messages."""
    import os

    os.environ.setdefault("GRPC_VERBOSITY", "NONE")


_FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


def _header(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for name, equals, _rest in pairs:
        if not name or not equals:
            raise click.BadParameter("write NAME=VALUE")
    return {name: value for name, _equals, value in pairs}


@command.command()
@_client_options(timeout=2.0)
@click.option("--api", type=click.Choice(APIS), default="v3", show_default=True, help="Envoy's API to ask over.")
@click.option("--method", default="GET", show_default=True, help="HTTP method.")
@click.option("--path", default="/", show_default=True, help="HTTP path, with the query.")
@click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", callback=_header, help="HTTP header.")
@click.option("--host", default="", help="HTTP host.")
@click.option("--tcp", is_flag=True, help="Ask without HTTP, as Envoy's network filter does.")
@click.option("--source-principal", default="", metavar="SPIFFE-ID", help="The caller.")
@click.option("--source-address", default="", metavar="IP")
@click.option("--source-port", type=click.IntRange(0, 65535), default=0)
@click.option("--destination-principal", default="", metavar="SPIFFE-ID", help="The called workload.")
@click.option("--destination-address", default="", metavar="IP")
@click.option("--destination-port", type=click.IntRange(0, 65535), default=0)
@_FORMAT
def check(method: str, tcp: bool, form: str, **options: Any) -> None:
    """Ask whether one request may pass.

    Exit status: 0 allowed, 1 denied, 2 no decision was had.
    """
    names = ("path", "headers", "host")
    ends = [f"{end}_{part}" for end in ("source", "destination") for part in ("principal", "address", "port")]
    request = {name: options.pop(name) for name in (*names, *ends)}
    with _connect(**options) as client:
        decision = client.check(method=None if tcp else method, **request)
    from manifestgen.authz import report

    click.echo(report.decision_to_json(decision) if form == "json" else report.decision_to_text(decision), nl=False)
    if not decision.allowed:
        click.get_current_context().exit(DENIED)


@command.command()
@_client_options(timeout=2.0)
@_FORMAT
def health(form: str, **options: Any) -> None:
    """Ask dikastes.Healthz whether the server is ready and live.

    Exit status: 0 both, 1 not, 2 no answer was had.
    """
    import json

    with _connect(**options) as client:
        found = client.health()
    states = {"readiness": found.ready, "liveness": found.live}
    if form == "json":
        click.echo(json.dumps(states))
    else:
        for name, healthy in states.items():
            click.echo(f"{name}: {'healthy' if healthy else 'not healthy'}")
    if not all(states.values()):
        click.get_current_context().exit(DENIED)


@command.command()
@_client_options(timeout=10.0)
@click.option("--calico", default="", metavar="VERSION", help="Require the APIs of this release, and no other.")
@_FORMAT
def conformance(calico: str, form: str, **options: Any) -> None:
    """Run the contract's cases against a server.

    Without --calico, the cases are asked over every API that the server serves.

    Exit status: 0 the contract is kept, 1 it is not, 2 nobody answers.
    """
    with _connect(**options) as client:
        from manifestgen.authz import report
        from manifestgen.authz.conformance import FAILED, run

        required, has_health, hints = _release(calico) if calico else (None, None, {})
        outcomes = run(
            client,
            _suite().with_hints(hints),
            required=required,
            health=has_health,
            on_outcome=(lambda outcome: click.echo(report.line(outcome))) if form == "text" else None,
        )
    if form == "json":
        click.echo(report.to_json(outcomes, str(client.address), calico), nl=False)
    else:
        click.echo(report.summary(outcomes))
    if any(outcome.result == FAILED for outcome in outcomes):
        click.get_current_context().exit(DENIED)


def _suite() -> Suite:
    import os

    from manifestgen import authz
    from manifestgen.authz.cases import read_suite
    from manifestgen.yamlio.files import read_file
    from manifestgen.yamlio.reader import read

    path = os.path.join(os.path.dirname(authz.__file__), "cases.yaml")
    return read_suite(read(read_file(path), path)[0])


def _release(calico: str) -> tuple[list[str], bool, dict[str, str]]:
    """What Dikastes of a release serves, and what is known to be wrong with it: APIs, health, hints by code."""
    from manifestgen.catalog.loading import shipped_documents
    from manifestgen.errors import ManifestgenError
    from manifestgen.model.version import parse, parse_range, within

    version = parse(calico)
    body = shipped_documents("authz/apis.yaml")[0][0]
    for entry in body["releases"]:
        if within(version, parse_range(entry["calico"])):
            faults = [fault for fault in body["faults"] if within(version, parse_range(fault["calico"]))]
            return entry["apis"], entry["health"], {fault["code"]: fault["reason"] for fault in faults}
    raise ManifestgenError(
        f"Calico {version} has no Dikastes",
        next_step=f"give a release in one of {', '.join(entry['calico'] for entry in body['releases'])}",
    )


def _mode(_: click.Context, __: click.Parameter, value: str) -> int:
    try:
        mode = int(value, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise click.BadParameter("write an octal number from 000 to 777")
    return mode


@command.command()
@click.option("--rules", "rules_file", required=True, metavar="FILE", help="What to answer by.")
@click.option("--listen", required=True, metavar="ADDRESS", help="unix:///PATH or HOST:PORT.")
@click.option("--socket-mode", default="777", show_default=True, callback=_mode, help="Permissions of the socket.")
@click.option(
    "--grace",
    type=click.FloatRange(min=0, max=3600),
    default=5.0,
    show_default=True,
    help="Seconds that calls under way are given at the end.",
)
@click.option("--verbose", is_flag=True, help="Say every decision, on stderr.")
def serve(rules_file: str, listen: str, socket_mode: int, grace: float, verbose: bool) -> None:
    """Stand in for Dikastes, in local development and tests.

    It is not Dikastes: it knows neither Calico policy nor Felix, only the rules in FILE. It serves the APIs v2alpha,
    v2 and v3 and dikastes.Healthz until it gets SIGTERM or SIGINT.
    """
    import signal

    _quiet_grpc()
    from manifestgen.authz.server import serving

    rules = _rules(rules_file)
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before the server's threads start: they inherit it
    with serving(rules, listen, socket_mode=socket_mode, grace=grace, on_decision=_say if verbose else None) as address:
        click.echo("stand-in authorization server: this is not Dikastes, it knows no Calico policy", err=True)
        click.echo(f"listening on {address}, {len(rules.rules)} rules, default {rules.default}", err=True)
        signal.sigwait(ends)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)  # a second one ends it at once
        click.echo("stopping", err=True)


def _rules(path: str) -> Rules:
    from manifestgen.authz.rules import InvalidRules, read_rules
    from manifestgen.yamlio.files import read_file
    from manifestgen.yamlio.locations import SourceFile
    from manifestgen.yamlio.reader import read

    text = read_file(path)
    documents = read(text, path)
    if len(documents) != 1:
        raise InvalidRules("a rules file is one document", where=path, found=f"{len(documents)} documents")
    return read_rules(documents[0], SourceFile(path, lambda: text).location)


def _say(asked: Asked, verdict: Verdict) -> None:
    from manifestgen.authz.report import verdict_line

    click.echo(verdict_line(asked, verdict), err=True)
