"""What Calico adds to an injected pod, as lines of YAML. The data is `profiles/injector/dikastes.yaml`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog import releases
from manifestgen.catalog.conditions import Context, read_when
from manifestgen.catalog.loading import shipped_documents
from manifestgen.compose.release_images import release_images
from manifestgen.errors import ManifestgenError
from manifestgen.model.image import join_image
from manifestgen.model.record import Record
from manifestgen.yamlio.locations import SourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from manifestgen.model.version import Version

CONTAINER = "dikastes"
LABEL = "manifestgen.io/dikastes"
ORDER = "$setElementOrder/containers"
SOCKET_VOLUME = "dikastes-sock"
SYNC_VOLUME = "felix-sync"
PROXY = "istio-proxy"
_IMAGE = "calico/dikastes"
_DEBUG = "--debug"

Lines = tuple[str, ...]


class ActionInValue(ManifestgenError):
    """A user's value contains the delimiter of a template action.

    Attributes:
        key: the key of the container.
    """

    def __init__(self, key: str, delimiter: str) -> None:
        super().__init__(
            f"the value asked for {key} holds {delimiter}, which starts an action in Istio's template",
            next_step=f"leave {delimiter} out of it; set such a value in the template by hand",
        )
        self.key = key


class Options(Record):
    """A user's settings of the Dikastes container beyond the release.

    Attributes:
        debug: log at debug level; None leaves an existing container as it is.
        resources: the container's resources, as in Kubernetes; empty for none.
        env: environment variables; from Calico 3.24 `DIKASTES_HTTP_BIND_PORT` enables an endpoint that stops Dikastes.
        pull_policy: `Always`, `IfNotPresent` or `Never`; empty leaves it to Kubernetes.
        image: another image, with its tag; empty for the release's image.
        templates: the templates to change, by name; empty for those that inject Envoy into applications.
        revision: which ConfigMap, if the input has several.
    """

    debug: bool | None = None
    resources: Mapping[str, Any] | None = None
    env: Mapping[str, str] | None = None
    pull_policy: str = ""
    image: str = ""
    templates: tuple[str, ...] = ()
    revision: str = ""

    def __hash__(self) -> int:
        return hash(repr(self))  # results are cached by these options


class Fragments(Record):
    """What is inserted into one template.

    Attributes:
        label: lines of the label that says that the pod has Dikastes; empty if it gets none.
        order: lines of the key that keeps the application's containers first; empty if not needed.
        container: lines of the container's keys after its name, by key, in order; empty for a key that it lacks.
        mount: lines of the volume mount of istio-proxy.
        socket: lines of the volume that both containers mount.
        sync: lines of the keys of the volume of Felix's socket, after its name.
        published: for keys that depend on the release, the lines of each release.
        options: settings of the container beyond the release.
    """

    label: Lines
    order: Lines
    container: Mapping[str, Lines]
    mount: Lines
    socket: Lines
    sync: Mapping[str, Lines]
    published: Mapping[str, Sequence[Lines]]
    options: Options = Options()

    @property
    def asked(self) -> tuple[str, ...]:
        """The keys that the user's options set."""
        options = self.options
        keys = {"imagePullPolicy": options.pull_policy, "env": options.env, "resources": options.resources}
        return tuple(key for key, value in keys.items() if value)


def fragments(context: Context, options: Options, template: str) -> Fragments:
    """The fragments for versions and options.

    Args:
        context: Calico with its patch, Istio, Kubernetes, and whether to insert exactly what Calico published.
        options: settings of the container beyond the release.
        template: the name of the template.
    """
    versions = (context.calico, context.istio, context.kubernetes, context.profiles)
    released = _released(*versions, published=context.published, template=template)
    chosen = dict(released.container)
    args, its_image = chosen.pop("args"), chosen.pop("image")
    if options.debug:
        args = (args[0].removesuffix("]") + f', "{_DEBUG}"]',)
    before, after = _asked(options)
    container = {"image": _written("image", options.image) if options.image else its_image, **before}
    return released._replace(container={**container, "args": args, **after, **chosen}, options=options)


@lru_cache(maxsize=1024)
def _released(
    calico: Version,
    istio: Version,
    kubernetes: Version | None,
    profiles: tuple[str, ...],
    *,
    published: bool,
    template: str,
) -> Fragments:
    """The fragments for versions, without options."""
    documents, source = shipped_documents("injector/dikastes.yaml")
    data, ref = documents[0], SourceRef(source)
    context = Context(
        calico=calico,
        istio=istio,
        kubernetes=kubernetes,
        profiles=profiles,
        values={"template": template},
        published=published,
    )
    chosen = {
        key: _lines(_chosen(entries, ref.at("container", key), context)["lines"])
        for key, entries in data["container"].items()
    }

    def part(*path: str) -> Lines:
        entries = data
        for key in path:
            entries = entries[key]
        return _lines(_chosen(entries, ref.at(*path), context)["lines"])

    return Fragments(
        label=part("label"),
        order=part("order"),
        container={"image": _written("image", image(context)), **chosen},
        mount=part("mount"),
        socket=part("socket"),
        sync={key: part("sync", key) for key in data["sync"]},
        published={key: [_lines(entry["lines"]) for entry in entries] for key, entries in data["container"].items()},
    )


def image(context: Context) -> str:
    """The Dikastes image of a Calico release, taken from the same data as the release's other images."""
    documents, source = shipped_documents("injector/dikastes.yaml")
    rule = next(rule for rule in release_images(context.calico, context.istio) if rule.name == _IMAGE)
    mistaken = _chosen(documents[0]["mistaken_tags"], SourceRef(source, ("mistaken_tags",)), context)
    return join_image(rule.new_name or rule.name, mistaken.get("tag", rule.new_tag), "")


def volume_driver(context: Context) -> str:
    """The volume driver that pods with Dikastes need on their nodes, and where it comes from."""
    documents, source = shipped_documents("injector/dikastes.yaml")
    for key, entries in documents[0]["sync"].items():
        entry = _chosen(entries, SourceRef(source, ("sync", key)), context)
        if entry["lines"]:
            name = entry["lines"].rpartition("driver: ")[2].strip()
            return f"pods need the volume driver {name} on their nodes: {entry['because']}"
    return ""


def info(section: str, context: Context) -> Mapping[str, Any]:
    """The entry of a section of `profiles/injector/istio.yaml` that applies to given versions; empty for none."""
    documents, source = shipped_documents("injector/istio.yaml")
    return _chosen(documents[0][section], SourceRef(source, (section,)), context)


def parsed(lines: Sequence[str]) -> Any:
    """The value of a key that is written as lines; the lines themselves if a template action makes it unknown."""
    from manifestgen.yamlio.errors import YamlError
    from manifestgen.yamlio.reader import read  # imported lazily: only an update compares

    if not lines:
        return None
    try:
        documents = read("\n".join(lines))
    except YamlError:
        return [line.strip() for line in lines]
    return next(iter(documents[0].values())) if documents and isinstance(documents[0], dict) else None


def _chosen(entries: Sequence[Mapping[str, Any]], ref: SourceRef, context: Context) -> Mapping[str, Any]:
    for index, entry in enumerate(entries):
        if "when" not in entry or read_when(entry["when"], ref.at(index, "when")).holds(context):
            return entry
    return {}


def _asked(options: Options) -> tuple[dict[str, Lines], dict[str, Lines]]:
    """The user's settings: the keys before the arguments, and those after them."""
    variables = [{"name": name, "value": value} for name, value in (options.env or {}).items()]
    before = {"imagePullPolicy": options.pull_policy}
    after = {"env": variables, "resources": dict(options.resources or {})}
    return (
        {key: _written(key, value) for key, value in before.items() if value},
        {key: _written(key, value) for key, value in after.items() if value},
    )


def _written(key: str, value: Any) -> Lines:
    from manifestgen.yamlio.writer import write_document  # imported lazily: not needed for cached results

    return _lines(write_document({key: value}))


def _lines(text: str) -> Lines:
    return tuple(text.splitlines())


def release_of(asked: Version) -> Version:
    """A Calico version with its patch; a minor means its newest patch.

    Raises:
        NoSuchRelease: the minor is not known.
    """
    return releases.resolve("Calico", asked)


def refuse_actions(parts: Fragments, left: str) -> None:
    """Refuse a user's values that a template would execute.

    Raises:
        ActionInValue: for the first such value.
    """
    for key in ("image", *parts.asked):
        if any(left in line for line in parts.container[key]):
            raise ActionInValue(key, left)


def container_item(parts: Fragments, native: NativeSidecar) -> Lines:
    """The container as an item of a list.

    Args:
        parts: its keys.
        native: when it is a native sidecar.
    """
    keys = {"restartPolicy": native.only("restartPolicy: Always"), **parts.container}
    keys["lifecycle"] = native.without(*parts.container["lifecycle"])
    return _item(CONTAINER, keys.values())


class NativeSidecar(Record):
    """When a pod's sidecars are native, so that Dikastes is an init container that keeps running.

    Attributes:
        opening: the action that opens a template's branch for native sidecars; empty if they always or never are.
        otherwise: the action that opens the branch for others.
        always: whether they always are.
        delimiters: what opens and closes an action.
    """

    opening: str = ""
    otherwise: str = ""
    always: bool = False
    delimiters: tuple[str, str] = ("{{", "}}")

    def only(self, line: str) -> Lines:
        """A line for native sidecars."""
        return self._under(self.opening, line, always=self.always)

    def without(self, *lines: str) -> Lines:
        """A line for sidecars that are not native, or none."""
        return self._under(self.otherwise, lines[0], always=not self.always) if lines else ()

    def _under(self, opening: str, line: str, *, always: bool) -> Lines:
        left, right = self.delimiters
        if opening:
            return (f"{left} {opening} {right}{line}{left} end {right}",)
        return (line,) if always else ()


def sync_volume(parts: Fragments) -> Lines:
    """The volume of Felix's socket as an item of a list."""
    return _item(SYNC_VOLUME, parts.sync.values())


def _item(name: str, keys: Iterable[Lines]) -> Lines:
    return (f"- name: {name}", *(f"  {line}" for lines in keys for line in lines))


def metadata(parts: Fragments) -> Lines:
    """The metadata for a template that has none: the label, if there is one."""
    return ("metadata:", "  labels:", *(f"    {line}" for line in parts.label)) if parts.label else ()
