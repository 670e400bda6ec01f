"""Replication: what is written into a replicated bucket arrives at the remote, once and in order, through everything."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from influxctl.core.readspec import ReadSpec
from influxctl.local.http.server import HttpServer
from influxctl.local.options import Options
from influxctl.local.replicate import streams as module
from influxctl.local.replicate.sender import Sender
from influxctl.testing import LocalServer, local_server

T = 1_577_836_800_000_000_000


class Remote:
    """A far server behind a layer that answers writes as told: `answers` are statuses, 0 lets a write through."""

    def __init__(self, server: LocalServer) -> None:
        self.server = server
        self.answers: list[int] = []
        self.requests = 0
        self.down = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/api/v2/write":
            self.requests += 1
            status = 503 if self.down else self.answers.pop(0) if self.answers else 0
            if status:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                body = b'{"code":"invalid","message":"as told"}'
                start_response(
                    f"{status} Told", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
                )
                return [body]
        return self.server.adapter.app(environ, start_response)


@pytest.fixture
def remote() -> Iterator[tuple[Remote, str]]:
    with local_server() as far:
        layer = Remote(far)
        server = HttpServer(layer, "127.0.0.1", 0, threads=4)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        yield layer, f"http://127.0.0.1:{server.port}"
        server.stop()
        thread.join(10)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.05)


@contextlib.contextmanager
def near_server(directory: Path, *, fresh: bool = True) -> Iterator[LocalServer]:
    """A server that delivers in the background, as a daemon does."""
    with local_server(directory, setup=fresh, options=Options(password_cost=1, tasks=True)) as near:
        near.adapter.app.services.streams.start()
        if not fresh:
            near.org_id = near.call("GET", "/api/v2/orgs").json()["orgs"][0]["id"]
        yield near


def replicate(near: LocalServer, remote: tuple[Remote, str], **more: Any) -> dict[str, Any]:
    layer, url = remote
    made = near.call("POST", "/api/v2/remotes", json={
        "orgID": near.org_id, "name": "far", "remoteURL": url, "remoteAPIToken": layer.server.token,
        "remoteOrgID": layer.server.org_id, "allowInsecureTLS": False,
    }).json()  # fmt: skip
    body = {"orgID": near.org_id, "name": "r", "remoteID": made["id"], "localBucketID": near.bucket_id,
            "remoteBucketName": "my-bucket", "maxQueueSizeBytes": 33_554_430, "maxAgeSeconds": 0, **more}  # fmt: skip
    answer = near.call("POST", "/api/v2/replications", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def write(near: LocalServer, *lines: str, status: int = 204) -> None:
    answer = near.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data="\n".join(lines).encode())
    assert answer.status_code == status, answer.text


def shown(near: LocalServer, made: dict[str, Any]) -> dict[str, Any]:
    return dict(near.call("GET", f"/api/v2/replications/{made['id']}").json())


def points(server: LocalServer) -> list[tuple[int, Any]]:
    bucket = server.call("GET", "/api/v2/buckets?name=my-bucket").json()["buckets"][0]["id"]
    spec = ReadSpec(bucket_id=bucket, start=-(1 << 62), stop=1 << 62)
    blocks = list(server.adapter.app.services.points.engine.read(spec))
    return sorted(row for block in blocks for row in block.rows.select("_time", "_value").rows())


def until(ready: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_writes_arrive_with_the_same_times(tmp_path: Path, remote: tuple[Remote, str]) -> None:
    with near_server(tmp_path) as near:
        made = replicate(near, remote)
        assert "latestResponseCode" not in made and made["currentQueueSizeBytes"] == 0
        write(near, f"m,t=a v=1i {T}", f"m,t=a v=2i {T + 1}", 'm s="no time"')
        near.call("POST", "/write?db=my-bucket&precision=s", data=b"m v=3i 1577836900")
        until(lambda: shown(near, made)["remainingBytesToBeSynced"] == 0 and len(points(remote[0].server)) == 4)
        assert points(remote[0].server) == points(near)
        told = shown(near, made)
        assert told["latestResponseCode"] == 204 and "latestErrorMessage" not in told
        write(near, "m v=1i", 'm v="text"', status=422)  # what is refused here is not forwarded
        until(lambda: points(remote[0].server) == points(near))


def test_a_remote_that_is_away_gets_everything_later_and_in_order(tmp_path: Path, remote: tuple[Remote, str]) -> None:
    layer = remote[0]
    layer.down = True
    with near_server(tmp_path) as near:
        made = replicate(near, remote)
        for number in range(30):
            write(near, f"m v={number}i {T}", f"n v={number}i {T + number}")
        until(lambda: shown(near, made).get("latestResponseCode") == 503)
        told = shown(near, made)
        assert told["remainingBytesToBeSynced"] > 0 and told["latestErrorMessage"] == "as told"
        assert told["currentQueueSizeBytes"] >= told["remainingBytesToBeSynced"]
        layer.down = False
        until(lambda: shown(near, made)["remainingBytesToBeSynced"] == 0)
        assert points(layer.server) == points(near)  # the last of the 30 values of m won there too


def test_what_waits_survives_a_restart(tmp_path: Path, remote: tuple[Remote, str]) -> None:
    layer = remote[0]
    layer.down = True
    with near_server(tmp_path) as near:
        made = replicate(near, remote)
        write(near, f"m v=1i {T}", f"m v=2i {T + 1}")
        until(lambda: shown(near, made).get("latestResponseCode") == 503)
        expected = points(near)
    layer.answers, layer.down = [503, 500, 429], False
    with near_server(tmp_path, fresh=False) as near:
        assert shown(near, made)["latestResponseCode"] in (204, 429, 500, 503)
        until(lambda: points(layer.server) == expected)
        assert (tmp_path / "replications" / made["id"]).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("drop", [True, False])
def test_data_that_the_remote_refuses(tmp_path: Path, remote: tuple[Remote, str], drop: bool) -> None:
    layer = remote[0]
    with near_server(tmp_path) as near:
        layer.answers = [400] * (2 if drop else 6)
        made = replicate(near, remote, dropNonRetryableData=drop)
        write(near, f"m v=1i {T}")
        if drop:
            until(lambda: shown(near, made)["remainingBytesToBeSynced"] == 0)
            assert points(layer.server) == []
            layer.answers.clear()
            write(near, f"m v=2i {T + 1}")
            until(lambda: [value for _, value in points(layer.server)] == [2])
        else:
            until(lambda: [value for _, value in points(layer.server)] == [1])
            assert layer.requests >= 7


def test_one_refused_write_does_not_take_others_with_it(tmp_path: Path, remote: tuple[Remote, str]) -> None:
    layer = remote[0]
    layer.server.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=f"m v=true {T - 1}".encode())
    layer.down = True
    with near_server(tmp_path) as near:
        made = replicate(near, remote, dropNonRetryableData=True)
        for line in (f"a v=1i {T}", f"m v=1i {T}", f"b v=1i {T}"):  # the remote has another type for m
            write(near, line)
        layer.down = False
        until(lambda: shown(near, made)["remainingBytesToBeSynced"] == 0)
        assert [value for _, value in points(layer.server)] == [True, 1, 1]


def test_lines_that_waited_too_long_are_dropped(tmp_path: Path, remote: tuple[Remote, str]) -> None:
    layer = remote[0]
    layer.down = True
    with near_server(tmp_path) as near:
        made = replicate(near, remote, maxAgeSeconds=1)
        write(near, f"m v=1i {T}")
        until(lambda: shown(near, made)["remainingBytesToBeSynced"] == 0)
        layer.down = False
        write(near, f"m v=2i {T + 1}")
        until(lambda: [value for _, value in points(layer.server)] == [2])


def test_a_full_queue_is_told_and_the_write_is_taken(tmp_path: Path, remote: tuple[Remote, str]) -> None:
    remote[0].down = True
    with near_server(tmp_path) as near:
        made = replicate(near, remote)
        streams = near.adapter.app.services.streams
        streams._all()[made["id"]].queue.max_bytes = 100  # the contract's least size takes a second to fill
        remote[0].answers = []
        for number in range(5):
            write(near, f"m,tag=some\\ long\\ value v={number}i {T + number}")
        assert len(points(near)) == 5
        assert (
            "full" in streams._all()[made["id"]].latest["latestErrorMessage"] or shown(near, made)["latestErrorMessage"]
        )
        assert shown(near, made)["remainingBytesToBeSynced"] <= 100


def test_a_body_that_is_too_large_goes_in_halves(remote: tuple[Remote, str]) -> None:
    layer, url = remote
    layer.answers = [413, 413, 0, 0, 0]
    body = "\n".join(f"m v={n}i {T + n}" for n in range(8)).encode()
    doc = {"remoteURL": url, "remoteAPIToken": layer.server.token, "remoteOrgID": layer.server.org_id}
    assert Sender().send(doc, {"remoteBucketName": "my-bucket"}, body, "ns").good
    assert len(points(layer.server)) == 8
    layer.answers = [413]
    assert Sender().send(doc, {"remoteBucketName": "my-bucket"}, b"m v=1", "ns").final


def test_replications_are_tried_before_they_are_made(tmp_path: Path, remote: tuple[Remote, str]) -> None:
    with near_server(tmp_path) as near:
        made = replicate(near, remote)
        assert near.call("POST", f"/api/v2/replications/{made['id']}/validate").status_code == 204
        near.call("PATCH", f"/api/v2/remotes/{made['remoteID']}", json={"remoteAPIToken": "wrong"})
        refused = near.call("POST", f"/api/v2/replications/{made['id']}/validate")
        assert refused.status_code == 400 and "unauthorized" in refused.json()["message"]
        assert "wrong" not in refused.text


def test_a_changed_remote_is_tried_at_once(
    tmp_path: Path, remote: tuple[Remote, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 600.0)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 600.0)
    with near_server(tmp_path) as near:
        made = replicate(near, remote)
        near.call("PATCH", f"/api/v2/remotes/{made['remoteID']}", json={"remoteAPIToken": "wrong"})
        write(near, f"m v=1i {T}")
        until(lambda: shown(near, made).get("latestResponseCode") == 401)
        near.call("PATCH", f"/api/v2/remotes/{made['remoteID']}", json={"remoteAPIToken": remote[0].server.token})
        until(lambda: [value for _, value in points(remote[0].server)] == [1])


def test_a_replication_goes_with_its_queue_and_with_its_bucket(tmp_path: Path, remote: tuple[Remote, str]) -> None:
    remote[0].down = True
    with near_server(tmp_path) as near:
        made = replicate(near, remote)
        write(near, f"m v=1i {T}")
        folder = tmp_path / "replications" / made["id"]
        assert folder.exists()
        assert near.call("DELETE", f"/api/v2/replications/{made['id']}").status_code == 204
        assert not folder.exists()
        write(near, f"m v=2i {T}")
        assert not folder.exists()
        other = replicate(near, remote)
        assert near.call("DELETE", f"/api/v2/buckets/{near.bucket_id}").status_code == 204
        assert near.call("GET", f"/api/v2/replications/{other['id']}").status_code == 404
