"""The options of every command that composes a bundle, and the bundle they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.cli.spec import FLAG, MANY, Option
from manifestgen.errors import ManifestgenError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.api import Bundle
    from manifestgen.catalog.parameters import ValueSource

COMPOSING = (
    Option(("--calico",), "Calico release; the newest not known to be broken.", metavar="VERSION"),
    Option(("--istio",), "Istio version; the one that the Calico release documents.", metavar="VERSION"),
    Option(("--kubernetes",), "Write API versions for it; as published.", metavar="VERSION"),
    Option(("--component",), "A part of the output; what the release's procedure applies.", MANY, "NAME"),
    Option(("--namespace",), "A namespace whose pods are judged; it is labelled for injection.", MANY, "NAME"),
    Option(("--set",), "A parameter's value.", MANY, "KEY=VALUE"),
    Option(("--values",), "A YAML file of parameter values.", MANY, "FILE"),
    Option(("--overlay",), "A directory of patches; later ones win.", MANY, "DIR"),
    Option(("--registry",), "Take every image from this registry.", metavar="HOST[/PATH]"),
    Option(("--pin",), "A YAML file of image: digest.", metavar="FILE"),
    Option(("--label",), "Set a label on every object.", MANY, "KEY=VALUE"),
    Option(("--argo",), "Add Argo CD's sync waves and options.", FLAG),
    Option(("--injector",), "Your istio-sidecar-injector ConfigMap, for the component injector.", metavar="FILE"),
    Option(("--published",), "Exactly what Calico published, faults and all.", FLAG),
    Option(("--allow",), "A rule, by its code, that may not refuse.", MANY, "RULE"),
)


class NotAPair(ManifestgenError):
    """An option wants KEY=VALUE.

    Attributes:
        option: the flag.
        word: what was given.
    """

    def __init__(self, option: str, word: str) -> None:
        super().__init__(f"{option} wants KEY=VALUE", found=repr(word), next_step=f"for example {option} mtu=1440")
        self.option = option
        self.word = word


class NotAMapping(ManifestgenError):
    """A file of values or pins does not hold one mapping."""

    def __init__(self, file: str) -> None:
        super().__init__("the file must hold one mapping", where=file, next_step="write name: value, one a line")


def bundle(profile: str, arguments: Mapping[str, Any]) -> Bundle:
    """Render what the options of `COMPOSING` ask for.

    Raises:
        ManifestgenError: whatever is wrong with them.
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
        registry=arguments["registry"] or "",
        pins=mapping_file(arguments["pin"])[0] if arguments["pin"] else None,
        labels=pairs("--label", arguments["label"]),
        allow=arguments["allow"],
        given=given(arguments),
    )


def given(arguments: Mapping[str, Any]) -> list[ValueSource]:
    """Parameter values from files, then from --set, the strongest last."""
    from manifestgen.catalog.parameters import ValueSource

    files = [ValueSource(*mapping_file(path)) for path in arguments["values"]]
    words = [
        ValueSource({name: text}, f"--set {name}", as_text=True)
        for name, text in pairs("--set", arguments["set"]).items()
    ]
    return [*files, *words]


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


def mapping_file(path: str) -> tuple[dict[str, Any], Any]:
    """The one mapping that a YAML file holds, and its anchor.

    Raises:
        NotAMapping, YamlError: it holds something else.
    """
    from manifestgen.yamlio.files import read_file
    from manifestgen.yamlio.locations import SourceFile, SourceRef
    from manifestgen.yamlio.reader import read

    text = read_file(path)
    documents = read(text, path)
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise NotAMapping(path)
    return documents[0], SourceRef(SourceFile(path, text))
