"""`run_krm_function`: a KRM function for kustomize and kpt, from a ResourceList to a ResourceList.

See https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from manifestgen.api.overlaying import overlaid
from manifestgen.api.rendering import render_layers
from manifestgen.catalog.loading import layer_from, profile_chain
from manifestgen.catalog.resource_files import objects
from manifestgen.errors import Failures, ManifestgenError
from manifestgen.patch.resource import Resource
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read
from manifestgen.yamlio.typed import FormatError, one_document
from manifestgen.yamlio.writer import write_document

_API_VERSION = "config.kubernetes.io/v1"
_LIST = {"apiVersion": _API_VERSION, "kind": "ResourceList"}
_STDIN = "<stdin>"


def run_krm_function(text: str, directory: str = ".") -> tuple[str, bool]:
    """Generate the objects of a Profile, or apply an Overlay to the items, depending on the functionConfig.

    Args:
        text: a ResourceList. Its functionConfig is a Profile, which may extend a shipped one, or an Overlay.
        directory: the directory that paths in the functionConfig are relative to.

    Returns:
        The ResourceList as YAML, with warnings and errors in its `results`; and whether it succeeded. If not,
        the items are those of the input.
    """
    items: list[dict[str, Any]] = []
    config: dict[str, Any] | None = None
    try:
        ref, body = _resource_list(text)
        items, config = list(body.get("items") or ()), body.get("functionConfig")
        resources, warnings = _done(config, items, ref, directory)
        items = [resource.content for resource in resources]
        results = [{"message": str(warning), "severity": "warning"} for warning in warnings]
    except ManifestgenError as error:
        errors = error if isinstance(error, Failures) else [error]
        results = [{"message": str(one), "severity": "error"} for one in errors]
    failed = any(result["severity"] == "error" for result in results)
    output: dict[str, Any] = {**_LIST, "items": items}
    output |= {"functionConfig": config} if config else {}
    output |= {"results": results} if results else {}
    return write_document(output), not failed


def _resource_list(text: str) -> tuple[SourceRef, dict[str, Any]]:
    ref = SourceRef(SourceFile(_STDIN, text))
    body = one_document(read(text, _STDIN), ref, "the input of a KRM function")
    if not isinstance(body, dict) or body.get("kind") != "ResourceList":
        raise FormatError(
            "the input of a KRM function must be a ResourceList",
            where=ref.location,
            next_step="run it as a function of kustomize or kpt, or use manifestgen patch for plain objects",
        )
    return ref, body


def _done(
    config: Any, items: Sequence[Any], ref: SourceRef, directory: str
) -> tuple[Sequence[Resource], Sequence[object]]:
    """The resulting objects, and the warnings."""
    if not isinstance(config, dict):
        raise FormatError(
            "the ResourceList has no functionConfig",
            where=ref.location,
            next_step="give one of kind Profile or Overlay",
        )
    at = ref.at("functionConfig")
    layer = layer_from(_plain(config), at, directory)
    given = _resources(items)
    if config.get("kind") == "Overlay":
        return overlaid(given, [layer]), ()
    chain = (*profile_chain(layer.extends, at.at("extends").location), layer) if layer.extends else (layer,)
    bundle = render_layers(chain, (), {})
    made = {resource.id: resource for resource in bundle.applied()}
    # Objects of an earlier run are generated again in the same place, so that the function is idempotent.
    kept = [made.pop(resource.id) if resource.id in made else resource for resource in given]
    return [_annotated(new, old) for new, old in zip(kept, given, strict=True)] + list(made.values()), bundle.warnings


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """A functionConfig as a profile.yaml, without the annotations that kustomize and kpt add to its metadata."""
    metadata = config.get("metadata")
    if not isinstance(metadata, dict):
        return config
    return {**config, "metadata": {key: value for key, value in metadata.items() if key == "name"}}


def _resources(items: Sequence[Any]) -> list[Resource]:
    """The items as resources."""
    listed = {"apiVersion": "v1", "kind": "List", "items": list(items)}
    return objects(json.dumps(listed, ensure_ascii=False), f"{_STDIN} (items)", lenient=True) if items else []


_OWNED = ("config.kubernetes.io/", "internal.config.kubernetes.io/")


def _annotated(new: Resource, old: Resource) -> Resource:
    """A regenerated object, with the annotations by which the orchestrator recognizes the item."""
    if new is old:
        return new
    before = old.content["metadata"].get("annotations") or {}
    owned = {key: value for key, value in before.items() if key.startswith(_OWNED)}
    if not owned:
        return new
    metadata = new.content["metadata"]
    annotations = {**(metadata.get("annotations") or {}), **owned}
    return new._replace(content={**new.content, "metadata": {**metadata, "annotations": annotations}})
