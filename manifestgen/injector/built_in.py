"""The built-in ConfigMap of the injector with other settings of the container.

Only the lines of the container depend on them, so those are replaced in the ConfigMap that was made without them: a
fleet can have a different image for each cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.injector.fragments import CONTAINER, NativeSidecar, Options, container_item, fragments
from manifestgen.yamlio.locations import SourceFile, SourceRef

if TYPE_CHECKING:
    from manifestgen.catalog.conditions import Context
    from manifestgen.injector.fragments import Lines
    from manifestgen.patch.resource import Resource

_TEMPLATE = "template"
_ACTIONS = ("[[", "{{")


def with_options(made: Resource, context: Context, options: Options) -> Resource | None:
    """The ConfigMap with options; None if they change more than the container, or need closer checks.

    Args:
        made: the ConfigMap without options.
        context: the versions that it was made for, Calico with its patch.
        options: settings of the container.
    """
    if options.templates or options.revision or made.ref is None:
        return None
    before = container_item(fragments(context, Options(), _TEMPLATE), NativeSidecar())
    after = container_item(fragments(context, options, _TEMPLATE), NativeSidecar())
    if any(action in line for action in _ACTIONS for line in after):
        return None  # a value may contain a template action, which is refused
    data = made.content["data"]
    config = _exchanged(data["config"], before, after)
    text = _exchanged(made.ref.source.text, before, after)
    if config is None or text is None:
        return None
    body = {**made.content, "data": {**data, "config": config}}
    ref = SourceRef(SourceFile(made.ref.source.name, text), made.ref.path, made.ref.document)
    return made._replace(content=body, base=body, ref=ref)


def _exchanged(text: str, before: Lines, after: Lines) -> str | None:
    """A text with the container's lines replaced; None unless it has exactly these lines once."""
    start = text.find(f"- name: {CONTAINER}\n")
    indent = " " * (start - text.rfind("\n", 0, start) - 1)
    old, new = ("".join(f"{indent}{line}\n" if line else "\n" for line in lines) for lines in (before, after))
    return text.replace(old, new) if start >= 0 and text.count(old) == 1 else None
