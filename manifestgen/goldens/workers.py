"""Worker processes that end together with the process that started them, however it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from types import TracebackType

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_working = threading.Lock()
"""Held by a worker while it does an item."""

_stopping = threading.Event()


class Pool:
    """Some worker processes.

    If the block ends by an error or Ctrl-C, each worker ends after its current item; if this process
    is killed, so do the workers.

    Args:
        processes: the number of processes.
    """

    def __init__(self, processes: int) -> None:
        self._stop, self._stopper = multiprocessing.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(processes, initializer=_begin, initargs=(self._stop,))

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind:
            self._stopper.send_bytes(b"stop")  # nobody reads it, so every worker sees that it is there
        self._executor.shutdown(cancel_futures=True)
        self._stop.close()
        self._stopper.close()

    def submit(self, work: Callable[[_Item], _Result], item: _Item) -> Future[_Result]:
        """Work on one item, like `concurrent.futures.Executor.submit`."""
        return self._executor.submit(_Task(work), item)

    def map(self, work: Callable[[_Item], _Result], items: Sequence[_Item], share: int) -> Iterator[_Result]:
        """The results of work on items, in their order.

        Args:
            work: a function that can be pickled.
            items: its arguments.
            share: how many items a worker takes at once.
        """
        return self._executor.map(_Task(work), items, chunksize=share)


class _Task(Generic[_Item, _Result]):
    """Work on one item in a worker; between items it can be told to end."""

    def __init__(self, work: Callable[[_Item], _Result]) -> None:
        self._work = work

    def __call__(self, item: _Item) -> _Result:
        with _working:
            if _stopping.is_set():
                os._exit(1)
            return self._work(item)


def _begin(stop: Connection) -> None:
    """Start a worker: Ctrl-C is handled by the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(stop,), daemon=True).start()


def _watch(stop: Connection) -> None:
    """End this worker when it is told to, or when the process that started it has ended."""
    parent = multiprocessing.parent_process()
    wait([stop, *([parent.sentinel] if parent else [])])
    _stopping.set()
    with _working:
        os._exit(1)
