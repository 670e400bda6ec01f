"""`local serve` as a fixture: seeded, misbehaving, recorded and replayed; clients meet it over a socket."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

TOKEN = "an-admin-token-of-the-pipeline"
ENV = {
    "DOCKER_INFLUXDB_INIT_ORG": "ci",
    "DOCKER_INFLUXDB_INIT_BUCKET": "points",
    "DOCKER_INFLUXDB_INIT_USERNAME": "robot",
    "DOCKER_INFLUXDB_INIT_PASSWORD": "robot-password",
    "DOCKER_INFLUXDB_INIT_RETENTION": "30d",
    "DOCKER_INFLUXDB_INIT_ADMIN_TOKEN": TOKEN,
}
AUTH = {"Authorization": f"Token {TOKEN}"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(tmp_path: Path, *words: str) -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "influxctl",
        "local",
        "serve",
        "--port",
        str(port),
        "--data-dir",
        str(tmp_path / "data"),
        *words,
    ]
    env = (
        {k: v for k, v in os.environ.items() if not k.startswith("INFLUX")}
        | ENV
        | {"INFLUXCTL_CONFIG_DIR": str(tmp_path / "config")}
    )
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
        (tmp_path / "log").write_bytes(log)
        assert TOKEN.encode() not in log, "the token is in the log"
        assert process.returncode == 0, log.decode()


def query(url: str, script: str) -> requests.Response:
    return requests.post(f"{url}/api/v2/query?org=ci", headers=AUTH, json={"query": script}, timeout=10)


def test_a_seeded_server_has_account_resources_and_points(tmp_path: Path) -> None:
    template = {"apiVersion": "influxdata.com/v2alpha1", "kind": "Bucket", "metadata": {"name": "more"}, "spec": {}}
    (tmp_path / "seed.json").write_text(json.dumps([template]))
    (tmp_path / "points.lp").write_text(f"m v=1 {time.time_ns()}\nm v=2 {time.time_ns() + 1}\n")
    words = ("--seed", str(tmp_path / "seed.json"), "--data", str(tmp_path / "points.lp"))
    for _ in range(2):  # the second time nothing is done again
        with serving(tmp_path, *words) as url:
            names = [
                b["name"] for b in requests.get(f"{url}/api/v2/buckets", headers=AUTH, timeout=10).json()["buckets"]
            ]
            assert sorted(n for n in names if n[0] != "_") == ["more", "points"]
            assert ",2,v,m\r\n" in query(url, 'from(bucket: "points") |> range(start: -1d) |> count()').text
            signed = requests.post(f"{url}/api/v2/signin", auth=("robot", "robot-password"), timeout=10)
            assert signed.status_code == 204


def test_faults_hit_as_often_as_told(tmp_path: Path) -> None:
    with serving(
        tmp_path,
        "--setup",
        "--access-log",
        "--fault",
        "PostWrite=429:0.3,reset:0.2",
        "--fault",
        "/api/v2/buckets=latency:150ms",
        "--fault-seed",
        "7",
    ) as url:
        outcomes = []
        for number in range(60):
            try:
                answer = requests.post(
                    f"{url}/api/v2/write?org=ci&bucket=points", headers=AUTH, data=f"m v={number}", timeout=10
                )
            except requests.RequestException:
                outcomes.append("reset")
                continue
            outcomes.append(str(answer.status_code))
            if answer.status_code == 429:
                assert answer.headers["Retry-After"] == "1" and answer.json()["code"] == "too many requests"
        assert set(outcomes) == {"204", "429", "reset"}
        assert 8 <= outcomes.count("429") <= 28 and 4 <= outcomes.count("reset") <= 24
        begin = time.monotonic()
        assert requests.get(f"{url}/api/v2/buckets", headers=AUTH, timeout=10).status_code == 200
        assert time.monotonic() - begin >= 0.15
        assert requests.get(f"{url}/health", timeout=10).status_code == 200
    log = (tmp_path / "log").read_text()
    for outcome in ("429", "reset"):
        assert log.count(f"fault POST /api/v2/write {outcome}\n") == outcomes.count(outcome)
    assert "Traceback" not in log


def test_a_recording_plays_back_without_secrets(tmp_path: Path) -> None:
    record = tmp_path / "talk.jsonl"
    script = 'from(bucket: "points") |> range(start: 0) |> last()'
    body = {"description": "made", "orgID": "", "permissions": []}
    with serving(tmp_path, "--setup", "--record", str(record)) as url:
        requests.post(f"{url}/api/v2/write?org=ci&bucket=points", headers=AUTH, data="m v=1 1", timeout=10)
        first = query(url, script)
        requests.post(f"{url}/api/v2/write?org=ci&bucket=points", headers=AUTH, data="m v=2 2", timeout=10)
        second = query(url, script)
        org = requests.get(f"{url}/api/v2/orgs", headers=AUTH, timeout=10).json()["orgs"][0]["id"]
        permission = {"action": "read", "resource": {"type": "buckets", "orgID": org}}
        made = requests.post(f"{url}/api/v2/authorizations", headers=AUTH, timeout=10,
                             json={**body, "orgID": org, "permissions": [permission]}).json()  # fmt: skip
    text = record.read_text()
    assert TOKEN not in text and made["token"] not in text
    assert record.stat().st_mode & 0o777 == 0o600
    with serving(tmp_path, "--replay", str(record)) as url:
        assert query(url, script).text == first.text
        assert query(url, script).text == second.text
        assert query(url, script).text == second.text  # the last answer stays
        unknown = requests.get(f"{url}/api/v2/tasks?org=ci", headers=AUTH, timeout=10)
        assert unknown.status_code == 501 and "GET /api/v2/tasks?org=ci" in unknown.json()["message"]


@pytest.mark.parametrize(
    "rule", ["429:2", "latency", "latency:soon", "200:0.1", "PostNothing=429:1", "", "reset:0.1:0.2", "429:nan"]
)
def test_rules_that_make_no_sense_are_usage_errors(rule: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "influxctl",
        "local",
        "serve",
        "--port",
        "0",
        "--data-dir",
        str(tmp_path / "data"),
        "--fault",
        rule,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and "--fault" in done.stderr and not (tmp_path / "data").exists()
