"""Requests at the edges of what the recordings show, answered by the same rules."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest

from influxctl.testing import LocalServer, local_server

UNKNOWN = "0000000000000abc"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


@pytest.mark.parametrize("path", ["buckets", "users", "orgs", "dashboards", "variables"])
@pytest.mark.parametrize(
    ("query", "status"),
    [("descending=True", 200), ("descending=0", 200), ("descending=", 200), ("descending=maybe", 400)],
)
def test_descending_is_true_or_false(server: LocalServer, path: str, query: str, status: int) -> None:
    answer = server.call("GET", f"/api/v2/{path}?{query}")
    assert answer.status_code == status
    assert status == 200 or answer.json()["message"].startswith("descending is invalid")


@pytest.mark.parametrize("body", [{}, {"username": "u", "password": "short", "org": "o", "bucket": "b"}])
def test_a_server_that_is_set_up_says_so_whatever_is_asked(server: LocalServer, body: dict[str, str]) -> None:
    answer = server.call("POST", "/api/v2/setup", json=body)
    assert answer.status_code == 422 and answer.json()["code"] == "conflict"


def test_plugins_make_a_configuration_that_telegraf_can_read(server: LocalServer) -> None:
    plugins = [
        {"type": "input", "name": "cpu", "config": {}},
        {"type": "input", "name": "cpu", "config": {"percpu": True, "tags": {"a": 'b"c'}, "none": None}},
        {"type": "output", "name": "influxdb_v2", "config": {"urls": ["http://x"]}},
    ]
    body = {"orgID": server.org_id, "name": "old", "agent": {"collectionInterval": 10000}, "plugins": plugins}
    made = server.call("POST", "/api/v2/telegrafs", json=body)
    assert made.status_code == 201
    config = made.json()["config"]
    assert "[[inputs.cpu]]" in config
    assert tomllib.loads(config) == {
        "agent": {"interval": "10s"},
        "inputs": {"cpu": [{}, {"percpu": True, "tags": {"a": 'b"c'}}]},
        "outputs": {"influxdb_v2": [{"urls": ["http://x"]}]},
    }


@pytest.mark.parametrize(
    "plugin",
    [
        {"type": "input", "name": "a]b"},
        {"type": "input"},
        {"type": "x", "name": "cpu"},
        {"type": "input", "name": "cpu", "config": {"a": {"b": None}}},
    ],
)
def test_plugins_that_make_no_configuration_are_refused(server: LocalServer, plugin: dict[str, object]) -> None:
    body = {"orgID": server.org_id, "name": "old", "plugins": [plugin]}
    assert server.call("POST", "/api/v2/telegrafs", json=body).status_code == 400
