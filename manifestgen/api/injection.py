"""`inject`: inserting Dikastes into a ConfigMap of Istio's injector, from text to text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from manifestgen.api.arguments import check_types
from manifestgen.catalog import releases
from manifestgen.compose.compatibility import check
from manifestgen.compose.finding import Finding
from manifestgen.injector.component import COMPONENT
from manifestgen.injector.fragments import Options, volume_driver
from manifestgen.injector.inject import inject as insert
from manifestgen.model.plain import copied
from manifestgen.model.record import Record
from manifestgen.model.version import parse_version


def inject(
    text: str,
    *,
    calico: str | None = None,
    istio: str | None = None,
    kubernetes: str | None = None,
    published: bool = False,
    remove: bool = False,
    allow: Sequence[str] = (),
    file: str = "<string>",
    image: str = "",
    pull_policy: str = "",
    env: Mapping[str, str] | None = None,
    resources: Mapping[str, Any] | None = None,
    debug: bool | None = None,
    templates: Sequence[str] = (),
    revision: str = "",
) -> str:
    """Insert Dikastes into the text of an istio-sidecar-injector ConfigMap; everything else keeps its bytes.

    Args:
        text: the ConfigMap, as a file of it or as kubectl prints it.
        calico: as for `render`.
        istio: the version that it is for; by default detected from the text.
        kubernetes: the version of the cluster; by default what its Istio supports.
        published: insert exactly what Calico published.
        remove: remove Dikastes instead.
        allow: codes of rules that warn instead of refusing these versions.
        file: the name of the text in messages.
        image: another image of Dikastes, with its tag.
        pull_policy: `Always`, `IfNotPresent` or `Never`; by default Kubernetes decides.
        env: environment variables of Dikastes.
        resources: the container's resources, as in Kubernetes.
        debug: whether Dikastes logs at debug level; None leaves an existing Dikastes as it is.
        templates: names of the templates that get Dikastes; by default those that inject Envoy into applications.
        revision: which ConfigMap, where the text holds several.

    Raises:
        ManifestgenError: the text is not such a ConfigMap, or its template has no place for Dikastes.
    """
    return injection(
        text,
        calico=calico,
        istio=istio,
        kubernetes=kubernetes,
        published=published,
        remove=remove,
        allow=allow,
        file=file,
        image=image,
        pull_policy=pull_policy,
        env=env,
        resources=resources,
        debug=debug,
        templates=templates,
        revision=revision,
    ).text


class Injection(Record):
    """A text with Dikastes inserted or removed, and what there is to say about it.

    Attributes:
        text: the result.
        notes: what the user should know, one sentence each.
        warnings: what rules warn of in these versions.
    """

    text: str
    notes: tuple[str, ...]
    warnings: tuple[Finding, ...]


def injection(text: str, **asked: Any) -> Injection:
    """The same as `inject`, which names the arguments, with what there is to say about the result."""
    check_types(text=text, **asked)
    istio, kubernetes, resources = asked["istio"], asked["kubernetes"], asked["resources"]
    done = insert(
        text,
        calico=releases.resolve_calico(asked["calico"]),
        istio=parse_version(istio) if istio is not None else None,
        kubernetes=parse_version(kubernetes) if kubernetes is not None else None,
        file=asked["file"],
        published=asked["published"],
        remove=asked["remove"],
        options=Options(
            debug=asked["debug"],
            resources=copied(dict(resources)) if resources else None,
            env=dict(asked["env"]) if asked["env"] else None,
            pull_policy=asked["pull_policy"],
            image=asked["image"],
            templates=tuple(asked["templates"]),
            revision=asked["revision"],
        ),
    )
    if asked["remove"]:
        return Injection(done.text, done.notes, ())
    # A render includes the driver, or says in its notes where it comes from.
    driver = (volume_driver(done.context),) if done.text != text else ()
    return Injection(done.text, (*done.notes, *driver), check(done.context, (COMPONENT,), asked["allow"]))
