"""When active tasks are due. `due` is a function of the stored tasks and the time; `Scheduler` calls it every second."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.core.times import now_ns, parse_time
from influxctl.local.tasks.options import TaskOptions

Doc = dict[str, Any]
TICK_SECONDS = 1.0
MAX_CATCH_UP = 100  # runs of one task that one look may start


def due(task: Doc, options: TaskOptions, now: int) -> Iterator[int]:
    """The times (ns, the offset not counted) for which a task should have been started by `now` and was not."""
    last = max(parse_time(task[key]) for key in ("createdAt", "latestScheduled", "_resumed") if task.get(key))
    schedule, delay = options.schedule, options.delay
    for _ in range(MAX_CATCH_UP):
        following = schedule.next(last)
        if following is None or following + delay > now:
            return
        yield following
        last = following


class Scheduler:
    """Looks every second which tasks are due."""

    def __init__(
        self,
        tasks: Callable[[], Iterable[tuple[Doc, TaskOptions]]],
        start: Callable[[Doc, int], None],
        clock: Callable[[], int] = now_ns,
    ) -> None:
        """`tasks` gives the active tasks, `start(task, scheduled_for)` queues a run and remembers that it did."""
        self._tasks = tasks
        self._start = start
        self._clock = clock
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> int:
        """Start what is due; how many runs that was."""
        now = self._clock()
        count = 0
        for task, options in self._tasks():
            for moment in due(task, options, now):
                self._start(task, moment)
                count += 1
        return count

    def run_in_background(self) -> None:
        """Look every second until `close`."""
        self._thread = threading.Thread(target=self._loop, name="influxctl-scheduler", daemon=True)
        self._thread.start()

    def _loop(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            try:
                self.look()
            except InfluxctlError as error:
                sys.stderr.write(f"the scheduler could not look: {error.message}\n")
            except Exception:
                sys.stderr.write(f"the scheduler failed:\n{traceback.format_exc()}")

    def close(self) -> None:
        """Stop looking."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
