"""What is done again and again: --watch, `wait`, `task log --follow`, and the pauses between."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fake import ID, OTHER, Recorder, run

LOGS = f"/api/v2/tasks/{ID}/logs"


class Pauses:
    """Counts pauses, does something in each, and is the Ctrl-C in the last."""

    def __init__(self, count: int, then: Callable[[int], None] = lambda number: None) -> None:
        self.count, self.then = count, then
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) == self.count:
            raise KeyboardInterrupt
        self.then(len(self.seconds))


def test_watch_repeats_a_list_until_ctrl_c() -> None:
    recorder = Recorder({("GET", "/api/v2/labels"): (200, {"labels": [{"id": ID, "name": "one"}]})})
    pauses = Pauses(3, lambda number: recorder.answers.update({("GET", "/api/v2/labels"): (200, {"labels": []})}))  # type: ignore[attr-defined]
    ran = run("label", "list", "--watch", "1.5s", "--fields", "name", "-O", "csv", recorder=recorder, pause=pauses)
    assert (ran.code, ran.err, pauses.seconds) == (0, "", [1.5, 1.5, 1.5])
    assert ran.out == "Name\none\nName\nName\n"


def test_watch_gives_each_run_the_screen() -> None:
    answers = {("GET", "/api/v2/labels"): (200, {"labels": []})}
    ran = run("label", "list", "--watch", "0.5", answers=answers, pause=Pauses(2), terminal=True)
    assert ran.out.count("\x1b[H\x1b[2JEvery 0.5 s: influxctl label list --watch 0.5\n") == 2


def test_watch_repeats_queries_and_refuses_what_changes_something() -> None:
    answers = {("POST", "/api/v2/query"): (200, "\r\n")}
    ran = run("query", "buckets()", "--watch", "5s", answers=answers, pause=Pauses(2))
    assert (ran.code, ran.asked) == (0, ["POST /api/v2/query"] * 2)
    for words in (("bucket", "delete", ID), ("write", "m v=1", "-b", "b"), ("config", "list")):
        ran = run(*words, "--watch", "5s")
        assert (ran.code, ran.asked) == (2, [])


def test_an_error_ends_the_watching() -> None:
    ran = run(
        "label",
        "list",
        "--watch",
        "5s",
        answers={("GET", "/api/v2/labels"): (403, {"code": "forbidden", "message": "no"})},
    )
    assert ran.code == 4


def test_wait_looks_until_it_is_so() -> None:
    path = f"/api/v2/tasks/{ID}/runs/{OTHER}"
    recorder = Recorder({("GET", path): (404, {"code": "not found", "message": "run not found"})})
    states = {1: "scheduled", 2: "started", 3: "success"}

    def move(number: int) -> None:
        recorder.answers = {("GET", path): (200, {"id": OTHER, "status": states[number]})}

    ran = run("wait", "run", ID, OTHER, "--json", "--every", "2s", recorder=recorder, pause=Pauses(9, move))
    assert (ran.code, json.loads(ran.out)["status"], len(ran.asked)) == (0, "success", 4)


def test_wait_for_success_ends_with_a_failure() -> None:
    answers = {("GET", f"/api/v2/tasks/{ID}/runs/{OTHER}"): (200, {"id": OTHER, "status": "failed"})}
    ran = run("wait", "run", ID, OTHER, "--for", "success", answers=answers)
    assert ran.code == 1 and "ended as failed" in ran.err
    assert run("wait", "run", ID, OTHER, answers=answers).code == 0


def test_wait_outlasts_a_server_that_does_not_answer_yet() -> None:
    recorder = Recorder({("GET", "/health"): (502, "starting")})

    def start(number: int) -> None:
        recorder.answers = {
            ("GET", "/health"): (200, {"status": "pass", "version": "2.9.1"}), ("GET", "/ready"): (200, {"status": "ready"}),
        }  # fmt: skip

    ran = run("wait", "server", recorder=recorder, pause=Pauses(9, start), env={"INFLUXCTL_TIMEOUT": "1"})
    assert (ran.code, ran.out) == (0, "")


def test_logs_are_followed_each_event_once() -> None:
    events = [
        {"time": "2026-01-01T00:00:02Z", "runID": OTHER, "message": "two"},
        {"time": "2026-01-01T00:00:01Z", "runID": OTHER, "message": "one"},
    ]
    recorder = Recorder({("GET", LOGS): (200, {"events": events})})

    def more(number: int) -> None:
        event = {"time": f"2026-01-01T00:01:0{number}Z", "runID": OTHER, "message": f"more {number}"}
        events.append(event)
        recorder.answers = {("GET", LOGS): (200, {"events": events})}

    ran = run("task", "log", ID, "--follow", recorder=recorder, pause=Pauses(3, more))
    assert (ran.code, ran.err) == (0, "")
    assert [line.split(" ", 2)[2] for line in ran.out.splitlines()] == ["one", "two", "more 1", "more 2"]
    ran = run("task", "log", "list", ID, "--follow", "--json", recorder=recorder, pause=Pauses(1))
    assert len([json.loads(line) for line in ran.out.splitlines()]) == 4


@pytest.mark.parametrize("status", ["success", "failed"])
def test_a_run_that_was_started_is_waited_for(status: str) -> None:
    path = f"/api/v2/tasks/{ID}/runs"
    recorder = Recorder({
        ("POST", path): (201, {"id": OTHER, "status": "scheduled"}),
        ("GET", f"{path}/{OTHER}"): (200, {"id": OTHER, "status": "started"}),
        ("GET", f"{path}/{OTHER}/logs"): (200, {"events": [{"time": "t", "message": "hello"}]}),
    })  # fmt: skip

    def end(number: int) -> None:
        recorder.answers[("GET", f"{path}/{OTHER}")] = (200, {"id": OTHER, "status": status})  # type: ignore[index]

    ran = run("task", "run", "start", ID, "--wait", "--logs", "--json", recorder=recorder, pause=Pauses(9, end))
    assert ran.code == (0 if status == "success" else 1)
    assert "t hello" in ran.err and json.loads(ran.out)["status"] == status
