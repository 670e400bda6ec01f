"""The daemon's life by its commands: start, status, calls that go to it, logs, stop, reset."""

from __future__ import annotations

import json
from pathlib import Path

from calls import run


def test_the_life_of_a_daemon(env: dict[str, str], tmp_path: Path) -> None:
    assert run(env, "local", "status")[0] == 3
    code, out, _ = run(env, "local", "start", "--json")
    assert code == 0
    started = json.loads(out)
    try:
        assert json.loads(run(env, "local", "status", "--json")[1])["pid"] == started["pid"]
        assert json.loads(run(env, "local", "start", "--json")[1])["pid"] == started["pid"]  # once is enough
        assert "token" in (tmp_path / "config" / "profiles.toml").read_text()
        assert run(env, "write", "--bucket", "default", "m v=1 1577836800000000000")[0] == 0
        code, out, err = run(env, "bucket", "list", "--select", "sort([].name)", "--trace")
        assert (code, out.split()) == (0, ["_monitoring", "_tasks", "default"])
        assert f"> GET {started['url']}/api/v2/buckets" in err
        assert run(env, "local", "logs")[0] == 0
        assert run(env, "local", "inbox")[0] == 0
        code, _, err = run(env, "local", "reset", "--yes")
        assert (code, str(started["pid"]) in err) == (5, True)
    finally:
        assert run(env, "local", "stop")[0] == 0
    assert run(env, "local", "stop")[0] == 3
    code, out, _ = run(
        env, "query", 'from(bucket: "default") |> range(start: 0) |> keep(columns: ["_value"])', "--json"
    )
    assert [row["_value"] for row in json.loads(out)] == [1]  # the same data, in this process now
    assert run(env, "local", "reset")[0] == 2  # it asks, and there is nobody
    assert run(env, "local", "reset", "--yes")[0] == 0
    assert not (tmp_path / "data").exists()
    assert "token" not in (tmp_path / "config" / "profiles.toml").read_text()


def test_a_second_process_is_told_who_has_the_data(env: dict[str, str], tmp_path: Path) -> None:
    from influxctl.local.app import open_app

    assert run(env, "bucket", "list")[0] == 0
    holder = open_app(tmp_path / "data")
    _ = holder.services.points.engine
    try:
        code, _, err = run(env, "write", "--bucket", "default", "m v=1", "--lock-timeout", "0.1")
        assert (code, "process" in err, err.count("\n")) == (5, True, 1)
        assert run(env, "bucket", "list")[0] == 0  # this needs no points
    finally:
        holder.close()
    assert run(env, "write", "--bucket", "default", "m v=1")[0] == 0
