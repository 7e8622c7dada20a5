"""The options that commands of `manifestgen authz` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from manifestgen.authz.contract import DIKASTES_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def options(*options: Decorator) -> Decorator:
    """Several options as one decorator, in the order of the help."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def client_options(timeout: float) -> Decorator:
    """The options of every command that asks a server."""
    return options(
        click.option(
            "--address",
            default=DIKASTES_ADDRESS,
            show_default=True,
            help="The server: unix:///PATH or HOST:PORT.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True, max=3600),
            default=timeout,
            show_default=True,
            help="Seconds to wait for one answer.",
        ),
        click.option("--tls", is_flag=True, help="Speak TLS; implied by the options below."),
        click.option("--ca", metavar="FILE", help="Authorities of the server's certificate, PEM."),
        click.option("--cert", metavar="FILE", help="Client certificate for mutual TLS, PEM."),
        click.option("--key", metavar="FILE", help="Key of the client certificate, PEM."),
        click.option("--server-name", default="", metavar="NAME", help="Name in the server's certificate."),
    )


FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)


def named_texts(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE words as a mapping."""
    # The first character may be `:`, as in the header `:protocol`.
    pairs = [value.partition("=") for value in values]
    for name, equals, _rest in pairs:
        if not name or not equals:
            raise click.BadParameter("write NAME=VALUE")
    return {name: value for name, _equals, value in pairs}


def peer_options(end: str, whom: str) -> Decorator:
    """The options about one end of the request."""
    return options(
        click.option(
            f"--{end}-principal",
            default="",
            metavar="TEXT",
            help=f"The principal of {whom}: a SPIFFE ID, another URI, a DNS name or a subject; none in plain text.",
        ),
        click.option(f"--{end}-address", default="", metavar="IP", help=f"The IP address of {whom}."),
        click.option(f"--{end}-port", type=click.IntRange(0, 65535), default=0, help=f"The port of {whom}."),
        click.option(
            f"--{end}-label",
            f"{end}_labels",
            multiple=True,
            metavar="NAME=VALUE",
            callback=named_texts,
            help=f"A label of {whom}.  [repeatable]",
        ),
        click.option(f"--no-{end}", is_flag=True, help=f"Leave {whom} out of the request, which Envoy never does."),
    )


HTTP_OPTIONS = options(
    click.option("--method", default="GET", show_default=True, help="HTTP method."),
    click.option("--path", default="/", show_default=True, help="HTTP path, with the query."),
    click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="NAME=VALUE",
        callback=named_texts,
        help="HTTP header.  [repeatable]",
    ),
    click.option("--host", default="", help="HTTP host."),
    click.option("--scheme", default="http", show_default=True, help="HTTP scheme."),
    click.option("--protocol", default="HTTP/1.1", show_default=True, help="HTTP version, such as HTTP/2."),
    click.option("--body", default="", help="HTTP body, which Envoy sends only where it is configured to."),
    click.option("--tcp", is_flag=True, help="Ask without HTTP, as Envoy's network filter does."),
)
