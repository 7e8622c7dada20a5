"""The options of every command that composes a bundle, and the bundle for them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from manifestgen.cli.spec import FLAG, MANY, Option
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.api import Bundle
    from manifestgen.api.rendering import ValueSource

CALICO = Option(
    ("--calico",), "Calico release.", metavar="VERSION", without="the newest release that is not known to be broken"
)
ISTIO = Option(
    ("--istio",), "Istio version.", metavar="VERSION", without="the version that the Calico release documents"
)
COMPONENT = Option(
    flags=("--component",),
    help="Component to render.",
    kind=MANY,
    metavar="NAME",
    without="what the installation procedure of the release applies",
)
PUBLISHED = Option(("--published",), "Render exactly what Calico published, without corrections.", FLAG)
SET = Option(flags=("--set",), help="Value of a parameter.", kind=MANY, metavar="KEY=VALUE")
VALUES = Option(flags=("--values",), help="YAML file of parameter values; - for stdin.", kind=MANY, metavar="FILE")
OVERLAY = Option(flags=("--overlay",), help="Directory of patches; later ones win.", kind=MANY, metavar="DIR")
ALLOW = Option(
    flags=("--allow",), help="Code of a rule that should warn instead of refusing.", kind=MANY, metavar="RULE"
)
KUBERNETES = Option(
    ("--kubernetes",),
    "Kubernetes version of the cluster; objects are written in API versions that it serves.",
    metavar="VERSION",
    without="API versions as published",
)
SITE = (
    COMPONENT,
    Option(
        flags=("--namespace",),
        help="Namespace to enforce policy in; it is labelled for sidecar injection.",
        kind=MANY,
        metavar="NAME",
    ),
    SET,
    VALUES,
    OVERLAY,
    Option(("--registry",), "Registry for every image.", metavar="HOST[/PATH]"),
    Option(
        ("--pin",),
        "YAML file of image digests, one `image: digest` per line; every image must have one.",
        metavar="FILE",
    ),
    Option(flags=("--label",), help="Label to set on every object.", kind=MANY, metavar="KEY=VALUE"),
    Option(("--argo",), "Add Argo CD sync waves and sync options.", FLAG),
    Option(("--injector",), "Your injector ConfigMap, IstioOperator or istiod Helm values.", metavar="FILE"),
    PUBLISHED,
    ALLOW,
)
"""What a site is, besides its versions."""
COMPOSING = (CALICO, ISTIO, KUBERNETES, *SITE)


STDIN = "-"


class OneStdin(ManifestgenError):
    """Standard input is to be read twice in one call.

    Attributes:
        options: what names it.
    """

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__(
            f"{' and '.join(options)} are both -, and there is one standard input",
            next_step="give all but one of them as a file",
        )
        self.options = tuple(options)


class NotAPair(ManifestgenError):
    """An option is not KEY=VALUE.

    Attributes:
        option: the flag.
        word: the word that was given.
    """

    def __init__(self, option: str, word: str) -> None:
        example = _PAIRS.get(option, "NAME=VALUE")
        super().__init__(f"{option} must be KEY=VALUE", found=repr(word), next_step=f"for example {option} {example}")
        self.option = option
        self.word = word


_PAIRS = {"--set": "mtu=1440", "--label": "team=network", "--env": "DIKASTES_HTTP_BIND_PORT=7777"}
"""An example of each option that takes a pair."""


def bundle(profile: str, arguments: Mapping[str, Any]) -> Bundle:
    """Render a bundle for the options of `COMPOSING`.

    Raises:
        ManifestgenError: the options are wrong, or the bundle cannot be rendered.
    """
    from manifestgen.api import render

    return render(
        profile,
        calico=arguments["calico"],
        istio=arguments["istio"],
        kubernetes=arguments["kubernetes"],
        layout=arguments.get("layout"),
        **site(arguments),
    )


def site(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What the options of `SITE` ask for, by the arguments of `render`."""
    return {
        "components": arguments["component"],
        "namespaces": arguments["namespace"],
        "overlays": arguments["overlay"],
        "published": arguments["published"],
        "argo": arguments["argo"],
        "injector": arguments["injector"],
        "registry": arguments["registry"],
        "pins": arguments["pin"],
        "labels": pairs("--label", arguments["label"]),
        "allow": arguments["allow"],
        "given": given(arguments),
    }


def given(arguments: Mapping[str, Any]) -> list[ValueSource]:
    """Parameter values from files, then from --set, the strongest last.

    Raises:
        OneStdin: standard input is named twice, or is what the command reads besides.
    """
    if not arguments["values"] and not arguments["set"]:
        return []
    from manifestgen.api.files import value_sources

    from_stdin = [name.upper() for name in ("source", "file") if arguments.get(name) == STDIN]
    from_stdin += [VALUES.flags[0] for path in arguments["values"] if path == STDIN]
    if len(from_stdin) > 1:
        raise OneStdin(from_stdin)
    files = [sys.stdin.buffer if path == STDIN else path for path in arguments["values"]]
    return value_sources(files, pairs("--set", arguments["set"]))


def pairs(option: str, words: Sequence[str]) -> dict[str, str]:
    """KEY=VALUE words as a mapping; the last of a key wins.

    Raises:
        NotAPair: a word has no `=` or no key.
    """
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise NotAPair(option, word)
        found[key] = value
    return found
