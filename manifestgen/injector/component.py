"""The component `injector`: what inserts Dikastes into pods, as resources of a bundle."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import shipped_documents
from manifestgen.catalog.result_cache import kept
from manifestgen.compose.finding import Finding
from manifestgen.errors import ManifestgenError
from manifestgen.injector.fragments import CONTAINER
from manifestgen.model.identity import identify
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.patch.resource import Resource
from manifestgen.yamlio.locations import SourceFile, SourceRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from manifestgen.injector.fragments import Options
    from manifestgen.model.version import Version

COMPONENT = "injector"
_POLICY = "policy"
_MESH_CONFIG = "mesh/mesh-config.yaml"
_PARAMETERS = {
    "dikastes_debug": "debug",
    "dikastes_env": "env",
    "dikastes_image": "image",
    "dikastes_pull_policy": "pull_policy",
    "dikastes_resources": "resources",
    "istio_revision": "revision",
}
_PER_POD = "dikastes_per_pod"
TAKEN = frozenset({*_PARAMETERS, _PER_POD} - {"istio_revision"})
"""The parameters that are used here and nowhere else."""


class ConfigMapDataOnly(ManifestgenError):
    """A file for `render --injector` has data without the object around it."""

    def __init__(self, file: str) -> None:
        super().__init__(
            "the file holds only a part of the injector's ConfigMap, which cannot be applied as it is",
            where=Location(file),
            next_step="give what kubectl -n istio-system get configmap istio-sidecar-injector -o yaml prints, "
            "or use manifestgen inject",
        )


class InjectorResult(Record):
    """The result of the component.

    Attributes:
        resources: the ConfigMap with Dikastes, or an IstioOperator with the custom template; can be empty.
        warnings: why there is none, or what else the user should know.
    """

    resources: tuple[Resource, ...]
    warnings: tuple[Finding, ...] = ()


def bring_injector(
    context: Context,
    *,
    istio: Version | None = None,
    text: str = "",
    file: str = "",
    named: bool = False,
) -> InjectorResult:
    """The component's resources for given versions.

    Args:
        context: versions and values.
        istio: the requested version; None uses the version in the file.
        text: the user's ConfigMap, IstioOperator or Helm values; empty for none.
        file: its name in messages.
        named: whether the component was requested by name; failing to make it is then an error instead of a warning.

    Raises:
        ManifestgenError: the file has no place for Dikastes, or a file is required.
    """
    if text:
        from manifestgen.injector.inject import inject  # imported lazily: few bundles edit a file

        injected = inject(
            text,
            calico=context.calico,
            istio=istio,
            kubernetes=context.kubernetes,
            file=file,
            published=context.published,
            per_pod=context.values.get(_PER_POD) is True,
            options=_options(context.values),
        )
        if injected.body:
            source = SourceFile(f"{file} with Dikastes", injected.text)
            body = as_operator(injected.body, _options(context.values).revision)
            return InjectorResult((_resource(body, SourceRef(source)),), _notes(injected.notes))
        return InjectorResult((_config_map(injected.text, file),), _notes(injected.notes))
    try:
        versions = (context.calico, context.istio)
        per_pod = context.values.get(_PER_POD) is True
        if not _PARAMETERS.keys() & context.values.keys():
            return _as_released(*versions, per_pod=per_pod, kubernetes=context.kubernetes, published=context.published)
        return _with_options(
            *versions,
            options=_options(context.values),
            per_pod=per_pod,
            kubernetes=context.kubernetes,
            published=context.published,
        )
    except ManifestgenError as error:
        from manifestgen.injector.source import InjectorFileNeeded

        if named or not isinstance(error, InjectorFileNeeded):
            raise
        return InjectorResult(
            (),
            (Finding("injector-file", refused=False, text=f"{error.what}: {error.found}", next_step=error.next_step),),
        )


def as_operator(body: Mapping[str, Any], revision: str) -> dict[str, Any]:
    """An IstioOperator with the user's settings, given as an IstioOperator or as Helm values.

    Args:
        body: the settings.
        revision: the revision of istiod, if one was requested and the settings have none.
    """
    if body.get("kind") == "IstioOperator":
        spec = body.get("spec") or {}
        named = {"metadata": {"name": CONTAINER, "namespace": "istio-system"}} if not body.get("metadata") else {}
        added = {"revision": revision} if revision and "revision" not in spec else {}
        return {**body, **named, "spec": {**added, **spec}}
    apart = {key: body[key] for key in ("revision", "meshConfig") if key in body}
    if revision:
        apart = {"revision": revision, **apart}
    return {
        "apiVersion": "install.istio.io/v1alpha1",
        "kind": "IstioOperator",
        "metadata": {"name": CONTAINER, "namespace": "istio-system"},
        "spec": {**apart, "values": {key: value for key, value in body.items() if key not in apart}},
    }


def add_provider(resources: Sequence[Resource]) -> tuple[Resource, ...]:
    """The resources, with Dikastes added as an external authorizer to the mesh's configuration.

    Args:
        resources: those of the component injector; an IstioOperator among them gets the additional provider.
    """
    documents, source = shipped_documents(_MESH_CONFIG)
    wanted = documents[0]["spec"]["meshConfig"]
    operators = [resource for resource in resources if resource.id.kind == "IstioOperator"]
    if not operators:
        return (*resources, _resource(documents[0], SourceRef(source), _POLICY))
    spec = operators[0].content["spec"]
    config = spec.get("meshConfig", {})
    own = {provider["name"] for provider in wanted["extensionProviders"]}
    kept = [provider for provider in config.get("extensionProviders", []) if provider.get("name") not in own]
    config = {**config, "extensionProviders": [*kept, *wanted["extensionProviders"]]}
    body = {**operators[0].content, "spec": {**spec, "meshConfig": config}}
    changed = _resource(body, SourceRef(source))
    return tuple(changed if resource is operators[0] else resource for resource in resources)


@lru_cache(maxsize=1024)
def _as_released(
    calico: Version, istio: Version, *, per_pod: bool, kubernetes: Version | None, published: bool
) -> InjectorResult:
    """The component without a user's file and without options: made once per process, and cached on disk."""

    def make() -> InjectorResult:
        versions = Context(calico, istio, kubernetes=kubernetes, published=published)
        return _made(versions, _options({}), per_pod=per_pod)

    return kept(repr(["injector", calico, istio, per_pod, kubernetes, published]), make)


@lru_cache(maxsize=128)
def _with_options(
    calico: Version, istio: Version, *, options: Options, per_pod: bool, kubernetes: Version | None, published: bool
) -> InjectorResult:
    """The component without a user's file. Options may contain values that must not be written to disk."""
    from manifestgen.injector.built_in import with_options
    from manifestgen.injector.fragments import release_of

    plain = _as_released(calico, istio, per_pod=per_pod, kubernetes=kubernetes, published=published)
    versions = Context(calico, istio, kubernetes=kubernetes, published=published)
    if [resource.id.kind for resource in plain.resources] == ["ConfigMap"]:
        changed = with_options(plain.resources[0], versions._replace(calico=release_of(calico)), options)
        if changed:
            return plain._replace(resources=(changed,))
    return _made(versions, options, per_pod=per_pod)


def _made(versions: Context, options: Options, *, per_pod: bool) -> InjectorResult:
    from manifestgen.injector.custom_template import CustomTemplate  # imported lazily: not every bundle needs it
    from manifestgen.injector.source import default_injector

    made = default_injector(
        versions.calico,
        versions.istio,
        options,
        per_pod=per_pod,
        kubernetes=versions.kubernetes,
        published=versions.published,
    )
    if isinstance(made, CustomTemplate):
        _, source = shipped_documents("injector/dikastes.yaml")
        return InjectorResult((_resource(made.operator, SourceRef(source)),))
    return InjectorResult((_config_map(made.text, "the built-in ConfigMap of the injector"),), _notes(made.notes))


def _options(values: Mapping[str, Any]) -> Options:
    from manifestgen.injector.fragments import Options as Chosen

    return Chosen(**{option: values[name] for name, option in _PARAMETERS.items() if name in values})


def _config_map(text: str, file: str) -> Resource:
    from manifestgen.yamlio.reader import read

    source = SourceFile(f"{file} with Dikastes", text)
    for index, body in enumerate(read(text, file)):
        if isinstance(body, dict) and body.get("kind") == "ConfigMap" and "config" in (body.get("data") or {}):
            return _resource(body, SourceRef(source, (), index))
    raise ConfigMapDataOnly(file)


def _resource(body: dict[str, Any], ref: SourceRef, component: str = COMPONENT) -> Resource:
    identity = identify(body)
    return Resource(
        id=identity,
        content=body,
        component=component,
        base=body,
        original=identity,
        layer="injector",
        ref=ref,
    )


def _notes(notes: tuple[str, ...]) -> tuple[Finding, ...]:
    return tuple(Finding("injector", refused=False, text=note, next_step="") for note in notes)
