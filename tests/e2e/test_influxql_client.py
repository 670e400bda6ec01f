"""The 1.x Python client, and requests as Grafana and Telegraf send them, against the v1 API on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from influxdb import InfluxDBClient, SeriesHelper
from influxdb.exceptions import InfluxDBClientError

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


def connect(server: LocalServer, **options: Any) -> InfluxDBClient:
    port = int(server.url.rsplit(":", 1)[1])
    return InfluxDBClient("127.0.0.1", port, "anybody", server.token, server.bucket, timeout=20, **options)


@pytest.fixture(scope="module")
def client(server: LocalServer) -> Iterator[InfluxDBClient]:
    client = connect(server)
    client.write_points(LINES, time_precision="s")
    yield client
    client.close()


@pytest.fixture(scope="module")
def filled(client: InfluxDBClient, server: LocalServer) -> LocalServer:
    return server


def test_ping(client: InfluxDBClient) -> None:
    assert client.ping().startswith("v2.")


def test_points_come_back(client: InfluxDBClient) -> None:
    points = list(client.query("SELECT usage, idle FROM cpu WHERE host = 'a'").get_points())
    assert points == [{"time": "2020-09-13T12:26:40Z", "usage": 1.5, "idle": 9}]
    assert list(client.query("SELECT text, ok FROM note", epoch="s").get_points()) == [
        {"time": 1_600_000_000, "text": 'say "hi"', "ok": True}
    ]


def test_groups_have_tags(client: InfluxDBClient) -> None:
    result = client.query("SELECT max(usage) FROM cpu GROUP BY host")
    assert {tags["host"]: next(iter(points))["max"] for (_, tags), points in result.items()} == {"a": 1.5, "b": 2.5}


def test_parameters_chunks_and_several_statements(client: InfluxDBClient) -> None:
    points = client.query("SELECT usage FROM cpu WHERE host = $h", bind_params={"h": "b"}).get_points()
    assert [p["usage"] for p in points] == [2.5]
    chunked = client.query("SELECT usage FROM cpu", chunked=True, chunk_size=1)
    assert [p["usage"] for p in chunked.get_points()] == [1.5, 2.5]
    both = client.query("SELECT count(usage) FROM cpu; SELECT count(text) FROM note")
    assert [next(iter(r.get_points()))["count"] for r in both] == [2, 1]


def test_schema(client: InfluxDBClient, server: LocalServer) -> None:
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


def test_errors_are_raised(client: InfluxDBClient) -> None:
    with pytest.raises(InfluxDBClientError, match="nofunc"):
        client.query("SELECT nofunc(usage) FROM cpu")
    with pytest.raises(InfluxDBClientError, match="400"):
        client.query("SELEC usage FROM cpu")
    with pytest.raises(InfluxDBClientError, match="not implemented"):
        client.create_database("more")


def test_an_address_packed_bodies_and_batches(server: LocalServer) -> None:
    dsn = server.url.replace("http://", f"influxdb://anybody:{server.token}@") + f"/{server.bucket}"
    for client in (connect(server, gzip=True), InfluxDBClient.from_dsn(dsn, timeout=20)):
        points = [{"measurement": "packed", "fields": {"n": n}, "time": n} for n in range(100)]
        assert client.write_points(points, batch_size=30, tags={"site": "x, y=z"})
        assert [p["n"] for p in client.query("SELECT n FROM packed").get_points()] == list(range(100))
        assert client.get_list_series(server.bucket, "packed") == [r"packed,site=x\,\ y\=z"]
        client.drop_measurement("packed")
        assert list(client.query("SELECT n FROM packed").get_points()) == []
        client.close()


@pytest.mark.parametrize(("precision", "moment"), [("n", 10**18), ("ms", 10**12), ("s", 10**9)])
def test_precisions(client: InfluxDBClient, precision: str, moment: int) -> None:
    client.write_points([f"moment,p={precision} f=1i {moment}"], time_precision=precision, protocol="line")
    query = f"SELECT f FROM moment WHERE p = '{precision}'"
    for epoch, unit in (("ns", 1), ("u", 10**3), ("ms", 10**6), ("s", 10**9), ("m", 60 * 10**9), ("h", 3600 * 10**9)):
        assert list(client.query(query, epoch=epoch).get_points()) == [{"time": 10**18 // unit, "f": 1}]


def test_a_series_helper(client: InfluxDBClient) -> None:
    class Visits(SeriesHelper):  # type: ignore[misc]
        class Meta:
            series_name = "visits.{page}"
            fields = ["hits"]  # noqa: RUF012
            tags = ["page"]  # noqa: RUF012

    for hits in range(3):
        Visits(page="home", hits=hits, time=hits)
    Visits.commit(client)
    assert [p["hits"] for p in client.query('SELECT hits FROM "visits.home"').get_points()] == [0, 1, 2]


def test_refused_writes(client: InfluxDBClient, server: LocalServer) -> None:
    for match, options in (
        ("no mapping of the database", {"database": "nowhere"}),
        ("policy nope", {"retention_policy": "nope"}),
    ):
        with pytest.raises(InfluxDBClientError, match=match) as caught:
            client.write_points(LINES, **options)
        assert caught.value.code == 404
    with pytest.raises(InfluxDBClientError, match="field type conflict"):
        client.write_points([{"measurement": "cpu", "fields": {"usage": "high"}}])
    with pytest.raises(InfluxDBClientError, match="unauthorized") as caught:
        InfluxDBClient("127.0.0.1", int(server.url.rsplit(":", 1)[1]), "anybody", "wrong").get_list_database()
    assert caught.value.code == 401


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
