"""Limits as Cloud has them, and the usage they are measured by."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from influxctl.core.errors import Invalid
from influxctl.local.options import Options
from influxctl.local.services.limits import FREE, UNLIMITED, load
from influxctl.testing import LocalServer, local_server


def serve(tmp_path: Path, **groups: dict[str, object]) -> Options:
    path = tmp_path / "limits.json"
    path.write_text(json.dumps(groups))
    return Options(password_cost=1, limits=str(path))


def write(server: LocalServer, body: bytes) -> int:
    return server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=body).status_code


def test_without_limits_everything_is_unlimited() -> None:
    with local_server() as server:
        limits = server.call("GET", f"/api/v2/orgs/{server.org_id}/limits").json()["limits"]
        assert limits == {"orgID": server.org_id, **UNLIMITED}


def test_too_much_written_is_a_429_that_says_when_to_come_back(tmp_path: Path) -> None:
    with local_server(options=serve(tmp_path, rate={"writeKBs": 1})) as server:
        url = "/api/v2/write?org=my-org&bucket=my-bucket"
        line = b'm f="' + b"x" * 200_000 + b'" 1'
        assert write(server, line) == 204
        answer = server.call("POST", url, data=line)
        assert answer.status_code == 429
        assert answer.json()["code"] == "too many requests"
        assert 0 < int(answer.headers["Retry-After"]) <= 300


def test_too_much_read_is_a_429(tmp_path: Path) -> None:
    with local_server(options=serve(tmp_path, rate={"readKBs": 1})) as server:
        script = f'import "array" array.from(rows: [{{v: "{"x" * 300_001}"}}])'
        codes = [server.call("POST", "/api/v2/query?org=my-org", json={"query": script}).status_code for _ in range(2)]
        assert codes == [200, 429]


def test_too_many_series_is_a_429(tmp_path: Path) -> None:
    with local_server(options=serve(tmp_path, rate={"cardinality": 3})) as server:
        assert write(server, b"m,t=1 f=1 1\nm,t=2 f=1 1\nm,t=3 f=1 1") == 204
        server.adapter.app.services.limits._series.clear()
        assert write(server, b"m,t=4 f=1 1") == 429


def test_quotas_count_what_users_made(tmp_path: Path) -> None:
    with local_server(options=serve(tmp_path, bucket={"maxBuckets": 2})) as server:
        codes = [
            server.call("POST", "/api/v2/buckets", json={"orgID": server.org_id, "name": name}).status_code
            for name in "ab"
        ]
        assert codes == [201, 403]  # the one made by set-up counts, the system's do not


def test_a_retention_above_the_plan_is_refused(tmp_path: Path) -> None:
    with local_server(options=Options(password_cost=1), setup=True) as server:
        assert server.call("POST", "/api/v2/buckets", json={"orgID": server.org_id, "name": "b"}).status_code == 201
    options = serve(tmp_path, bucket={"maxRetentionDuration": 86_400 * 10**9})
    with local_server(setup=False, options=options) as server:
        body = {"username": "u", "org": "o", "bucket": "b", "token": "t", "retentionPeriodSeconds": 7200}
        org = server.call("POST", "/api/v2/setup", json=body).json()["org"]["id"]
        for seconds, status in ((0, 422), (90_000, 422), (86_400, 201)):
            rules = [{"type": "expire", "everySeconds": seconds}]
            body = {"orgID": org, "name": f"b{seconds}", "retentionRules": rules}
            answer = server.call("POST", "/api/v2/buckets", json=body, headers={"Authorization": "Token t"})
            assert answer.status_code == status, answer.text


def test_deletes_may_be_no_part_of_the_plan(tmp_path: Path) -> None:
    body = {"start": "1970-01-01T00:00:00Z", "stop": "2030-01-01T00:00:00Z"}
    with local_server(options=serve(tmp_path, features={"allowDelete": False})) as server:
        assert server.call("POST", "/api/v2/delete?org=my-org&bucket=my-bucket", json=body).status_code == 403


def test_the_free_plan_and_bad_files(tmp_path: Path) -> None:
    free = load("free")
    assert free is not None and free["rate"]["writeKBs"] == FREE["rate"]["writeKBs"]
    for text in ("{", '{"rate": {"writeKBs": "1"}}', '{"rate": {"speed": 1}}', "[]"):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(Invalid):
            load(str(tmp_path / "bad.json"))
    with pytest.raises(Invalid):
        load(str(tmp_path / "missing.json"))


def test_usage_is_what_was_sent_and_received(tmp_path: Path) -> None:
    with local_server(tmp_path) as server:
        body = b"m f=1 1"
        assert write(server, body) == 204
        server.call("POST", "/api/v2/query?org=my-org", json={"query": 'import "array" array.from(rows: [{v: 1}])'})
    with local_server(tmp_path, setup=False) as server:  # it is kept
        url = f"/api/v2/orgs/{server.adapter.app.services.resources.find('orgs')[0]['id']}/usage"
        answer = server.call("GET", url, params={"start": str(int(time.time()) - 600), "raw": "true"})
        lines = answer.text.split("\r\n")
        written = [line for line in lines if ",req_bytes,http_request,/api/v2/write," in line]
        assert len(written) == 1 and f",{len(body)},req_bytes," in written[0] and written[0].endswith(",204")
        assert any(",query_count,/api/v2/query," in line for line in lines)
        assert server.call("GET", url).status_code == 400
        assert server.call("GET", url, params={"start": "0"}).status_code == 400
