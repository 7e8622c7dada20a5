"""What commands read and write beside bundles: texts, mappings, and values of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manifestgen.catalog.parameters import ValueSource
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import BinaryIO

    from manifestgen.yamlio.locations import SourceRef

STDIN = "<stdin>"


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


def read_mapping(source: str | BinaryIO, what: str) -> tuple[dict[str, Any], SourceRef]:
    """The mapping in a YAML file, and the reference of its top level.

    Args:
        source: the path of the file, or standard input.
        what: its name in messages, such as `a file of values`. They do not show its content, which may be secret.

    Raises:
        FormatError, YamlError: it is something else.
    """
    from manifestgen.yamlio.locations import SourceFile, SourceRef
    from manifestgen.yamlio.reader import read
    from manifestgen.yamlio.typed import FormatError, one_document

    text = read_text(source)
    path = source if isinstance(source, str) else STDIN
    ref = SourceRef(SourceFile(path, text))
    found = one_document(read(text, path), ref, what)
    if not isinstance(found, dict):
        raise FormatError(
            "the document must be a mapping", where=ref.location, next_step="write one `name: value` per line"
        )
    return found, ref


def value_sources(files: Iterable[str | BinaryIO], words: Mapping[str, str]) -> list[ValueSource]:
    """The values that a command line gives, the strongest last.

    Args:
        files: of `--values`: paths, or standard input.
        words: of `--set`, by parameter.
    """
    of_files = [ValueSource(*read_mapping(path, "a file of values")) for path in files]
    return [
        *of_files,
        *(ValueSource({name: text}, Location(f"--set {name}"), as_text=True) for name, text in words.items()),
    ]
