"""From a template to a notification: bucket, task, check, endpoint and rule are applied, run, changed, and taken away again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from influxctl.core.times import format_time, parse_time
from influxctl.local.options import Options
from influxctl.local.store.inbox import Inbox
from influxctl.testing import LocalServer, local_server

WAIT = 60.0
KINDS = ("buckets", "tasks", "checks", "notificationEndpoints", "notificationRules", "labels")
HOUR = 3600 * 10**9
NOW = parse_time(format_time(parse_time("2020-01-01T12:00:00Z")))


def item(kind: str, meta: str, /, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "influxdata.com/v2alpha1", "kind": kind, "metadata": {"name": meta}, "spec": spec}


def template() -> list[dict[str, Any]]:
    query = 'from(bucket: "hourly") |> range(start: -1h) |> filter(fn: (r) => r._field == "f")'
    script = (
        'from(bucket: "raw") |> range(start: -task.every) |> mean() |> map(fn: (r) => ({r with _time: now()})) '
        '|> to(bucket: "hourly")'
    )
    thresholds = [{"type": "greater", "value": 2, "level": "CRIT"}, {"type": "lesser", "value": 2, "level": "OK"}]
    label = {"associations": [{"kind": "Label", "name": "plant"}]}
    return [
        item("Label", "plant", color="#112233"),
        item("Bucket", "raw", name="raw", **label),
        item("Bucket", "hourly", name="hourly", **label),
        item("Task", "downsample", name="downsample", every="1h", query=script, **label),
        item("CheckThreshold", "hot", name="hot", every="1h", query=query, thresholds=thresholds,
             statusMessageTemplate="${r.host} is ${r._level}", **label),
        item("NotificationEndpointHTTP", "hook", name="hook", url="http://192.0.2.1/hook", method="POST", type="bearer",
             token={"secretRef": {"key": "hook-token"}}),
        item("NotificationRule", "page", name="page", every="1h", endpointName="hook", messageTemplate="m",
             statusRules=[{"currentLevel": "CRIT"}]),
    ]  # fmt: skip


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server(options=Options(password_cost=1, catch_notifications=True)) as server:
        # The story plays long ago, where the system buckets would keep nothing.
        resources = server.adapter.app.services.resources
        for bucket in resources.find("buckets"):
            rule = {"type": "expire", "everySeconds": 0, "shardGroupDurationSeconds": 604800}
            resources.update("buckets", {**bucket, "retentionRules": [rule]})
        yield server


def apply(server: LocalServer, contents: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    body = {"orgID": server.org_id, "template": {"contents": contents}, **fields}
    answer = server.call("POST", "/api/v2/templates/apply", json=body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def states(answer: dict[str, Any]) -> set[str]:
    return {one["stateStatus"] for group in answer["diff"].values() for one in group}


def run(server: LocalServer, task_id: str, at: int) -> None:
    url = f"/api/v2/tasks/{task_id}/runs"
    made = server.call("POST", url, json={"scheduledFor": format_time(at)})
    assert made.status_code == 201, made.text
    assert server.adapter.app.services.runs.executor.wait(WAIT)
    done = server.call("GET", f"{url}/{made.json()['id']}").json()
    assert done["status"] == "success", done["log"]


def test_the_whole_story(server: LocalServer) -> None:
    resources = server.adapter.app.services.resources
    before = {kind: resources.count(kind) for kind in KINDS}

    plan = apply(server, template(), dryRun=True)
    assert states(plan) == {"new"} and plan["summary"]["missingSecrets"] == ["hook-token"]
    assert {kind: resources.count(kind) for kind in KINDS} == before

    made = apply(server, template(), secrets={"hook-token": "tok"})
    stack = made["stackID"]
    again = apply(server, template(), dryRun=True, stackID=stack)
    assert states(again) == {"exists"}

    points = f"m,host=a f=5 {NOW - 60 * 10**9}\nm,host=b f=1 {NOW - 60 * 10**9}"
    assert server.call("POST", "/api/v2/write?org=my-org&bucket=raw", data=points).status_code == 204
    task = resources.named("tasks", "downsample")
    check, rule = resources.named("checks", "hot"), resources.named("notificationRules", "page")
    assert task is not None and check is not None and rule is not None
    run(server, task["id"], NOW)
    run(server, check["taskID"], NOW + HOUR // 2)
    run(server, rule["taskID"], NOW + HOUR)
    run(server, rule["taskID"], NOW + 2 * HOUR)  # an hour later there is nothing new to tell
    caught = Inbox(server.adapter.app.services.db).find()
    assert [(one["url"], json.loads(one["body"])["_message"]) for one in caught] == [
        ("http://192.0.2.1/hook", "a is crit")
    ]

    server.call("PATCH", f"/api/v2/buckets/{made['summary']['buckets'][0]['id']:016x}", json={"description": "by hand"})
    drift = apply(server, template(), dryRun=True, stackID=stack)
    changed = [one["templateMetaName"] for one in drift["diff"]["buckets"] if one["new"] != one["old"]]
    assert changed == [made["summary"]["buckets"][0]["templateMetaName"]]

    answer = server.call("POST", f"/api/v2/stacks/{stack}/uninstall?orgID={server.org_id}")
    assert answer.status_code == 200, answer.text
    assert {kind: resources.count(kind) for kind in KINDS} == before
