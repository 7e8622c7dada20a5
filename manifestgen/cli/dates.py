"""The dates in an output: when two sides were compared, and when each was last changed.

No clock is read, so that the same files give the same bytes: a date comes from `--date`, from SOURCE_DATE_EPOCH
(https://reproducible-builds.org/specs/source-date-epoch/) or from the files.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone

from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location

_VARIABLE = "SOURCE_DATE_EPOCH"


class WrongDate(ManifestgenError):
    """A date has a syntax error."""

    def __init__(self, found: str, where: Location, next_step: str) -> None:
        super().__init__("this is not a date", where=where, found=found, next_step=next_step)


class DateNotShown(ManifestgenError):
    """A date was given for a format that shows none."""

    def __init__(self, form: str) -> None:
        super().__init__(
            "--date is for --format html: no other format shows a date",
            found=f"--format {form}",
            next_step="leave --date out, or say --format html",
        )


def date_compared(given: str | None) -> str:
    """The date of a comparison; empty if none is given.

    Args:
        given: the value of `--date`, a date or a time (ISO 8601); without it, SOURCE_DATE_EPOCH counts.

    Raises:
        WrongDate: it is neither a date nor a time.
    """
    if given is None:
        epoch = _epoch()
        return "" if epoch is None else _written(datetime.fromtimestamp(epoch, timezone.utc))
    try:
        found = datetime.fromisoformat(given.strip().replace("Z", "+00:00"))
    except ValueError:
        raise WrongDate(
            given, Location("--date"), 'write 2026-11-26 or 2026-11-26T14:30Z, or "$(date -u +%FT%TZ)"'
        ) from None
    if len(given.strip()) <= len("2026-11-26"):
        return found.date().isoformat()
    return _written(found if found.tzinfo else found.replace(tzinfo=timezone.utc))


def last_changed(path: str) -> str:
    """When a file, or the newest file of a directory, was changed; empty if there is no file.

    No time is later than SOURCE_DATE_EPOCH.

    Raises:
        WrongDate: SOURCE_DATE_EPOCH is no number.
    """
    times = list(_times(path))
    if not times:
        return ""
    epoch = _epoch()
    newest = max(times) if epoch is None else min(max(times), epoch)
    return _written(datetime.fromtimestamp(newest, timezone.utc))


def _times(path: str) -> list[float]:
    if os.path.isfile(path):
        return [os.stat(path).st_mtime]
    found = []
    for directory, below, files in os.walk(path):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                found.append(os.stat(os.path.join(directory, name), follow_symlinks=False).st_mtime)
    return found


def _epoch() -> int | None:
    text = os.environ.get(_VARIABLE)
    if not text:
        return None
    try:
        seconds = int(text)
        datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise WrongDate(
            text, Location(_VARIABLE), "write seconds since 1970, as `git log -1 --format=%ct` prints them"
        ) from None
    return seconds


def _written(moment: datetime) -> str:
    """`2026-11-26 14:30 UTC`."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def refuse_date_without_page(date: str | None, form: str) -> None:
    """Refuse a date that the output would not show.

    Args:
        date: the value of `--date`.
        form: the output format.

    Raises:
        DateNotShown: the format is not HTML.
    """
    if date is not None and form != "html":
        raise DateNotShown(form)
