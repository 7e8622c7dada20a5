"""ruamel.yaml's event parser: the C extension, or the pure one where the extension is missing."""

from __future__ import annotations

import sys
from _thread import RLock
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any, NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Parser(NamedTuple):
    """What the reader uses of ruamel.yaml.

    Attributes:
        events_of: takes a text, gives a function that returns the next event with each call.
        Error: base of the errors that function raises.
        others: the classes of events.
    """

    events_of: Callable[[str], Callable[[], Any]]
    Error: type[Exception]
    StreamEndEvent: Any
    DocumentStartEvent: Any
    DocumentEndEvent: Any
    MappingStartEvent: Any
    MappingEndEvent: Any
    SequenceStartEvent: Any
    SequenceEndEvent: Any
    ScalarEvent: Any
    AliasEvent: Any


def load_parser(pure: bool = False) -> Parser:
    """Import the parser: who does not read does not pay for it.

    Args:
        pure: leave the C extension alone; where it is missing the pure parser is taken in any case.
    """
    if not pure:
        try:
            CParser = _import_extension().CParser  # noqa: N806 - a class
            return _parser(lambda text: CParser(text).get_event)
        except ImportError:
            pass
    from manifestgen.yamlio.pure import events_of  # noqa: PLC0415

    return _parser(events_of)


def _parser(events_of: Callable[[str], Callable[[], Any]]) -> Parser:
    from ruamel.yaml import error, events  # noqa: PLC0415

    return Parser(events_of, error.YAMLError, *(getattr(events, name) for name in Parser._fields[2:]))


# The extension imports nearly all of ruamel.yaml, for no more than the classes of its errors. Parsing
# needs none of the rest, and importing it would take longer than reading a manifest of 5,000 lines. So
# these modules come into being with those classes only; each loads itself when anything else is asked of it.
_FOR_AN_ERROR = ("constructor", "representer", "scanner", "emitter", "serializer", "composer", "parser")


class _LoadsItself(ModuleType):
    """A module that runs its code when it is asked for an attribute that it does not have."""

    _contents: dict[str, Any]
    _lock: RLock

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":
            raise AttributeError(name)
        with self._lock:
            contents = self.__dict__.pop("_contents", None)
            if contents is not None:
                loader: Any = self.__loader__
                loader.exec_module(self)
                self.__dict__.update(contents)
                self.__class__ = ModuleType  # type: ignore[assignment]
        return ModuleType.__getattribute__(self, name)


def _import_extension() -> Any:
    """The C extension, with as little else of ruamel.yaml as it can do with."""
    if "ruamel.yaml" not in sys.modules:
        import ruamel  # noqa: PLC0415

        _plant(ruamel, "yaml")
        from ruamel import yaml  # noqa: PLC0415
        from ruamel.yaml.error import MarkedYAMLError  # noqa: PLC0415

        for name in _FOR_AN_ERROR:
            error = f"{name.capitalize()}Error"
            module = f"ruamel.yaml.{name}"
            _plant(yaml, name, **{error: type(error, (MarkedYAMLError,), {"__module__": module})})
    import _ruamel_yaml  # type: ignore[import-not-found]  # noqa: PLC0415

    return _ruamel_yaml


def _plant(parent: Any, name: str, **contents: Any) -> None:
    """Put a module that loads itself in the place of one that is not imported yet."""
    full_name = f"{parent.__name__}.{name}"
    spec = PathFinder.find_spec(full_name, list(parent.__path__))
    if spec is None or full_name in sys.modules:
        return
    module = _LoadsItself(full_name)
    module.__spec__ = spec
    module.__loader__ = spec.loader
    module.__file__ = spec.origin
    module.__package__ = spec.parent
    if spec.submodule_search_locations is not None:
        module.__path__ = spec.submodule_search_locations
    module.__dict__.update(contents, _contents=contents, _lock=RLock())
    sys.modules[full_name] = module
    setattr(parent, name, module)
