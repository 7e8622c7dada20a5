"""The format of `profile.yaml`: reads a parsed YAML document strictly into a Layer.

Field names are Kustomize's wherever the meaning is Kustomize's. A JSON Schema of the same format, for editors,
is in `profile.schema.json` beside this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS, read_when
from manifestgen.catalog.kustomize import explain_kustomize
from manifestgen.catalog.model import Image, Labels, Layer, ResourceFile
from manifestgen.catalog.parameter_schema import read_parameters
from manifestgen.catalog.patch_schema import read_target
from manifestgen.catalog.patches import read_merges, read_patches
from manifestgen.catalog.site import SITE, path_inside, read_site
from manifestgen.errors import ManifestgenError
from manifestgen.model import pointer
from manifestgen.yamlio.typed import (
    any_string,
    anything,
    boolean,
    choice,
    list_of,
    mapping,
    mapping_of,
    parsed,
    string,
    version_range,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.catalog.patches import Files
    from manifestgen.yamlio.locations import SourceRef
    from manifestgen.yamlio.typed import Readers

API_VERSION = "manifestgen/v1"


def read_layer(body: Any, ref: SourceRef, directory: str, files: Files) -> Layer:
    """A layer from the document of its file.

    Args:
        body: the document.
        ref: the reference of its top level.
        directory: the directory of the layer's other files.
        files: reads a patch file.

    Raises:
        Failures, or the only failure: every mistake in the file, with its location.
    """
    kind = _kind(body, ref)
    readers = {
        **_MEMBERS[kind],
        "patches": list_of(lambda item, at: read_patches(item, at, files)),
        "patchesStrategicMerge": list_of(lambda item, at: read_merges(item, at, files)),
    }
    try:
        foreign = dict.fromkeys(_MEMBERS["Profile"], _OF_PROFILES) if kind == "Overlay" else {}
        entry = mapping(f"kind {kind}", required=_HEADER, optional=readers, foreign=foreign)(body, ref)
    except ManifestgenError as error:
        explain_kustomize(error)
        raise
    name = entry["metadata"]["name"]
    return Layer(
        name=f"{kind.lower()} {name}",
        short=name,
        directory=directory,
        ref=ref,
        extends=entry.get("extends", ""),
        summary=entry.get("summary", ""),
        parameters=entry.get("parameters", {}),
        values=entry.get("values", {}),
        resources=entry.get("resources", ()),
        patches=tuple(
            patch for member in ("patches", "patchesStrategicMerge") for read in entry.get(member, ()) for patch in read
        ),
        images=entry.get("images", ()),
        labels=entry.get("labels", ()),
        info={member: body[member] for member in RELEASE_MEMBERS if member in body},
        site=read_site(entry, ref) if kind == "Profile" else {},
        overlays=tuple(entry.get("overlays", ())),
    )


def _kind(body: Any, ref: SourceRef) -> str:
    """The kind of file, from the member that decides how the others are read."""
    written = body.get("kind", "Profile") if isinstance(body, dict) else "Profile"
    return choice(*_MEMBERS)(written, ref.at("kind"))


def _resource(value: Any, ref: SourceRef) -> ResourceFile:
    if isinstance(value, str):
        return ResourceFile(path=string(value, ref), component="", when=ALWAYS, ref=ref)
    entry = _RESOURCE(value, ref)
    return ResourceFile(
        path=entry["path"], component=entry.get("component", ""), when=entry.get("when", ALWAYS), ref=ref
    )


def _image(value: Any, ref: SourceRef) -> Image:
    entry = _IMAGE(value, ref)
    return Image(
        name=entry["name"],
        new_name=entry.get("newName", ""),
        new_tag=entry.get("newTag", ""),
        digest=entry.get("digest", ""),
        ref=ref,
    )


def _labels(value: Any, ref: SourceRef) -> Labels:
    entry = _LABELS(value, ref)
    return Labels(entry["pairs"], entry.get("includeTemplates", False), ref)


RULE = mapping(
    "a rule",
    required={"code": string, "summary": string},
    optional={
        "refuse": boolean,
        "because": string,
        "next": string,
        "versions": version_range,
        "when": read_when,
        "components": list_of(string, nonempty=True),
        "without": list_of(string, nonempty=True),
        "target": read_target,
        "objects": list_of(
            mapping(
                "an object of a rule",
                required={"target": read_target, "path": parsed(pointer.parse_pointer)},
                optional={"not": string, "lacks": string},
            ),
            nonempty=True,
        ),
        "preflight": boolean,
        "issue": string,
    },
)
"""A compatibility rule, among the `faults` of a release or in `profiles/rules.yaml`; see `compose.compatibility`."""

_RESOURCE = mapping("a resource", required={"path": string}, optional={"component": string, "when": read_when})
_IMAGE = mapping(
    "an image",
    required={"name": string},
    optional={"newName": any_string, "newTag": any_string, "digest": any_string},
)
_LABELS = mapping("labels", required={"pairs": mapping_of(any_string)}, optional={"includeTemplates": boolean})

_HEADER: Readers = {
    "apiVersion": choice(API_VERSION),
    "kind": choice("Profile", "Overlay", "Release"),
    "metadata": mapping("metadata", required={"name": string}),
}
_COMMON: Readers = {
    "summary": any_string,
    "values": mapping_of(anything),
    "resources": list_of(_resource),
    "images": list_of(_image),
    "labels": list_of(_labels),
}
RELEASE_MEMBERS = ("version", "imageTag", "documented", "tested", "faults", "sources")
"""What a release says of itself, to be taken as it is: shipped releases were held to their format when they were read
from disk (`formats`)."""

_OF_PROFILES = "remove it: an overlay only changes what a profile states; or write kind: Profile"

_MEMBERS: Mapping[str, Readers] = {
    "Profile": {
        **_COMMON,
        **SITE,
        "extends": any_string,
        "parameters": read_parameters,
        "overlays": list_of(path_inside),
    },
    "Overlay": _COMMON,
    "Release": {**_COMMON, **dict.fromkeys(RELEASE_MEMBERS, anything)},
}
