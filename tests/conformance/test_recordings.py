"""Replays every recorded conversation of InfluxDB 2.9.1 against the app in process; pending.json names what differs still."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from influxctl.local.adapter import LocalAdapter
from influxctl.local.options import Options
from tests.conformance import replay

DATA = Path(__file__).resolve().parents[1] / "data" / "conformance"
FILES = sorted(p for p in DATA.glob("*/*.json"))
PENDING = DATA / "pending.json"
URL = "http+local://recorded"


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_answers_are_those_of_the_reference(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    recording = json.loads(path.read_text())
    key = f"{path.parent.name}/{path.stem}"
    pending: dict[str, list[int]] = json.loads(PENDING.read_text())
    adapter = LocalAdapter(tmp_path / "data", setup=False, options=Options(password_cost=1))
    names = replay.Names()
    problems: dict[int, str] = {}
    try:
        with requests.Session() as session:
            session.mount("http+local://", adapter)
            steps = [{k: v for k, v in s.items() if k != "answer"} for s in recording["steps"]]
            for number, (step, got) in enumerate(replay.run(steps, session, URL, recording["setup"])):
                problem, _ = replay.compare(step, recording["steps"][number]["answer"], got, names)
                if problem is not None:
                    problems[number] = f"step {number} ({step['do'][:80]}, {step.get('name', '')}): {problem}"
    finally:
        adapter.close()
    if request.config.getoption("--update-pending"):
        pending = {**pending, key: sorted(problems)}
        PENDING.write_text(
            json.dumps({k: v for k, v in sorted(pending.items()) if v}, indent=None).replace("], ", "],\n ") + "\n"
        )
        return
    expected = set(pending.get(key, []))
    worse = [text for number, text in problems.items() if number not in expected]
    assert not worse, "\n".join(worse)
    assert not expected - set(problems), (
        f"these steps pass now, take them off pending.json: {sorted(expected - set(problems))}"
    )
