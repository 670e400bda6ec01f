"""Lanes: work on items in threads of their own, a bounded number at a time, and say in order which are done."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """`count` threads call `work(item)`; `done(item)` is called for one item after another, in the order of `put`.

    No more than one item waits besides those that are worked on: a slow server holds up the reader, not the memory. The first
    exception of `work` ends it all: items that wait are dropped, `put` and `finish` raise it.
    """

    def __init__(self, work: Callable[[T], None], done: Callable[[T], None], count: int = 1) -> None:
        self._work, self._done, self._count = work, done, count
        self._state = Condition()
        self._waiting: deque[tuple[int, T]] = deque()
        self._finished: dict[int, T] = {}
        self._put = self._acknowledged = self._busy = 0
        self._failure: BaseException | None = None
        self._closed = False
        self._threads: list[Thread] = []

    def put(self, item: T) -> None:
        """Hand in the next item; waits while enough are on their way."""
        with self._state:
            self._state.wait_for(lambda: not self._waiting or self._failure is not None)
            self._raise()
            self._waiting.append((self._put, item))
            self._put += 1
            if len(self._threads) < self._count and self._busy == len(self._threads):
                self._threads.append(Thread(target=self._run, daemon=True))
                self._threads[-1].start()
            self._state.notify_all()

    def finish(self) -> None:
        """Wait until all is done; raises what failed."""
        with self._state:
            self._state.wait_for(lambda: self._acknowledged == self._put or self._failure is not None)
        self.stop()
        self._raise()

    def stop(self, patience: float = 5.0) -> None:
        """Begin nothing more; items that are being worked on may come to their end within `patience` seconds."""
        with self._state:
            self._closed = True
            self._waiting.clear()
            self._state.notify_all()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: bool(self._waiting) or self._closed)
                if not self._waiting:
                    return
                number, item = self._waiting.popleft()
                self._busy += 1
                self._state.notify_all()
            try:
                self._work(item)
                with self._state:
                    self._acknowledge(number, item)
            except BaseException as error:  # handed to the thread that puts items
                with self._state:
                    self._failure = self._failure or error
                    self._waiting.clear()
                    self._state.notify_all()
                return
            finally:
                with self._state:
                    self._busy -= 1
                    self._state.notify_all()

    def _acknowledge(self, number: int, item: T) -> None:
        self._finished[number] = item
        while self._acknowledged in self._finished:
            self._done(self._finished.pop(self._acknowledged))
            self._acknowledged += 1
