"""Where Dikastes comes into pods when no injector's ConfigMap is given: a template of our own, or a built-in base."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

from manifestgen.catalog.loading import data_root
from manifestgen.catalog.when import Context
from manifestgen.compose.injector import Injected, Options, inject
from manifestgen.compose.injector_fragments import CONTAINER, facts, fragments, release_of
from manifestgen.compose.injector_template import PROXY, container_item, refuse_actions, sync_volume
from manifestgen.embedded.gotemplate_lexer import BRACES
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from manifestgen.model.version import Version

_TEMPLATE = "dikastes"


class InjectorFileNeeded(ManifestgenError):
    """For this Istio the injector's ConfigMap cannot be made up.

    Attributes:
        istio: the version.
    """

    def __init__(self, istio: Version, because: str, command: str) -> None:
        super().__init__(
            f"the component injector needs the ConfigMap of your own Istio {istio}",
            found=because,
            next_step=f"give it with --injector injector.yaml, after: {command}",
        )
        self.istio = istio


class IstioNotSupported(ManifestgenError):
    """Calico has no application layer policy for this Istio.

    Attributes:
        istio: the version.
    """

    def __init__(self, istio: Version, because: str) -> None:
        super().__init__(because, next_step=f"use another Istio than {istio}")
        self.istio = istio


class CustomTemplate(NamedTuple):
    """A template that istiod merges into pods after its own.

    Attributes:
        template: its text.
        operator: an IstioOperator that brings it, for `istioctl install -f`.
        values: the same as Helm values of the chart istiod.
    """

    template: str
    operator: dict[str, Any]
    values: dict[str, Any]


def default_injector(
    calico: Version,
    istio: Version,
    options: Options = Options(),  # noqa: B008 - a value
    *,
    per_pod: bool = False,
) -> Injected | CustomTemplate:
    """What brings Dikastes into pods of a version of Istio without a file of the user's.

    Args:
        calico: the release whose Dikastes it is; a minor means its newest patch.
        istio: the version, with its patch.
        options: what to ask of the container beyond the release.
        per_pod: from Istio 1.9, whether a pod asks for Dikastes by an annotation, instead of getting it by default.

    Raises:
        IstioNotSupported: Calico never supported this Istio.
        InjectorFileNeeded: for this Istio only the user's own ConfigMap will do.
    """
    context = Context(release_of(calico), istio)
    unsupported = facts("unsupported", context)
    if unsupported:
        raise IstioNotSupported(istio, unsupported["because"])
    source = facts("sources", context)
    if "command" in source:
        raise InjectorFileNeeded(istio, source["because"], source["command"])
    if "base" not in source:
        return custom_template(calico, istio, options, per_pod=per_pod)
    name = f"injector/{source['base']}"
    text = read_file(os.path.join(data_root(), name))
    if istio.patch is not None:
        text = re.sub(rf"(?<=:){re.escape(source['version'])}(?![\d.])", str(istio), text)
    return inject(text, calico=calico, istio=istio, file=f"profiles/{name}", options=options)


def custom_template(
    calico: Version,
    istio: Version,
    options: Options = Options(),  # noqa: B008 - a value
    *,
    per_pod: bool = False,
) -> CustomTemplate:
    """The template `dikastes` for Istio 1.9 or newer, right whether its sidecars are native or not.

    Args:
        calico: the release whose Dikastes it is; a minor means its newest patch.
        istio: the version.
        options: what to ask of the container beyond the release.
        per_pod: whether a pod asks for it (`inject.istio.io/templates: sidecar,dikastes`), instead of getting it
            by default.
    """
    context = Context(release_of(calico), istio)
    parts = fragments(context, options, _TEMPLATE)
    refuse_actions(parts, BRACES)
    native = facts("native_sidecar", context).get("condition")
    restart = ("{{ if $nativeSidecar }}restartPolicy: Always{{ end }}",) if native else ()
    lines = [
        *([f"{{{{- $nativeSidecar := {native} }}}}"] if native else ()),
        "spec:",
        "  {{ if $nativeSidecar }}initContainers:{{ else }}containers:{{ end }}" if native else "  containers:",
        f"  - name: {PROXY}",
        "    volumeMounts:",
        *(f"    {line}" for line in parts.mount),
        *(f"  {line}" for line in container_item(parts, restart)),
        "  volumes:",
        *(f"  {line}" for line in (*parts.socket, *sync_volume(parts))),
    ]
    template = "\n".join(lines) + "\n"
    webhook: dict[str, Any] = {} if per_pod else {"defaultTemplates": ["sidecar", _TEMPLATE]}
    values: dict[str, Any] = {"sidecarInjectorWebhook": {**webhook, "templates": {_TEMPLATE: template}}}
    revision = {"revision": options.revision} if options.revision else {}
    operator = {
        "apiVersion": "install.istio.io/v1alpha1",
        "kind": "IstioOperator",
        "metadata": {"name": CONTAINER, "namespace": "istio-system"},
        "spec": {**revision, "values": values},
    }
    return CustomTemplate(template, operator, {**revision, **values})
