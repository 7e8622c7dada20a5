"""ruamel.yaml's event parser: the C extension, or the pure one where the extension is missing."""

from __future__ import annotations

import sys
from _thread import RLock
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

from manifestgen.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec


class RuamelParser(Record):
    """What the reader uses of ruamel.yaml.

    Attributes:
        pure: whether it is the fallback without the C extension.
        events_of: takes a text, gives a function that returns the next event with each call.
        Error: base of the errors that function raises.
        others: the classes of events.
    """

    pure: bool
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


def load_parser(pure: bool = False) -> RuamelParser:
    """Import the parser on first use, so that code which does not read YAML does not pay for it.

    Args:
        pure: do not use the C extension; if it is missing the pure parser is used anyway.
    """
    if not pure:
        try:
            CParser = _import_extension().CParser  # noqa: N806 - a class
            return _parser(lambda text: CParser(text).get_event, pure=False)
        except ImportError:
            pass
    from manifestgen.yamlio.fallback_parser import events_of

    return _parser(events_of, pure=True)


def _parser(events_of: Callable[[str], Callable[[], Any]], *, pure: bool) -> RuamelParser:
    error, events = import_module("ruamel.yaml.error"), import_module("ruamel.yaml.events")
    return RuamelParser(pure, events_of, error.YAMLError, *(getattr(events, name) for name in RuamelParser._fields[3:]))


# The extension imports nearly all of ruamel.yaml, for no more than the classes of its errors. So these modules are
# created with those classes only, and each loads itself when anything else is asked of it. That saves every render with
# an overlay 10 ms: importing the extension takes 5 ms of processor time instead of 15 (Python 3.11), of about 100 for
# the whole render, and the goal is a render as fast as kubectl kustomize.
_LATER = {
    "ruamel.yaml": ("", ""),
    "ruamel.yaml.composer": ("ComposerError", "MarkedYAMLError"),
    "ruamel.yaml.constructor": ("ConstructorError", "MarkedYAMLError"),
    "ruamel.yaml.emitter": ("EmitterError", "YAMLError"),
    "ruamel.yaml.parser": ("ParserError", "MarkedYAMLError"),
    "ruamel.yaml.representer": ("RepresenterError", "YAMLError"),
    "ruamel.yaml.scanner": ("ScannerError", "MarkedYAMLError"),
    "ruamel.yaml.serializer": ("SerializerError", "YAMLError"),
}
"""The modules, each with its error class and what that derives from."""

_CHANGING_META_PATH = RLock()


def _import_extension() -> Any:
    """The C extension, with as little of the rest of ruamel.yaml as possible."""
    if "_ruamel_yaml" not in sys.modules:
        with _CHANGING_META_PATH:
            sys.meta_path = [_LaterFinder, *sys.meta_path]  # a new list: others may be going through the old one
        try:
            # The package first, as it imports the extension itself: two threads that took the two import
            # locks in different order would each get half of what they ask for.
            import_module("ruamel.yaml")
            import_module("_ruamel_yaml")
        finally:
            with _CHANGING_META_PATH:
                finders = list(sys.meta_path)
                finders.remove(_LaterFinder)
                sys.meta_path = finders
    return import_module("_ruamel_yaml")


class _LaterFinder:
    """Finds the modules that load themselves later."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own specification, with a loader that leaves its code for later."""
        spec = PathFinder.find_spec(name, path, target) if name in _LATER else None
        if spec is not None:
            later: Any = _LaterLoader(spec.loader)
            spec.loader = later
        return spec


class _LaterLoader:
    """Makes a module with one error class in it.

    Args:
        loader: the module's own, for later.
    """

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module that loads itself."""
        return _LoadsItself(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Put the error class in."""
        contents = {}
        name, base = _LATER[module.__name__]
        if name:
            error = import_module("ruamel.yaml.error")
            contents[name] = type(name, (getattr(error, base),), {"__module__": module.__name__})
        module.__dict__.update(contents, _contents=contents, _loading=RLock())


class _LoadsItself(ModuleType):
    """A module that runs its code when it is asked for an attribute that it does not have."""

    def __getattr__(self, name: str) -> Any:
        loading = self.__dict__.get("_loading")
        if loading is not None and name != "__path__":
            with loading:
                contents = self.__dict__.pop("_contents", None)
                if contents is not None:
                    spec: Any = self.__spec__
                    self.__loader__ = spec.loader = spec.loader.loader
                    spec.loader.exec_module(self)
                    self.__dict__.update(contents)
                    self.__class__ = ModuleType  # type: ignore[assignment]
        return ModuleType.__getattribute__(self, name)
