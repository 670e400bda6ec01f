"""Replays 558 recorded commands of influx 2.8 in the drop-in mode, in this process, against one fresh server.

`tests/data/influx-cli/pending.json` names the commands that answer differently, with the reason; one that answers the same must
leave it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import replay_cli
from tests.conformance.influx_server import Influx, fresh_server

DATA = Path(__file__).resolve().parents[1] / "data" / "influx-cli"
PENDING = DATA / "pending.json"
Entry = dict[str, Any]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fresh_server(tmp_path_factory.mktemp("server")) as address:
        yield address


def in_process(cli: str, entry: Entry, kept: dict[str, str], work: str) -> tuple[int, str, str]:
    """Runs one command without a new process: what `replay_cli.once` does with one."""
    env = {"INFLUX_CONFIGS_PATH": os.path.join(work, "configs"), "HOME": work, "TZ": "UTC"}
    env |= {key: replay_cli.fill(value, kept) for key, value in entry.get("env", {}).items()}
    given = entry.get("stdin")
    if isinstance(given, dict):
        stdin = Path(work, given["file"]).read_bytes()
    else:
        stdin = replay_cli.fill(given or "", kept).encode()
    influx = Influx(env)
    influx(*(replay_cli.fill(arg, kept) for arg in entry["argv"]), stdin=stdin)
    return influx.code, influx.out, influx.err


def test_commands_answer_as_influx_does(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    work = tmp_path / "work"
    shutil.copytree(DATA / "data", work / "data")
    monkeypatch.chdir(work)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(replay_cli, "once", in_process)
    entries: list[Entry] = json.loads((DATA / "transcripts.json").read_text(encoding="utf-8"))
    pending: dict[str, str] = json.loads(PENDING.read_text(encoding="utf-8"))
    kept = {"host": host}
    wrong: dict[int, str] = {}
    for number, entry in enumerate(entries):
        got = replay_cli.run("", entry, kept, str(work))
        bad = [key for key in ("exit", "stdout", "files") if entry.get(key) != got.get(key)]
        if bad:
            lines = replay_cli.diff(entry["stdout"], got["stdout"], "stdout")[:12]
            wrong[number] = "\n    ".join([f"{number}: influx {' '.join(entry['argv'])}: {', '.join(bad)}", *lines])
    if request.config.getoption("--update-pending"):
        reasons = {str(number): pending.get(str(number), "not yet") for number in wrong}
        PENDING.write_text(json.dumps(reasons, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    worse = [text for number, text in wrong.items() if str(number) not in pending]
    assert not worse, "\n".join(worse)
    better = sorted(int(number) for number in pending if int(number) not in wrong)
    assert not better, f"these commands answer as influx now, take them off {PENDING.name}: {better}"


@pytest.mark.parametrize(
    ("name", "env"), [("influx", {}), ("influxctl", {"INFLUXCTL_COMPAT": "influx"})], ids=["by name", "by variable"]
)
def test_the_program_stands_in_for_influx(name: str, env: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / name
    program.write_text(f"#!{sys.executable}\nfrom influxctl.__main__ import run\nrun()\n")
    program.chmod(0o755)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("INFLUX")} | env
    done = subprocess.run([program, "version"], capture_output=True, text=True, env=clean, timeout=60)
    assert done.stdout.startswith("Influx CLI 2.8.0 (git: ")
    done = subprocess.run([program, "bucket", "frobnicate"], capture_output=True, text=True, env=clean, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'Error: unknown command "frobnicate" for "influx bucket"\n'
