"""What only Cloud serves and this server too: bucket schemas with enforcement, documents, sample data, accounts made later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from influxctl.testing import LocalServer, local_server

TIME = {"name": "time", "type": "timestamp"}
HOST = {"name": "host", "type": "tag"}
F = {"name": "f", "type": "field", "dataType": "float"}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


def explicit(server: LocalServer, name: str) -> str:
    body = {"orgID": server.org_id, "name": name, "schemaType": "explicit"}
    return str(server.call("POST", "/api/v2/buckets", json=body).json()["id"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "_m", "columns": [TIME, F]}, "name is invalid"),
        ({"name": "1m", "columns": [TIME, F]}, "name is invalid"),
        ({"name": "m" * 129, "columns": [TIME, F]}, "name is invalid"),
        ({"name": "m"}, "columns is required"),
        ({"name": "m", "columns": [F]}, "Timestamp column is required"),
        ({"name": "m", "columns": [TIME, F, F]}, "Duplicate column names"),
        ({"name": "m", "columns": [TIME, HOST]}, "At least one field column is required"),
        ({"name": "m", "columns": [TIME, {"name": "f", "type": "value"}]}, "type"),
        ({"name": "m", "columns": [TIME, F, {"name": "g", "type": "field", "dataType": "money"}]}, "data type"),
        ({"name": "m", "columns": [TIME, F, {"name": "a'b", "type": "tag"}]}, "column name"),
    ],
)
def test_a_schema_is_checked(server: LocalServer, fields: dict[str, Any], message: str) -> None:
    bucket = server.call("GET", "/api/v2/buckets?name=checked").json()["buckets"]
    id = bucket[0]["id"] if bucket else explicit(server, "checked")
    answer = server.call("POST", f"/api/v2/buckets/{id}/schema/measurements", json=fields)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_writes_to_an_explicit_bucket_follow_its_schemas(server: LocalServer) -> None:
    id = explicit(server, "strict")
    url = f"/api/v2/buckets/{id}/schema/measurements"
    write = "/api/v2/write?org=my-org&bucket=strict"
    assert server.call("POST", write, data=b"m f=1 1").status_code == 400
    made = server.call("POST", url, json={"name": "m", "columns": [TIME, F]})
    assert made.status_code == 201 and made.headers["ETag"]
    assert server.call("POST", url, json={"name": "m", "columns": [TIME, F]}).status_code == 422
    assert server.call("POST", write, data=b"m f=1 1").status_code == 204
    refused = server.call("POST", write, data=b"m f=2 2\nm f=1i 3\nother f=1 4")
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("2 out of 3 points rejected")
    one = f"{url}/{made.json()['id']}"
    assert server.call("POST", write, data=b"m,host=a f=1 5").status_code == 400
    assert server.call("PATCH", one, json={"columns": [TIME, HOST]}).status_code == 400
    changed = server.call("PATCH", one, json={"columns": [HOST, F, TIME]})
    assert changed.json()["columns"] == [TIME, F, HOST]
    assert changed.headers["ETag"] != made.headers["ETag"]
    assert server.call("POST", write, data=b"m,host=a f=1 5").status_code == 204
    script = 'from(bucket: "_monitoring") |> range(start: -1h)'
    script += ' |> filter(fn: (r) => r._measurement == "rejected_points") |> group() |> sum()'
    answer = server.call("POST", "/api/v2/query?org=my-org", json={"query": script})
    assert answer.text.split("\r\n")[1].endswith(",4"), answer.text


def test_a_bucket_without_explicit_schema_takes_none(server: LocalServer) -> None:
    url = f"/api/v2/buckets/{server.bucket_id}/schema/measurements"
    assert server.call("GET", url).json() == {"measurementSchemas": []}
    assert server.call("POST", url, json={"name": "m", "columns": [TIME, F]}).status_code == 400


def test_sample_data_is_read_by_who_asked_for_it_and_written_by_nobody(server: LocalServer) -> None:
    demo = server.call("GET", "/api/v2/experimental/sampledata/buckets").json()["buckets"][0]
    members = f"/api/v2/experimental/sampledata/buckets/{demo['id']}/members"
    script = f'from(bucket: "{demo["name"]}") |> range(start: 2012-01-01T00:00:00Z, stop: 2016-01-01T00:00:00Z)'
    script += ' |> filter(fn: (r) => r._field == "temp_max") |> count() |> keep(columns: ["_value"])'

    def ask() -> Any:
        return server.call("POST", "/api/v2/query?org=my-org", json={"query": script})

    assert ask().status_code == 404
    assert server.call("POST", members).status_code == 204
    assert ask().text.split("\r\n")[1].endswith(",1461")
    assert demo["name"] in {bucket["name"] for bucket in server.call("GET", "/api/v2/buckets").json()["buckets"]}
    assert server.call("GET", f"/api/v2/buckets/{demo['id']}").json()["type"] == "demodata"
    write = server.call("POST", f"/api/v2/write?org=my-org&bucket={demo['id']}", data=b"m f=1")
    assert write.status_code == 404
    assert server.call("DELETE", f"/api/v2/buckets/{demo['id']}").status_code == 404
    other = server.call("POST", "/api/v2/orgs", json={"name": "other"}).json()["id"]
    assert server.call("POST", f"/api/v2/query?orgID={other}", json={"query": script}).status_code == 404
    assert server.call("DELETE", members).status_code == 204
    assert ask().status_code == 404


def test_documents_keep_their_labels_and_content(server: LocalServer) -> None:
    label = server.call("POST", "/api/v2/labels", json={"orgID": server.org_id, "name": "l"}).json()["label"]
    body = {
        "meta": {"name": "d", "version": "1"},
        "content": {"a": [1, {"b": None}]},
        "org": "my-org",
        "labels": [label["id"]],
    }
    made = server.call("POST", "/api/v2/documents/templates", json=body).json()
    assert made["content"] == body["content"] and made["labels"] == [label]
    url = f"/api/v2/documents/templates/{made['id']}"
    changed = server.call("PUT", url, json={"meta": {"name": "e", "version": "2"}}).json()
    assert (changed["meta"]["name"], changed["content"]) == ("e", body["content"])
    assert changed["meta"]["createdAt"] == made["meta"]["createdAt"]
    listed = server.call("GET", "/api/v2/documents/templates", params={"orgID": server.org_id}).json()["documents"]
    assert [(one["id"], "content" in one) for one in listed] == [(made["id"], False)]
    assert server.call("GET", "/api/v2/documents/templates").status_code == 400
    assert server.call("POST", "/api/v2/documents/templates", json={**body, "meta": {"name": "d"}}).status_code == 400
    assert server.call("DELETE", url).status_code == 204
    assert server.call("GET", url).status_code == 404


def test_an_account_made_later_sees_its_own_organization_only(server: LocalServer) -> None:
    body = {"username": "second", "password": "password", "org": "second-org", "bucket": "b"}
    made = server.call("POST", "/api/v2/setup/user", json=body)
    assert made.status_code == 201, made.text
    headers = {"Authorization": f"Token {made.json()['auth']['token']}"}
    assert [org["name"] for org in server.call("GET", "/api/v2/orgs", headers=headers).json()["orgs"]] == ["second-org"]
    assert server.call("GET", f"/api/v2/orgs/{server.org_id}", headers=headers).status_code == 401
    assert server.call("POST", "/api/v2/setup/user", json=body).status_code == 422
    assert server.call("POST", "/api/v2/setup/user", json={**body, "username": "third"}).status_code == 422
    assert server.call("POST", "/api/v2/setup/user", json={"username": "x"}).status_code == 422
    assert "third" not in {user["name"] for user in server.call("GET", "/api/v2/users").json()["users"]}
