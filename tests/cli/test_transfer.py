"""`local push`, `pull` and `mirror` between two servers: everything arrives once and as it was, whatever happens on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from calls import PROGRAM, of_process, run

from influxctl.client.lines import Run
from influxctl.config.files import edit_profiles
from influxctl.local.http.server import HttpServer
from influxctl.offline.readers import EngineReader, FluxReader
from influxctl.testing import LocalServer, local_server

T = 1_577_836_800_000_000_000
LINES = [
    rf'm,_level=crit,host=a\ b,k\=e=v\,w i=-9223372036854775808i,u=18446744073709551615u,f=1e-300,b=true {T}',
    rf'm,host=ä s="a \"b\" \\ c,=\${{x}}",f=0.1 {T + 1}',
    rf'm,host=ä s="" {T + 2}',
    rf'm,host=ä s="two{chr(10)}lines",b=false {T + 3}',
    rf"other\ one,result=x,table=y f=1e21 {T + 10**15}",
    "other\\ one f=-0.5 -1000000001",
]  # fmt: skip


@pytest.fixture
def far(env: dict[str, str]) -> Iterator[LocalServer]:
    with local_server() as server:
        name_profile(env, server.url, server)
        yield server


def name_profile(env: dict[str, str], url: str, server: LocalServer) -> None:
    values = {"url": url, "token": server.token, "org": server.org}
    edit_profiles(
        Path(env["INFLUXCTL_CONFIG_DIR"]) / "profiles.toml", lambda profiles: profiles.profiles.update({"far": values})
    )


def good(env: dict[str, str], *argv: str) -> str:
    code, out, err = run(env, *argv)
    assert code == 0, (argv, out, err)
    return out


def engine_lines(server: LocalServer, bucket: str) -> list[bytes]:
    services = server.adapter.app.services
    found = services.resources.named("buckets", bucket, server.org_id)
    assert found is not None
    reader = EngineReader(services.points.engine, found["id"])
    pieces = list(reader.lines(-(1 << 63), (1 << 63) - 1))
    lines = [piece.lines() if isinstance(piece, Run) else [piece] for piece in pieces]
    return sorted(line for part in lines for _, line in part)


def near_lines(env: dict[str, str], bucket: str) -> list[bytes]:
    with local_server(Path(env["INFLUXCTL_DATA_DIR"]), setup=False) as server:
        server.org_id = server.adapter.app.services.resources.find("orgs")[0]["id"]
        return engine_lines(server, bucket)


def write_far(server: LocalServer, lines: Iterable[str], bucket: str = "my-bucket") -> None:
    body = "\n".join(lines).encode()
    query = {"org": server.org, "bucket": bucket}
    server.call("POST", "/api/v2/write", params=query, data=body).raise_for_status()


def test_push_keeps_every_type_time_and_name(env: dict[str, str], far: LocalServer) -> None:
    good(env, "bucket", "create", "b é", "-r", "0")
    good(env, "write", "--bucket", "b é", "\n".join(LINES))
    out = good(env, "local", "push", "--to", "far", "--json")
    rows = {(row["bucket"], row["measurement"]): row for row in json.loads(out)}
    assert rows["b é", "m"] == {"bucket": "b é", "measurement": "m", "source": 9, "target": 9, "status": "same"}
    assert engine_lines(far, "b é") == near_lines(env, "b é")
    assert len(engine_lines(far, "b é")) == len(LINES)
    good(env, "local", "push", "--to", "far")  # again changes nothing
    assert engine_lines(far, "b é") == near_lines(env, "b é")


def test_pull_keeps_every_type_time_and_name(env: dict[str, str], far: LocalServer) -> None:
    write_far(far, LINES)
    far.call("PATCH", f"/api/v2/buckets/{far.bucket_id}", json={"description": "d"}).raise_for_status()
    good(env, "local", "pull", "--from", "far", "--bucket", "my-bucket")
    assert near_lines(env, "my-bucket") == engine_lines(far, "my-bucket")
    made = json.loads(good(env, "bucket", "list", "--name", "my-bucket", "--json"))[0]
    assert made["description"] == "d" and made["retentionRules"][0]["everySeconds"] == 0
    assert run(env, "local", "pull", "--from", "far")[0] == 2
    assert run(env, "local", "pull", "--from", "far", "--bucket", "no")[0] == 3


def test_between_two_folders_without_any_network(env: dict[str, str], tmp_path: Path) -> None:
    other = str(tmp_path / "other")
    edit_profiles(
        Path(env["INFLUXCTL_CONFIG_DIR"]) / "profiles.toml",
        lambda profiles: profiles.profiles.update({"other": {"data_dir": other}}),
    )
    good(env, "bucket", "create", "f", "-r", "0")
    good(env, "write", "--bucket", "f", "\n".join(LINES))
    good(env, "local", "push", "--to", "other")
    assert near_lines({"INFLUXCTL_DATA_DIR": other}, "f") == near_lines(env, "f")
    good({**env, "INFLUXCTL_DATA_DIR": other}, "write", "--bucket", "f", f"more v=1 {T}")
    good(env, "local", "pull", "--from", "other", "-b", "f")
    assert near_lines({"INFLUXCTL_DATA_DIR": other}, "f") == near_lines(env, "f")
    good(env, "local", "mirror", "--from", "other", "-b", "f")


def test_a_range_is_pushed_and_compared(env: dict[str, str], far: LocalServer) -> None:
    good(env, "bucket", "create", "r", "-r", "0")
    good(env, "write", "--bucket", "r", "\n".join(f"m v={n}i {T + n * 3600 * 10**9}" for n in range(10)))
    good(env, "local", "push", "--to", "far", "-b", "r", "--since", "2020-01-01T02:00:00Z", "--until", "2020-01-01T05:00:00Z")  # fmt: skip
    assert [line.split()[1] for line in engine_lines(far, "r")] == [b"v=2i", b"v=3i", b"v=4i"]


def test_other_data_in_the_target_is_a_difference(env: dict[str, str], far: LocalServer) -> None:
    good(env, "bucket", "create", "my-bucket", "-r", "0")
    good(env, "write", "--bucket", "my-bucket", f"m v=1 {T}\nn v=1 {T}")
    write_far(far, [f"m v=1 {T + 5}"])
    code, out, err = run(env, "local", "push", "--to", "far", "-b", "my-bucket")
    assert code == 7 and "my-bucket/m has 1 values here and 2 there" in err
    assert "more" in out and "same" in out


def test_lines_that_the_target_refuses_are_named(env: dict[str, str], far: LocalServer, tmp_path: Path) -> None:
    good(env, "bucket", "create", "my-bucket", "-r", "0")
    good(env, "write", "--bucket", "my-bucket", f"m v=1 {T}\nm v=2 {T + 1}")
    write_far(far, [f"m v=true {T - 1}"])
    refused = tmp_path / "refused.lp"
    code, _, err = run(env, "local", "push", "--to", "far", "-b", "my-bucket", "--errors-file", str(refused))
    assert code == 7 and "already exists as type boolean" in err
    assert f"m v=1.0 {T}" in refused.read_text()


def test_a_dry_run_changes_nothing(env: dict[str, str], far: LocalServer) -> None:
    good(env, "bucket", "create", "new", "-r", "0")
    good(env, "write", "--bucket", "new", f"m v=1 {T}")
    code, out, err = run(env, "local", "push", "--to", "far", "--dry-run", "--json")
    assert code == 0 and json.loads(out)[0]["target"] == 0
    assert "Would be: " in err and "created" in err
    assert far.call("GET", "/api/v2/buckets?name=new").json().get("buckets", []) == []


def test_the_embedded_server_is_not_its_own_target(env: dict[str, str]) -> None:
    assert run(env, "local", "push", "--to", "local")[0] == 2
    assert run(env, "local", "push", "--to", "nowhere")[0] == 3


def test_the_environment_of_other_commands_does_not_change_where_a_push_goes(env: dict[str, str], far: LocalServer) -> None:  # fmt: skip
    good(env, "bucket", "create", "e", "-r", "0")
    good(env, "write", "--bucket", "e", f"m v=1 {T}")
    other = {**env, "INFLUX_HOST": "http://127.0.0.1:1", "INFLUX_TOKEN": "wrong", "INFLUX_ORG": "none"}
    good(other, "local", "push", "--to", "far", "-b", "e")
    assert len(engine_lines(far, "e")) == 1


def test_a_daemon_that_holds_the_data_is_asked(env: dict[str, str], far: LocalServer) -> None:
    good(env, "bucket", "create", "b é", "-r", "0")
    good(env, "write", "--bucket", "b é", "\n".join(LINES))
    expected = near_lines(env, "b é")
    good(env, "local", "start")
    try:
        good(env, "local", "push", "--to", "far", "-b", "b é", "--parallel", "2")
        write_far(far, ["m v=1 5"])
        good(env, "local", "pull", "--from", "far", "-b", "my-bucket")
    finally:
        good(env, "local", "stop")
    assert engine_lines(far, "b é") == expected
    assert near_lines(env, "my-bucket") == [b"m v=1.0 5"]


# --- resources ---

FLUX = 'option task = {name: "t", every: 1h, offset: 5m}\n\nfrom(bucket: "b") |> range(start: -1h)'
QUERY = {"text": 'from(bucket: "b") |> range(start: -1m) |> filter(fn: (r) => r._field == "a")'}
RETENTION = [{"type": "expire", "everySeconds": 7200, "shardGroupDurationSeconds": 3600}]
ENDPOINT = {"type": "http", "name": "e", "status": "active", "url": "http://localhost:9/", "method": "POST",
            "authMethod": "bearer", "token": "secret token"}  # fmt: skip
CHECK = {"type": "threshold", "name": "c", "status": "inactive", "every": "1h", "offset": "3s", "query": QUERY, "tags": [],
         "statusMessageTemplate": "m", "thresholds": [{"type": "greater", "level": "CRIT", "value": 3.0}]}  # fmt: skip
RULE = {"type": "http", "name": "r", "status": "active", "every": "10m", "tagRules": [],
        "statusRules": [{"currentLevel": "CRIT", "previousLevel": None}]}  # fmt: skip
KINDS = (
    "labels",
    "buckets",
    "variables",
    "telegrafs",
    "notificationEndpoints",
    "checks",
    "notificationRules",
    "tasks",
    "dashboards",
)


def fill(call: Callable[..., Any], org: str) -> None:
    """One resource of each kind, with labels."""

    def make(path: str, **body: Any) -> dict[str, Any]:
        answer = call("POST", f"/api/v2/{path}", json={"orgID": org, **body})
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json().get("label") or answer.json())

    label = make("labels", name="blue", properties={"color": "#0000ff"})
    bucket = make("buckets", name="b", description="d", retentionRules=RETENTION)
    variable = make("variables", name="v", arguments={"type": "map", "values": {"a": "1"}}, selected=["a"])
    telegraf = make("telegrafs", name="tg", description="x", config="[agent]\n", metadata={"buckets": ["b"]})
    endpoint = make("notificationEndpoints", **ENDPOINT)
    check = make("checks", **CHECK)
    rule = make("notificationRules", **RULE, endpointID=endpoint["id"])
    task = make("tasks", flux=FLUX, status="inactive", description="does")
    dashboard = make("dashboards", name="dash", description="board")
    cell = make(f"dashboards/{dashboard['id']}/cells", x=1, y=2, w=3, h=4)
    view = {"name": "cell", "properties": {"type": "markdown", "shape": "chronograf-v2", "note": "# hi"}}
    call("PATCH", f"/api/v2/dashboards/{dashboard['id']}/cells/{cell['id']}/view", json=view).raise_for_status()
    for path, made in (("buckets", bucket), ("variables", variable), ("telegrafs", telegraf), ("notificationEndpoints", endpoint),
                       ("checks", check), ("notificationRules", rule), ("tasks", task), ("dashboards", dashboard)):  # fmt: skip
        make(f"{path}/{made['id']}/labels", labelID=label["id"])


def shown(call: Callable[..., Any], org: str) -> dict[str, Any]:
    """All resources without what differs between servers."""
    found: dict[str, Any] = {}
    for path in (
        "labels",
        "buckets",
        "variables",
        "telegrafs",
        "notificationEndpoints",
        "checks",
        "notificationRules",
        "tasks",
        "dashboards",
    ):
        document = call("GET", f"/api/v2/{path}", params={"orgID": org}).json()
        items = next(value for key, value in document.items() if isinstance(value, list))
        found[path] = [
            _plain(item) for item in items if item["name"] not in ("_monitoring", "_tasks", "default", "my-bucket")
        ]
        assert found[path], path
    for dashboard in call("GET", "/api/v2/dashboards", params={"orgID": org}).json()["dashboards"]:
        full = call("GET", f"/api/v2/dashboards/{dashboard['id']}?include=properties").json()
        found["cells"] = [_plain(cell) for cell in full["cells"]]
    return found


def _plain(item: Any) -> Any:
    if isinstance(item, list):
        return [_plain(one) for one in item]
    if isinstance(item, dict):
        gone = {"id", "orgID", "org", "links", "createdAt", "updatedAt", "ownerID", "taskID", "endpointID", "meta", "token", "cells",
                "latestCompleted", "latestScheduled", "userID"}  # fmt: skip
        return {key: _plain(value) for key, value in item.items() if key not in gone}
    return item


def test_push_carries_resources_of_every_kind(env: dict[str, str], far: LocalServer) -> None:
    good(env, "bucket", "list")  # sets the directory up
    with local_server(Path(env["INFLUXCTL_DATA_DIR"]), setup=False) as near:
        services = near.adapter.app.services
        near.org_id = services.resources.find("orgs")[0]["id"]
        near.token = json.loads((Path(env["INFLUXCTL_DATA_DIR"]) / "local.json").read_text())["token"]
        fill(near.call, near.org_id)
        before = shown(near.call, near.org_id)
    code, _, err = run(env, "local", "push", "--to", "far")
    assert code == 0, err
    assert "secret" in err and "1 task created" in err
    assert shown(far.call, far.org_id) == before
    endpoint = far.call("GET", "/api/v2/notificationEndpoints", params={"orgID": far.org_id}).json()[
        "notificationEndpoints"
    ][0]
    rule = far.call("GET", "/api/v2/notificationRules", params={"orgID": far.org_id}).json()["notificationRules"][0]
    assert rule["endpointID"] == endpoint["id"] and endpoint["token"].startswith("secret: ")
    code, _, err = run(env, "local", "push", "--to", "far")
    assert code == 0 and "created" not in err and "changed" not in err
    task = far.call("GET", "/api/v2/tasks").json()["tasks"][0]
    far.call("PATCH", f"/api/v2/tasks/{task['id']}", json={"description": "other"}).raise_for_status()
    cells = far.call("GET", "/api/v2/dashboards").json()["dashboards"][0]
    far.call("DELETE", f"/api/v2/dashboards/{cells['id']}/cells/{cells['cells'][0]['id']}").raise_for_status()
    code, _, err = run(env, "local", "push", "--to", "far")
    assert code == 0 and "1 task changed" in err and "1 dashboard changed" in err
    assert shown(far.call, far.org_id) == before


def test_explicit_schemas_go_along(env: dict[str, str], far: LocalServer) -> None:
    columns = '[{"name":"time","type":"timestamp"},{"name":"v","type":"field","dataType":"integer"}]'
    good(env, "bucket", "create", "strict", "-r", "0", "--schema-type", "explicit")
    file = Path(env["HOME"]) / "columns.json"
    file.write_text(columns)
    good(env, "bucket-schema", "create", "--bucket", "strict", "--name", "m", "--columns-file", str(file))
    good(env, "write", "--bucket", "strict", f"m v=1i {T}")
    good(env, "local", "push", "--to", "far", "-b", "strict")
    bucket = far.call("GET", "/api/v2/buckets?name=strict").json()["buckets"][0]
    schemas = far.call("GET", f"/api/v2/buckets/{bucket['id']}/schema/measurements").json()["measurementSchemas"]
    assert bucket["schemaType"] == "explicit" and schemas[0]["columns"] == json.loads(columns)


def test_without_resources_a_bucket_must_be_there(env: dict[str, str], far: LocalServer) -> None:
    good(env, "bucket", "create", "x", "-r", "0")
    good(env, "write", "--bucket", "x", f"m v=1 {T}")
    code, _, err = run(env, "local", "push", "--to", "far", "-b", "x", "--no-resources")
    assert code == 3 and "has no bucket 'x'" in err


# --- mirror ---


def test_a_mirror_gets_what_is_new_and_what_came_late(
    env: dict[str, str], far: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns()
    hour = 3600 * 10**9
    write_far(far, [f"m,t=a v={n}i {now - n * hour}" for n in range(1, 10)] + [f"m v=0i {now - 300 * hour}"])
    asked: list[tuple[int, int]] = []
    lines = FluxReader.lines

    def spy(self: FluxReader, start: int, stop: int, measurements: Any = ()) -> Any:
        asked.append((start, stop))
        return lines(self, start, stop, measurements)

    monkeypatch.setattr(FluxReader, "lines", spy)
    good(env, "local", "mirror", "--from", "far", "-b", "my-bucket", "--last", "7d")
    assert len(near_lines(env, "my-bucket")) == 9 and asked
    asked.clear()
    write_far(far, [f"m,t=b v=1i {time.time_ns()}"])
    good(env, "local", "mirror", "--from", "far", "-b", "my-bucket", "--last", "7d")
    assert len(near_lines(env, "my-bucket")) == 10
    assert min(start for start, _ in asked) > now - hour
    write_far(far, [f"late,t=b v=1i {now - 20 * hour}"])  # older than what is there
    code, _, err = run(env, "local", "mirror", "--from", "far", "-b", "my-bucket", "--last", "7d")
    assert code == 0 and "late" in err
    assert len(near_lines(env, "my-bucket")) == 11


# --- what happens on the way ---


class Faults:
    """The far server behind a WSGI layer that refuses writes as told, and counts the lines that come through."""

    def __init__(self, server: LocalServer, answers: Iterable[int] = ()) -> None:
        self.app = server.adapter.app
        self.answers = list(answers)
        self.bodies: list[int] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/api/v2/write":
            status = self.answers.pop(0) if self.answers else 0
            if status:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                start_response(f"{status} Busy", [("Retry-After", "0"), ("Content-Length", "0")])
                return [b""]
            self.bodies.append(int(environ.get("CONTENT_LENGTH") or 0))
        return self.app(environ, start_response)


@pytest.fixture
def faults(env: dict[str, str], far: LocalServer) -> Iterator[Callable[..., Faults]]:
    made: list[tuple[HttpServer, threading.Thread]] = []

    def make(*answers: int) -> Faults:
        layer = Faults(far, answers)
        server = HttpServer(layer, "127.0.0.1", 0, threads=4)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        made.append((server, thread))
        name_profile(env, f"http://127.0.0.1:{server.port}", far)
        return layer

    yield make
    for server, thread in made:
        server.stop()
        thread.join(10)


def many(env: dict[str, str], tmp_path: Path, count: int = 30_000) -> None:
    file = tmp_path / "many.lp"
    file.write_text("".join(f"m,h=h{n % 7} v={n}i,w={n}.5 {T + n * 10**9}\n" for n in range(count)))
    good(env, "bucket", "create", "many", "-r", "0")
    good(env, "write", "--bucket", "many", "-f", str(file))


def test_a_busy_server_gets_everything_in_the_end(
    env: dict[str, str], far: LocalServer, faults: Any, tmp_path: Path
) -> None:
    many(env, tmp_path, 3000)
    layer = faults(503, 429, 0, 503, 503, 0, 429)
    good(env, "local", "push", "--to", "far", "-b", "many", "--batch-lines", "500")
    assert engine_lines(far, "many") == near_lines(env, "many") and layer.answers == []


def test_a_server_that_is_away_is_exit_6_and_the_call_goes_on_later(
    env: dict[str, str], far: LocalServer, tmp_path: Path
) -> None:
    good(env, "bucket", "create", "x", "-r", "0")
    name_profile(env, "http://127.0.0.1:1", far)
    assert run(env, "local", "push", "--to", "far", "--timeout", "1")[0] == 6


def test_killed_in_the_middle_and_begun_again(
    env: dict[str, str], far: LocalServer, faults: Any, tmp_path: Path
) -> None:
    """kill -9 while points are sent: the next call ends the work without sending what was acknowledged before."""
    many(env, tmp_path)
    layer = faults()
    whole = 30_000
    command = [*PROGRAM, "local", "push", "--to", "far", "-b", "many", "--batch-lines", "500"]
    for _ in range(3):
        child = subprocess.Popen(
            [*command, "--rate-limit", "400kB/s"],
            env=of_process(env),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        begun, deadline = len(layer.bodies), time.monotonic() + 60
        while len(layer.bodies) < begun + 8 and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    journals = list((Path(env["INFLUXCTL_STATE_DIR"]) / "transfers").glob("*.json"))
    assert len(journals) == 1 and next(iter(json.loads(journals[0].read_text())["buckets"].values())) > T
    before = len(engine_lines(far, "many"))
    assert 0 < before < whole
    begun = len(layer.bodies)
    code, _, err = run(env, *command[3:])
    assert code == 0 and "Going on" in err
    assert engine_lines(far, "many") == near_lines(env, "many")
    assert len(layer.bodies) - begun < whole // 500
    assert not journals[0].exists()
