"""`manifestgen authz`: probe an authorization server, run the contract's cases against it, or stand in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from manifestgen.authz.contract import APIS
from manifestgen.cli.authz_options import FORMAT, HTTP_OPTIONS, client_options, named_texts, peer_options
from manifestgen.errors import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from manifestgen.authz.client import AuthorizationClient
    from manifestgen.authz.releases import DikastesRelease
    from manifestgen.authz.rules import RequestSummary, Rules, Verdict


DENIED = 1
"""Exit status of a denied check, an unhealthy server and a broken contract."""


def _examples(*calls: str) -> str:
    """Calls as the last paragraph of help."""
    # `\b` keeps click from rewrapping the paragraph.
    return "\b\nExamples:\n" + "\n".join(f"  $ manifestgen authz {call}" for call in calls)


_SOCKET = "unix:///tmp/dikastes.sock"


@click.group(
    "authz",
    epilog=_examples(f"serve --rules rules.yaml --listen {_SOCKET}", f"check --address {_SOCKET} --path /orders"),
)
def command() -> None:
    """Envoy asks Dikastes over a Unix socket whether a request may pass. These commands need the extra `authz`."""


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

    secure = (
        read_tls(ca, certificate=cert, key=key, server_name=server_name)
        if tls or ca or cert or key or server_name
        else None
    )
    return AuthorizationClient(address, api, timeout=timeout, tls=secure)


def _quiet_grpc() -> None:
    """Keep gRPC's log off stderr: our messages have the same information."""
    import os

    os.environ.setdefault("GRPC_VERBOSITY", "NONE")


@command.command(
    epilog=_examples(
        f"check --address {_SOCKET} --path /orders",
        f"check --address {_SOCKET} --method POST --header x-user=ann --format json",
    )
)
@client_options(timeout=2.0)
@click.option(
    "--calico", default="", metavar="VERSION", help="The release of Dikastes: its API, and what it is known for."
)
@click.option(
    "--api",
    type=click.Choice(APIS),
    help="Envoy's API to ask over.  [default: v3, or with --calico the release's newest]",
)
@HTTP_OPTIONS
@peer_options("source", "the caller")
@peer_options("destination", "the called workload")
@click.option("--udp", is_flag=True, help="The destination's address is a UDP one.")
@click.option(
    "--context",
    "context_extensions",
    multiple=True,
    metavar="NAME=VALUE",
    callback=named_texts,
    help="A context extension, as a route of Envoy adds it.  [repeatable]",
)
@click.option(
    "--destructive", is_flag=True, help="Ask what is known to crash Dikastes: over v2 or v2alpha without a peer."
)
@FORMAT
def check(*, calico: str, api: str | None, destructive: bool, form: str, **options: Any) -> None:
    """Ask whether one request may pass.

    Exit status: 0 allowed, 1 denied, 2 the server made no decision.
    """
    method = options.pop("method")
    request = {
        "method": None if options.pop("tcp") else method,
        "with_source": not options.pop("no_source"),
        "with_destination": not options.pop("no_destination"),
        "transport": "UDP" if options.pop("udp") else "TCP",
    }
    names = ("path", "headers", "host", "scheme", "protocol", "body", "context_extensions")
    ends = [f"{end}_{part}" for end in ("source", "destination") for part in ("principal", "address", "port", "labels")]
    request |= {name: options.pop(name) for name in (*names, *ends)}
    release = _release(calico)
    asked_over = api or (release.apis[-1] if release else "v3")
    if not destructive:
        _spare(asked_over, request)
    with _connect(**options, api=asked_over) as client:
        decision = client.check(**request)
    from manifestgen.authz import report, shipped
    from manifestgen.authz.decision import NoDecision

    _notes(_remarks(release, asked_over, request))
    hint = (release.hints if release else shipped.releases().any_hints()).get(decision.code_name, "")
    if not decision.decided:
        raise NoDecision(decision, client.address.location, hint)
    click.echo(report.decision_to_json(decision) if form == "json" else report.decision_to_text(decision), nl=False)
    if not decision.allowed:
        _notes([hint] if hint else [])
        click.get_current_context().exit(DENIED)


def _spare(api: str, request: dict[str, Any]) -> None:
    """Refuse requests that crash every Dikastes from Calico 3.20 on."""
    from manifestgen.authz.matching import CONVERTED_APIS

    if api in CONVERTED_APIS and not (request["with_source"] and request["with_destination"]):
        raise click.UsageError(
            f"a request over {api} without a peer crashes Dikastes since Calico 3.20; add --destructive to send it"
        )


def _remarks(release: DikastesRelease | None, api: str, request: dict[str, Any]) -> Iterable[str]:
    """Remarks on how Dikastes of a release treats an unusual request."""
    if release is None:
        return
    from manifestgen.authz.features import features_of
    from manifestgen.authz.request import make_request

    if api not in release.apis:
        yield f"Dikastes of Calico {release.version} does not serve {api}, only {', '.join(release.apis)}"
    for feature in features_of(make_request(**request)):
        if feature in release.remarks:
            yield f"Dikastes of Calico {release.version}: {release.remarks[feature]}"


def _notes(texts: Iterable[str]) -> None:
    for text in texts:
        click.echo(f"note: {text}", err=True)


def _release(calico: str) -> DikastesRelease | None:
    """Dikastes of a release; None if none was named."""
    if not calico:
        return None
    from manifestgen.authz.shipped import release

    return release(calico)


@command.command(epilog=_examples(f"health --address {_SOCKET}", f"health --address {_SOCKET} --format json"))
@client_options(timeout=2.0)
@FORMAT
def health(form: str, **options: Any) -> None:
    """Ask dikastes.Healthz whether the server is ready and live.

    Exit status: 0 both, 1 not, 2 no answer.
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


@command.command(
    epilog=_examples(f"conformance --address {_SOCKET} --calico 3.32", f"conformance --address {_SOCKET} --format json")
)
@client_options(timeout=10.0)
@click.option(
    "--calico",
    default="",
    metavar="VERSION",
    help="Require what Dikastes of this release serves, and tell its known faults from others.",
)
@click.option(
    "--authz-timeout",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    default=0.2,
    show_default=True,
    help="Seconds that Envoy waits: authz_timeout of the mesh.",
)
@click.option(
    "--destructive",
    is_flag=True,
    help="Ask the cases, too, that have crashed real servers: last, and never in production.",
)
@FORMAT
def conformance(*, calico: str, authz_timeout: float, destructive: bool, form: str, **options: Any) -> None:
    """Run the contract's cases against a server.

    Without --calico, the cases are asked over every API that the server serves. No case that is known to crash a server
    is asked, unless with --destructive: over v2 and v2alpha an empty request crashes every Dikastes.

    Exit status: 0 the contract is kept but for known faults of the release, 1 it is broken, 2 nothing answers.
    """
    with _connect(**options) as client:
        from manifestgen.authz import report, shipped
        from manifestgen.authz.conformance import run

        release = _release(calico)
        found = run(
            client,
            shipped.suite(),
            release=release,
            hints=release.hints if release else shipped.releases().any_hints(),
            faults=release.faults if release else shipped.releases().any_faults(),
            destructive=destructive,
            envoy_timeout=authz_timeout,
            on_outcome=(lambda outcome: click.echo(report.line(outcome))) if form == "text" else None,
        )
    if form == "json":
        click.echo(report.to_json(found, str(client.address)), nl=False)
    else:
        click.echo(report.summary(found))
    if not found.kept:
        click.get_current_context().exit(DENIED)


def _mode(_: click.Context, __: click.Parameter, value: str) -> int:
    try:
        mode = int(value, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise click.BadParameter("write an octal number from 000 to 777")
    return mode


@command.command(epilog=_examples(f"serve --rules rules.yaml --listen {_SOCKET} --calico 3.32 --verbose"))
@click.option("--rules", "rules_file", required=True, metavar="FILE", help="The rules to answer by.")
@click.option("--listen", required=True, metavar="ADDRESS", help="unix:///PATH or HOST:PORT.")
@click.option(
    "--calico",
    default="",
    metavar="VERSION",
    help="Serve the APIs of this release, and compare as it does.  [default: the newest]",
)
@click.option("--socket-mode", default="777", show_default=True, callback=_mode, help="Permissions of the socket.")
@click.option(
    "--grace",
    type=click.FloatRange(min=0, max=3600),
    default=5.0,
    show_default=True,
    help="Seconds that calls in progress are given at the end.",
)
@click.option("--verbose", is_flag=True, help="Print every decision, on stderr.")
def serve(*, rules_file: str, listen: str, calico: str, socket_mode: int, grace: float, verbose: bool) -> None:
    """Stand in for Dikastes, in local development and tests.

    It is not Dikastes: it reads neither Calico policy nor Felix, only the rules in FILE. It compares methods, paths and
    principals as Dikastes of the release does, and serves its APIs and dikastes.Healthz until SIGTERM or SIGINT.
    """
    import signal

    _quiet_grpc()
    from manifestgen.authz.server import NEWEST, serving

    release = _release(calico) or NEWEST
    rules = _rules(rules_file, release)
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before the server's threads start, because they inherit it
    heard = _say if verbose else None
    with serving(rules, listen, release=release, socket_mode=socket_mode, grace=grace, on_decision=heard) as address:
        click.echo("stand-in authorization server: this is not Dikastes, it reads no Calico policy", err=True)
        compared = f"Calico {release.version}" if release.version else "the newest Calico"
        many = counted(len(rules.rules), "rule")
        text = f"listening on {address}, {many}, default {rules.default}, compared as in {compared}"
        click.echo(text, err=True)
        signal.sigwait(ends)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)  # a second signal ends the server at once
        click.echo("stopping", err=True)


def _rules(path: str, release: DikastesRelease) -> Rules:
    from manifestgen.authz.rules import remarks
    from manifestgen.authz.rules_file import rules_from

    rules, ref = rules_from(path)
    for remark in remarks(rules, release.matching):
        click.echo(f"warning: {ref.at(*remark.path)}: {remark.text}", err=True)
    return rules


def _say(request: RequestSummary, verdict: Verdict) -> None:
    from manifestgen.authz.report import verdict_line

    click.echo(verdict_line(request, verdict), err=True)
