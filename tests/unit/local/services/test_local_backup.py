"""Backup and restore through the routes: what comes out goes in again, damaged files do not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from influxctl.testing import LocalServer, local_server

LINES = (
    'm,host=a\\ b,path=x\\,y f=1.5,i=-3i,u=7u,b=true,s="q\\"uo\\\\te ü" 1\n'
    "m,host=a\\ b,path=x\\,y f=1e-7 2\n"
    "m,host=c i=9223372036854775807i 9223372036854775806\n"
    "other\\ one f=123456789.123456789 -5\n"
)


def rows(server: LocalServer, bucket: str, headers: dict[str, str] | None = None) -> list[list[str]]:
    script = f'from(bucket: "{bucket}") |> range(start: 1700-01-01T00:00:00Z, stop: 2262-04-11T23:47:16.854775807Z)'
    script += ' |> map(fn: (r) => ({r with _value: string(v: r._value)})) |> drop(columns: ["_start", "_stop"])'
    answer = server.call("POST", "/api/v2/query?org=my-org", json={"query": script}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return sorted(line.split(",")[2:] for line in answer.text.split("\r\n") if line.startswith(",_result"))


def shard_id(server: LocalServer) -> int:
    return int(server.bucket_id, 16)


def test_points_come_back_as_they_were() -> None:
    with local_server() as server:
        assert server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=LINES.encode()).status_code == 204
        before = rows(server, "my-bucket")
        assert len(before) == 8
        metadata = server.call("GET", "/api/v2/backup/metadata")
        manifests = json.loads(metadata.text.split("\r\n\r\n")[-1].partition("\r\n")[0])
        manifest = next(m for m in manifests if m["bucketName"] == "my-bucket")
        old = manifest["retentionPolicies"][0]["shardGroups"][0]["shards"][0]["id"]
        shard = server.call("GET", f"/api/v2/backup/shards/{old}").content
        made = server.call("POST", "/api/v2/restore/bucketMetadata", json={**manifest, "bucketName": "copy"}).json()
        assert made["shardMappings"] == [{"oldId": old, "newId": int(made["id"], 16)}]
        packed = gzip.compress(shard)
        url = f"/api/v2/restore/shards/{made['shardMappings'][0]['newId']}"
        assert server.call("POST", url, data=packed, headers={"Content-Encoding": "gzip"}).status_code == 204
        assert [r[1:] for r in rows(server, "copy")] == [r[1:] for r in before]


def test_metadata_comes_back_with_its_tokens_and_without_what_came_later(tmp_path: Path) -> None:
    with local_server(tmp_path / "one") as server:
        server.call("POST", "/api/v2/labels", json={"orgID": server.org_id, "name": "kept"})
        copy = server.call("GET", "/api/v2/backup/kv").content
        org = server.org_id
    with local_server(tmp_path / "two") as server:
        server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=b"m f=1 1")
        old = server.bucket_id
        assert server.call("POST", "/api/v2/restore/kv", data=copy).status_code == 204
        assert [label["name"] for label in server.call("GET", "/api/v2/labels").json()["labels"]] == ["kept"]
        assert server.call("GET", "/api/v2/orgs").json()["orgs"][0]["id"] == org
        assert server.adapter.app.services.points.engine.stats(old).rows == 0


@pytest.mark.parametrize("damage", ["cut", "flip", "foreign", "empty"])
def test_a_damaged_shard_file_is_refused(damage: str) -> None:
    with local_server() as server:
        server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=LINES.encode())
        data = server.call("GET", f"/api/v2/backup/shards/{shard_id(server)}").content
        damaged = {
            "cut": data[:-9],
            "flip": data[:60] + bytes([data[60] ^ 1]) + data[61:],
            "foreign": b"x" * 99,
            "empty": b"",
        }
        answer = server.call("POST", f"/api/v2/restore/shards/{shard_id(server)}", data=damaged[damage])
        assert answer.status_code == 400


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\x00" + b"\x00" * 100, b"x" * 5000])
def test_a_foreign_metadata_file_changes_nothing(data: bytes) -> None:
    with local_server() as server:
        assert server.call("POST", "/api/v2/restore/kv", data=data).status_code == 400
        assert server.call("GET", "/api/v2/me").status_code == 200


def test_only_operators_may_copy_everything() -> None:
    with local_server() as server:
        body = {"orgID": server.org_id, "permissions": [{"action": "read", "resource": {"type": "buckets"}}]}
        token = server.call("POST", "/api/v2/authorizations", json=body).json()["token"]
        for path in ("kv", "metadata", f"shards/{shard_id(server)}"):
            answer = server.call("GET", f"/api/v2/backup/{path}", headers={"Authorization": f"Token {token}"})
            assert answer.status_code == 401
