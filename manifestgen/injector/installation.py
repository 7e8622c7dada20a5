"""Inserting Dikastes into an IstioOperator for istioctl, or into Helm values of the chart istiod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.embedded import FORMATS
from manifestgen.embedded.gotemplate.editor import TemplateEditor
from manifestgen.embedded.line_edits import splice
from manifestgen.errors import ManifestgenError
from manifestgen.injector import template
from manifestgen.injector.custom_template import TEMPLATE, template_text
from manifestgen.injector.fragments import CONTAINER, Options, fragments
from manifestgen.injector.pod import has_dikastes
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.model.version import Version, VersionSyntaxError, parse_version
from manifestgen.patch.rfc6902 import operation
from manifestgen.yamlio.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from manifestgen.catalog.conditions import Context

OPERATOR = "IstioOperator"
VALUES = "Helm values"
_WEBHOOK = "sidecarInjectorWebhook"
_DEFAULT = ["sidecar"]
"""What istiod injects where no defaultTemplates are set."""
_EMPTIED = "spec: {}\n"

Path = tuple[str, ...]


class NotAlone(ManifestgenError):
    """An IstioOperator is in a file with other objects."""

    def __init__(self, file: str) -> None:
        super().__init__(
            "the IstioOperator is in one file with other documents",
            where=Location(file),
            next_step="give the IstioOperator in a file of its own",
        )


class NoCustomTemplates(ManifestgenError):
    """This version of Istio does not take templates from its settings.

    Attributes:
        istio: the version.
    """

    def __init__(self, istio: Version, file: str) -> None:
        super().__init__(
            f"Istio {istio} takes no injection templates from its settings",
            where=Location(file),
            next_step="give its ConfigMap: kubectl -n istio-system get configmap istio-sidecar-injector -o yaml",
        )
        self.istio = istio


class IstioInstallation(Record):
    """The input of an Istio installer.

    Attributes:
        file: its name in messages.
        text: its text.
        kind: `OPERATOR` or `VALUES`.
        body: its content, parsed.
        root: the path of the Helm values in it.
        istio: its version of Istio; None if it names none.
    """

    file: str
    text: str
    kind: str
    body: dict[str, Any]
    root: Path
    istio: Version | None

    @property
    def templates(self) -> dict[str, Any]:
        """The user's injection templates, by name."""
        found: dict[str, Any] = _at(self.body, (*self.root, _WEBHOOK, "templates")) or {}
        return found

    @property
    def default_templates(self) -> list[Any]:
        """The templates for pods that do not name any."""
        found: list[Any] = _at(self.body, (*self.root, _WEBHOOK, "defaultTemplates")) or _DEFAULT
        return found


class Changed(Record):
    """An installation with Dikastes inserted or removed.

    Attributes:
        text: the file.
        body: its content, parsed.
        notes: what the user should know.
        templates: the names of the templates with Dikastes, or that had it.
    """

    text: str
    body: dict[str, Any]
    notes: tuple[str, ...]
    templates: tuple[str, ...]


def find(text: str, file: str) -> IstioInstallation | None:
    """The IstioOperator or the Helm values in a text; None if it has neither.

    A mapping without a kind is Helm values if it has a member that the chart istiod has.

    Raises:
        YamlError: the text cannot be read.
        NotAlone: it has more than the IstioOperator.
    """
    if "ConfigMap" in text and OPERATOR not in text:
        return None  # usually the large one; it is parsed only once
    documents = [document for document in read(text, file, whole=False) if document is not None]
    mappings = [document for document in documents if isinstance(document, dict)]
    if any(document.get("kind") == OPERATOR for document in mappings):
        if len(documents) > 1:
            raise NotAlone(file)
        body = mappings[0]
        tags = (_at(body, ("spec", "tag")), _at(body, ("spec", "values", "global", "tag")))
        return IstioInstallation(
            file=file, text=text, kind=OPERATOR, body=body, root=("spec", "values"), istio=_version(tags)
        )
    known = set(shipped_documents("injector/istio.yaml")[0][0]["istiod_values"])
    if len(documents) == 1 and mappings and not {"kind", "data", "templates"} & set(mappings[0]):
        body = mappings[0]
        if known & set(body):
            return IstioInstallation(
                file=file, text=text, kind=VALUES, body=body, root=(), istio=_version((_at(body, ("global", "tag")),))
            )
    return None


def insert(installation: IstioInstallation, context: Context, options: Options, *, per_pod: bool = False) -> Changed:
    """The installation with Dikastes: in those of its templates that have it, else in an additional one.

    Args:
        installation: the installer's input; its templates, defaultTemplates and everything else stay.
        context: versions, and whether to insert exactly what Calico published.
        options: settings of the container beyond the release.
        per_pod: whether pods ask for Dikastes by annotation; the template is then not a default one.

    Raises:
        NoCustomTemplates: the Istio is older than 1.9.
        PlaceNotFound: a user's template with Dikastes cannot be edited.
    """
    if context.istio < parse_version("1.9"):
        raise NoCustomTemplates(context.istio, installation.file)
    edit = _Edit(installation)
    holders = _holders(installation)
    notes: list[str] = []
    for name in holders:
        editor = _editor(installation, name)
        planned = template.insert(editor, fragments(context, options, name), overlay=True, custom=True)
        notes += planned.notes
        edit.set((_WEBHOOK, "templates", name), splice(installation.templates[name], planned.edits))
    if holders:
        if not set(holders) & set(installation.default_templates):
            notes.append(
                f"template {holders[0]} is not in defaultTemplates: only a pod with the annotation "
                f"inject.istio.io/templates: sidecar,{holders[0]} gets Dikastes"
            )
    else:
        edit.set((_WEBHOOK, "templates", TEMPLATE), template_text(context, options))
        if not per_pod and TEMPLATE not in installation.default_templates:
            edit.set((_WEBHOOK, "defaultTemplates"), [*installation.default_templates, TEMPLATE])
    if edit.text == installation.text:
        notes.append("Dikastes is in it already; nothing changed")
    return Changed(text=edit.text, body=edit.body, notes=tuple(notes), templates=tuple(holders or (TEMPLATE,)))


def remove(installation: IstioInstallation) -> Changed:
    """The installation without Dikastes.

    A template with nothing else in it is removed, with its entry in defaultTemplates. One that pods name by annotation
    is is emptied but kept: those pods could not be created without it.
    """
    edit = _Edit(installation)
    notes: list[str] = []
    defaults = list(installation.default_templates)
    holders = _holders(installation)
    for name in holders:
        planned = template.remove(_editor(installation, name))
        left = splice(installation.templates[name], planned.edits)
        if left == _EMPTIED and name in defaults:
            defaults.remove(name)
            edit.remove((_WEBHOOK, "templates", name))
        else:
            notes += planned.notes
            edit.set((_WEBHOOK, "templates", name), left)
    if defaults != installation.default_templates:
        if defaults == _DEFAULT:
            edit.remove((_WEBHOOK, "defaultTemplates"))
        else:
            edit.set((_WEBHOOK, "defaultTemplates"), defaults)
    if not holders:
        notes.append("there is no Dikastes in it to remove")
    return Changed(text=edit.text, body=edit.body, notes=tuple(notes), templates=tuple(holders))


class _Edit:
    """Edits an installation in its text; every other byte stays."""

    def __init__(self, installation: IstioInstallation) -> None:
        self.text = installation.text
        self._root = installation.root
        self._format = FORMATS["json" if installation.text.lstrip().startswith("{") else "yaml"]

    @property
    def body(self) -> dict[str, Any]:
        """The current content, parsed."""
        found: dict[str, Any] = self._format.parse(self.text)
        return found

    def set(self, path: Path, value: Any) -> None:
        """Set a value in the Helm values; missing parents are made."""
        whole, body = (*self._root, *path), self.body
        if _at(body, whole) == value:
            return
        depth = next((n for n in range(1, len(whole)) if not isinstance(_at(body, whole[:n]), dict)), len(whole))
        for key in reversed(whole[depth:]):
            value = {key: value}
        self._apply({"op": "add", "path": _pointer(whole[:depth]), "value": value})

    def remove(self, path: Path) -> None:
        """Remove a value, with parent mappings that have nothing else in them."""
        whole, body = (*self._root, *path), self.body
        if _at(body, whole) is None:
            return
        while len(whole) > max(len(self._root), 1) and len(_at(body, whole[:-1])) == 1:
            whole = whole[:-1]
        self._apply({"op": "remove", "path": _pointer(whole)})

    def _apply(self, step: dict[str, Any]) -> None:
        self.text = self._format.apply(self.text, operation(step))


def _holders(installation: IstioInstallation) -> list[str]:
    """The user's templates that have a container dikastes."""
    return [
        name
        for name, text in installation.templates.items()
        if isinstance(text, str) and CONTAINER in text and has_dikastes(_editor(installation, name))
    ]


def _editor(installation: IstioInstallation, name: str) -> TemplateEditor:
    return TemplateEditor(installation.templates[name], name=name, where=Location(installation.file))


def _version(tags: Sequence[Any]) -> Version | None:
    for tag in _strings(tags):
        try:
            return parse_version(tag.partition("-")[0])
        except VersionSyntaxError:
            continue
    return None


def _strings(values: Sequence[Any]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _pointer(path: Path) -> str:
    from manifestgen.model.pointer import to_text

    return to_text(path)
