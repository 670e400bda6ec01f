"""Tasks and their runs through the API of a server in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from influxctl.core.times import parse_time
from influxctl.local.options import Options
from influxctl.testing import LocalServer, local_server

WAIT = 30.0
COPY = 'from(bucket: "my-bucket") |> range(start: 0) |> map(fn: (r) => ({r with _time: now()})) |> to(bucket: "out")'


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        server.call("POST", "/api/v2/buckets", json={"orgID": server.org_id, "name": "out"})
        server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket&precision=s", data="m f=1 1600000000")
        yield server


def create(server: LocalServer, body: str = "buckets()", option: str = "every: 1h", **fields: Any) -> dict[str, Any]:
    script = f'option task = {{name: "t", {option}}}\n{body}'
    answer = server.call("POST", "/api/v2/tasks", json={"orgID": server.org_id, "flux": script, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def finished(server: LocalServer, task: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    assert server.adapter.app.services.runs.executor.wait(WAIT)
    return dict(server.call("GET", f"/api/v2/tasks/{task['id']}/runs/{run['id']}").json())


def do(server: LocalServer, task: dict[str, Any], at: str = "2020-09-13T12:30:00Z") -> dict[str, Any]:
    answer = server.call("POST", f"/api/v2/tasks/{task['id']}/runs", json={"scheduledFor": at})
    assert answer.status_code == 201, answer.text
    return finished(server, task, answer.json())


def test_a_run_sees_the_time_for_which_it_was_scheduled(server: LocalServer) -> None:
    run = do(server, create(server, COPY))
    assert run["status"] == "success"
    script = 'from(bucket: "out") |> range(start: 0) |> keep(columns: ["_time"])'
    answer = server.call("POST", "/api/v2/query?org=my-org", json={"query": script})
    assert "2020-09-13T12:30:00Z" in answer.text


def test_a_failed_run_is_named_in_its_task_until_one_succeeds(server: LocalServer) -> None:
    task = create(server, 'from(bucket: "later") |> range(start: 0)')
    assert do(server, task)["status"] == "failed"
    url = f"/api/v2/tasks/{task['id']}"
    shown = server.call("GET", url).json()
    assert shown["lastRunStatus"] == "failed" and "later" in shown["lastRunError"]
    server.call("POST", "/api/v2/buckets", json={"orgID": server.org_id, "name": "later"})
    run = server.call("GET", f"{url}/runs").json()["runs"][0]
    again = server.call("POST", f"{url}/runs/{run['id']}/retry").json()
    assert again["scheduledFor"] == run["scheduledFor"]
    assert finished(server, task, again)["status"] == "success"
    shown = server.call("GET", url).json()
    assert shown["lastRunStatus"] == "success" and "lastRunError" not in shown


def test_a_run_for_the_past_does_not_turn_the_clock_back(server: LocalServer) -> None:
    task = create(server)
    do(server, task, "2001-01-01T00:00:00Z")
    shown = server.call("GET", f"/api/v2/tasks/{task['id']}").json()
    assert parse_time(shown["latestCompleted"]) >= parse_time(task["latestCompleted"])
    assert shown["latestSuccess"] == "2001-01-01T00:00:00Z"


def test_runs_are_kept_in_the_bucket_tasks(server: LocalServer) -> None:
    task = create(server)
    run = do(server, task)
    script = f'from(bucket: "_tasks") |> range(start: -1h) |> filter(fn: (r) => r.taskID == "{task["id"]}" and r._field == "runID")'
    answer = server.call("POST", "/api/v2/query?org=my-org", json={"query": script})
    assert run["id"] in answer.text and "success" in answer.text


def test_a_run_has_the_rights_of_the_owner_of_its_task(server: LocalServer) -> None:
    task = create(server, COPY)
    services = server.adapter.app.services
    stranger = services.resources.create("users", {"name": "stranger", "status": "active"})
    services.resources.update("tasks", {**services.resources.get("tasks", task["id"]), "ownerID": stranger["id"]})
    assert do(server, task)["status"] == "failed"


def test_a_run_can_be_cancelled_while_it_waits_and_not_afterwards(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate = threading.Event(), threading.Event()
    runs = server.adapter.app.services.runs

    def slow(task: dict[str, Any], run: dict[str, Any], job: object) -> None:
        begun.set()
        gate.wait(WAIT)

    monkeypatch.setattr(runs, "_execute", slow)
    task = create(server)
    url = f"/api/v2/tasks/{task['id']}/runs"
    first = server.call("POST", url, json={}).json()
    assert begun.wait(WAIT)
    second = server.call("POST", url, json={}).json()
    assert server.call("DELETE", f"{url}/{second['id']}").status_code == 204
    gate.set()
    assert finished(server, task, second)["status"] == "canceled"
    assert server.call("DELETE", f"{url}/{second['id']}").status_code == 404
    assert finished(server, task, first)["status"] == "success"


def test_changing_a_task_cancels_its_queued_runs(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, gate = threading.Event(), threading.Event()
    runs = server.adapter.app.services.runs

    def slow(task: dict[str, Any], run: dict[str, Any], job: object) -> None:
        begun.set()
        gate.wait(WAIT)

    monkeypatch.setattr(runs, "_execute", slow)
    task = create(server)
    url = f"/api/v2/tasks/{task['id']}"
    first = server.call("POST", f"{url}/runs", json={}).json()
    assert begun.wait(WAIT)
    second = server.call("POST", f"{url}/runs", json={}).json()
    assert server.call("PATCH", url, json={"every": "2h"}).status_code == 200
    gate.set()
    statuses = [finished(server, task, run)["status"] for run in (first, second)]
    assert statuses == ["success", "canceled"]


def test_the_last_success_is_known_to_the_script(server: LocalServer) -> None:
    body = (
        'import "influxdata/influxdb/tasks"\nimport "array"\n'
        'option task = {name: "t", every: 1h}\n'
        'array.from(rows: [{_time: now(), _measurement: "last", _field: "t", '
        '_value: string(v: tasks.lastSuccess(orTime: -1d))}]) |> to(bucket: "out")'
    )
    task = server.call("POST", "/api/v2/tasks", json={"orgID": server.org_id, "flux": body}).json()
    do(server, task, "2020-01-01T00:00:00Z")
    do(server, task, "2020-01-02T00:00:00Z")
    script = 'from(bucket: "out") |> range(start: 0) |> filter(fn: (r) => r._measurement == "last") |> keep(columns: ["_value"])'
    answer = server.call("POST", "/api/v2/query?org=my-org", json={"query": script})
    assert "2019-12-31T00:00:00" in answer.text and "2020-01-01T00:00:00" in answer.text


def test_a_description_alone_is_stored(server: LocalServer) -> None:
    task = create(server)
    url = f"/api/v2/tasks/{task['id']}"
    assert server.call("PATCH", url, json={"description": "why"}).json()["description"] == "why"
    assert server.call("GET", url).json()["description"] == "why"


def test_lists_are_paged_by_the_last_id(server: LocalServer) -> None:
    ids = [create(server, status="inactive", description="page")["id"] for _ in range(3)]
    seen, url = [], f"/api/v2/tasks?limit=1&after={ids[0]}"
    for _ in range(2):
        page = server.call("GET", url).json()
        seen += [task["id"] for task in page["tasks"]]
        url = page["links"].get("next", "")
    assert seen == ids[1:]


@pytest.mark.parametrize("time", ["9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_times_that_no_point_can_have(server: LocalServer, time: str) -> None:
    url = f"/api/v2/tasks/{create(server)['id']}/runs"
    assert server.call("POST", url, json={"scheduledFor": time}).status_code == 400
    assert server.call("GET", f"{url}?afterTime={time}&beforeTime={time}").status_code == 200


def test_queued_runs_survive_a_restart_and_interrupted_ones_are_failures(tmp_path: Any) -> None:
    with local_server(tmp_path) as server:
        task = create(server)
        store = server.adapter.app.services.runs.store
        waiting = store.add(task["id"], "2020-01-01T00:00:00Z")
        broken = store.add(task["id"], "2020-01-01T01:00:00Z")
        store.update({**broken, "status": "started"})
    with local_server(tmp_path, setup=False, options=Options(password_cost=1, tasks=True)) as server:
        runs = server.adapter.app.services.runs
        runs.start_schedule()
        assert runs.executor.wait(WAIT)
        assert runs.store.get(task["id"], waiting["id"])["status"] == "success"
        assert runs.store.get(task["id"], broken["id"])["status"] == "failed"
        assert "_resumed" not in server.call("GET", f"/api/v2/tasks/{task['id']}").json()
