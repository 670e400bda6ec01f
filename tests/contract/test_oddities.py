"""What is odd in the contract, each with its test (issue 4)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from influxctl.local.options import Options
from influxctl.testing import LocalServer, local_server


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server(options=Options(password_cost=1, max_body=100_000)) as server:
        yield server


def test_trace_spans_are_accepted_everywhere_and_logged(capsys: pytest.CaptureFixture[str]) -> None:
    with local_server(options=Options(password_cost=1, access_log=True)) as server:
        for path in ("/api/v2/me?secret=x", "/api/v2/buckets", "/health"):
            assert server.call("GET", path, headers={"Zap-Trace-Span": "trace-7"}).status_code == 200
    logged = capsys.readouterr().err
    assert logged.count("trace=trace-7") == 3 and "GetMe 200" in logged
    assert "secret" not in logged


def test_a_retention_in_hours_is_deprecated_and_works() -> None:
    with local_server(setup=False) as server:
        body = {"username": "u", "org": "o", "bucket": "b", "retentionPeriodHrs": 48}
        made = server.call("POST", "/api/v2/setup", json=body).json()
        assert made["bucket"]["retentionRules"][0]["everySeconds"] == 48 * 3600
        assert made["auth"]["token"]


def test_several_secrets_are_deleted_by_a_post(server: LocalServer) -> None:
    path = f"/api/v2/orgs/{server.org_id}/secrets"
    server.call("PATCH", path, json={"a": "1", "b": "2", "c": "3"})
    assert server.call("POST", f"{path}/delete", json={"secrets": ["a", "c", "unknown"]}).status_code == 204
    assert server.call("GET", path).json()["secrets"] == ["b"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_above_the_limit_is_a_413(server: LocalServer, packed: bool) -> None:
    line = b'm s="' + b"x" * 100_000 + b'" 1'
    body, headers = (gzip.compress(line), {"Content-Encoding": "gzip"}) if packed else (line, {})
    answer = server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=body, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["code"] == "request too large"


def test_a_query_takes_an_ast_a_package_or_a_file(server: LocalServer) -> None:
    script = 'import "array" array.from(rows: [{v: 7}])'
    package = server.call("POST", "/api/v2/query/ast", json={"query": script}).json()["ast"]
    for ast in (package, package["files"][0]):
        answer = server.call("POST", "/api/v2/query?org=my-org", json={"ast": ast})
        assert answer.text.split("\r\n")[1] == ",_result,0,7", answer.text


@pytest.mark.parametrize(("name", "shown"), [("implicit", None), ("explicit", "explicit")])
def test_only_an_explicit_schema_type_is_shown(server: LocalServer, name: str, shown: str | None) -> None:
    body = {"orgID": server.org_id, "name": name, "schemaType": name}
    assert server.call("POST", "/api/v2/buckets", json=body).json().get("schemaType") == shown


def test_ping_is_served_at_the_root_only(server: LocalServer) -> None:
    assert server.call("GET", "/ping").status_code == 204
    assert server.call("GET", "/api/v2/ping").status_code == 404
