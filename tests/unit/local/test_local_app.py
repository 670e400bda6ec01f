"""The server as a whole, in process: credentials, styles of errors, headers, limits of tokens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from influxctl.local.adapter import LocalAdapter
from influxctl.local.onboard import read_account
from influxctl.local.options import Options
from influxctl.testing import LocalServer, local_server


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Token my-token", 200),
        ("token my-token", 200),
        ("Bearer my-token", 200),
        ("Token  my-token", 401),
        ("my-token", 401),
        ("Token ", 401),
        ("Token wrong", 401),
        ("Basic bXktdXNlcjpteS1wYXNzd29yZA==", 401),
    ],
)
def test_credentials_of_the_api(server: LocalServer, header: str, status: int) -> None:
    assert server.call("GET", "/api/v2/me", headers={"Authorization": header}).status_code == status


def test_a_header_named_authentication_is_explained(server: LocalServer) -> None:
    answer = server.call("GET", "/api/v2/me", headers={"Authorization": None, "Authentication": "Token my-token"})
    assert answer.status_code == 401
    assert "Authorization" in answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("PUT", "/api/v2/buckets", 405, ""),
        ("DELETE", "/api/v2/query", 405, "method not allowed"),
        ("GET", "/api/v2/nope", 404, "path not found"),
        ("GET", "/api/v2/buckets/0000000000000001/nope", 404, "404 page not found"),
        ("GET", "/api/v3", 404, "no assets"),
        ("POST", "/ping", 405, "Method Not Allowed"),
        ("POST", "/health", 200, "pass"),
        ("OPTIONS", "/api/v2/buckets", 405, ""),
        ("HEAD", "/api/v2/buckets", 200, ""),
    ],
)
def test_styles_of_errors(server: LocalServer, method: str, path: str, status: int, body: str) -> None:
    answer = server.call(method, path)
    assert answer.status_code == status
    assert body in answer.text if body else answer.text == ""


def test_every_answer_names_version_build_and_request(server: LocalServer) -> None:
    headers = server.call("GET", "/ping").headers
    assert headers["X-Influxdb-Version"].startswith("v2.")
    assert headers["X-Influxdb-Build"] == "OSS"
    assert headers["X-Request-Id"]


def test_a_browser_of_another_origin_may_ask(server: LocalServer) -> None:
    answer = server.call("OPTIONS", "/api/v2/buckets", headers={"Origin": "http://example.com"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "http://example.com"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_large_answers_are_packed_when_asked(server: LocalServer) -> None:
    packed = server.call("GET", "/api/v2/authorizations")
    plain = server.call("GET", "/api/v2/authorizations", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_a_quoted_slash_stays_in_its_segment(server: LocalServer) -> None:
    path = f"/api/v2/orgs/{server.org_id}/secrets"
    server.call("PATCH", path, json={"a/b ü": "v", "kept": "v"})
    assert server.call("DELETE", f"{path}/a%2Fb%20%C3%BC").status_code == 204
    assert server.call("GET", path).json()["secrets"] == ["kept"]


def test_a_token_gives_no_more_than_it_has(server: LocalServer) -> None:
    org = server.org_id
    held = [
        {"action": a, "resource": {"type": t}}
        for a, t in (("write", "authorizations"), ("write", "users"), ("read", "buckets"))
    ]
    token = server.call("POST", "/api/v2/authorizations", json={"orgID": org, "permissions": held}).json()["token"]
    headers = {"Authorization": f"Token {token}"}
    wanted = [{"action": "write", "resource": {"type": "buckets", "orgID": org}}]
    refused = server.call("POST", "/api/v2/authorizations", json={"orgID": org, "permissions": wanted}, headers=headers)
    assert refused.status_code == 403
    granted = server.call(
        "POST", "/api/v2/authorizations", json={"orgID": org, "permissions": held[2:]}, headers=headers
    )
    assert granted.status_code == 201


def test_tokens_are_shown_once_and_stored_as_hashes(server: LocalServer) -> None:
    body = {"orgID": server.org_id, "permissions": [{"action": "read", "resource": {"type": "buckets"}}]}
    made = server.call("POST", "/api/v2/authorizations", json=body).json()
    assert server.call("GET", f"/api/v2/authorizations/{made['id']}").json()["token"] == ""
    directory = server.adapter.data_dir
    server.adapter.app.services.db.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = b"".join(path.read_bytes() for path in directory.glob("influxctl.sqlite*"))
    assert made["token"].encode() not in stored
    assert b"my-password" not in stored


def test_a_token_of_a_deleted_user_is_refused(server: LocalServer) -> None:
    user = server.call("POST", "/api/v2/users", json={"name": "gone"}).json()["id"]
    body = {
        "orgID": server.org_id,
        "userID": user,
        "permissions": [{"action": "read", "resource": {"type": "buckets"}}],
    }
    token = server.call("POST", "/api/v2/authorizations", json=body).json()["token"]
    headers = {"Authorization": f"Token {token}"}
    assert server.call("GET", "/api/v2/buckets", headers=headers).status_code == 200
    server.call("DELETE", f"/api/v2/users/{user}")
    assert server.call("GET", "/api/v2/buckets", headers=headers).status_code == 403


def test_a_token_reads_no_bucket_of_another_organization_by_its_id(server: LocalServer) -> None:
    other = server.call("POST", "/api/v2/orgs", json={"name": "other"}).json()["id"]
    bucket = server.call("POST", "/api/v2/buckets", json={"orgID": other, "name": "theirs"}).json()["id"]
    server.call("POST", f"/api/v2/write?orgID={other}&bucket=theirs", data=b"m f=1 1")
    permissions = [{"action": "read", "resource": {"type": "buckets", "orgID": server.org_id}}]
    token = server.call(
        "POST", "/api/v2/authorizations", json={"orgID": server.org_id, "permissions": permissions}
    ).json()["token"]
    script = f'from(bucketID: "{bucket}") |> range(start: 0)'
    for org in (other, server.org_id):
        answer = server.call(
            "POST", f"/api/v2/query?orgID={org}", json={"query": script}, headers={"Authorization": f"Token {token}"}
        )
        assert answer.status_code == 404, answer.text


def test_a_session_lasts_until_sign_out(server: LocalServer) -> None:
    with requests.Session() as session:
        session.mount("http+local://", server.adapter)
        base = server.base
        assert session.post(f"{base}/api/v2/signin", auth=("my-user", "wrong")).status_code == 401
        assert session.post(f"{base}/api/v2/signin", auth=("my-user", "my-password")).status_code == 204
        assert session.get(f"{base}/api/v2/me").json()["name"] == "my-user"
        assert session.post(f"{base}/api/v2/signout").status_code == 204
        assert session.get(f"{base}/api/v2/me").status_code == 401


def test_a_fresh_directory_sets_itself_up(tmp_path: Path) -> None:
    adapter = LocalAdapter(tmp_path, options=Options(password_cost=1))
    with requests.Session() as session:
        session.mount("http+local://", adapter)
        names = {bucket["name"] for bucket in session.get("http+local://x/api/v2/buckets").json()["buckets"]}
        assert names == {"default", "_tasks", "_monitoring"}
    adapter.close()
    account = read_account(tmp_path)
    assert account is not None and account.token
    assert (tmp_path / "local.json").stat().st_mode & 0o777 == 0o600


def test_points_of_a_deleted_bucket_are_gone_for_its_successor(tmp_path: Path) -> None:
    with local_server(tmp_path) as server:
        write = f"/api/v2/write?orgID={server.org_id}&bucket=my-bucket"
        assert server.call("POST", write, data=b"m f=1 1").status_code == 204
        bucket = server.bucket_id
    with local_server(
        tmp_path, setup=False
    ) as server:  # the engine is not open: the points are dropped when it is opened next
        assert server.call("DELETE", f"/api/v2/buckets/{bucket}").status_code == 204
        resources = server.adapter.app.services.resources
        assert resources.dropped_buckets() == [bucket]
        assert server.adapter.app.services.points.engine.stats(bucket).rows == 0
        assert resources.dropped_buckets() == []


def test_metadata_alone_imports_neither_numpy_nor_polars(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, requests\n"
        "from influxctl.local.adapter import LocalAdapter\n"
        "a = LocalAdapter(pathlib.Path(sys.argv[1])); s = requests.Session(); s.mount('http+local://', a)\n"
        "assert s.get('http+local://x/api/v2/buckets').status_code == 200\n"
        "assert not {'numpy', 'polars', 'influxctl.flux', 'influxctl.engine'} & set(sys.modules), sys.modules.keys()\n"
        "assert not (pathlib.Path(sys.argv[1]) / 'engine').exists()\n"
        "a.close()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "data")], check=True, timeout=60)


def test_params_and_extern_of_a_query(server: LocalServer) -> None:
    def ask(**fields: object) -> requests.Response:
        return server.call("POST", "/api/v2/query", params={"orgID": server.org_id}, json=fields)

    script = 'import "array" array.from(rows: [{v: params.x}])'
    assert 'it is ""${so}""' in ask(query=script, params={"x": 'it is "${so}"'}).text
    assert ask(query=script, params={"x": "y"}, extern={"type": "File", "body": []}).status_code == 400
    ast = server.call("POST", "/api/v2/query/ast", json={"query": 'import "array" array.from(rows: [{v: 7}])'}).json()[
        "ast"
    ]
    assert ",7" in ask(ast=ast).text


def test_arrow_is_refused_in_words(server: LocalServer) -> None:
    arrow = "application/vnd.influx.arrow"
    url = f"/api/v2/write?orgID={server.org_id}&bucket=my-bucket"
    assert server.call("POST", url, data=b"x", headers={"Content-Type": arrow}).status_code == 415
    url = f"/api/v2/query?orgID={server.org_id}"
    assert server.call("POST", url, json={"query": "x = 1"}, headers={"Accept": arrow}).status_code == 406


def test_a_warm_server_imports_nothing_for_a_usual_query(tmp_path: Path) -> None:
    code = """
import json, sys
from pathlib import Path
from influxctl.local.adapter import LocalAdapter
import requests
session = requests.Session()
adapter = LocalAdapter(Path(sys.argv[1]))
session.mount("http+local://", adapter)
session.get("http+local://x/health")
adapter.app.warm()
before = set(sys.modules)
text = 'from(bucket: "_tasks") |> range(start: -1h) |> aggregateWindow(every: 1m, fn: mean)'
org = adapter.app.services.resources.find("orgs")[0]["id"]
answer = session.post(f"http+local://x/api/v2/query?orgID={org}", json={"query": text})
assert answer.status_code == 200, answer.text
new = sorted(n for n in set(sys.modules) - before if n.startswith(("influxctl.flux", "influxctl.core.csv", "influxctl.local.query")))
assert new == [], new
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "data")], check=True, timeout=60)
