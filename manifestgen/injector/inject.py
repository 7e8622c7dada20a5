"""Dikastes into the ConfigMap of Istio's sidecar injector, whatever Istio wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.catalog.conditions import Context
from manifestgen.catalog.loading import shipped_documents
from manifestgen.embedded.gotemplate.editor import TemplateEditor
from manifestgen.embedded.gotemplate.lexer import detect
from manifestgen.embedded.line_edits import splice
from manifestgen.errors import ErrorCollector, ManifestgenError, nearest
from manifestgen.injector import template
from manifestgen.injector.configmap import Injector, find
from manifestgen.injector.fragments import CONTAINER, Options, fragments, info, release_of
from manifestgen.injector.template import TemplateEdit
from manifestgen.model.record import Record
from manifestgen.model.version import Version, parse, parse_range, within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from manifestgen.errors import Where

__all__ = ["Injected", "NoUseForDikastes", "Options", "inject"]


class NoUseForDikastes(ManifestgenError):
    """A template was asked for that is not there, or in which Dikastes would do nothing.

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
    """Dikastes would not be found again where it was put."""

    def __init__(self, template: str, where: Where) -> None:
        super().__init__(
            f"template {template}: what is put in changes how the rest is read",
            where=where,
            next_step="compare the template with the one your Istio release ships",
        )


class Injected(Record):
    """A ConfigMap with Dikastes, or without it again.

    Attributes:
        text: the file.
        notes: what the user should know, each one sentence.
        istio: the version asked for or found in the file; None where neither says.
        layout: the name of the layout found.
        templates: the templates that hold Dikastes, or held it.
    """

    text: str
    notes: tuple[str, ...]
    istio: Version | None
    layout: str
    templates: tuple[str, ...]


def inject(
    text: str,
    *,
    calico: Version,
    istio: Version | None = None,
    file: str = "<stdin>",
    published: bool = False,
    remove: bool = False,
    options: Options = Options(),  # noqa: B008 - a value
) -> Injected:
    """Insert Dikastes into an injector's ConfigMap; all else keeps its bytes, and a second time changes nothing.

    Args:
        text: the file: a whole ConfigMap, its `data:` only, what kubectl prints, or data.config alone.
        calico: the release whose Dikastes it is; a minor means its newest patch.
        istio: the version the file is of; found in it by default.
        file: what messages call the file.
        published: exactly what Calico published.
        remove: take Dikastes out instead.
        options: what to ask of the container beyond the release.

    Raises:
        NoInjector, SeveralInjectors, YamlError: the file does not hold one ConfigMap of an injector.
        TemplateSyntaxError, PlaceNotFound: its template has no place for Dikastes; several come as Failures.
        NoUseForDikastes: a template that was asked for has no use for it.
        NoSuchRelease: the Calico release is not known.
    """
    injector = find(text, file, options.revision)
    layout = _layout(injector)
    version = istio or injector.istio
    context = Context(release_of(calico), version or parse(layout["assumed"]), published=published)
    names = _chosen(injector, options, published=published, remove=remove)

    def plan(structure: TemplateEditor) -> TemplateEdit:
        if remove:
            return template.remove(structure)
        parts = fragments(context, options, structure.name)
        return template.insert(structure, parts, overlay=injector.mapped)

    planned = _planned(injector, names, plan)
    result = injector.edited({name: one.splices for name, one in planned.items()})
    notes = [*injector.notes, *(note for one in planned.values() for note in one.notes)]
    if published and version is None:
        notes.append(f"the file does not say its Istio version; it is taken for {context.istio}, see --istio")
    notes += _remarks(injector, planned, context, remove=remove)
    return Injected(result, tuple(notes), version, layout["name"], tuple(names))


def _planned(
    injector: Injector, names: Sequence[str], plan: Callable[[TemplateEditor], TemplateEdit]
) -> dict[str, TemplateEdit]:
    """What to change in each template, proven: the changed template needs no change more."""
    planned: dict[str, TemplateEdit] = {}
    gathered = ErrorCollector()
    for name in names:
        with gathered:
            value, where = injector.templates[name], injector.location(name)
            planned[name] = plan(TemplateEditor(value, name=name, where=where))
            again = plan(TemplateEditor(splice(value, planned[name].splices), name=name, where=where))
            if again.splices:
                raise NotIdempotent(name, where)
    gathered.raise_all()
    return planned


def _layout(injector: Injector) -> Mapping[str, Any]:
    """What `profiles/injector/istio.yaml` says of files of this form."""
    sign = "templates" if injector.mapped else detect(injector.templates["template"]).left
    documents, _ = shipped_documents("injector/istio.yaml")
    found: Mapping[str, Any] = next(layout for layout in documents[0]["layouts"] if layout["has"] == sign)
    return found


def _chosen(injector: Injector, options: Options, *, published: bool, remove: bool) -> list[str]:
    """The templates to change: those asked for, else those with a use for Dikastes and those that have it already.

    Raises:
        NoUseForDikastes: one that was asked for is not there or has no use for it, or there is none at all.
    """
    there = injector.templates
    known: Mapping[str, Mapping[str, Any]] = shipped_documents("injector/istio.yaml")[0][0]["templates"]
    gathered = ErrorCollector()
    for name in options.templates:
        if name not in there:
            gathered.add(
                NoUseForDikastes(name, "the ConfigMap has no template of that name", injector.file, tuple(there))
            )
        elif "refused" in known.get(name, {}):
            usable = [one for one in there if "refused" not in known.get(one, {})]
            gathered.add(NoUseForDikastes(name, known[name]["refused"], injector.location(name), usable))
    gathered.raise_all()
    if options.templates or not injector.mapped:
        return list(options.templates or there)
    sort = "published" if published else "default"
    chosen = [
        name
        for name in there
        if name in known
        and ((known[name].get(sort) and not remove) or (not known[name].get("refused") and _has(injector, name)))
    ]
    if not chosen and not remove:
        why = "the ConfigMap has no such template, and none other is known to inject Envoy"
        reasons = [f"{name}: {known[name]['refused']}" for name in there if "refused" in known.get(name, {})]
        raise NoUseForDikastes("sidecar", why, injector.file, tuple(there), "; ".join(reasons))
    return chosen


def _has(injector: Injector, name: str) -> bool:
    return f"name: {CONTAINER}\n" in injector.templates[name]


def _remarks(injector: Injector, planned: Mapping[str, TemplateEdit], context: Context, *, remove: bool) -> list[str]:
    """What the user should know of this file, these versions and what was done."""
    found: list[str] = []
    layout = _layout(injector)
    if not any(one.splices for one in planned.values()):
        found.append(
            "there is no Dikastes in it to take out" if remove else "Dikastes is in it already; nothing changed"
        )
    if remove:
        return found
    if injector.istio and injector.istio.as_minor != context.istio.as_minor:
        found.append(f"the file is of Istio {injector.istio}; {context.istio} was asked for")
    if not within(context.istio, parse_range(layout["istio"])):
        found.append(f"its layout, {layout['name']}, is that of Istio {layout['istio']}, not {context.istio}")
    unsupported = info("unsupported", context)
    if unsupported:
        found.append(f"{unsupported['because']}: do not expect it to work")
    known = shipped_documents("injector/istio.yaml")[0][0]["templates"]
    found += [
        f"template {name}: {known[name]['because']}"
        for name in planned
        if known.get(name, {}).get("because") and not context.published
    ]
    found += [
        f"template {name} brings a container {CONTAINER} as well; pods that use both templates get them merged"
        for name in injector.templates
        if name not in planned and injector.mapped and _has(injector, name)
    ]
    if str(_value(injector.values, "pilot", "env", "PILOT_ENABLE_AMBIENT")).lower() == "true":
        found.append("this Istio runs ambient mode: pods that it captures get no sidecar and so no Dikastes")
    quoted = [name for name in planned if planned[name].splices and injector.scalar(name).rewritten]
    if quoted or (injector.config.rewritten and any(one.splices for one in planned.values())):
        found.append("a string whose form cannot hold a line more is written anew, in double quotes")
    return found


def _value(values: Any, *path: str) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values
