"""The values of the catalog: layers (profiles, overlays, releases) and what they declare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manifestgen.catalog.conditions import ALWAYS, When
from manifestgen.catalog.parameter_types import TYPES, Bounds
from manifestgen.catalog.site import Setting
from manifestgen.model.record import Record
from manifestgen.patch.model import Patch
from manifestgen.yamlio.locations import SourceRef


class ResourceFile(Record):
    """A file of objects that a layer adds.

    Attributes:
        path: relative to the layer's directory.
        component: the component that its objects belong to.
        when: the condition under which it applies.
        ref: where it is listed.
    """

    path: str
    component: str
    when: When
    ref: SourceRef


class ConditionalPatch(Record):
    """A patch and the condition under which it applies.

    Attributes:
        patch: the patch; parameters may not be bound to its operations yet.
        when: the condition under which it applies.
    """

    patch: Patch
    when: When = ALWAYS


class Image(Record):
    """One rule of Kustomize's image transform.

    Attributes:
        name: the image that it applies to, without tag or digest.
        new_name, new_tag, digest: the new parts; empty leaves the part as it is. A release's image without a tag
            follows the release's own version.
        ref: where the rule is written.
    """

    name: str
    new_name: str
    new_tag: str
    digest: str
    ref: SourceRef | None


class Labels(Record):
    """One rule of Kustomize's label transform.

    Attributes:
        pairs: labels to set on every object.
        include_templates: on pod templates as well.
        ref: where the rule is written.
    """

    pairs: Mapping[str, str]
    include_templates: bool
    ref: SourceRef | None


class Prototype(Record):
    """Objects that exist once for each item of a parameter's value, made from a prototype.

    Attributes:
        landing: the prototype, and the operations that put the item into a copy.
        keep: whether the prototype stays if the parameter has no value; else it is removed.
    """

    landing: ConditionalPatch
    keep: bool


class Parameter(Record):
    """A declared parameter.

    Attributes:
        name: such as `pod_cidr`.
        type: a name in `types.TYPES`.
        description: help, one line.
        bounds: restrictions that the declaration adds to the type.
        default: the value if none is set; None leaves the published value.
        secret: whether its value must never be shown.
        sets: the patches that write its value.
        ref: where it is declared.
        each: the objects that exist once for each item.
        example: a valid value as written on a command line; empty for the type's example.
    """

    name: str
    type: str
    description: str
    bounds: Bounds
    default: Any
    secret: bool
    sets: tuple[ConditionalPatch, ...]
    ref: SourceRef
    each: tuple[Prototype, ...] = ()
    example: str = ""

    def assignment(self) -> str:
        """A valid example for `--set`: `mtu=1440`."""
        example = self.example or (self.bounds.choices[0] if self.bounds.choices else TYPES[self.type].example)
        return f"{self.name}={example}"


class Layer(Record):
    """A profile, an overlay or a release.

    Attributes:
        name: its name in the history, such as `profile etcd`.
        short: its name, such as `etcd`.
        directory: the directory of its files.
        ref: the file it was read from.
        extends: the profile that it extends; empty for none.
        summary: one line.
        parameters: declared here, by name.
        values: parameter values given here.
        resources, patches, images, labels: its content, in order.
        info: for a release, its facts: version, documented versions, faults.
        site: for a profile, its settings other than values: versions, components and so on.
        overlays: for a profile, directories of overlays that are always applied, relative to the working directory.
        is_manifests: whether it holds plain manifests, the base of a profile that does not extend a shipped one.
    """

    name: str
    short: str
    directory: str
    ref: SourceRef
    extends: str = ""
    summary: str = ""
    parameters: Mapping[str, Parameter] = {}
    values: Mapping[str, Any] = {}
    resources: tuple[ResourceFile, ...] = ()
    patches: tuple[ConditionalPatch, ...] = ()
    images: tuple[Image, ...] = ()
    labels: tuple[Labels, ...] = ()
    info: Mapping[str, Any] = {}
    site: Mapping[str, Setting] = {}
    overlays: tuple[str, ...] = ()
    is_manifests: bool = False
