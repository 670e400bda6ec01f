"""The v1 API: databases and policies to buckets, who may read and write them, forms of requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from influxctl.testing import LocalServer, local_server

LINE = b"m,h=a f=1 1600000000000000000"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=LINE).raise_for_status()
        yield server


def query(server: LocalServer, q: str, db: str = "my-bucket", token: str = "", **params: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Token {token}"} if token else {}
    answer = server.call("GET", "/query", params={"q": q, "db": db, **params}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json().get("results", [])
    return found


def bucket(server: LocalServer, name: str) -> str:
    answer = server.call("POST", "/api/v2/buckets", json={"orgID": server.org_id, "name": name})
    return str(answer.json()["id"])


def mapping(server: LocalServer, bucket_id: str, database: str, rp: str, **more: Any) -> requests.Response:
    fields = {"orgID": server.org_id, "bucketID": bucket_id, "database": database, "retention_policy": rp, **more}
    return server.call("POST", "/api/v2/dbrps", json=fields)


def defaults(server: LocalServer, database: str) -> dict[str, bool]:
    found = server.call("GET", "/api/v2/dbrps", params={"orgID": server.org_id, "db": database}).json()["content"]
    return {one["retention_policy"]: one["default"] for one in found}


def token(server: LocalServer, action: str, bucket_id: str) -> str:
    permission = {"action": action, "resource": {"type": "buckets", "id": bucket_id, "orgID": server.org_id}}
    answer = server.call("POST", "/api/v2/authorizations", json={"orgID": server.org_id, "permissions": [permission]})
    return str(answer.json()["token"])


def test_exactly_one_mapping_of_a_database_is_the_default(server: LocalServer) -> None:
    target = bucket(server, "defaults")
    first = mapping(server, target, "dbd", "one", default=False).json()
    second = mapping(server, target, "dbd", "two", default=True).json()
    assert defaults(server, "dbd") == {"one": False, "two": True}
    path = f"/api/v2/dbrps/{second['id']}?orgID={server.org_id}"
    server.call("PATCH", path, json={"default": False})
    assert defaults(server, "dbd") == {"one": True, "two": False}
    server.call("DELETE", f"/api/v2/dbrps/{first['id']}?orgID={server.org_id}")
    assert defaults(server, "dbd") == {"two": True}
    assert mapping(server, target, "dbd", "two").status_code == 422


def test_a_stored_mapping_hides_the_virtual_one_of_its_name(server: LocalServer) -> None:
    hidden, other = bucket(server, "hidden"), bucket(server, "other")
    assert defaults(server, "hidden") == {"autogen": True}
    made = mapping(server, other, "hidden", "autogen").json()
    found = server.call("GET", "/api/v2/dbrps", params={"orgID": server.org_id, "db": "hidden"}).json()["content"]
    assert [(one["bucketID"], one["virtual"]) for one in found] == [(other, False)]
    server.call("DELETE", f"/api/v2/dbrps/{made['id']}?orgID={server.org_id}")
    assert server.call("GET", f"/api/v2/dbrps/{hidden}?orgID={server.org_id}").json()["content"]["virtual"] is True


def test_a_slash_in_a_bucket_name_separates_the_policy(server: LocalServer) -> None:
    bucket(server, "tele/graf/weekly")
    assert server.call("POST", "/write?db=tele&rp=graf/weekly", data=LINE).status_code == 204
    assert server.call("POST", "/write?db=tele", data=LINE).status_code == 404
    assert query(server, "SELECT f FROM m", "tele", rp="graf/weekly")[0]["series"][0]["values"] == [
        ["2020-09-13T12:26:40Z", 1]
    ]
    assert "error" in query(server, "SELECT f FROM m", "tele")[0]


def test_a_reader_reads_and_does_not_write(server: LocalServer) -> None:
    reader = token(server, "read", server.bucket_id)
    headers = {"Authorization": f"Token {reader}"}
    assert query(server, "SELECT f FROM m", token=reader)[0]["series"]
    assert server.call("POST", "/write?db=my-bucket", data=LINE, headers=headers).status_code == 403
    assert "error" in query(server, "DELETE FROM m", token=reader)[0]
    assert query(server, "SHOW DATABASES", token=reader)[0]["series"][0]["values"] == [["my-bucket"]]


def test_a_writer_writes_and_does_not_read(server: LocalServer) -> None:
    writer = token(server, "write", server.bucket_id)
    headers = {"Authorization": f"Token {writer}"}
    assert server.call("POST", "/write?db=my-bucket", data=LINE, headers=headers).status_code == 204
    assert "error" in query(server, "SELECT f FROM m", token=writer)[0]


def test_a_v1_user_signs_in_until_it_is_inactive(server: LocalServer) -> None:
    resource = {"type": "buckets", "orgID": server.org_id}
    fields = {"orgID": server.org_id, "token": "joe", "permissions": [{"action": "read", "resource": resource}]}
    made = server.call("POST", "/private/legacy/authorizations", json=fields).json()
    path = f"/private/legacy/authorizations/{made['id']}"
    server.call("POST", f"{path}/password", json={"password": "secret-password"})

    def status(password: str) -> int:
        anonymous = requests.Session()
        anonymous.mount("http+local://", server.adapter)
        params = {"db": "my-bucket", "q": "SELECT f FROM m", "u": "joe", "p": password}
        return anonymous.get(f"{server.base}/query", params=params).status_code

    assert status("secret-password") == 200
    assert status("wrong-password") == 401
    server.call("PATCH", path, json={"status": "inactive"})
    assert status("secret-password") == 401


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_any_method_queries(server: LocalServer, method: str) -> None:
    answer = server.call(method, "/query", params={"db": "my-bucket", "q": "SELECT count(f) FROM m"})
    assert answer.json()["results"][0]["series"][0]["values"] == [["1970-01-01T00:00:00Z", 1]]


def test_delete_removes_what_its_condition_names(server: LocalServer) -> None:
    lines = b"gone,h=a f=1 1000000000\ngone,h=b f=2 1000000000\ngone,h=a f=3 9000000000"
    server.call("POST", "/write?db=my-bucket", data=lines)
    assert query(server, "DELETE FROM gone WHERE h = 'a' AND time < 5s") == []
    assert query(server, "SELECT f FROM gone")[0]["series"][0]["values"] == [
        ["1970-01-01T00:00:01Z", 2],
        ["1970-01-01T00:00:09Z", 3],
    ]
    assert query(server, "DROP MEASUREMENT gone") == []
    assert query(server, "SHOW SERIES FROM gone") == [{"statement_id": 0}]


@pytest.mark.parametrize("params", ["[1]", "{", '{"x": {"regex": "("}}'])
def test_bad_parameters_are_a_400(server: LocalServer, params: str) -> None:
    arguments = {"db": "my-bucket", "q": "SELECT f FROM m WHERE h =~ $x", "params": params}
    assert server.call("GET", "/query", params=arguments).status_code == 400


def test_a_long_answer_comes_in_chunks(server: LocalServer) -> None:
    lines = "\n".join(f"many f={i}i {i + 1}" for i in range(25))
    server.call("POST", "/write?db=my-bucket&precision=s", data=lines)
    answer = server.call(
        "GET", "/query", params={"db": "my-bucket", "q": "SELECT f FROM many", "chunked": "true", "chunk_size": "10"}
    )
    sizes = [len(line) for line in answer.text.splitlines()]
    assert len(sizes) == 3
    assert answer.text.count('"partial":true') == 4
