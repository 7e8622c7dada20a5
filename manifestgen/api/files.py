"""What commands read and write beside bundles: texts, mappings, and values of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.parameters import ValueSource
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import BinaryIO

    from manifestgen.yamlio.locations import SourceRef

STDIN = "<stdin>"


class NotAMapping(ManifestgenError):
    """A file of values is not a mapping."""

    def __init__(self, file: str) -> None:
        super().__init__(
            "the file must hold one mapping", where=Location(file), next_step="write one `name: value` per line"
        )


def read_text(source: str | BinaryIO) -> str:
    """The text of a file or of standard input, line ends as they are.

    Raises:
        YamlError: it cannot be read, or is not UTF-8.
    """
    from manifestgen.yamlio.files import decode, read_file

    return read_file(source, pipes=True) if isinstance(source, str) else decode(source.read(), STDIN)


def write_text(path: str, text: str) -> None:
    """Write a file in one step: it is the old one or the new one, never a part.

    Raises:
        CannotWrite: the operating system refuses.
    """
    from manifestgen.emit.directory import write_file

    write_file(path, text)


def read_mapping(source: str | BinaryIO) -> tuple[dict[str, Any], SourceRef]:
    """The one mapping that a YAML file or standard input holds, and where it is.

    Raises:
        NotAMapping, YamlError: it is something else.
    """
    from manifestgen.yamlio.locations import SourceFile, SourceRef
    from manifestgen.yamlio.reader import read

    text = read_text(source)
    path = source if isinstance(source, str) else STDIN
    documents = read(text, path)
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise NotAMapping(path)
    return documents[0], SourceRef(SourceFile(path, text))


def value_sources(files: Iterable[str | BinaryIO], words: Mapping[str, str]) -> list[ValueSource]:
    """The values that a command line gives, the strongest last.

    Args:
        files: of `--values`: paths, or standard input.
        words: of `--set`, by parameter.
    """
    of_files = [ValueSource(*read_mapping(path)) for path in files]
    return [
        *of_files,
        *(ValueSource({name: text}, Location(f"--set {name}"), as_text=True) for name, text in words.items()),
    ]
