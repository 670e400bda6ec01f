"""Sources, scrapers, remote connections and replications: stored and listed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from influxctl.testing import LocalServer, local_server


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


def remote(server: LocalServer, name: str) -> str:
    body = {
        "orgID": server.org_id,
        "name": name,
        "remoteURL": "http://localhost:1",
        "remoteAPIToken": "a-secret",
        "allowInsecureTLS": True,
    }
    answer = server.call("POST", "/api/v2/remotes", json=body)
    assert answer.status_code == 201
    assert "a-secret" not in answer.text
    return str(answer.json()["id"])


def test_the_server_itself_is_a_source_that_cannot_be_changed(server: LocalServer) -> None:
    own = server.call("GET", "/api/v2/sources").json()["sources"][0]
    assert own["type"] == "self" and own["default"]
    url = f"/api/v2/sources/{own['id']}"
    assert server.call("PATCH", url, json={"name": "x"}).status_code == 422
    assert server.call("DELETE", url).status_code == 422
    names = [bucket["name"] for bucket in server.call("GET", f"{url}/buckets").json()["buckets"]]
    assert "my-bucket" in names


@pytest.mark.parametrize("fields", [{"type": "v7"}, {"orgID": ""}, {"orgID": "0000000000000001"}])
def test_a_source_is_checked(server: LocalServer, fields: dict[str, str]) -> None:
    body = {"orgID": server.org_id, "name": "s", "type": "v1", **fields}
    assert server.call("POST", "/api/v2/sources", json=body).status_code in (400, 404)


def test_scrapers_are_found_by_name_and_id(server: LocalServer) -> None:
    body = {
        "orgID": server.org_id,
        "bucketID": server.bucket_id,
        "type": "prometheus",
        "url": "http://localhost:1/metrics",
    }
    ids = [server.call("POST", "/api/v2/scrapers", json={**body, "name": name}).json()["id"] for name in "ab"]
    found = server.call("GET", "/api/v2/scrapers", params={"id": ids}).json()["configurations"]
    assert [one["id"] for one in found] == ids
    assert [one["id"] for one in server.call("GET", "/api/v2/scrapers?name=b").json()["configurations"]] == ids[1:]
    assert server.call("POST", "/api/v2/scrapers", json={**body, "type": "graphite"}).status_code == 400


def test_a_remote_in_use_cannot_be_deleted(server: LocalServer) -> None:
    id = remote(server, "used")
    body = {
        "orgID": server.org_id,
        "name": "r",
        "remoteID": id,
        "localBucketID": server.bucket_id,
        "remoteBucketName": "far",
    }
    refused = server.call("POST", "/api/v2/replications?validate=true", json=body)
    assert refused.status_code == 400 and "cannot be reached" in refused.json()["message"]
    made = server.call("POST", "/api/v2/replications", json=body).json()
    assert made["maxQueueSizeBytes"] == 67_108_860
    assert server.call("DELETE", f"/api/v2/remotes/{id}").status_code == 422
    assert server.call("DELETE", f"/api/v2/replications/{made['id']}").status_code == 204
    assert server.call("DELETE", f"/api/v2/remotes/{id}").status_code == 204


@pytest.mark.parametrize(
    "change",
    [
        {"maxQueueSizeBytes": 1},
        {"maxAgeSeconds": -1},
        {"remoteBucketName": ""},
        {"remoteID": "0000000000000001"},
        {"name": ""},
    ],
)
def test_a_replication_is_checked(server: LocalServer, change: dict[str, object]) -> None:
    body = {"orgID": server.org_id, "name": "r", "remoteID": remote(server, "r"), "localBucketID": server.bucket_id}
    body["remoteBucketName"] = "far"
    assert server.call("POST", "/api/v2/replications", json={**body, **change}).status_code in (400, 404)
