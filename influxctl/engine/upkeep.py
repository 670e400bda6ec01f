"""The background thread: flushes a long log, merges segments, removes what retention has hidden."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from influxctl.core.errors import InfluxctlError
from influxctl.engine.model import EngineOptions

if TYPE_CHECKING:
    from influxctl.engine.engine import Engine


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
        """Wait for work or for the time to look at retention; what failed is tried again then."""
        while not self._stopping:
            woken = self._event.wait(self._options.retention_seconds)
            self._event.clear()
            engine = self._engine()
            if engine is None or self._stopping:
                return
            steps = [engine.flush, engine.compact] if woken or self.error else []
            self.error = "; ".join(text for step in [*steps, engine.expire] if (text := _attempt(step)))
            del engine, steps


def _attempt(step: Callable[[], object]) -> str:
    """Do a step; what went wrong, or "". The thread must live: without it the log would grow for ever."""
    try:
        step()
    except InfluxctlError as error:
        return error.message
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
