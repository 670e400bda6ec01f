"""The 1.x Python client, and requests as Grafana and Telegraf send them, against the v1 API on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from influxctl.testing import LocalServer, local_server

LINES = [
    {"measurement": "cpu", "tags": {"host": "a"}, "time": 1_600_000_000, "fields": {"usage": 1.5, "idle": 9}},
    {"measurement": "cpu", "tags": {"host": "b"}, "time": 1_600_000_060, "fields": {"usage": 2.5}},
    {"measurement": "note", "tags": {}, "time": 1_600_000_000, "fields": {"text": 'say "hi"', "ok": True}},
]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: LocalServer) -> Iterator[Any]:
    influxdb = pytest.importorskip("influxdb")
    port = int(server.url.rsplit(":", 1)[1])
    client = influxdb.InfluxDBClient("127.0.0.1", port, "anybody", server.token, server.bucket)
    client.write_points(LINES, time_precision="s")
    yield client
    client.close()


@pytest.fixture(scope="module")
def filled(client: Any, server: LocalServer) -> LocalServer:
    return server


def test_ping(client: Any) -> None:
    assert client.ping().startswith("v2.")


def test_points_come_back(client: Any) -> None:
    points = list(client.query("SELECT usage, idle FROM cpu WHERE host = 'a'").get_points())
    assert points == [{"time": "2020-09-13T12:26:40Z", "usage": 1.5, "idle": 9}]
    assert list(client.query("SELECT text, ok FROM note", epoch="s").get_points()) == [
        {"time": 1_600_000_000, "text": 'say "hi"', "ok": True}
    ]


def test_groups_have_tags(client: Any) -> None:
    result = client.query("SELECT max(usage) FROM cpu GROUP BY host")
    assert {tags["host"]: next(iter(points))["max"] for (_, tags), points in result.items()} == {"a": 1.5, "b": 2.5}


def test_parameters_chunks_and_several_statements(client: Any) -> None:
    points = client.query("SELECT usage FROM cpu WHERE host = $h", bind_params={"h": "b"}).get_points()
    assert [p["usage"] for p in points] == [2.5]
    chunked = client.query("SELECT usage FROM cpu", chunked=True, chunk_size=1)
    assert [p["usage"] for p in chunked.get_points()] == [1.5, 2.5]
    both = client.query("SELECT count(usage) FROM cpu; SELECT count(text) FROM note")
    assert [next(iter(r.get_points()))["count"] for r in both] == [2, 1]


def test_schema(client: Any, server: LocalServer) -> None:
    assert {"name": server.bucket} in client.get_list_database()
    assert [m["name"] for m in client.get_list_measurements()] == ["cpu", "note"]
    assert {tuple(sorted(s.items())) for s in client.get_list_retention_policies(server.bucket)} == {
        (
            ("default", True),
            ("duration", "0s"),
            ("name", "autogen"),
            ("replicaN", 1),
            ("shardGroupDuration", "168h0m0s"),
        )
    }


def test_errors_are_raised(client: Any) -> None:
    from influxdb.exceptions import InfluxDBClientError

    with pytest.raises(InfluxDBClientError, match="nofunc"):
        client.query("SELECT nofunc(usage) FROM cpu")
    with pytest.raises(InfluxDBClientError, match="400"):
        client.query("SELEC usage FROM cpu")
    with pytest.raises(InfluxDBClientError, match="not implemented"):
        client.create_database("more")


def get(server: LocalServer, **params: str) -> dict[str, Any]:
    headers = {"Authorization": f"Token {server.token}"}
    answer = requests.get(f"{server.url}/query", params=params, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_grafana_panel(filled: LocalServer) -> None:
    query = (
        'SELECT mean("usage") FROM "cpu" WHERE ("host"::tag =~ /^(a|b)$/) AND time >= 1600000000000ms and time <= 1600000120000ms '
        'GROUP BY time(1m), "host"::tag fill(null)'
    )
    series = get(filled, db=filled.bucket, q=query, epoch="ms")["results"][0]["series"]
    assert [s["tags"] for s in series] == [{"host": "a"}, {"host": "b"}]
    assert series[0]["values"] == [[1599999960000, 1.5], [1600000020000, None], [1600000080000, None]]
    assert series[1]["values"] == [[1599999960000, None], [1600000020000, 2.5], [1600000080000, None]]


def test_grafana_variables(filled: LocalServer) -> None:
    values = get(filled, db=filled.bucket, q='SHOW TAG VALUES FROM "cpu" WITH KEY = "host"')["results"][0]["series"][0][
        "values"
    ]
    assert values == [["host", "a"], ["host", "b"]]
    fields = get(filled, db=filled.bucket, q='SHOW FIELD KEYS FROM "cpu"')["results"][0]["series"][0]["values"]
    assert fields == [["idle", "integer"], ["usage", "float"]]


def test_telegraf_writes(server: LocalServer) -> None:
    params = {"db": server.bucket, "precision": "ns", "consistency": "any", "u": "telegraf", "p": server.token}
    line = "telegraf,host=t value=1i 1600000000000000000\n"
    answer = requests.post(f"{server.url}/write", params=params, data=line, timeout=10)
    assert (answer.status_code, answer.content) == (204, b"")
    assert get(server, db=server.bucket, q="SELECT value FROM telegraf")["results"][0]["series"][0]["values"] == [
        ["2020-09-13T12:26:40Z", 1]
    ]


def test_a_posted_form_and_a_posted_file(filled: LocalServer) -> None:
    auth = ("anybody", filled.token)
    form = {"q": "SELECT count(usage) FROM cpu", "db": filled.bucket}
    for answer in (
        requests.post(f"{filled.url}/query", data=form, auth=auth, timeout=10),
        requests.post(f"{filled.url}/query", files={"q": (None, form["q"])}, params={"db": filled.bucket}, auth=auth, timeout=10),
        requests.post(f"{filled.url}/query", data=form["q"], params={"db": filled.bucket}, auth=auth, timeout=10,
                      headers={"Content-Type": "application/vnd.influxql"}),
    ):  # fmt: skip
        assert answer.json()["results"][0]["series"][0]["values"] == [["1970-01-01T00:00:00Z", 2]]


def test_without_credentials(server: LocalServer) -> None:
    answer = requests.get(f"{server.url}/query", params={"q": "SHOW DATABASES"}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
