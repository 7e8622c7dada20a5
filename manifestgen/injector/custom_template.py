"""From Istio 1.9: a template of our own that istiod merges into pods after its own, so that nothing is forked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import Context
from manifestgen.injector.fragments import (
    CONTAINER,
    PROXY,
    Options,
    container_item,
    fragments,
    info,
    refuse_actions,
    release_of,
    sync_volume,
)
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from manifestgen.model.version import Version

_TEMPLATE = "dikastes"


class CustomTemplate(Record):
    """A template that istiod merges into pods after its own.

    Attributes:
        template: its text.
        operator: an IstioOperator that brings it, for `istioctl install -f`.
        values: the same as Helm values of the chart istiod.
    """

    template: str
    operator: dict[str, Any]
    values: dict[str, Any]


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
    refuse_actions(parts, "{{")
    native = info("native_sidecar", context).get("condition")
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
