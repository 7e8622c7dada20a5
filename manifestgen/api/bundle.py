"""A bundle: the immutable, ordered result of a render, or what was loaded from files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from manifestgen.api.arguments import WrongArgument
from manifestgen.api.lookup import find_object, has_object
from manifestgen.errors import visible
from manifestgen.patch.resource import Resource

if TYPE_CHECKING:
    from manifestgen.api import bundle_types as types
    from manifestgen.emit.notes import PlacedBundle
else:

    class _Types:
        """Stands for the module, which is imported when `typing.get_type_hints` looks up a type."""

        def __getattr__(self, name: str) -> Any:
            from manifestgen.api import bundle_types

            return getattr(bundle_types, name)

    types = _Types()


class Bundle:
    """The immutable, ordered result of a render, or what was loaded from files.

    Iterating gives its resources in apply order. Two bundles are equal when their objects are.

    Attributes:
        resources: the objects, each with its identity, body and origin.
        profile: the profile rendered; empty for a bundle that was loaded.
        context: the versions and values that it was rendered for, without secrets; None for a bundle that was loaded.
        warnings: what does not work as expected although it was rendered.
        layout: the default layout of its directory.
    """

    __slots__ = ("context", "layout", "profile", "resources", "warnings")

    resources: tuple[Resource, ...]
    profile: str
    context: types.Context | None
    warnings: tuple[types.Finding, ...]
    layout: str

    def __init__(
        self,
        resources: Iterable[Resource],
        profile: str = "",
        context: types.Context | None = None,
        warnings: Iterable[types.Finding] = (),
        *,
        layout: str = "kustomize",
    ) -> None:
        object.__setattr__(self, "resources", tuple(resources))
        object.__setattr__(self, "profile", profile)
        object.__setattr__(self, "context", context)
        object.__setattr__(self, "warnings", tuple(warnings))
        object.__setattr__(self, "layout", layout)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Bundle does not change: {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        made = partial(Bundle, layout=self.layout)
        return made, (self.resources, self.profile, self.context, self.warnings)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def __getitem__(self, name: str) -> Resource:
        """Look up an object by name.

        Args:
            name: `KIND/NAME`, or `KIND/NAMESPACE/NAME` if several namespaces have an object of that name.

        Raises:
            NoSuchObject: there is none; also a KeyError.
            AmbiguousObject: there are several; also a KeyError.
        """
        if not isinstance(name, str):
            raise WrongArgument("the name of an object", name, "a string such as DaemonSet/calico-node")
        return find_object(self.resources, name)

    def __contains__(self, item: object) -> bool:
        return has_object(self.resources, item) if isinstance(item, str) else item in self.resources

    def __len__(self) -> int:
        return len(self.resources)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bundle):
            return NotImplemented
        return [resource.content for resource in self] == [resource.content for resource in other]

    def __hash__(self) -> int:
        return hash(tuple(resource.id for resource in self))

    def __repr__(self) -> str:
        return f"<Bundle {self.profile or 'loaded'}: {len(self)} resources>"

    def to_yaml(self) -> str:
        """The bundle as one multi-document YAML stream."""
        from manifestgen.yamlio.writer import write  # imported lazily: not every caller needs it

        return write(resource.content for resource in self.applied())

    def to_json(self) -> str:
        """The same as a Kubernetes List in JSON, indented by two spaces."""
        import json

        listed = {"apiVersion": "v1", "kind": "List", "items": [resource.content for resource in self.applied()]}
        return visible(json.dumps(listed, indent=2, ensure_ascii=False), keep="\n") + "\n"

    def extra_files(self) -> tuple[str, ...]:
        """The paths of files that are not for kubectl, such as `istio/istio-operator.yaml`."""
        return tuple(self._split()[1])

    def _split(self) -> tuple[tuple[Resource, ...], dict[str, tuple[Resource, Any]]]:
        from manifestgen.emit.extra_files import split  # imported lazily: not every caller needs it

        return split(self.resources, self.context)

    def applied(self) -> tuple[Resource, ...]:
        """The resources of a stream: those that kubectl applies, or all if it applies none."""
        applied, _ = self._split()
        return applied or self.resources

    def images(self) -> tuple[str, ...]:
        """Every container image that the bundle needs, sorted."""
        from manifestgen.compose.images import all_images  # imported lazily: few callers need it

        return tuple(sorted({reference for resource in self for reference in all_images(resource)}))

    def files(self, layout: str | None = None) -> dict[str, types.File]:
        """The output directory as files by path, without its inventory.

        Args:
            layout: `kustomize`, `flat` or `overlay`; by default `self.layout`.
        """
        from manifestgen.emit.directory import File
        from manifestgen.emit.file_names import NOTES
        from manifestgen.emit.layouts import tree
        from manifestgen.emit.notes import notes  # imported lazily: a stream has none

        applied, extra = self._split()
        files = tree(applied, layout=layout or self.layout, profile=self.profile, extra=extra)
        placed = self._placed(".", layout)
        return {**files, NOTES: File(notes(placed))} if placed else files

    def remaining_steps(self, directory: str = "", layout: str | None = None) -> list[str]:
        """The remaining steps, as lines for a terminal; empty for a bundle that was loaded.

        Args:
            directory: where the bundle was written; empty for a stream.
            layout: the layout of the directory.
        """
        from manifestgen.emit.notes import short

        placed = self._placed(directory, layout)
        return short(placed) if placed else []

    def _placed(self, directory: str, layout: str | None) -> PlacedBundle | None:
        """The input of the notes."""
        from manifestgen.emit.layouts import place
        from manifestgen.emit.notes import PlacedBundle

        if self.context is None:
            return None
        applied, extra = self._split()
        where = place(applied, layout=layout or self.layout, profile=self.profile, extra=extra) if directory else None
        return PlacedBundle(
            profile=self.profile, context=self.context, resources=self.resources, placement=where, directory=directory
        )

    def check(self, directory: str | os.PathLike[str], *, layout: str | None = None) -> types.Report:
        """How an output directory differs from what `write` would write; nothing is written.

        Args:
            directory: its path.
            layout: as for `write`.

        Returns:
            The difference, false if there is none. Files that were changed by hand, are missing or are no longer
            part of the bundle count; foreign files do not.

        Raises:
            CannotWrite: it is not a directory, or cannot be read.
        """
        from manifestgen.goldens.output import check_output

        return check_output(os.fspath(directory), self.files(layout), self.applied())

    def write(
        self, directory: str | os.PathLike[str], *, layout: str | None = None, force: bool = False
    ) -> types.Written:
        """Write the output directory. Unchanged files keep their modification time; foreign files are not touched.

        Args:
            directory: created if it does not exist.
            layout: `kustomize` for a kustomization over numbered resources, `flat` for the resources alone,
                `overlay` for plain Kustomize: base objects and JSON6902 patches.
            force: write into a directory that is not manifestgen's, over foreign files and over files of ours that
                were changed since.

        Returns:
            What was changed; false if nothing was.

        Raises:
            ForeignFiles, EditedFiles, CannotWrite: the directory is unchanged.
        """
        from manifestgen.emit.directory import write_directory

        return write_directory(os.fspath(directory), self.files(layout), force=force)
