"""Members of a kustomization that a profile does not have, and their equivalents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.errors import Failures
from manifestgen.yamlio.typed import UnknownKey

if TYPE_CHECKING:
    from manifestgen.errors import ManifestgenError

_INSTEAD = {
    "patchesJson6902": "write each under patches: they have the same members",
    "bases": "extend one profile with extends, or list files of objects under resources",
    "crds": "list the file under resources",
    "namespace": "set it on the objects that need another with a patch of /metadata/namespace",
    "namePrefix": "patch /metadata/name of the objects that need another name",
    "nameSuffix": "patch /metadata/name of the objects that need another name",
    "commonLabels": "write labels: [{pairs: {NAME: VALUE}, includeTemplates: true}]; selectors are never changed",
    "commonAnnotations": "add them with a patch of /metadata/annotations that has expect: 1+ and create: true",
    "configMapGenerator": "write the ConfigMap to a file, and list it under resources",
    "secretGenerator": "write the Secret to a file, encrypted if it goes into Git, and list it under resources",
    "generatorOptions": "write the generated objects to files, and list them under resources",
    "replicas": "write a patch: {op: replace, path: /spec/replicas, value: COUNT}",
    "vars": "declare a parameter, and take its value with valueFrom: {parameter: NAME}",
    "replacements": "declare a parameter, and take its value with valueFrom: {parameter: NAME} wherever it goes",
    "transformers": "write the change as patches",
    "generators": "write the generated objects to files, and list them under resources",
    "validators": "run manifestgen validate on what was rendered",
    "helmCharts": "render the chart with helm template to a file, and list it under resources",
    "helmGlobals": "render the chart with helm template to a file, and list it under resources",
    "openapi": "leave it out: the merge keys of Kubernetes' own kinds are known, other lists are replaced",
    "sortOptions": "leave it out: objects are written in the order in which they are applied",
    "buildMetadata": "leave it out: manifestgen explain tells where each field came from",
    "options": "leave it out: a patch may always change kind and name",
}


def explain_kustomize(error: ManifestgenError) -> None:
    """Add to errors about unknown members the equivalent of a Kustomize member."""
    for one in error.errors if isinstance(error, Failures) else (error,):
        if isinstance(one, UnknownKey) and one.key in _INSTEAD:
            one.candidates = ()
            one.next_step = f"that is a member of a kustomization; {_INSTEAD[str(one.key)]}"
