"""Inserting Dikastes into the ConfigMap of Istio's sidecar injector, or into the input of Istio's installers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.catalog import releases
from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import shipped_documents
from manifestgen.embedded.gotemplate.editor import TemplateEditor
from manifestgen.embedded.gotemplate.lexer import detect
from manifestgen.embedded.line_edits import splice
from manifestgen.errors import ErrorCollector, ManifestgenError, nearest
from manifestgen.injector import installation, template
from manifestgen.injector.configmap import Injector, find
from manifestgen.injector.container import TemplateEdit
from manifestgen.injector.fragments import CONTAINER, LABEL, Options, fragments, info, release_of
from manifestgen.injector.pod import has_dikastes
from manifestgen.model.location import Location
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse_range, parse_version, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from manifestgen.errors import Where
    from manifestgen.injector.installation import IstioInstallation

__all__ = ["Injected", "NoUseForDikastes", "Options", "inject"]


class NoUseForDikastes(ManifestgenError):
    """A named template does not exist, or Dikastes would do nothing in it.

    Attributes:
        template: its name.
    """

    def __init__(self, template: str, why: str, where: Where, known: Sequence[str], found: str = "") -> None:
        super().__init__(
            f"template {template}: {why}",
            where=where,
            found=found,
            candidates=nearest(template, known) or tuple(known),
            next_step="name one that injects Envoy into the pods of applications: --template NAME",
        )
        self.template = template


class NotIdempotent(ManifestgenError):
    """Dikastes was inserted but could not be found again."""

    def __init__(self, template: str, where: Where) -> None:
        super().__init__(
            f"template {template}: the insertion changes how the rest is read",
            where=where,
            next_step="compare the template with the one your Istio release ships",
        )


class Injected(Record):
    """A file with Dikastes inserted or removed.

    Attributes:
        text: the file.
        notes: what the user should know, one sentence each.
        istio: the version that was requested or found in the file; None if neither.
        context: the versions that it was made for.
        layout: the name of the layout that was found.
        templates: the templates with Dikastes, or that had it.
        body: the parsed file, for an IstioOperator or Helm values; empty for a ConfigMap.
    """

    text: str
    notes: tuple[str, ...]
    istio: Version | None
    context: Context
    layout: str
    templates: tuple[str, ...]
    body: Mapping[str, Any] = {}


def inject(
    text: str,
    *,
    calico: Version,
    istio: Version | None = None,
    kubernetes: Version | None = None,
    file: str = "<stdin>",
    published: bool = False,
    remove: bool = False,
    per_pod: bool = False,
    options: Options = Options(),  # noqa: B008 - a value
) -> Injected:
    """Insert Dikastes into a file of Istio's. Everything else keeps its bytes; inserting is idempotent.

    Args:
        text: the file: the injector's ConfigMap (whole, its `data:` only, what kubectl prints, or data.config alone),
            an IstioOperator, or Helm values of the chart istiod.
        calico: the release of Dikastes; a minor means its newest patch.
        istio: the version that the file is for; by default detected from the file.
        kubernetes: the version of the cluster, if known.
        file: the name of the file in messages.
        published: insert exactly what Calico published.
        remove: remove Dikastes instead.
        per_pod: in an IstioOperator or Helm values, whether pods ask for Dikastes by annotation.
        options: settings of the container beyond the release.

    Raises:
        NoInjector, SeveralInjectors, YamlError: the file is none of these, or has several ConfigMaps.
        NotAlone, NoCustomTemplates: the IstioOperator or Helm values cannot have Dikastes.
        TemplateSyntaxError, PlaceNotFound: a template has no place for Dikastes; several come as Failures.
        NoUseForDikastes: a named template does not exist or has no use for Dikastes.
        NoSuchRelease: the Calico release is not known.
    """
    installed = installation.find(text, file)
    if installed:
        context = Context(
            release_of(calico),
            istio or installed.istio or releases.documented_istio(calico),
            kubernetes=kubernetes,
            published=published,
        )
        return _into_installation(installed, context, options, remove=remove, per_pod=per_pod, named=istio is not None)
    injector = find(text, file, options.revision)
    layout = _layout(injector)
    version = istio or _istio(injector, layout)
    default = parse_version(layout["default"])
    context = Context(release_of(calico), version or default, kubernetes=kubernetes, published=published)
    names = _chosen(injector, options, published=published, remove=remove)

    def plan(structure: TemplateEditor) -> TemplateEdit:
        if remove:
            return template.remove(structure)
        parts = fragments(context, options, structure.name)
        custom = structure.name not in _known_templates()
        return template.insert(structure, parts, overlay=injector.mapped, custom=custom)

    planned = _planned(injector, names, plan)
    result = injector.edited({name: one.edits for name, one in planned.items()})
    notes = [*injector.notes, *(note for one in planned.values() for note in one.notes)]
    if published and version is None:
        notes.append(f"the file does not say its Istio version; assuming {context.istio}; set it with --istio")
    notes += _remarks(injector, planned, context, remove=remove)
    return Injected(
        text=result,
        notes=tuple(notes),
        istio=istio or injector.istio,
        context=context,
        layout=layout["name"],
        templates=tuple(names),
    )


def _into_installation(
    installed: IstioInstallation, context: Context, options: Options, *, remove: bool, per_pod: bool, named: bool
) -> Injected:
    """The same for an IstioOperator or Helm values."""
    if remove:
        changed = installation.remove(installed)
    else:
        changed = installation.insert(installed, context, options, per_pod=per_pod)
    notes = changed.notes
    if not (remove or named or installed.istio):
        notes += (f"the file does not say its Istio version; assuming {context.istio}; set it with --istio",)
    return Injected(
        text=changed.text,
        notes=notes,
        istio=context.istio if named else installed.istio,
        context=context,
        layout=installed.kind,
        templates=changed.templates,
        body=changed.body,
    )


def _planned(
    injector: Injector, names: Sequence[str], plan: Callable[[TemplateEditor], TemplateEdit]
) -> dict[str, TemplateEdit]:
    """The changes to each template, verified: the changed template needs no further change."""
    planned: dict[str, TemplateEdit] = {}
    gathered = ErrorCollector()
    for name in names:
        with gathered:
            value, where = injector.templates[name], injector.location(name)
            planned[name] = plan(TemplateEditor(value, name=name, where=where))
            again = plan(TemplateEditor(splice(value, planned[name].edits), name=name, where=where))
            if again.edits:
                raise NotIdempotent(name, where)
    gathered.raise_all()
    return planned


def _layout(injector: Injector) -> Mapping[str, Any]:
    """The data in `profiles/injector/istio.yaml` about files of this form."""
    sign = "templates" if injector.mapped else detect(injector.templates["template"]).left
    documents, _ = shipped_documents("injector/istio.yaml")
    found: Mapping[str, Any] = next(layout for layout in documents[0]["layouts"] if layout["detect"] == sign)
    return found


def _istio(injector: Injector, layout: Mapping[str, Any]) -> Version | None:
    """The version in a file, unless no Istio of that version has its layout: builds from source say 1.0.0."""
    found = injector.istio
    return found if found and within(found, parse_range(layout["istio"])) else None


def _chosen(injector: Injector, options: Options, *, published: bool, remove: bool) -> list[str]:
    """The templates to change: those that were named, else those that have Dikastes, else those that should have it.

    Raises:
        NoUseForDikastes: a named template does not exist or has no use for Dikastes, or no template has.
    """
    there = injector.templates
    known: Mapping[str, Mapping[str, Any]] = _known_templates()
    if options.templates or not injector.mapped:
        _refuse_useless(injector, options.templates, known)
        return list(options.templates or there)
    holders = [name for name in there if not known.get(name, {}).get("refused") and _has(injector, name)]
    if remove or any(name not in known for name in holders):
        return holders
    sort = "published" if published else "default"
    chosen = [name for name in there if name in holders or known.get(name, {}).get(sort)]
    if not chosen:
        why = "the ConfigMap has no such template, and no other is known to inject Envoy"
        reasons = [f"{name}: {known[name]['refused']}" for name in there if "refused" in known.get(name, {})]
        raise NoUseForDikastes("sidecar", why, Location(injector.file), tuple(there), "; ".join(reasons))
    return chosen


def _refuse_useless(injector: Injector, names: Sequence[str], known: Mapping[str, Mapping[str, Any]]) -> None:
    there = injector.templates
    gathered = ErrorCollector()
    for name in names:
        if name not in there:
            gathered.add(
                NoUseForDikastes(
                    name, "the ConfigMap has no template of that name", Location(injector.file), tuple(there)
                )
            )
        elif "refused" in known.get(name, {}):
            usable = [one for one in there if "refused" not in known.get(one, {})]
            gathered.add(NoUseForDikastes(name, known[name]["refused"], injector.location(name), usable))
    gathered.raise_all()


def _known_templates() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = shipped_documents("injector/istio.yaml")[0][0]["templates"]
    return found


def _has(injector: Injector, name: str) -> bool:
    """Whether a template has a container named dikastes."""
    value = injector.templates[name]
    return CONTAINER in value and has_dikastes(TemplateEditor(value, name=name, where=injector.location(name)))


def _remarks(injector: Injector, planned: Mapping[str, TemplateEdit], context: Context, *, remove: bool) -> list[str]:
    """Notes about this file, these versions and what was done."""
    found: list[str] = []
    layout = _layout(injector)
    if not any(one.edits for one in planned.values()):
        found.append("there is no Dikastes in it to remove" if remove else "Dikastes is in it already; nothing changed")
    if remove:
        return found
    if injector.istio and not _istio(injector, layout):
        found.append(f"the file says Istio {injector.istio}, as builds from source do; see --istio")
    elif injector.istio and injector.istio.as_minor != context.istio.as_minor:
        found.append(f"the file is of Istio {injector.istio}; {context.istio} was requested")
    if not within(context.istio, parse_range(layout["istio"])):
        found.append(f"its layout, {layout['name']}, is that of Istio {layout['istio']}, not {context.istio}")
    unsupported = info("unsupported", context)
    if unsupported:
        found.append(f"{unsupported['because']}: do not expect it to work")
    known = _known_templates()
    found += [
        f"template {name}: {known[name]['because']}"
        for name in planned
        if known.get(name, {}).get("because") and not context.published
    ]
    if injector.mapped:
        found += _several(injector, planned)
        if context.published:
            found.append(
                f"as published, pods get no label {LABEL}: render what makes Envoy ask with --published or enforce=mesh"
            )
    if str(_value(injector.values, "pilot", "env", "PILOT_ENABLE_AMBIENT")).lower() == "true":
        found.append("this Istio runs ambient mode: pods that it captures get no sidecar and so no Dikastes")
    quoted = [name for name in planned if planned[name].edits and injector.scalar(name).rewritten]
    if quoted or (injector.config.rewritten and any(one.edits for one in planned.values())):
        found.append("a string whose form cannot hold another line is rewritten in double quotes")
    return found


def _several(injector: Injector, planned: Mapping[str, TemplateEdit]) -> list[str]:
    """Notes for Dikastes in a template that is not used by default, or in several."""
    defaults = injector.settings.get("defaultTemplates") or ["sidecar"]
    others = [name for name in injector.templates if name not in planned and _has(injector, name)]
    found = [
        f"template {name} has a container {CONTAINER} too; a pod that uses both templates gets them merged"
        for name in others
    ]
    own = [name for name in planned if name not in _known_templates()]
    if own and not any(name in defaults for name in (*planned, *others)):
        found.append(
            f"template {own[0]} is not in defaultTemplates: only a pod with the annotation "
            f"inject.istio.io/templates: sidecar,{own[0]} gets Dikastes"
        )
    return found


def _value(values: Any, *path: str) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values
