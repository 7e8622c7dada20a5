"""The options of every command that composes a bundle, and the bundle for them."""

from __future__ import annotations

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
    help="Part of the output to render.",
    kind=MANY,
    metavar="NAME",
    without="what the installation procedure of the release applies",
)
PUBLISHED = Option(("--published",), "Render exactly what Calico published, without corrections.", FLAG)
COMPOSING = (
    CALICO,
    ISTIO,
    Option(
        ("--kubernetes",),
        "Kubernetes version of the cluster; objects are written in API versions that it serves.",
        metavar="VERSION",
        without="API versions as published",
    ),
    COMPONENT,
    Option(
        flags=("--namespace",),
        help="Namespace to enforce policy in; it is labelled for sidecar injection.",
        kind=MANY,
        metavar="NAME",
    ),
    Option(flags=("--set",), help="Value of a parameter.", kind=MANY, metavar="KEY=VALUE"),
    Option(flags=("--values",), help="YAML file of parameter values.", kind=MANY, metavar="FILE"),
    Option(flags=("--overlay",), help="Directory of patches; later ones win.", kind=MANY, metavar="DIR"),
    Option(("--registry",), "Registry to take every image from.", metavar="HOST[/PATH]"),
    Option(
        ("--pin",),
        "YAML file of image digests, one `image: digest` per line; every image must have one.",
        metavar="FILE",
    ),
    Option(flags=("--label",), help="Label to set on every object.", kind=MANY, metavar="KEY=VALUE"),
    Option(("--argo",), "Add Argo CD sync waves and sync options.", FLAG),
    Option(("--injector",), "Your injector ConfigMap, IstioOperator or istiod Helm values.", metavar="FILE"),
    PUBLISHED,
    Option(flags=("--allow",), help="Code of a rule that may warn but not refuse.", kind=MANY, metavar="RULE"),
)


class NotAPair(ManifestgenError):
    """An option is not KEY=VALUE.

    Attributes:
        option: the flag.
        word: the word that was given.
    """

    def __init__(self, option: str, word: str) -> None:
        super().__init__(f"{option} must be KEY=VALUE", found=repr(word), next_step=f"for example {option} mtu=1440")
        self.option = option
        self.word = word


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
        components=arguments["component"],
        namespaces=arguments["namespace"],
        overlays=arguments["overlay"],
        published=arguments["published"],
        argo=arguments["argo"],
        injector=arguments["injector"],
        registry=arguments["registry"],
        pins=arguments["pin"],
        labels=pairs("--label", arguments["label"]),
        allow=arguments["allow"],
        layout=arguments.get("layout"),
        given=given(arguments),
    )


def given(arguments: Mapping[str, Any]) -> list[ValueSource]:
    """Parameter values from files, then from --set, the strongest last."""
    if not arguments["values"] and not arguments["set"]:
        return []
    from manifestgen.api.files import value_sources

    return value_sources(arguments["values"], pairs("--set", arguments["set"]))


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
