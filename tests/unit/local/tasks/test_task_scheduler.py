"""The schedule: which runs are due, in simulated time."""

from __future__ import annotations

from typing import Any

import pytest

from influxctl.core.times import format_time, parse_time
from influxctl.local.tasks.options import task_options
from influxctl.local.tasks.scheduler import MAX_CATCH_UP, Scheduler, due

SECOND = 10**9
START = parse_time("2021-03-28T00:30:00Z")  # the night in which Europe changes its clocks


class Tasks:
    """Tasks in memory; what was started, in order. `reopen` is a restart: nothing but the stored tasks is left."""

    def __init__(self, *options: str) -> None:
        self.now = START
        self.started: list[tuple[str, int]] = []
        self.stored: list[dict[str, Any]] = []
        for number, text in enumerate(options):
            script = f'option task = {{name: "t{number}", {text}}}\nbuckets()'
            self.stored.append({"id": str(number), "flux": script, "createdAt": format_time(START)})
        self.reopen()

    def reopen(self) -> None:
        self.scheduler = Scheduler(
            lambda: [(dict(task), task_options(task["flux"])) for task in self.stored], self._start, lambda: self.now
        )

    def _start(self, task: dict[str, Any], moment: int) -> None:
        self.started.append((task["id"], moment))
        self.stored[int(task["id"])]["latestScheduled"] = format_time(moment)

    def run(self, seconds: int, step: int = 1) -> None:
        for _ in range(0, seconds, step):
            self.now += step * SECOND
            self.scheduler.look()


def test_two_hours_every_run_exactly_once_across_restarts() -> None:
    tasks = Tasks("every: 1m", 'cron: "*/7 * * * *"', "every: 10m, offset: 90s", "every: 1h")
    for _ in range(24):
        tasks.run(300)
        tasks.reopen()
    minutes = [(moment - START) // (60 * SECOND) for id, moment in tasks.started if id == "0"]
    assert minutes == list(range(1, 121))
    sevens = [format_time(moment)[14:16] for id, moment in tasks.started if id == "1"]
    assert set(sevens) == {f"{minute:02d}" for minute in range(0, 60, 7)} and len(sevens) == 18
    tens = [(moment - START) // (600 * SECOND) for id, moment in tasks.started if id == "2"]
    assert tens == list(range(1, 12))  # the twelfth is due 90 s after the end
    assert len([id for id, _ in tasks.started if id == "3"]) == 2
    assert len(set(tasks.started)) == len(tasks.started)


@pytest.mark.parametrize(("seconds", "runs"), [(89, 0), (90, 1), (150, 2)])
def test_an_offset_delays_the_start_and_not_the_time(seconds: int, runs: int) -> None:
    tasks = Tasks("every: 1m, offset: 30s")
    tasks.run(seconds)
    assert [moment for _, moment in tasks.started] == [START + (n + 1) * 60 * SECOND for n in range(runs)]


def test_what_was_missed_is_made_up_for_in_portions() -> None:
    tasks = Tasks("every: 1m")
    tasks.now += 250 * 60 * SECOND
    assert tasks.scheduler.look() == MAX_CATCH_UP
    assert [tasks.scheduler.look() for _ in range(3)] == [MAX_CATCH_UP, 50, 0]


def test_a_resumed_task_counts_from_then() -> None:
    task = {
        "createdAt": "2021-01-01T00:00:00Z",
        "latestScheduled": "2021-01-01T01:00:00Z",
        "_resumed": format_time(START),
    }
    options = task_options('option task = {name: "t", every: 1h}\nbuckets()')
    assert [format_time(t) for t in due(task, options, START + 3600 * SECOND)] == ["2021-03-28T01:00:00Z"]
