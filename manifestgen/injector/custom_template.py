"""From Istio 1.9: a custom template that istiod merges into pods after its own, so that nothing is forked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import Context
from manifestgen.injector.fragments import (
    CONTAINER,
    Lines,
    NativeSidecar,
    Options,
    container_item,
    fragments,
    info,
    metadata,
    refuse_actions,
    release_of,
    sync_volume,
)
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.model.version import Version

TEMPLATE = "dikastes"
"""The name of the template."""


class CustomTemplate(Record):
    """A template that istiod merges into pods after its own.

    Attributes:
        template: its text.
        operator: an IstioOperator with the template, for `istioctl install -f`.
        values: the same, as Helm values of the chart istiod.
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
    kubernetes: Version | None = None,
    published: bool = False,
) -> CustomTemplate:
    """The template `dikastes` for Istio 1.9 or newer, valid with native sidecars or without.

    Args:
        calico: the release of Dikastes; a minor means its newest patch.
        istio: the version.
        options: settings of the container beyond the release.
        per_pod: whether pods ask for it (`inject.istio.io/templates: sidecar,dikastes`) instead of getting it
            by default.
        kubernetes: the version of the cluster, if known.
        published: the container exactly as Calico published it.
    """
    template = template_text(Context(release_of(calico), istio, kubernetes=kubernetes, published=published), options)
    webhook: dict[str, Any] = {} if per_pod else {"defaultTemplates": ["sidecar", TEMPLATE]}
    values: dict[str, Any] = {"sidecarInjectorWebhook": {**webhook, "templates": {TEMPLATE: template}}}
    revision = {"revision": options.revision} if options.revision else {}
    operator = {
        "apiVersion": "install.istio.io/v1alpha1",
        "kind": "IstioOperator",
        "metadata": {"name": CONTAINER, "namespace": "istio-system"},
        "spec": {**revision, "values": values},
    }
    return CustomTemplate(template, operator, {**revision, **values})


def template_text(context: Context, options: Options) -> str:
    """The text of the template: from `profiles/injector/istio.yaml` for the version, with its parts filled in."""
    parts = fragments(context, options, TEMPLATE)
    refuse_actions(parts, "{{")
    condition = info("native_sidecar", context).get("condition", "")
    native = NativeSidecar("if $nativeSidecar", "if not $nativeSidecar") if condition else NativeSidecar()
    filled = {
        "<metadata>": metadata(parts),
        "<mount>": parts.mount,
        "<container>": container_item(parts, native),
        "<order>": parts.order,
        "<volumes>": (*parts.socket, *sync_volume(parts)),
    }
    text = info("custom_template", context)["lines"].replace("<native>", condition)
    return "".join(f"{line}\n" for line in _filled(text.splitlines(), filled))


def _filled(lines: list[str], parts: Mapping[str, Lines]) -> Lines:
    """Lines in which placeholders are replaced by the lines of a part, with the placeholder's indentation."""
    found: list[str] = []
    for line in lines:
        name = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        found += [indent + each for each in parts[name]] if name in parts else [line]
    return tuple(found)
