"""The Python API: render a bundle, load one from disk, write one out."""

from __future__ import annotations

import os
from typing import Any

from manifestgen.catalog import releases
from manifestgen.catalog.content import values_of
from manifestgen.catalog.declared import Declared
from manifestgen.catalog.errors import NoSuchRelease
from manifestgen.catalog.layer import Image, Labels, Layer
from manifestgen.catalog.loading import contents, profile_chain, shipped_layer, user_layer
from manifestgen.catalog.parameters import Given, resolve
from manifestgen.catalog.when import Context
from manifestgen.compose.binding import Values
from manifestgen.compose.crosscheck import not_rendered
from manifestgen.compose.render import Request, compose
from manifestgen.compose.rules import check
from manifestgen.compose.transforms import images_of
from manifestgen.errors import Gathered, ManifestgenError, nearest
from manifestgen.model.version import Version, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from manifestgen.compare.diff import Diff
    from manifestgen.compose.described import Described
    from manifestgen.compose.rules import Finding
    from manifestgen.emit.directory import File
    from manifestgen.patch.resource import Resource


class NoSuchComponent(ManifestgenError):
    """A component is not known, or has nothing in these versions.

    Attributes:
        component: its name.
    """

    def __init__(self, component: str, known: Iterable[str], what: str, next_step: str = "") -> None:
        names = tuple(known)
        super().__init__(
            f"component {component!r} {what}",
            candidates=() if next_step else nearest(component, names) or names,
            next_step=next_step or "run manifestgen profiles to see the components",
        )
        self.component = component


class Bundle:
    """The immutable, ordered result of a render, or what was loaded from files.

    Iterating gives its resources in apply order. Two bundles are equal when their objects are.

    Attributes:
        resources: the objects, each with its identity, body and origin.
        profile: the profile rendered; empty for a bundle that was loaded.
        context: the versions and values it was rendered for, without secrets; None for a bundle that was loaded.
        warnings: what does not work as one would think, though it was rendered.
    """

    __slots__ = ("context", "profile", "resources", "warnings")

    resources: tuple[Resource, ...]
    profile: str
    context: Context | None
    warnings: tuple[Finding, ...]

    def __init__(
        self,
        resources: Iterable[Resource],
        profile: str = "",
        context: Context | None = None,
        warnings: Iterable[Finding] = (),
    ) -> None:
        object.__setattr__(self, "resources", tuple(resources))
        object.__setattr__(self, "profile", profile)
        object.__setattr__(self, "context", context)
        object.__setattr__(self, "warnings", tuple(warnings))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Bundle does not change: {name}")

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __len__(self) -> int:
        return len(self.resources)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bundle):
            return NotImplemented
        return [resource.body for resource in self] == [resource.body for resource in other]

    def __hash__(self) -> int:
        return hash(tuple(resource.id for resource in self))

    def __repr__(self) -> str:
        return f"<Bundle {self.profile or 'loaded'}: {len(self)} resources>"

    def to_yaml(self) -> str:
        """The bundle as one multi-document YAML stream."""
        from manifestgen.yamlio.writer import write  # noqa: PLC0415 - a caller may want only the bodies

        return write(resource.body for resource in self)

    def to_json(self) -> str:
        """The bundle as a Kubernetes List in JSON, two spaces of indentation."""
        import json  # noqa: PLC0415

        listed = {"apiVersion": "v1", "kind": "List", "items": [resource.body for resource in self]}
        return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"

    def images(self) -> tuple[str, ...]:
        """Every container image that the bundle needs, sorted."""
        return tuple(sorted({reference for resource in self for _, reference in images_of(resource.body)}))

    def files(self, layout: str = "kustomize") -> dict[str, File]:
        """The output directory as files by path, without its inventory.

        Args:
            layout: `kustomize`, `flat` or `overlay`.
        """
        from manifestgen.emit.notes import notes  # noqa: PLC0415 - a stream has none
        from manifestgen.emit.tree import tree  # noqa: PLC0415

        text = notes(self.profile, self.context, self.resources) if self.context else ""
        return tree(self.resources, layout=layout, profile=self.profile, extra={}, notes=text)

    def write(self, directory: str | os.PathLike[str], *, layout: str = "kustomize", force: bool = False) -> bool:
        """Write the output directory, atomically; what did not change keeps its modification time.

        Args:
            directory: made where it does not exist.
            layout: `kustomize` for a kustomization over numbered resources, `flat` for the resources alone,
                `overlay` for plain Kustomize: base objects and JSON6902 patches.
            force: write into a directory that is not manifestgen's, over files of others.

        Returns:
            Whether anything changed.

        Raises:
            ForeignFiles, CannotWrite: the directory is as it was.
        """
        from manifestgen.emit.directory import write_directory  # noqa: PLC0415

        return write_directory(os.fspath(directory), self.files(layout), force=force)


def render(
    profile: str | os.PathLike[str],
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
    components: Sequence[str] = (),
    namespaces: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    overlays: Sequence[str | os.PathLike[str]] = (),
    published: bool = False,
    argo: bool = False,
    registry: str = "",
    pins: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    allow: Sequence[str] = (),
    given: Sequence[Given] = (),
) -> Bundle:
    """Compose a bundle.

    Args:
        profile: a shipped profile's name, or a directory that holds a profile.yaml.
        calico: a Calico version such as `v3.9`, `3.9` or `3.9.6`; by default the newest not known to be broken.
        istio: an Istio version; by default the one that the Calico release documents.
        kubernetes: the version to write API versions for; by default they stay as published.
        components: parts of the output; by default what the procedure of that release applies.
        namespaces: namespaces to label for injection; they come with what else is asked for.
        values: parameter values.
        overlays: directories, later ones win.
        published: exactly what Calico published, without fixes.
        argo: add Argo CD's sync waves and options.
        registry: `HOST[/PATH]` to take every image from.
        pins: digests by image.
        labels: set on every object.
        allow: codes of rules that would refuse the combination.
        given: further parameter values with their sources, weaker than `values`.

    Raises:
        ManifestgenError: with everything that is wrong in one stage.
    """
    chain = profile_chain(os.fspath(profile))
    layers = tuple(user_layer(os.fspath(overlay)) for overlay in overlays)
    context = _context(chain, calico, istio)._replace(kubernetes=_kubernetes(kubernetes), published=published)
    sources = [*(_of_layer(layer) for layer in (*chain, *layers) if layer.values), *given]
    named = [Given({"namespaces": list(namespaces)}, "--namespace")] if namespaces else []
    bound = _values(chain, [*sources, Given(values or {}, "values"), *named])
    context = context._replace(values=bound.explicit)
    wanted = _components(components, named=bool(namespaces))
    warnings = check(context, wanted, allow)
    request = Request(
        chain,
        context,
        wanted,
        bound,
        (*layers, shipped_layer("argo/profile.yaml")) if argo else layers,
        (),
        (Labels(labels, False, None),) if labels else (),
    )
    composed = compose(request)
    resources = composed.resources
    _refuse_empty_components(components, resources, context)
    warnings += check(context, wanted, allow, resources)
    warnings += not_rendered(bound, context, *composed)
    shown = {name: value for name, value in bound.explicit.items() if not bound.declared[name].secret}
    context = context._replace(values=shown)
    return Bundle(_moved(resources, registry, pins or {}), context.profiles[0], context, warnings)


def parameters(
    profile: str | os.PathLike[str], *, calico: str | None = None, istio: str | None = None
) -> tuple[Described, ...]:
    """What can be set in a profile, with the defaults and places that it has in these versions.

    Args:
        profile: as for `render`.
        calico: as for `render`.
        istio: as for `render`.

    Raises:
        ManifestgenError: the profile or a version is not known, or does not fit.
    """
    from manifestgen.compose.described import describe  # noqa: PLC0415 - a render does not describe

    chain = profile_chain(os.fspath(profile))
    bound = _values(chain, [_of_layer(layer) for layer in chain if layer.values])
    context = _context(chain, calico, istio)._replace(values=bound.explicit)
    return describe(Request(chain, context, tuple(contents()["components"]), bound))


def load(source: str | os.PathLike[str]) -> Bundle:
    """A bundle from a file, or from a directory: its `resources/`, or else every YAML and JSON file below it.

    Raises:
        YamlError: a file cannot be read, or holds something that is not a Kubernetes object.
    """
    from manifestgen.catalog.objects import objects  # noqa: PLC0415 - a render does not load
    from manifestgen.yamlio.files import read_file  # noqa: PLC0415

    gathered = Gathered()
    found: list[Resource] = []
    for path in _files_of(os.fspath(source)):
        with gathered:
            found += objects(read_file(path), path)
    gathered.raise_all()
    return Bundle(found)


def diff(left: Bundle | str | os.PathLike[str], right: Bundle | str | os.PathLike[str]) -> Diff:
    """The semantic difference of two bundles.

    Objects are matched by identity, and renames are noticed; list items by Kubernetes' merge keys; documents in
    strings are compared inside. The order of members, and how a file writes a value, are no difference.

    Args:
        left: a bundle, or the path of a file or directory that holds one.
        right: another.

    Returns:
        False where nothing differs.

    Raises:
        YamlError: a path cannot be read.
    """
    from manifestgen.compare.diff import compare  # noqa: PLC0415 - a render does not compare

    bundles = [side if isinstance(side, Bundle) else load(side) for side in (left, right)]
    names = (_name(left, "left"), _name(right, "right"))
    return compare(bundles[0].resources, bundles[1].resources, names)


def _name(side: Bundle | str | os.PathLike[str], otherwise: str) -> str:
    if isinstance(side, Bundle):
        return f"{side.profile} as rendered" if side.profile else otherwise
    return os.fspath(side)


def _files_of(source: str) -> list[str]:
    if not os.path.isdir(source):
        return [source]
    numbered = os.path.join(source, "resources")
    root = numbered if os.path.isdir(numbered) else source
    paths = [os.path.join(parent, name) for parent, _, names in os.walk(root) for name in names]
    kept = (".yaml", ".yml", ".json")
    return sorted(path for path in paths if path.endswith(kept) and os.path.basename(path) != "kustomization.yaml")


def _context(chain: Sequence[Layer], calico: str | None, istio: str | None) -> Context:
    """The versions asked for, or those of choice, and the profile's names."""
    version = releases.find("Calico", calico) if calico else releases.newest_sound()
    names = tuple(layer.short for layer in reversed(chain))
    return Context(version, releases.find("Istio", istio or _documented_istio(version)), profiles=names)


def _documented_istio(calico: Version) -> str:
    """The Istio that a Calico release documents."""
    return str(releases.release("Calico", calico.as_minor).layer.facts["documented"]["istio"])


def _kubernetes(asked: str | None) -> Version | None:
    if asked is None:
        return None
    version = parse(asked)
    oldest, newest = (parse(contents()["kubernetes"][end]) for end in ("oldest", "newest"))
    if not oldest <= version.as_minor <= newest:
        nearest_end = oldest if version.as_minor < oldest else newest
        raise NoSuchRelease("Kubernetes", asked, [f"v{oldest}", f"v{newest}"], [f"v{nearest_end}"])
    return version


def _components(asked: Sequence[str], *, named: bool) -> tuple[str, ...]:
    """The parts of the output, with the namespaces where some are named."""
    known = contents()["components"]
    for name in asked:
        if name not in known:
            raise NoSuchComponent(name, known, "is not known")
    if not asked:
        return tuple(name for name, about in known.items() if about["default"])
    return tuple(dict.fromkeys([*asked, "namespaces"])) if named else tuple(asked)


def _refuse_empty_components(asked: Sequence[str], resources: Sequence[Resource], context: Context) -> None:
    present = {resource.component for resource in resources}
    for name in asked:
        if name not in present:
            what = f"has nothing in Calico {context.calico} with Istio {context.istio}"
            raise NoSuchComponent(name, sorted(present - {""}), what, contents()["components"][name].get("needs", ""))


def _of_layer(layer: Layer) -> Given:
    return Given(layer.values, layer.anchor.at("values"), standing=True)


def _values(chain: Sequence[Layer], given: Sequence[Given]) -> Values:
    declared = Declared(chain)
    chosen = resolve(declared, given, chain[-1].short)
    where = {name: one.source.place(name) for name, one in chosen.items()}
    standing = frozenset(name for name, one in chosen.items() if one.source.standing)
    return Values(declared, values_of(declared, chosen), where, standing, declared.unasked)


def _moved(resources: tuple[Resource, ...], registry: str, pins: Mapping[str, str]) -> Iterable[Resource]:
    """Images taken from another registry, then pinned to digests."""
    if not registry and not pins:
        return resources
    from manifestgen.compose.transforms import mirror, transform_images  # noqa: PLC0415

    rules = [Image(name, "", "", digest, None) for name, digest in pins.items()]
    moved = transform_images(resources, rules, "pins")
    return mirror(moved, registry) if registry else moved
