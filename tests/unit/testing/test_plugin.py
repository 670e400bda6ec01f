"""The fixtures that the package gives to other projects' tests."""

from __future__ import annotations

import requests

from influxctl.testing import LocalServer
from influxctl.testing.plugin import influxdb_local, influxdb_url

__all__ = ["influxdb_local", "influxdb_url"]


def test_a_server_of_its_own_for_each_test(influxdb_local: LocalServer) -> None:
    assert influxdb_local.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=b"m f=1").status_code == 204
    names = [label["name"] for label in influxdb_local.call("GET", "/api/v2/labels").json()["labels"]]
    assert names == []
    influxdb_local.call("POST", "/api/v2/labels", json={"orgID": influxdb_local.org_id, "name": "l"})


def test_nothing_is_left_of_the_test_before(influxdb_local: LocalServer) -> None:
    assert influxdb_local.call("GET", "/api/v2/labels").json()["labels"] == []


def test_the_same_server_on_a_socket(influxdb_local: LocalServer, influxdb_url: str) -> None:
    answer = requests.get(
        f"{influxdb_url}/api/v2/me", headers={"Authorization": f"Token {influxdb_local.token}"}, timeout=10
    )
    assert answer.json()["id"] == influxdb_local.user_id
