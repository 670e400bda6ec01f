"""The server as a process: ready, two clients at once, a clean stop, a lock that names its holder."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from influxctl.core.errors import Conflict, NotFound
from influxctl.local import daemon
from influxctl.local.adapter import LocalAdapter
from influxctl.local.onboard import read_account


@contextmanager
def serving(directory: Path) -> Iterator[tuple[daemon.Running, subprocess.Popen[bytes]]]:
    """`local serve` in the foreground of a process of its own."""
    code = "import sys, pathlib; from influxctl.local.daemon import serve; sys.exit(serve(0, '127.0.0.1', pathlib.Path(sys.argv[1])))"
    with subprocess.Popen([sys.executable, "-c", code, str(directory)], stderr=subprocess.PIPE) as process:
        try:
            found = None
            while found is None and process.poll() is None:
                found = daemon.running(directory)
            assert found is not None, process.stderr
            yield found, process
        finally:
            if process.poll() is None:
                process.kill()


def test_sigterm_ends_with_0_and_keeps_everything(tmp_path: Path) -> None:
    setup = {"username": "u", "password": "password", "org": "o", "bucket": "b", "token": "t"}
    headers = {"Authorization": "Token t"}
    with serving(tmp_path) as (found, process):
        assert requests.get(f"{found.url}/health", timeout=10).json()["status"] == "pass"
        assert requests.get(f"{found.url}/api/v2/setup", timeout=10).json() == {"allowed": True}
        assert requests.post(f"{found.url}/api/v2/setup", json=setup, timeout=30).status_code == 201
        written = requests.post(
            f"{found.url}/api/v2/write?org=o&bucket=b", data=b"m f=1 1", headers=headers, timeout=30
        )
        assert written.status_code == 204
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert daemon.running(tmp_path) is None
    with serving(tmp_path) as (found, process):
        script = 'from(bucket: "b") |> range(start: 0) |> keep(columns: ["_value"])'
        answer = requests.post(f"{found.url}/api/v2/query?org=o", json={"query": script}, headers=headers, timeout=60)
        assert ",_result,0,1" in answer.text.replace("\r\n", "\n").replace("\n,", "\n,").replace(
            ",,0,1", ",_result,0,1"
        ), answer.text
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


def test_who_only_looks_does_not_keep_a_server_from_starting(tmp_path: Path) -> None:
    daemon._Lock(tmp_path).release()
    with open(tmp_path / daemon.LOCK) as looking:  # as `running` does, for a little longer
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.03, fcntl.flock, (looking, fcntl.LOCK_UN)).start()
        daemon._Lock(tmp_path).release()


def test_two_clients_write_and_read_at_once(tmp_path: Path) -> None:
    setup = {"username": "u", "password": "password", "org": "o", "bucket": "b", "token": "t"}
    failures: list[str] = []

    def client(url: str, name: str) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = "Token t"
            for number in range(20):
                answer = session.post(
                    f"{url}/api/v2/write?org=o&bucket=b", data=f"m,c={name} f={number} {number}", timeout=30
                )
                listed = session.get(f"{url}/api/v2/buckets?name=b", timeout=30)
                if answer.status_code != 204 or len(listed.json()["buckets"]) != 1:
                    failures.append(f"{name} {number}: {answer.status_code} {listed.status_code}")

    with serving(tmp_path) as (found, process):
        requests.post(f"{found.url}/api/v2/setup", json=setup, timeout=30).raise_for_status()
        threads = [threading.Thread(target=client, args=(found.url, name)) for name in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        script = 'from(bucket: "b") |> range(start: 0) |> group() |> count() |> keep(columns: ["_value"])'
        answer = requests.post(
            f"{found.url}/api/v2/query?org=o", json={"query": script}, headers={"Authorization": "Token t"}, timeout=60
        )
        assert answer.text.split("\r\n")[1].endswith(",40"), answer.text
        process.terminate()
        assert process.wait(15) == 0


def test_a_silent_client_does_not_block_the_others(tmp_path: Path) -> None:
    with serving(tmp_path) as (found, process):
        silent = [socket.create_connection(("127.0.0.1", found.port)) for _ in range(30)]
        for connection in silent:
            connection.sendall(b"POST /api/v2/setup HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        assert requests.get(f"{found.url}/health", timeout=5).status_code == 200
        for connection in silent:
            connection.close()
        process.terminate()
        process.wait(15)


def test_start_is_set_up_and_the_adapter_goes_to_it(tmp_path: Path) -> None:
    found = daemon.start(tmp_path)
    try:
        assert daemon.start(tmp_path).pid == found.pid
        account = read_account(tmp_path)
        assert account is not None
        me = requests.get(f"{found.url}/api/v2/me", headers={"Authorization": f"Token {account.token}"}, timeout=30)
        assert me.json()["name"] == account.user
        adapter = LocalAdapter(tmp_path)
        with requests.Session() as session:
            session.mount("http+local://", adapter)
            assert session.get("http+local://x/api/v2/me").json()["name"] == account.user
            assert adapter._app is None  # answered by the daemon
        adapter.close()
        with pytest.raises(Conflict, match=f"process {found.pid}"):
            daemon.serve(0, "127.0.0.1", tmp_path)
        with pytest.raises(Conflict):
            daemon.reset(tmp_path)
    finally:
        daemon.stop(tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(found.pid, 0)
    with pytest.raises(NotFound):
        daemon.stop(tmp_path)
    daemon.reset(tmp_path)
    assert not tmp_path.exists()


def test_an_engine_in_use_names_the_process_that_has_it(tmp_path: Path) -> None:
    first, second = LocalAdapter(tmp_path), LocalAdapter(tmp_path, lock_timeout=0.2)
    code = (
        "import sys, pathlib\n"
        "from influxctl.engine.engine import Engine\n"
        "engine = Engine.open(pathlib.Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()\n"
    )
    with requests.Session() as session:
        session.mount("http+local://", first)
        assert session.get("http+local://x/api/v2/buckets").status_code == 200
    with (
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "engine")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder,
        requests.Session() as session,
    ):
        assert holder.stdout is not None and holder.stdout.readline() == b"open\n"
        session.mount("http+local://", second)
        assert session.get("http+local://x/api/v2/buckets").status_code == 200  # needs no engine
        answer = session.post("http+local://x/api/v2/write?org=local&bucket=default", data=b"m f=1")
        assert answer.json()["code"] == "conflict"
        assert str(holder.pid) in answer.json()["message"]
    first.close()
    second.close()
