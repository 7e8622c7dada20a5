"""What every API server refuses, whatever the schema: checks of objects without a schema.

The data is `profiles/kubernetes/objects.yaml`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from manifestgen.catalog.loading import shipped_documents
from manifestgen.model import names, pointer
from manifestgen.model.image import wrong_with
from manifestgen.model.record import Record
from manifestgen.patch.select import fits, fits_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from manifestgen.model.identity import Id
    from manifestgen.model.pointer import Tokens

_FILE = "kubernetes/objects.yaml"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
"""What Go's decoder takes, line breaks aside."""
_FORMS = {"segment": names.wrong_segment, "label": names.wrong_label_name, "subdomain": names.wrong_subdomain}


class Problem(Record):
    """A problem with an object.

    Attributes:
        path: where.
        what: what is wrong.
        next_step: what to do.
        found: the value; None if it must not be shown or does not help.
        twins: for two list items that Kubernetes treats as one: the key of each of them; else empty.
    """

    path: Tokens
    what: str
    next_step: str = ""
    found: Any = None
    twins: tuple[Tokens, ...] = ()


def problems(identity: Id, content: Any) -> Iterator[Problem]:
    """The problems of an object that every API server would refuse.

    Args:
        identity: its identity.
        content: the object.
    """
    yield from _identity(identity, content)
    yield from _metadata(content, ())
    rules = _rules()
    for path in _paths(rules["strings"], identity):
        yield from _strings(_at(content, path), path)
    for path in _paths(rules["base64"], identity):
        if not (identity.kind == "Secret" and "sops" in content):
            yield from _encoded(_at(content, path), path)
    for path in _paths(rules["pods"], identity):
        template = _at(content, path)
        if isinstance(template, dict):
            if path:
                yield from _metadata(template, path)
            yield from _pod(template.get("spec"), (*path, "spec"))
    for rule in rules["unique"]:
        if _is_about(rule, identity):
            path = pointer.parse_pointer(rule["path"])
            yield from _list(_at(content, path), path, rule)


def is_placeholder(text: str) -> bool:
    """Whether another program fills in the value later."""
    return any(re.fullmatch(pattern, text, re.DOTALL) for pattern in _rules()["placeholders"])


@cache
def _rules() -> Mapping[str, Any]:
    found: Mapping[str, Any] = shipped_documents(_FILE)[0][0]
    return found


def _is_about(rule: Mapping[str, Any], identity: Id) -> bool:
    return fits_group(rule["group"], identity.group) and fits(rule["kind"], identity.kind)


def _paths(rules: Iterable[Mapping[str, Any]], identity: Id) -> list[Tokens]:
    return [pointer.parse_pointer(rule["path"]) for rule in rules if _is_about(rule, identity)]


def _at(value: Any, path: Tokens) -> Any:
    for token in path:
        value = value.get(token) if isinstance(value, dict) else None
    return value


def _identity(identity: Id, content: Any) -> Iterator[Problem]:
    group, slash, version = content["apiVersion"].rpartition("/")
    if names.wrong_label_name(version) or (slash and names.wrong_subdomain(group)):
        yield Problem(("apiVersion",), "must be GROUP/VERSION, or v1", found=content["apiVersion"])
    if not re.fullmatch("[A-Za-z][A-Za-z0-9]*", identity.kind):
        yield Problem(("kind",), "must be letters and digits, as in DaemonSet", found=identity.kind)
    rule = next((rule for rule in _rules()["names"] if _is_about(rule, identity)), {"form": "subdomain"})
    reason = _FORMS[rule["form"]](identity.name)
    if reason and not is_placeholder(identity.name):
        yield Problem(("metadata", "name"), f"is not a name of a {identity.kind}: {reason}", found=identity.name)
    if identity.namespace and not is_placeholder(identity.namespace):
        reason = names.wrong_label_name(identity.namespace)
        if reason:
            yield Problem(("metadata", "namespace"), f"is not a namespace: {reason}", found=identity.namespace)


def _metadata(owner: Any, above: Tokens) -> Iterator[Problem]:
    metadata, path = owner.get("metadata"), (*above, "metadata")
    if not isinstance(metadata, dict):
        return
    for member in ("labels", "annotations"):
        yield from _strings(metadata.get(member), (*path, member))
        for key, value in metadata[member].items() if isinstance(metadata.get(member), dict) else ():
            reason = names.wrong_key(key)
            if reason and not is_placeholder(key):
                yield Problem((*path, member, key), f"{key!r} cannot be a key: {reason}")
            if member == "labels" and isinstance(value, str) and not is_placeholder(value):
                reason = names.wrong_label_value(value)
                if reason:
                    yield Problem((*path, member, key), f"is not the value of a label: {reason}", found=value)


def _strings(value: Any, path: Tokens) -> Iterator[Problem]:
    """A mapping of strings."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield Problem(path, "must be a mapping of strings", found=value)
        return
    for key, item in value.items():
        if not isinstance(item, str):
            yield Problem((*path, key), "must be a string", _quote(item), found=item)


def _quote(value: Any) -> str:
    return "" if isinstance(value, (dict, list)) or value is None else "put the value in quotes"


def _encoded(value: Any, path: Tokens) -> Iterator[Problem]:
    """A mapping of names to base64, whose values are never shown."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield Problem(path, "must be a mapping of names to base64")
        return
    for key, item in value.items():
        if not isinstance(item, str):
            yield Problem((*path, key), "must be a string in base64", "encode the value, or move it to stringData")
        elif not _is_base64(item) and not is_placeholder(item):
            yield Problem((*path, key), "is not base64", "encode the value, or move it to stringData")


def _is_base64(text: str) -> bool:
    return re.fullmatch(_BASE64, text.replace("\n", "").replace("\r", "")) is not None


def _pod(pod: Any, path: Tokens) -> Iterator[Problem]:
    if not isinstance(pod, dict):
        return
    rules = _rules()["pod"]
    for member in rules["strings"]:
        yield from _strings(pod.get(member), (*path, member))
    for rule in rules["unique"]:
        yield from _list(pod.get(rule["list"]), (*path, rule["list"]), rule)
    every: list[tuple[Tokens, Any]] = []
    for member in rules["containers"]:
        containers = pod.get(member)
        if not isinstance(containers, (list, type(None))):
            yield Problem((*path, member), "must be a list", found=containers)
            continue
        for index, container in enumerate(containers or ()):
            at = (*path, member, str(index))
            every.append((at, container))
            yield from _container(container, at)
    yield from _twins(every, {"keys": ["name"]}, "containers")


def _container(container: Any, path: Tokens) -> Iterator[Problem]:
    if not isinstance(container, dict):
        yield Problem(path, "must be a mapping", found=container)
        return
    rules = _rules()["container"]
    image = container.get("image")
    if not isinstance(image, (str, type(None))):
        yield Problem((*path, "image"), "must be a string", _quote(image), found=image)
    elif image and not is_placeholder(image) and (reason := wrong_with(image)):
        yield Problem((*path, "image"), f"is not an image: {reason}", found=image)
    for member in rules["texts"]:
        for index, item in enumerate(container[member]) if isinstance(container.get(member), list) else ():
            if not isinstance(item, str):
                yield Problem((*path, member, str(index)), "must be a string", _quote(item), found=item)
    for index, item in enumerate(container["env"]) if isinstance(container.get("env"), list) else ():
        if isinstance(item, dict):
            yield from _variable(item, (*path, "env", str(index)))
    for rule in rules["unique"]:
        yield from _list(container.get(rule["list"]), (*path, rule["list"]), rule)


def _variable(variable: Mapping[str, Any], path: Tokens) -> Iterator[Problem]:
    name, value = variable.get("name"), variable.get("value")
    if not isinstance(name, str) or not name:
        at = (*path, "name") if "name" in variable else path
        yield Problem(at, "an environment variable needs a name", found=name)
    if not isinstance(value, (str, type(None))):
        yield Problem((*path, "value"), "must be a string", _quote(value), found=value)


def _list(items: Any, path: Tokens, rule: Mapping[str, Any]) -> Iterator[Problem]:
    """A list in which items with the same keys are treated as one."""
    if items is None:
        return
    if not isinstance(items, list):
        yield Problem(path, "must be a list", found=items)
        return
    yield from _twins([((*path, str(index)), item) for index, item in enumerate(items)], rule, path[-1])


def _twins(items: Iterable[tuple[Tokens, Any]], rule: Mapping[str, Any], what: str) -> Iterator[Problem]:
    keys, defaults = rule["keys"], rule.get("defaults", {})
    seen: dict[tuple[Any, ...], Tokens] = {}
    for path, item in items:
        if not isinstance(item, dict):
            continue
        values = tuple(item.get(key, defaults.get(key)) for key in keys)
        if None in values or any(isinstance(value, (dict, list)) for value in values):
            continue
        first = seen.setdefault(values, path)
        if first != path:
            called = " and ".join(f"{key} {value}" for key, value in zip(keys, values, strict=True))
            yield Problem(
                path,
                f"two items of {what} have the {called}",
                "change the one that is there, or give the other another name",
                twins=((*first, keys[0]), (*path, keys[0])),
            )
