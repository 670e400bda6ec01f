"""Deleting, retention and merging: what is hidden, what is removed, and when a field's type is free again."""

from __future__ import annotations

from pathlib import Path

import pytest

from influxctl.core.readspec import And, Compare, ReadSpec
from influxctl.core.times import now_ns
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

B = BucketRules("0000000000000001")
OPTIONS = EngineOptions(sync=False, background=False)
HOUR = 3_600_000_000_000
SEED = b"cpu,host=a v=1 10\ncpu,host=a v=2 20\ncpu,host=b v=3 10\nmem,host=a v=4 10"


def values(engine: Engine) -> list[object]:
    spec = ReadSpec(bucket_id=B.id, start=-(1 << 62), stop=1 << 62)
    return sorted(v for block in engine.read(spec) for v in block.rows["_value"].to_list())


@pytest.fixture(params=["memory", "segment", "both"])
def engine(request: pytest.FixtureRequest, tmp_path: Path):
    engine = Engine.open(tmp_path, options=OPTIONS)
    engine.write(B, SEED)
    if request.param != "memory":
        engine.flush()
    if request.param == "both":
        engine.write(B, SEED)
    yield engine
    engine.close()


def test_both_ends_are_inclusive(engine: Engine) -> None:
    engine.delete(B.id, 10, 10)
    assert values(engine) == [2.0]


def test_by_tag_and_measurement(engine: Engine) -> None:
    engine.delete(B.id, 0, 100, And(Compare("host", "==", "a"), Compare("_measurement", "==", "cpu")))
    assert values(engine) == [3.0, 4.0]


def test_an_unknown_tag_matches_nothing(engine: Engine) -> None:
    engine.delete(B.id, 0, 100, Compare("color", "==", "red"))
    engine.delete(B.id, 100, 0)
    assert len(values(engine)) == 4


def test_a_deleted_point_can_be_written_again(engine: Engine) -> None:
    engine.delete(B.id, 0, 100)
    engine.write(B, b"cpu,host=a v=7 10")
    assert values(engine) == [7.0]


def test_the_type_is_free_when_no_point_is_left(engine: Engine) -> None:
    engine.delete(B.id, 0, 100, Compare("_measurement", "==", "cpu"))
    assert engine.write(B, b'cpu,host=a v="text" 10').rejected == ()
    assert engine.write(B, b'mem,host=a v="text" 10').rejected != ()
    assert engine.measurements(B.id, 0, 100) == ["cpu", "mem"]


def test_deletes_survive_reopening_and_merging(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    for part in range(4):
        engine.write(B, "\n".join(f"m,h={i % 3} v={i} {part * 100 + i}" for i in range(100)).encode())
        engine.flush()
    engine.delete(B.id, 50, 349)
    assert len(values(engine)) == 100
    engine.close()
    engine = Engine.open(tmp_path, options=OPTIONS)
    assert len(values(engine)) == 100
    engine.flush()
    while engine.compact():
        pass
    assert len(values(engine)) == 100
    stats = engine.stats(B.id)
    assert stats.rows == 100
    assert len(list(tmp_path.rglob("*.seg"))) == stats.segments
    engine.close()


def test_readers_of_a_snapshot_are_not_disturbed(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    engine.write(B, SEED)
    engine.flush()
    blocks = engine.read(ReadSpec(bucket_id=B.id, start=0, stop=100))
    engine.delete(B.id, 0, 100)
    engine.write(B, b"cpu,host=z v=100 10")
    engine.flush()
    assert sorted(v for block in blocks for v in block.rows["_value"].to_list()) == [1.0, 2.0, 3.0, 4.0]
    assert values(engine) == [100.0]
    engine.close()


def test_retention_hides_at_once_and_removes_files(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    now = now_ns()
    engine.write(B, f"m v=1 {now - 3 * HOUR}\nm v=2 {now}".encode())
    engine.flush()
    engine.configure(BucketRules(B.id, retention_ns=HOUR))
    assert values(engine) == [2.0]
    assert engine.expire(now + 2 * HOUR)
    assert not list(tmp_path.rglob("*.seg"))
    assert engine.field_types(B.id, "m") == {}
    engine.close()


def test_merging_bounds_the_number_of_segments(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    for part in range(30):
        engine.write(B, "\n".join(f"m,h={i % 3} v={part} {i}" for i in range(50)).encode())
        engine.flush()
        engine.compact()
    assert engine.stats(B.id).segments <= 8
    assert values(engine) == [29.0] * 50
    engine.close()


@pytest.mark.parametrize("column", ["_value", "_time", "_field"])
def test_a_predicate_over_rows_deletes_nothing(engine: Engine, column: str) -> None:
    engine.delete(B.id, 0, 100, Compare(column, "==", "v"))
    assert len(values(engine)) == 4
