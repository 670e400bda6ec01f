"""kill -9 of a writing process: nothing that was acknowledged is lost, no body is there by half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from influxctl.core.readspec import ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

WRITER = """
import sys
from pathlib import Path
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions
engine = Engine.open(Path(sys.argv[1]), options=EngineOptions(flush_bytes=200_000))
number = int(sys.argv[2])
while True:
    size = (1, 20, 700)[number % 3]
    body = "\\n".join(f"m,body=b{number % 7} n={number}i,row={row}i,text=\\"{number}-{row}\\" {number * 1000 + row}" for row in range(size))
    engine.write(BucketRules("00000000000000cc", 0, 100_000), body.encode())
    print(number, flush=True)
    number += 1
"""
RULES = BucketRules("00000000000000cc", 0, 100_000)


def rows_of(path: Path) -> dict[int, set[int]]:
    """Body number → the rows of it that are there."""
    engine = Engine.open(path, options=EngineOptions(background=False))
    found: dict[int, set[int]] = {}
    for block in engine.read(ReadSpec(bucket_id=RULES.id, start=0, stop=1 << 60, shape="wide")):
        for number, row, text in block.rows.select("n", "row", "text").rows():
            assert text == f"{number}-{row}"
            found.setdefault(number, set()).add(row)
    assert engine.losses == []  # the end of a record that was being written is no loss
    engine.flush()
    engine.close()
    return found


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost(tmp_path: Path, rounds: int) -> None:
    acknowledged = -1
    for seed in range(rounds):
        begin = acknowledged + 1
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(begin)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        wanted = begin + random.Random(seed).randrange(15, 60)
        deadline = time.monotonic() + 60
        for line in writer.stdout:
            acknowledged = int(line)
            if acknowledged >= wanted or time.monotonic() > deadline:
                break
        os.kill(writer.pid, signal.SIGKILL)
        for line in writer.stdout:  # acknowledged between our decision and the signal
            acknowledged = int(line)
        writer.wait()
        writer.stdout.close()
        assert acknowledged >= wanted
        found = rows_of(tmp_path)
        for number in range(acknowledged + 1):
            assert found.get(number) == set(range((1, 20, 700)[number % 3])), f"body {number} after round {seed}"
        last = acknowledged + 1
        assert found.get(last, set()) in (set(), set(range((1, 20, 700)[last % 3])))
        acknowledged = max(found)
