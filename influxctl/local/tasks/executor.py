"""Does runs: a few threads, never more runs of a task at once than its option allows, cancelling, and waiting for the end."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

WORKERS = 4


@dataclass
class Job:
    """One run to be done. `cancelled` is looked at by the run between blocks."""

    task_id: str
    run_id: str
    concurrency: int = 1
    cancelled: threading.Event = field(default_factory=threading.Event)


class Executor:
    """A queue of runs and the threads that work on it; threads are started when there is work."""

    def __init__(self, work: Callable[[Job], None], workers: int = WORKERS) -> None:
        """`work` does one run and never raises."""
        self._work = work
        self._workers = workers
        self._waiting: deque[Job] = deque()
        self._running: list[Job] = []
        self._threads: list[threading.Thread] = []
        self._change = threading.Condition()
        self._closed = False

    def submit(self, job: Job) -> None:
        """Queue a run; nothing happens after `close`."""
        with self._change:
            if self._closed:
                return
            self._waiting.append(job)
            idle = len(self._threads) - len(self._running)
            if idle < len(self._waiting) and len(self._threads) < self._workers:
                thread = threading.Thread(target=self._loop, name="influxctl-task", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._change.notify()

    def cancel(self, task_id: str, run_id: str | None = None, *, queued_only: bool = False) -> bool:
        """Ask one run of a task, or all of them, to stop; whether there was one that waits or runs."""
        with self._change:
            jobs = list(self._waiting) if queued_only else [*self._waiting, *self._running]
            found = [job for job in jobs if job.task_id == task_id and run_id in (None, job.run_id)]
            for job in found:
                job.cancelled.set()
            return bool(found)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing to do; False if that took longer than `timeout` seconds."""
        with self._change:
            return self._change.wait_for(lambda: not self._waiting and not self._running, timeout)

    def close(self, *, drain: bool) -> None:
        """Take no more runs. `drain`: do those that are queued; otherwise they are left and running ones are cancelled."""
        with self._change:
            if not drain:
                self._closed = True
                self._waiting.clear()
                for job in self._running:
                    job.cancelled.set()
        if drain:
            self.wait()
        with self._change:
            self._closed = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def _next(self) -> Job | None:
        """The first queued run whose task may run once more; the lock is held."""
        busy = Counter(job.task_id for job in self._running)
        for job in self._waiting:
            if busy[job.task_id] < job.concurrency:
                self._waiting.remove(job)
                return job
        return None

    def _loop(self) -> None:
        while True:
            with self._change:
                job = self._next()
                while job is None:
                    if self._closed:
                        return
                    self._change.wait()
                    job = self._next()
                self._running.append(job)
            try:
                self._work(job)
            finally:
                with self._change:
                    self._running.remove(job)
                    self._change.notify_all()
