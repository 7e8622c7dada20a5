"""What inserts Dikastes into pods if no file is given: a custom template, or a built-in ConfigMap."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import data_root
from manifestgen.errors import ManifestgenError
from manifestgen.injector.custom_template import CustomTemplate, custom_template
from manifestgen.injector.fragments import Options, info, release_of
from manifestgen.yamlio.files import read_file

if TYPE_CHECKING:
    from manifestgen.injector.inject import Injected
    from manifestgen.model.version import Version


class InjectorFileNeeded(ManifestgenError):
    """This Istio needs the user's ConfigMap.

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


def default_injector(
    calico: Version,
    istio: Version,
    options: Options = Options(),  # noqa: B008 - a value
    *,
    per_pod: bool = False,
    kubernetes: Version | None = None,
    published: bool = False,
) -> Injected | CustomTemplate:
    """What inserts Dikastes into pods for a version of Istio, without a user's file.

    Args:
        calico: the release of Dikastes; a minor means its newest patch.
        istio: the version, with its patch.
        options: settings of the container beyond the release.
        per_pod: from Istio 1.9, whether pods ask for Dikastes by annotation instead of getting it by default.
        kubernetes: the version of the cluster, if known.
        published: the container exactly as Calico published it.

    Raises:
        IstioNotSupported: Calico never supported this Istio.
        InjectorFileNeeded: this Istio needs the user's ConfigMap.
    """
    context = Context(release_of(calico), istio)
    unsupported = info("unsupported", context)
    if unsupported:
        raise IstioNotSupported(istio, unsupported["because"])
    source = info("sources", context)
    if "command" in source:
        raise InjectorFileNeeded(istio, source["because"], source["command"])
    if "base" not in source:
        return custom_template(calico, istio, options, per_pod=per_pod, kubernetes=kubernetes, published=published)
    from manifestgen.injector.inject import inject  # imported lazily: a custom template needs no editor

    name = f"injector/{source['base']}"
    text = read_file(os.path.join(data_root(), name))
    if istio.patch is not None:
        text = re.sub(rf"(?<=:){re.escape(source['version'])}(?![\d.])", str(istio), text)
    return inject(
        text,
        calico=calico,
        istio=istio,
        kubernetes=kubernetes,
        file=f"profiles/{name}",
        published=published,
        options=options,
    )
