"""The background thread: flushes a log, merges segments, removes what retention has hidden, gives memory back.

A long log is flushed at once, one of medium length when the last flush is a while ago, a short one in a pause. Blocks that nobody has
asked for and free pages are given back in a pause, and every few seconds while there is none: a server that is never quiet would keep
the most that it ever needed.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from influxctl.core.errors import InfluxctlError
from influxctl.engine.memory import give_back
from influxctl.engine.model import EngineOptions

if TYPE_CHECKING:
    from influxctl.engine.engine import Engine

IDLE_LOG = 1 << 20  # bytes of log that are flushed when nothing happens: a replay of less takes no time
TIDY_SECONDS = 2.0  # between two times that memory is given back while there is no pause


class Upkeep:
    """The thread of one engine. An error (a full disk, say) is kept in `error` and the work tried again later."""

    def __init__(self, engine: Engine, options: EngineOptions) -> None:
        self.error = ""
        self._engine = weakref.ref(engine)
        self._options = options
        self._event = threading.Event()
        self._stopping = False
        now = time.monotonic()
        self._expiry_due = now + options.retention_seconds
        replayed = engine.log_bytes > options.flush_early  # nobody knows how old it is
        self._flush_due = now if replayed else now + options.flush_seconds
        self._tidy_due = now + TIDY_SECONDS
        self._seen = self._tidied = -1  # counts of the engine's activity
        self._thread = threading.Thread(target=self._run, name="influxctl-upkeep", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._event.set()

    def stop(self) -> None:
        """End the thread; waits for work under way."""
        self._stopping = True
        self._event.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        """Wait for work, for quiet, or for the time to look."""
        while not self._stopping:
            left = self._expiry_due - time.monotonic()
            woken = self._event.wait(min(self._options.idle_seconds, max(0.0, left)))
            self._event.clear()
            engine = self._engine()
            if engine is None or self._stopping:
                return
            self._turn(engine, woken)
            del engine

    def _turn(self, engine: Engine, woken: bool) -> None:
        """Do what is due; what failed is tried again when it is time to look at retention."""
        now, options = time.monotonic(), self._options
        late = now >= self._expiry_due
        quiet = self._seen == engine.activity != self._tidied
        early = now >= self._flush_due and engine.log_bytes > options.flush_early
        if woken or early or (self.error and late) or (quiet and engine.log_bytes > IDLE_LOG):
            self.error = _attempts(engine.flush, engine.compact)
            self._flush_due = time.monotonic() + options.flush_seconds
        if late:
            self.error = "; ".join(text for text in (self.error, _attempts(engine.expire)) if text)
            self._expiry_due = time.monotonic() + options.retention_seconds
        dropped = engine.forget_unused()
        if quiet or dropped or (now >= self._tidy_due and self._tidied != engine.activity):
            give_back()
            self._tidy_due = now + TIDY_SECONDS
        if quiet:
            self._tidied = engine.activity
        self._seen = engine.activity


def _attempts(*steps: Callable[[], object]) -> str:
    """Do steps; what went wrong, or ""."""
    return "; ".join(text for step in steps if (text := _attempt(step)))


def _attempt(step: Callable[[], object]) -> str:
    """Do a step; what went wrong, or "". The thread must live: without it the log would grow for ever."""
    try:
        step()
    except InfluxctlError as error:
        return error.message
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
