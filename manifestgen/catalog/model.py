"""The values of the catalog: layers (a profile, an overlay, a release) and what they declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.conditions import ALWAYS
from manifestgen.catalog.parameter_types import TYPES
from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from manifestgen.catalog.conditions import When
    from manifestgen.catalog.parameter_types import Bounds
    from manifestgen.catalog.site import Setting
    from manifestgen.patch.model import Patch
    from manifestgen.yamlio.locations import SourceRef


class ResourceFile(Record):
    """A file of objects that a layer adds.

    Attributes:
        path: relative to the layer's directory.
        component: the part of the output that its objects belong to.
        when: in force only then.
        ref: where it is listed.
    """

    path: str
    component: str
    when: When
    ref: SourceRef


class ConditionalPatch(Record):
    """A patch and when it is in force.

    Attributes:
        patch: its operations may still be bound to parameters.
        when: in force only then.
    """

    patch: Patch
    when: When = ALWAYS


class Image(Record):
    """One rule of Kustomize's image transform.

    Attributes:
        name: the image meant, without tag or digest.
        new_name, new_tag, digest: what replaces each part; empty leaves it. A release's image without a tag
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
    """Objects of which there is one for each item of a parameter's value, made from a prototype.

    Attributes:
        landing: the prototype, and how a copy gets its item.
        keep: whether the prototype stays as it is where the parameter has no value; else it goes.
    """

    landing: ConditionalPatch
    keep: bool


class Parameter(Record):
    """A declared parameter.

    Attributes:
        name: such as `pod_cidr`.
        type: a name in `types.TYPES`.
        description: help, one line.
        bounds: what the declaration adds to the type.
        default: the value where none is given; None leaves what is published.
        secret: its value is never shown.
        sets: the patches by which it lands.
        ref: where it is declared.
        each: the objects of which there is one for each item.
        example: a good value as a command line has it; empty for the type's own.
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
        """A good value as `--set` takes it: `mtu=1440`."""
        example = self.example or (self.bounds.choices[0] if self.bounds.choices else TYPES[self.type].example)
        return f"{self.name}={example}"


class Layer(Record):
    """A profile, an overlay or a release.

    Attributes:
        name: how the history calls it, such as `profile etcd`.
        short: its bare name, such as `etcd`.
        directory: where its files are.
        ref: the file it was read from.
        extends: the profile that comes before it; empty for none.
        summary: one line.
        parameters: declared here, by name.
        values: parameter values given here.
        resources, patches, images, labels: what it does, in order.
        info: for a release, what it says of itself: version, documented versions, faults.
        site: for a profile, what it says of its site besides values: versions, components and so on.
        overlays: for a profile, directories of overlays that are always applied, as seen from the working directory.
        is_manifests: it brings plain manifests, the base of a profile that extends no shipped one.
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
