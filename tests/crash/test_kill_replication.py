"""kill -9 of a server that replicates: every write that was acknowledged arrives at the remote, none twice with another time."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import requests

from influxctl.core.readspec import ReadSpec
from influxctl.local import daemon
from influxctl.local.daemon import start, stop
from influxctl.local.onboard import read_account
from influxctl.testing import LocalServer, local_server


def arrived(far: LocalServer) -> list[int]:
    spec = ReadSpec(bucket_id=far.bucket_id, start=0, stop=1 << 62)
    blocks = list(far.adapter.app.services.points.engine.read(spec))
    return sorted(int(value) for block in blocks for value in block.rows["_value"].to_list())


def test_what_was_acknowledged_arrives(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    with local_server() as far:
        running = start(tmp_path)
        account = read_account(tmp_path)
        assert account is not None
        session = requests.Session()
        session.headers["Authorization"] = f"Token {account.token}"
        org = session.get(f"{running.url}/api/v2/orgs").json()["orgs"][0]["id"]
        bucket = session.get(f"{running.url}/api/v2/buckets?name={account.bucket}").json()["buckets"][0]["id"]
        remote = {"orgID": org, "name": "far", "remoteURL": far.url, "remoteAPIToken": far.token, "remoteOrgID": far.org_id,
                  "allowInsecureTLS": False}  # fmt: skip
        remote_id = session.post(f"{running.url}/api/v2/remotes", json=remote).json()["id"]
        body = {
            "orgID": org,
            "name": "r",
            "remoteID": remote_id,
            "localBucketID": bucket,
            "remoteBucketName": far.bucket,
        }
        assert session.post(f"{running.url}/api/v2/replications", json=body).status_code == 201
        try:
            for round in range(3):
                for number in range(round * 100, round * 100 + 60):
                    line = f"m v={number}i"  # the server gives it its time, once
                    answer = session.post(
                        f"{running.url}/api/v2/write?org={org}&bucket={bucket}", data=line, timeout=10
                    )
                    assert answer.status_code == 204
                    acknowledged.append(number)
                os.kill(running.pid, signal.SIGKILL)
                session.close()
                daemon._CHILDREN.pop(running.pid).wait(10)
                running = start(tmp_path)
            deadline = time.monotonic() + 30
            while arrived(far) != acknowledged and time.monotonic() < deadline:
                time.sleep(0.05)
            assert arrived(far) == acknowledged
        finally:
            stop(tmp_path)
