"""Templates: applied, exported, applied again elsewhere; stacks that know what is theirs."""

from __future__ import annotations

from typing import Any

import pytest

from influxctl.testing import LocalServer, local_server

API = "influxdata.com/v2alpha1"


def one(kind: str, meta: str, /, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": API, "kind": kind, "metadata": {"name": meta}, "spec": spec}


EVERYTHING = [
    one("Label", "label-1", name="first label", color="#ff0000"),
    one("Bucket", "bucket-1", name="tpl bucket", retentionRules=[{"type": "expire", "everySeconds": 7200}],
        associations=[{"kind": "Label", "name": "label-1"}]),
    one("Variable", "var-1", name="v", type="map", values={"k": "v"}),
    one("CheckDeadman", "check-1", name="c", every="5m", level="crit", staleTime="10m", timeSince="90s", statusMessageTemplate="m",
        query='from(bucket: "tpl bucket") |> range(start: -1m) |> filter(fn: (r) => r._field == "a")'),
    one("CheckThreshold", "check-2", name="t", every="5m", statusMessageTemplate="m",
        query='from(bucket: "tpl bucket") |> range(start: -1m) |> filter(fn: (r) => r._field == "a")',
        thresholds=[{"type": "inside_range", "level": "INFO", "min": 1, "max": 2}, {"type": "greater", "level": "CRIT", "value": 5}]),
    one("NotificationEndpointSlack", "end-1", name="e", url="https://hooks.slack.com/x", token={"secretRef": {"key": "slack"}}),
    one("NotificationRule", "rule-1", name="r", endpointName="end-1", every="10m", messageTemplate="m",
        statusRules=[{"currentLevel": "CRIT"}]),
    one("Task", "task-1", name="t", every="1h", offset="5m", query='from(bucket: "tpl bucket") |> range(start: -1h)'),
    one("Telegraf", "tele-1", name="g", config="[[inputs.cpu]]\n"),
    one("Dashboard", "dash-1", name="dash", charts=[
        {"kind": "Xy", "name": "x", "width": 1, "height": 2, "geom": "line", "queries": [{"query": "buckets()"}],
         "axes": [{"name": "x"}, {"name": "y", "label": "l"}]},
        {"kind": "Markdown", "name": "m", "note": "# hi", "width": 3, "height": 3, "xPos": 4}]),
]  # fmt: skip


def apply(server: LocalServer, contents: list[dict[str, Any]], status: int = 201, **more: Any) -> Any:
    body = {"orgID": server.org_id, "template": {"contents": contents}, **more}
    answer = server.call("POST", "/api/v2/templates/apply", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def export(server: LocalServer) -> list[dict[str, Any]]:
    answer = server.call("POST", "/api/v2/templates/export", json={"orgIDs": [{"orgID": server.org_id}]})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def specs(objects: list[dict[str, Any]]) -> list[Any]:
    """Without the names inside the template, which come from IDs."""
    out = []
    for item in objects:
        spec = {k: v for k, v in item["spec"].items() if k not in ("associations", "endpointName")}
        out.append((item["kind"], spec, len(item["spec"].get("associations", []))))
    return out


def test_an_export_applied_elsewhere_is_the_same_export() -> None:
    with local_server() as server:
        apply(server, EVERYTHING, secrets={"slack": "tok"})
        first = export(server)
        assert export(server) == first
    assert {item["kind"] for item in first} == {item["kind"] for item in EVERYTHING}
    with local_server() as server:
        mine = [item for item in first if item["spec"].get("name") != "my-bucket"]
        apply(server, mine)
        assert specs(export(server)) == specs(first)


def test_what_templates_cannot_say_is_exported_by_name() -> None:
    """A custom check and a Telegram endpoint: their kinds are in the contract, how to make them is not."""
    script = 'option task = {name: "own", every: 1m}\n\nfrom(bucket: "b") |> range(start: -1m)'
    check = {"type": "custom", "name": "own", "description": "mine", "status": "active", "query": {"text": script}}
    endpoint = {"type": "telegram", "name": "tell", "status": "inactive", "token": "secret", "channel": "-1"}
    with local_server() as server:
        for path, body in (("checks", check), ("notificationEndpoints", endpoint)):
            assert server.call("POST", f"/api/v2/{path}", json={"orgID": server.org_id, **body}).status_code == 201
        kinds = {"byResourceKind": ["Check", "NotificationEndpoint"]}
        body = {"orgIDs": [{"orgID": server.org_id, "resourceFilters": kinds}]}
        objects = server.call("POST", "/api/v2/templates/export", json=body).json()
    assert [(item["kind"], item["spec"]) for item in objects] == [
        ("Check", {"name": "own", "description": "mine", "status": "active"}),
        ("NotificationEndpoint", {"name": "tell", "status": "inactive"}),
    ]
    with local_server() as server:
        summary = apply(server, objects)["summary"]
        assert (summary["checks"], summary["notificationEndpoints"]) == ([], [])


def test_a_dry_run_changes_nothing_and_says_what_would_be() -> None:
    with local_server() as server:
        before = export(server)
        dry = apply(server, EVERYTHING, 200, dryRun=True)
        assert export(server) == before
        assert dry["summary"]["missingSecrets"] == ["slack"]
        assert {entry["stateStatus"] for group in dry["diff"].values() for entry in group} == {"new"}


def test_a_stack_removes_what_left_its_template_and_uninstall_leaves_nothing() -> None:
    with local_server() as server:
        empty = export(server)
        stack = apply(server, EVERYTHING)["stackID"]
        again = apply(server, EVERYTHING, 200, stackID=stack, dryRun=True)
        assert {entry["stateStatus"] for group in again["diff"].values() for entry in group} == {"exists"}
        less = [item for item in EVERYTHING if item["kind"] not in ("Task", "Dashboard")]
        assert {e["stateStatus"] for e in apply(server, less, stackID=stack)["diff"]["tasks"]} == {"remove"}
        assert "Task" not in {item["kind"] for item in export(server)}
        left = server.call("POST", f"/api/v2/stacks/{stack}/uninstall?orgID={server.org_id}").json()
        assert left["resources"] == [] and left["eventType"] == "uninstall"
        assert export(server) == empty
        assert server.call("DELETE", f"/api/v2/stacks/{stack}?orgID={server.org_id}").status_code == 204
        assert server.call("GET", f"/api/v2/stacks/{stack}").status_code == 404


def test_an_application_that_fails_leaves_nothing_behind() -> None:
    with local_server() as server:
        before = export(server)
        answer = apply(server, [one("Label", "lab"), one("Bucket", "abc", name="_no")], 422)
        assert "underscore" in answer["message"]
        assert export(server) == before
        assert server.call("GET", f"/api/v2/stacks?orgID={server.org_id}").json()["stacks"] == []


@pytest.mark.parametrize(
    ("contents", "place"),
    [
        ([one("Shoe", "a")], ["root", "kind"]),
        ([one("Label", "Label_One")], ["root", "metadata", "name"]),
        ([one("Task", "abc", query="buckets()", every="often")], ["root", "spec", "every"]),
        ([one("Variable", "abc", type="query", language="flux")], ["root", "spec", "query"]),
        (
            [one("CheckThreshold", "abc", every="1m", query="q", statusMessageTemplate="m")],
            ["root", "spec", "thresholds"],
        ),
        ([one("Dashboard", "abc", charts=[{"kind": "Xy", "geom": "line"}])], ["root", "spec", "charts", "axes"]),
    ],
)
def test_errors_name_their_place(contents: list[dict[str, Any]], place: list[str]) -> None:
    with local_server() as server:
        answer = apply(server, contents, 422, dryRun=True)
        assert answer["errors"][0]["fields"] == place
        assert len(answer["errors"][0]["idxs"]) == len(place)


def test_tokens_without_rights_apply_and_export_nothing() -> None:
    with local_server() as server:
        permission = [{"action": "read", "resource": {"type": "labels", "orgID": server.org_id}}]
        body = {"orgID": server.org_id, "permissions": permission}
        token = server.call("POST", "/api/v2/authorizations", json=body).json()["token"]
        server.call("POST", "/api/v2/labels", json={"orgID": server.org_id, "name": "seen"})
        headers = {"Authorization": f"Token {token}"}
        wanted = {"orgID": server.org_id, "template": {"contents": [one("Bucket", "abc")]}}
        assert server.call("POST", "/api/v2/templates/apply", json=wanted, headers=headers).status_code == 422
        asked = {"orgIDs": [{"orgID": server.org_id}]}
        found = server.call("POST", "/api/v2/templates/export", json=asked, headers=headers).json()
        assert [item["kind"] for item in found] == ["Label"]


def test_a_task_that_says_its_own_option_can_be_applied() -> None:
    with local_server() as server:
        query = 'import "array"\noption task={name:"old",every:1s}\narray.from(rows: [{v: 1}])'
        spec = {"name": "renamed", "every": "2h", "query": query}
        entry = {"apiVersion": "influxdata.com/v2alpha1", "kind": "Task", "metadata": {"name": "job"}, "spec": spec}
        answer = server.call(
            "POST", "/api/v2/templates/apply", json={"orgID": server.org_id, "template": {"contents": [entry]}}
        )
        assert answer.status_code == 201, answer.text
        (task,) = server.call("GET", "/api/v2/tasks").json()["tasks"]
        assert (task["name"], task["every"]) == ("renamed", "2h0m0s")
        assert task["flux"].count("option task") == 1
        assert task["flux"].startswith('import "array"')
