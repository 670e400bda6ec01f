"""Damaged segments: what is intact is served, what is not gives an error, and nothing of it is thrown away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from influxctl.core.readspec import Compare, ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions
from influxctl.engine.segment import Damaged

B = BucketRules("0000000000000001")
OPTIONS = EngineOptions(sync=False, background=False)


def values(engine: Engine, measurement: str) -> list[float]:
    spec = ReadSpec(bucket_id=B.id, start=0, stop=1 << 40, predicate=Compare("_measurement", "==", measurement))
    return sorted(v for block in engine.read(spec) for v in block.rows["_value"].to_list())


def damaged(path: Path, *, footer: bool) -> tuple[Engine, Path]:
    """An engine with a good and a damaged segment."""
    engine = Engine.open(path, options=OPTIONS)
    engine.write(B, "\n".join(f"bad v={i} {i}" for i in range(100)).encode())
    engine.write(B, b"good v=1 1")
    engine.flush()
    engine.close()
    victim = next(p for p in path.rglob("*.seg") if b'"measurement": "bad"' in p.read_bytes())
    data = bytearray(victim.read_bytes())
    start = data.index(b'{"measurement"')
    blocks = json.loads(data[start : data.rindex(b"}") + 1])["blocks"]
    data[start + 20 if footer else blocks[-1]["at"] + blocks[-1]["size"] // 2] ^= 1
    victim.write_bytes(data)
    return Engine.open(path, options=OPTIONS), victim


def test_a_damaged_block_fails_its_reads_only(tmp_path: Path) -> None:
    engine, victim = damaged(tmp_path, footer=False)
    assert values(engine, "good") == [1.0]
    with pytest.raises(Damaged, match=victim.name):
        values(engine, "bad")
    assert [loss.file for loss in engine.losses] == [str(victim)]
    engine.delete(B.id, 0, 50)
    engine.write(B, b"good v=2 100")
    for _ in range(5):
        engine.flush()
        engine.compact()
        engine.write(B, b"bad v=1 1000")
    assert values(engine, "good") == [2.0]
    assert victim.exists()
    engine.close()


def test_a_segment_that_cannot_be_opened_is_put_aside(tmp_path: Path) -> None:
    engine, victim = damaged(tmp_path, footer=True)
    assert values(engine, "bad") == []
    assert [loss.file for loss in engine.losses] == [str(victim)]
    engine.write(B, b'bad v="text now" 5')
    engine.flush()
    engine.close()
    engine = Engine.open(tmp_path, options=OPTIONS)
    assert values(engine, "good") == [1.0]
    assert victim.with_name(victim.name + ".damaged").exists()
    engine.close()
