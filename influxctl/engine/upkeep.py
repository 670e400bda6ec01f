"""The background thread: flushes a long log, merges segments, removes what retention has hidden.

When nothing has been written or read for a while, it also flushes a log that would take time to replay and gives free memory back.
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


class Upkeep:
    """The thread of one engine. An error (a full disk, say) is kept in `error` and the work tried again later."""

    def __init__(self, engine: Engine, options: EngineOptions) -> None:
        self.error = ""
        self._engine = weakref.ref(engine)
        self._options = options
        self._event = threading.Event()
        self._stopping = False
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
        """Wait for work, for quiet, or for the time to look at retention; what failed is tried again then."""
        due = time.monotonic() + self._options.retention_seconds
        seen = tidied = -1
        while not self._stopping:
            woken = self._event.wait(min(self._options.idle_seconds, max(0.0, due - time.monotonic())))
            self._event.clear()
            engine = self._engine()
            if engine is None or self._stopping:
                return
            late = time.monotonic() >= due
            quiet = seen == engine.activity != tidied
            if woken or (self.error and late) or (quiet and engine.log_bytes > IDLE_LOG):
                self.error = _attempts(engine.flush, engine.compact)
            if late:
                self.error = "; ".join(text for text in (self.error, _attempts(engine.expire)) if text)
                due = time.monotonic() + self._options.retention_seconds
            if quiet:
                give_back()
                tidied = engine.activity
            seen = engine.activity
            del engine


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
