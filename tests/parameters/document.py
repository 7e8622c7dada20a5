"""The tables of docs/parameters.md, made from the data; `python -m tests.parameters.document` writes them."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_layer, shipped_rules
from manifestgen.catalog.parameter_index import ParameterIndex
from manifestgen.compose.parameter_docs import ParameterInfo
from manifestgen.model import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.catalog.conditions import When
    from manifestgen.catalog.model import ConditionalPatch, Parameter
    from manifestgen.model.version import Range

DOCUMENT = Path(__file__).parents[2] / "docs" / "parameters.md"
START, END = "<!-- tables: python -m tests.parameters.document -->\n", "<!-- end of the tables -->\n"


def tables() -> str:
    """Every parameter, by subject, then every rule."""
    lines: list[str] = []
    for file, group in groupby(ParameterIndex().values(), lambda one: one.ref.source.name):
        summary = shipped_layer(file.removeprefix("profiles/")).summary
        lines += [f"### {summary[0].upper()}{summary[1:]}", "", f"[{file}](../{file})", ""]
        for parameter in group:
            lines += [*_parameter(parameter), ""]
    lines += ["### Rules", "", "| rule | refused, because |", "|---|---|"]
    for rule in shipped_rules()[0]:
        lines.append(f"| `{rule['code']}` | {rule['summary']}: {rule['because']} |")
    return "\n".join([*lines, ""])


def _parameter(parameter: Parameter) -> Iterator[str]:
    row = ParameterInfo(parameter, None, ()).as_json()
    yield f"#### `{parameter.name}`"
    yield ""
    yield f"{row['help'][0].upper()}{row['help'][1:]}. A value is {row['wanted']}; for example `{row['example']}`."
    landings = [*parameter.sets, *(each.landing for each in parameter.each)]
    if landings:
        yield ""
    for landing in landings:
        yield f"- {_place(landing)}"


def _place(landing: ConditionalPatch) -> str:
    patch, when = landing
    step = patch.operations[0]
    target = f"{patch.target.kind or 'objects'} {patch.target.name or ''}".strip()
    inside = "".join(f"`{pointer.to_text(document.path)}` | " for document in patch.inside)
    does = "" if step.binding else " removed" if step.op == "remove" else f" = `{_value(step.value)}`"
    return f"{target} {inside}`{pointer.to_text(step.path)}`{does}{_when(when)}"


def _when(when: When) -> str:
    words = [f"profile {when.profile.replace('|', ', ')}"] if when.profile else []
    for product in ("Calico", "Istio"):
        bounds: Range | None = getattr(when, product.lower())
        if bounds:
            words.append(f"{product} {','.join(f'{bound.operator}{bound.version}' for bound in bounds)}")
    for name, value in (when.parameters or {}).items():
        words += [f"{name} is {' or '.join(map(_value, value if isinstance(value, list) else [value]))}"]
    if when.published is not None:
        words.append("with --published" if when.published else "without --published")
    return f" ({'; '.join(words)})" if words else ""


def _value(value: Any) -> str:
    return "not given" if value is None else value if isinstance(value, str) else json.dumps(value)


def written(text: str) -> str:
    """The document with its tables brought up to date."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text()))
