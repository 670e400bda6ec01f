"""The executor: concurrency of a task, cancelling, the end."""

from __future__ import annotations

import threading

import pytest

from influxctl.local.tasks.executor import Executor, Job

WAIT = 20.0


class Work:
    """Runs that last until they are let go; counts how many of a task are at it at the same time."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.lock = threading.Lock()
        self.begun = threading.Semaphore(0)
        self.busy: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.done: list[str] = []
        self.cancelled: list[str] = []

    def __call__(self, job: Job) -> None:
        with self.lock:
            self.busy[job.task_id] = self.busy.get(job.task_id, 0) + 1
            self.most[job.task_id] = max(self.most.get(job.task_id, 0), self.busy[job.task_id])
        self.begun.release()
        self.gate.wait(WAIT)
        with self.lock:
            self.busy[job.task_id] -= 1
            (self.cancelled if job.cancelled.is_set() else self.done).append(job.run_id)


@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_task_never_runs_more_often_at_once_than_it_may(concurrency: int) -> None:
    work = Work()
    executor = Executor(work)
    for number in range(6):
        executor.submit(Job("t", str(number), concurrency))
    for _ in range(concurrency):
        assert work.begun.acquire(timeout=WAIT)
    work.gate.set()
    assert executor.wait(WAIT)
    assert work.most == {"t": concurrency}
    assert sorted(work.done) == list("012345")
    executor.close(drain=True)


def test_a_slow_task_does_not_hold_up_another() -> None:
    work = Work()
    executor = Executor(work, workers=2)
    for job in (Job("slow", "a"), Job("slow", "b"), Job("other", "c")):
        executor.submit(job)
    assert work.begun.acquire(timeout=WAIT) and work.begun.acquire(timeout=WAIT)
    assert work.busy == {"slow": 1, "other": 1}
    work.gate.set()
    executor.close(drain=True)
    assert sorted(work.done) == ["a", "b", "c"]


def test_cancelling_reaches_waiting_and_running_runs_of_that_task_only() -> None:
    work = Work()
    executor = Executor(work)
    for job in (Job("t", "a"), Job("t", "b"), Job("u", "c")):
        executor.submit(job)
    assert work.begun.acquire(timeout=WAIT) and work.begun.acquire(timeout=WAIT)
    assert executor.cancel("t", "b") and executor.cancel("t", "a")
    assert not executor.cancel("t", "z")
    work.gate.set()
    executor.close(drain=True)
    assert (sorted(work.cancelled), work.done) == (["a", "b"], ["c"])


def test_closing_without_draining_leaves_what_waits() -> None:
    work = Work()
    executor = Executor(work)
    for number in range(3):
        executor.submit(Job("t", str(number)))
    assert work.begun.acquire(timeout=WAIT)
    closer = threading.Thread(target=lambda: executor.close(drain=False))
    closer.start()
    while not any(job.cancelled.is_set() for job in executor._running):
        closer.join(0.01)
    work.gate.set()
    closer.join(WAIT)
    assert (work.done, work.cancelled) == ([], ["0"])
    executor.submit(Job("t", "late"))
    assert executor.wait(WAIT) and work.done == []
