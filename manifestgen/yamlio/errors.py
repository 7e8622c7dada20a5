"""Why YAML text is refused and why a value cannot be written: one class per cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Sequence


class YamlError(ManifestgenError):
    """Base of every refusal of the reader; `where` is the :class:`~manifestgen.model.location.Location`."""


class YamlSyntaxError(YamlError):
    """The text is not YAML."""


class TabIndentation(YamlSyntaxError):
    """A tab indents a line."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            f"a tab indents line {where.line}; YAML indents with spaces",
            where=where,
            next_step="replace the tabs at the start of the line by spaces",
        )


class ForbiddenCharacter(YamlError):
    """A character that YAML forbids or that parsers interpret differently.

    Attributes:
        character: the character.
    """

    def __init__(self, character: str, why: str, where: Location) -> None:
        code = ord(character)
        escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        super().__init__(
            f"the character U+{code:04X} {why}",
            where=where,
            next_step=f'remove it, or write it as {escape} inside "double quotes"',
        )
        self.character = character


class NotUtf8(YamlError):
    """The bytes are not UTF-8."""

    def __init__(self, found: str, where: Location) -> None:
        super().__init__(
            "the text is not UTF-8",
            where=where,
            found=found,
            next_step="save the file as UTF-8",
        )


class DuplicateKey(YamlError):
    """A mapping has the same key twice: kubectl takes the last one, kustomize refuses it.

    Attributes:
        key: the key.
        first: line of its first occurrence.
    """

    def __init__(self, key: str, where: Location, first: int) -> None:
        super().__init__(
            f"duplicate key {key!r}",
            where=where,
            found=f"the same key on line {first}",
            next_step="keep one of the two",
        )
        self.key = key
        self.first = first


class RefusedScalar(YamlError):
    """Base of the refusals of a plain (unquoted) word.

    Attributes:
        text: the word; empty where it must not be shown.
    """

    def __init__(self, text: str, why: str, where: Location, next_step: str) -> None:
        shown = text if len(text) <= _LONGEST_WORD else f"{text[:_LONGEST_WORD]}…"
        subject = f"`{shown}`" if text else "a value (withheld: it may be a Secret's)"
        super().__init__(f"{subject} {why}", where=where, next_step=next_step)
        self.text = text


_LONGEST_WORD = 40


class AmbiguousWord(RefusedScalar):
    """A bare `yes`, `on`, `n`...: a boolean to kubectl, a string to kustomize."""


class AmbiguousNumber(RefusedScalar):
    """A bare number in a notation that YAML parsers read as different values."""


class AmbiguousDate(RefusedScalar):
    """A bare date: a string to kubectl, a timestamp to kustomize."""


class NumberOutOfRange(RefusedScalar):
    """An integer beyond 64 bits, or a float beyond double precision."""


class NotFinite(RefusedScalar):
    """A bare `.nan` or `.inf`: JSON, and so Kubernetes, has no such number."""


class KeyNotString(RefusedScalar):
    """A mapping key that is not a string."""


class MergeKey(RefusedScalar):
    """A key `<<`: a merge to kubectl where it is plain, dropped by kustomize even where it is quoted."""


class ComplexKey(YamlError):
    """A mapping or a list as a key."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            "a mapping or a list is a key",
            where=where,
            next_step="quote it if it is a string; a template must be rendered first",
        )


class AnchorRefused(YamlError):
    """An anchor (`&name`). Its name is not shown: it may be the start of a password."""

    def __init__(self, where: Location) -> None:
        super().__init__("an anchor (&...) is refused", where=where, next_step=_WRITE_OUT)


class AliasRefused(YamlError):
    """An alias (`*name`)."""

    def __init__(self, where: Location) -> None:
        super().__init__("an alias (*...) is refused", where=where, next_step=_WRITE_OUT)


_WRITE_OUT = "write the value out wherever it is meant; quote it if it is a string that starts so"


class TagRefused(YamlError):
    """A tag (`!name`)."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            "a tag (!...) is refused",
            where=where,
            next_step="remove the tag; quote the value if it is a string that starts with !",
        )


class DirectiveRefused(YamlError):
    """A `%YAML` or `%TAG` line, which kubectl and kustomize refuse."""

    def __init__(self, where: Location) -> None:
        super().__init__("a %-directive is refused", where=where, next_step="remove the line")


class EmptyInFlow(RefusedScalar):
    """Nothing in the place of a value inside `{}` or `[]`: null to kubectl, an empty string to kustomize."""

    def __init__(self, text: str, why: str, where: Location, next_step: str) -> None:
        super().__init__(text, why, where, next_step)
        self.what = f"an empty value inside {{}} or [] {why}"


class DocumentAfterEnd(YamlError):
    """A document after a `...` line without a `---` line, which kubectl and kustomize drop silently."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            "a document follows the end marker ...; kubectl drops it silently",
            where=where,
            next_step="add a line --- after it, or remove the line ...",
        )


class BadSeparator(YamlError):
    """A line that starts with `---` and has more on it, which kubectl refuses."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            "a line that starts with --- goes on; kubectl takes it for a separator of documents and refuses it",
            where=where,
            next_step="start what follows on the next line; quote and indent a string that starts with ---",
        )


class BrokenLineEnd(YamlError):
    """A carriage return before a line end: kubectl drops one, kustomize none."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            "two carriage returns end a line; kubectl reads one line end, other readers two",
            where=where,
            next_step="save the file with line ends of one kind",
        )


class UnendedBlock(YamlError):
    """A file ends within a block scalar (`|` or `>`) that has no final line end."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            "the file ends in this block without a line end; kubectl adds one to the value, kustomize does not",
            where=where,
            next_step="end the file with a newline, or write |- if the value must not end with one",
        )


class FoldedOtherwise(YamlError):
    """A folded block (`>`) with more-indented lines, or with trailing blank lines that it keeps."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            "kustomize adds empty lines to this folded block, at lines that are indented further or at its end",
            where=where,
            next_step="write | instead of >, with the line breaks that the value has",
        )


class EscapedSlash(YamlSyntaxError):
    r"""The escape `\/` in a double-quoted string: JSON, which kubectl and kustomize do not take in YAML."""

    def __init__(self, where: Location) -> None:
        super().__init__(
            "the escape \\/ is unknown to kubectl and kustomize", where=where, next_step="write / without the backslash"
        )


class UnknownAlias(YamlError):
    """An alias (`*name`) to an anchor that is not before it, or that contains it. The name is not shown."""

    def __init__(self, where: Location) -> None:
        super().__init__("an alias (*...) has no anchor before it", where=where, next_step="write the value out")


class AliasesTooLarge(YamlError):
    """Aliases expand to more values than the limit."""

    def __init__(self, limit: int, where: Location) -> None:
        super().__init__(
            f"the aliases (*...) expand to more than {limit} values", where=where, next_step="write the values out"
        )


class NestingTooDeep(YamlError):
    """Containers nested deeper than :data:`manifestgen.yamlio.scalars.DEEPEST`."""

    def __init__(self, deepest: int, where: Location) -> None:
        super().__init__(
            f"nested deeper than {deepest} levels",
            where=where,
            next_step="flatten the document",
        )


class NotAnObject(YamlError):
    """A document is not a Kubernetes object."""

    def __init__(self, what: str, where: Location) -> None:
        super().__init__(
            what,
            where=where,
            next_step="give it apiVersion, kind and metadata.name, all non-empty strings",
        )


class FileRefused(YamlError):
    """Base of the errors about a file that was not read."""


class NoSuchFile(FileRefused):
    """Nothing is there."""

    def __init__(self, path: str, candidates: Sequence[str]) -> None:
        super().__init__(
            "no such file",
            where=Location(path or "''"),
            candidates=candidates,
            next_step="check the path; a relative one starts at the current directory"
            if path
            else "give a path; is a variable of your shell not set?",
        )


class IsDirectory(FileRefused):
    """A directory where a file is expected."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "a file is expected here",
            where=Location(path),
            found="a directory",
            next_step="name a file inside the directory",
        )


class NotAFile(FileRefused):
    """A pipe, a socket or a device where a file is expected: reading it may never end."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "a file is expected here",
            where=Location(path),
            found="a pipe, a socket or a device",
            next_step="name a file",
        )


class Unreadable(FileRefused):
    """The operating system refuses to read the file."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            "the file cannot be read",
            where=Location(path),
            found=why,
            next_step="check the permissions of the file and its directory",
        )


class FileTooLarge(FileRefused):
    """The file is larger than the limit.

    Attributes:
        size: bytes; 0 where the size is not known beforehand (a pipe).
        limit: bytes.
    """

    def __init__(self, path: str, size: int, limit: int) -> None:
        mebi = 1 << 20
        super().__init__(
            f"the file is larger than {limit / mebi:g} MiB",
            where=Location(path),
            found=f"{size / mebi:.1f} MiB" if size else "",
            next_step="split the file; is it the file you meant?",
        )
        self.size = size
        self.limit = limit


class Unwritable(ManifestgenError, TypeError):
    """A value that JSON cannot hold, so a Kubernetes object cannot either.

    Attributes:
        pointer: to it in its document (RFC 6901).
    """

    def __init__(self, pointer: str, why: str, next_step: str) -> None:
        super().__init__(
            f"cannot be written as YAML: {why}", where=Location(pointer or "the document"), next_step=next_step
        )
        self.pointer = pointer
