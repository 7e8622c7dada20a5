"""Progress of a long job: one line on stderr, on a terminal only, from two seconds on."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from manifestgen.cli.terminal import on_terminal

if TYPE_CHECKING:
    from types import FrameType, TracebackType

_AFTER = 2.0
"""Seconds before anything is shown: a job that is done by then needs no progress."""

_EVERY = 0.2
"""Seconds between two updates of the line."""

_BAR = 20
_CLEAR = "\r\033[K"


class Progress:
    """What a job is at, for as long as the block lasts. The line is cleared at the end.

    A timer of the operating system redraws the line, so that also a job that cannot say how far it is shows that it is
    alive. No thread is involved, because jobs start processes.

    Args:
        doing: what is being done, such as `comparing golden trees`.
    """

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._started = time.monotonic()
        self._done = self._total = 0
        self._name = ""
        self._drawn = False
        self._active = False
        self._former: signal._HANDLER = signal.SIG_DFL

    def __call__(self, done: int, total: int, name: str = "") -> None:
        """Note how far the job is.

        Args:
            done: how many are done.
            total: of how many.
            name: the last one; empty for none.
        """
        self._done, self._total, self._name = done, total, name

    def __enter__(self) -> Progress:
        # Windows has no such timer.
        if on_terminal(sys.stderr) and hasattr(signal, "setitimer"):
            self._active = True
            self._former = signal.signal(signal.SIGALRM, self._draw)
            signal.setitimer(signal.ITIMER_REAL, _AFTER, _EVERY)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._active:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._former)
        if self._drawn:
            _show(_CLEAR)

    def _draw(self, _number: int, _frame: FrameType | None) -> None:
        self._drawn = True
        _show(_CLEAR + self.line(_columns() - 1))

    def line(self, width: int) -> str:
        """The line, cut to a width."""
        parts = [self._doing]
        if self._total:
            filled = _BAR * self._done // self._total
            parts = [f"[{'#' * filled}{'.' * (_BAR - filled)}] {self._done}/{self._total}", self._doing]
        parts += [f"({time.monotonic() - self._started:.0f} s)", self._name]
        return " ".join(part for part in parts if part)[:width]


def _columns() -> int:
    try:
        return os.get_terminal_size(2).columns or 80
    except OSError:
        return 80


def _show(text: str) -> None:
    """Write past Python's buffer: a signal may interrupt a write to it."""
    with suppress(OSError):  # if the terminal has gone, the job has not
        os.write(2, text.encode(errors="replace"))
