"""Checks, notification endpoints and rules: what they own, how they change, and a story from a point to a notification."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from influxctl.core.times import format_time
from influxctl.local.options import Options
from influxctl.local.store.inbox import Inbox
from influxctl.testing import LocalServer, local_server

WAIT = 30.0
QUERY = 'from(bucket: "my-bucket") |> range(start: -1h) |> filter(fn: (r) => r._field == "f")'


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


def post(server: LocalServer, path: str, **fields: Any) -> dict[str, Any]:
    answer = server.call("POST", path, json={"orgID": server.org_id, "status": "active", "every": "1h", **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def check(server: LocalServer, **fields: Any) -> dict[str, Any]:
    levels = [{"type": "greater", "value": 30, "level": "CRIT"}, {"type": "lesser", "value": 30, "level": "OK"}]
    given = {"type": "threshold", "name": "c", "thresholds": levels, "query": {"text": QUERY}, **fields}
    return post(server, "/api/v2/checks", statusMessageTemplate="${r.host} is ${r._level}", **given)


def endpoint(server: LocalServer, **fields: Any) -> dict[str, Any]:
    given = {"type": "http", "name": "e", "url": "http://localhost:1", "method": "POST", "authMethod": "none", **fields}
    return post(server, "/api/v2/notificationEndpoints", **given)


def rule(server: LocalServer, endpoint_id: str, **fields: Any) -> dict[str, Any]:
    given = {"type": "http", "name": "r", "statusRules": [{"currentLevel": "CRIT"}], **fields}
    return post(server, "/api/v2/notificationRules", endpointID=endpoint_id, **given)


def run(server: LocalServer, task_id: str, at: int) -> None:
    url = f"/api/v2/tasks/{task_id}/runs"
    made = server.call("POST", url, json={"scheduledFor": format_time(at)}).json()
    assert server.adapter.app.services.runs.executor.wait(WAIT)
    done = server.call("GET", f"{url}/{made['id']}").json()
    assert done["status"] == "success", done["log"]


@pytest.fixture
def inbox() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A web hook: its URL, and what it was sent (Authorization, body)."""
    received: list[tuple[str, dict[str, Any]]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.headers.get("Authorization", ""), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    web = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{web.server_port}/", received
    web.shutdown()
    web.server_close()
    thread.join()


def test_from_a_point_to_a_notification(server: LocalServer, inbox: tuple[str, list[Any]]) -> None:
    url, received = inbox
    now = time.time_ns() - 60 * 10**9
    server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=f"m,host=a f=50 {now}\nm,host=b f=1 {now}")
    watch = check(server)
    send = rule(server, endpoint(server, url=url, authMethod="bearer", token="tok")["id"])
    run(server, watch["taskID"], now + 60 * 10**9)
    run(server, send["taskID"], now + 70 * 10**9)  # a rule reads the statuses from before its own time
    assert [(auth, body["_message"], body["_level"]) for auth, body in received] == [
        ("Bearer tok", "a is crit", "crit")
    ]


def test_caught_notifications_are_in_the_inbox(tmp_path: Path) -> None:
    options = Options(password_cost=1, catch_notifications=True)
    with local_server(tmp_path, options=options) as server:
        now = time.time_ns() - 60 * 10**9
        server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=f"m,host=a f=50 {now}")
        send = rule(server, endpoint(server, url="http://192.0.2.1/nobody")["id"])
        for task_id, later in ((check(server)["taskID"], 60), (send["taskID"], 70)):
            run(server, task_id, now + later * 10**9)
        (caught,) = Inbox(server.adapter.app.services.db).find()
    assert caught["url"] == "http://192.0.2.1/nobody"
    assert json.loads(caught["body"])["_message"] == "a is crit"


def test_the_task_of_a_check_follows_it_and_is_in_no_list(server: LocalServer) -> None:
    made = check(server)
    url, task = f"/api/v2/checks/{made['id']}", f"/api/v2/tasks/{made['taskID']}"
    assert server.call("GET", "/api/v2/tasks").json()["tasks"] == []
    server.call("PATCH", url, json={"status": "inactive", "name": "renamed"})
    shown = server.call("GET", task).json()
    assert (shown["status"], shown["name"]) == ("inactive", "renamed")
    assert server.call("DELETE", url).status_code == 204
    assert server.call("GET", task).status_code == 404


def test_a_check_that_cannot_be_stored_leaves_no_task(server: LocalServer) -> None:
    check(server)
    answer = server.call("POST", "/api/v2/checks", json={"orgID": server.org_id, "type": "custom", "name": "c",
        "status": "active", "query": {"text": 'option task = {name: "c", every: 1h}\nbuckets()'}})  # fmt: skip
    assert answer.status_code == 422
    assert server.adapter.app.services.resources.count("tasks") == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"every": ""},
        {"every": "soon"},
        {"offset": "1h"},
        {"status": "asleep"},
        {"tags": [{"key": "a"}]},
        {"thresholds": [{"type": "range", "min": 2, "max": 1, "level": "OK"}]},
        {"thresholds": [{"type": "near", "level": "OK"}]},
        {"type": "deadman", "timeSince": "90s"},
        {"query": {"text": "from("}},
    ],
)
def test_wrong_checks(server: LocalServer, fields: dict[str, Any]) -> None:
    given = {"orgID": server.org_id, "status": "active", "every": "1h", "type": "threshold", "name": "c", **fields}
    answer = server.call("POST", "/api/v2/checks", json={"query": {"text": QUERY}, **given})
    assert answer.status_code == 400
    assert server.adapter.app.services.resources.count("tasks") == 0


def test_the_secrets_of_an_endpoint_are_stored_apart_and_can_be_kept(server: LocalServer) -> None:
    made = endpoint(server, authMethod="basic", username="u", password="p")
    shown = f"secret: {made['id']}-password"
    assert made["password"] == shown
    accounts = server.adapter.app.services.accounts
    assert accounts.secret(server.org_id, f"{made['id']}-password") == "p"
    body = {**made, "url": "http://localhost:2"}
    changed = server.call("PUT", f"/api/v2/notificationEndpoints/{made['id']}", json=body).json()
    assert (changed["password"], changed["url"]) == (shown, "http://localhost:2")
    assert accounts.secret(server.org_id, f"{made['id']}-password") == "p"


def test_a_rule_without_its_endpoint_can_be_switched_off(server: LocalServer) -> None:
    to = endpoint(server)
    made = rule(server, to["id"])
    server.call("DELETE", f"/api/v2/notificationEndpoints/{to['id']}")
    url = f"/api/v2/notificationRules/{made['id']}"
    assert server.call("PATCH", url, json={"name": "still"}).status_code == 404
    assert server.call("PATCH", url, json={"status": "inactive"}).json()["status"] == "inactive"
    assert server.call("GET", f"/api/v2/tasks/{made['taskID']}").json()["status"] == "inactive"


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("", ["all", "host", "not", "regex"]),
        ("tag=host:a", ["all", "host", "not", "regex"]),
        ("tag=host:b", ["all"]),
        ("tag=host:aa", ["all", "not", "regex"]),
        ("tag=other:a", ["all"]),
        ("tag=other:a&tag=host:a", ["all", "host", "not", "regex"]),
        ("tag=nonsense", ["all", "host", "not", "regex"]),
    ],
)
def test_rules_are_found_by_the_tags_that_they_let_pass(server: LocalServer, tags: str, found: list[str]) -> None:
    id = endpoint(server)["id"]
    rules = {"all": None, "host": ("equal", "a"), "not": ("notequal", "b"), "regex": ("equalregex", "^a+$")}
    for name, one in rules.items():
        given = [] if one is None else [{"key": "host", "operator": one[0], "value": one[1]}]
        rule(server, id, name=name, tagRules=given)
    answer = server.call("GET", f"/api/v2/notificationRules?orgID={server.org_id}&{tags}").json()
    assert sorted(one["name"] for one in answer["notificationRules"]) == found


def test_a_rule_cannot_send_to_an_endpoint_of_another_organization(server: LocalServer) -> None:
    other = server.call("POST", "/api/v2/orgs", json={"name": "other"}).json()
    theirs = endpoint(server, orgID=other["id"])
    body = {
        "orgID": server.org_id,
        "type": "http",
        "name": "r",
        "status": "active",
        "every": "1h",
        "endpointID": theirs["id"],
    }
    assert server.call("POST", "/api/v2/notificationRules", json=body).status_code == 404


def test_deleting_the_organization_takes_everything_with_it(server: LocalServer) -> None:
    org = server.call("POST", "/api/v2/orgs", json={"name": "short"}).json()
    check(server, orgID=org["id"])
    rule(server, endpoint(server, orgID=org["id"])["id"], orgID=org["id"])
    assert server.call("DELETE", f"/api/v2/orgs/{org['id']}").status_code == 204
    resources = server.adapter.app.services.resources
    assert [resources.count(kind) for kind in ("checks", "notificationRules", "notificationEndpoints", "tasks")] == [
        0
    ] * 4
