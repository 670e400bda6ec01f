"""`write --offline`, `--offline-fallback` and `queue`: what was taken is delivered, in order, whatever dies on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from calls import PROGRAM, folders, of_process, run

from influxctl.config.files import edit_profiles
from influxctl.core.readspec import ReadSpec
from influxctl.offline.outbox import Outbox
from influxctl.testing import LocalServer, local_server

T = 1_577_836_800_000_000_000
AWAY = "http://127.0.0.1:1"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {**folders(tmp_path), "INFLUXCTL_PROFILE": "edge"}


@pytest.fixture
def server(env: dict[str, str]) -> Iterator[LocalServer]:
    with local_server() as found:
        point(env, AWAY)
        yield found


def point(env: dict[str, str], url: str, **more: str) -> None:
    values = {"url": url, "token": "my-token", "org": "my-org", "bucket": "my-bucket", **more}
    edit_profiles(
        Path(env["INFLUXCTL_CONFIG_DIR"]) / "profiles.toml", lambda profiles: profiles.profiles.update({"edge": values})
    )


def values(server: LocalServer) -> list[int]:
    spec = ReadSpec(bucket_id=server.bucket_id, start=0, stop=1 << 62)
    blocks = list(server.adapter.app.services.points.engine.read(spec))
    return [int(value) for block in blocks for value in block.rows["_value"].to_list()]


def box(env: dict[str, str]) -> Outbox:
    return Outbox.of(Path(env["INFLUXCTL_STATE_DIR"]), "edge")


def test_lines_wait_on_disk_until_they_are_delivered(env: dict[str, str], server: LocalServer) -> None:
    code, _, err = run(env, "write", "--offline", "m v=1i", "m v=2i\n# a comment\n\nm v=3i 1577836800", "-p", "s")
    assert code == 0 and "Queued 3 lines" in err
    code, out, _ = run(env, "queue", "status", "--json")
    rows = json.loads(out)
    assert [(row["profile"], row["bucket"], row["lines"]) for row in rows] == [("edge", "my-bucket", 3)]
    code, _, err = run(env, "queue", "push")
    assert code == 6 and "nothing is lost" in err
    point(env, server.url)
    code, _, err = run(env, "queue", "push")
    assert code == 0 and "Delivered 3 lines" in err
    assert sorted(values(server)) == [2, 3]  # lines 1 and 2 were read in the same second
    assert run(env, "queue", "push")[2] == "Nothing waits.\n"
    assert json.loads(run(env, "queue", "status", "--json")[1]) == []


def test_a_line_gets_its_time_when_it_is_read(env: dict[str, str], server: LocalServer) -> None:
    before = time.time_ns()
    assert run(env, "write", "--offline", "m v=1i")[0] == 0
    record = box(env).queue.peek()
    assert record is not None and before <= int(record.body.split()[-1]) <= time.time_ns()


def test_what_is_refused_is_kept(env: dict[str, str], server: LocalServer) -> None:
    run(env, "write", "--offline", f"m v=1i {T}", f"m v=tru {T}", f"m v=2i {T + 1}")
    point(env, server.url)
    code, _, err = run(env, "queue", "push")
    assert code == 7 and "1 refused" in err
    assert sorted(values(server)) == [1, 2]
    kept = box(env).folder / "refused.lp"
    assert f"m v=tru {T}" in kept.read_text() and kept.stat().st_mode & 0o777 == 0o600
    assert run(env, "queue", "push")[0] == 0


def test_a_bucket_that_is_not_there_stops_the_delivery_and_loses_nothing(
    env: dict[str, str], server: LocalServer
) -> None:
    run(env, "write", "--offline", "-b", "later", f"m v=1i {T}")
    point(env, server.url)
    assert run(env, "queue", "push")[0] == 3
    server.call("POST", "/api/v2/buckets", json={"orgID": server.org_id, "name": "later", "retentionRules": []})
    assert run(env, "queue", "push")[0] == 0


def test_the_organization_may_be_found_later(env: dict[str, str], server: LocalServer) -> None:
    point(env, AWAY)
    edit_profiles(
        Path(env["INFLUXCTL_CONFIG_DIR"]) / "profiles.toml", lambda profiles: profiles.profiles["edge"].pop("org")
    )
    assert run(env, "write", "--offline", f"m v=1i {T}")[0] == 0
    assert run(env, "write", "--offline-fallback", f"m v=2i {T + 1}", "--timeout", "2")[0] == 0
    point(env, server.url)
    assert run(env, "queue", "push")[0] == 0 and sorted(values(server)) == [1, 2]


def test_a_full_queue_says_so(env: dict[str, str], server: LocalServer) -> None:
    small = {**env, "INFLUXCTL_QUEUE_SIZE": "1kB"}
    text = "".join(f"m v={n}i {T + n}\n" for n in range(100))
    code, _, err = run(small, "write", "--offline", stdin=text)
    assert code == 1 and "is full" in err
    assert run({**env, "INFLUXCTL_QUEUE_SIZE": "x"}, "write", "--offline", "m v=1")[0] == 2


def test_drop_asks(env: dict[str, str], server: LocalServer) -> None:
    assert run(env, "queue", "drop", "--yes")[0] == 3
    run(env, "write", "--offline", f"m v=1i {T}")
    assert run(env, "queue", "drop")[0] == 2
    assert run(env, "queue", "drop", "--yes")[0] == 0
    assert not box(env).waits


def test_the_fallback_sends_when_it_can_and_keeps_the_order(env: dict[str, str], server: LocalServer) -> None:
    point(env, server.url)
    code, _, err = run(env, "write", "--offline-fallback", f"m v=1i {T}")
    assert code == 0 and err == "" and not box(env).waits
    point(env, AWAY)
    code, _, err = run(env, "write", "--offline-fallback", f"m v=2i {T + 1}", "--timeout", "2")
    assert code == 0 and "Queued 1 line" in err
    point(env, server.url)
    code, _, err = run(env, "write", "--offline-fallback", f"m v=4i {T + 1}")  # the same time: the later value wins
    assert code == 0 and "Delivered 1 lines that waited" in err and not box(env).waits
    assert values(server) == [1, 4]
    assert run(env, "write", "--offline", "--resume", "m v=1")[0] == 2


def test_an_address_has_a_queue_of_its_own(env: dict[str, str], server: LocalServer) -> None:
    run(env, "write", "--offline", "--host", "http://other:8086", f"m v=1i {T}")
    rows = json.loads(run(env, "queue", "status", "--json")[1])
    assert [row["profile"] for row in rows] == ["http://other:8086"]
    point(env, server.url)
    assert run(env, "queue", "push")[2] == "Nothing waits.\n"


def test_killed_while_queueing_and_while_delivering(env: dict[str, str], server: LocalServer, tmp_path: Path) -> None:
    """kill -9 of the process that queues: whole batches from the beginning are there. Of those that deliver: all arrives."""
    file = tmp_path / "big.lp"
    file.write_text("".join(f"m,h=h{n % 5} v={n}i {T + n}\n" for n in range(200_000)))
    process_env = of_process(env)
    child = subprocess.Popen([*PROGRAM, "write", "--offline", "-f", str(file), "--batch-lines", "100"], env=process_env)
    deadline = time.monotonic() + 60
    while box(env).queue.waiting_bytes() < 100_000 and time.monotonic() < deadline:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    queued = [
        int(line.split(b"v=")[1].split(b"i")[0])
        for record in box(env).queue.records()
        for line in record.body.split(b"\n")
    ]
    assert queued == list(range(len(queued))) and 0 < len(queued) < 200_000 and len(queued) % 100 == 0
    point(env, server.url)
    for _ in range(3):
        before = box(env).queue.waiting_bytes()
        child = subprocess.Popen(
            [*PROGRAM, "queue", "push", "--rate-limit", "200kB/s"], env=process_env, stderr=subprocess.DEVNULL
        )
        while box(env).queue.waiting_bytes() == before and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert run(env, "queue", "push")[0] == 0
    assert sorted(values(server)) == queued
