"""Packed columns come back bit by bit, are small, and segments of the version before are read."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from influxctl.core.readspec import ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions
from influxctl.engine.packing import LONG, encode, packed_frame, unpacked_frame

ROWS = 20_000
OPTIONS = EngineOptions(sync=False, background=False)
rng = np.random.default_rng(7)
walk = 50 + np.cumsum(rng.normal(0, 0.1, ROWS))
odd = np.array([-0.0, 0.0, 1e300, -1e-300, 5e-324, 1 / 3, 1e22, 0.1 + 0.2, 9007199254740993.0])
gaps = pl.Series(rng.random(ROWS) < 0.3)
COLUMNS: dict[str, tuple[pl.Series, float]] = {  # values, most bytes a value
    "13 decimals": (pl.Series([float(f"{v:.13f}") for v in walk]), 5.6),
    "full precision": (pl.Series(walk), 6.5),
    "2 decimals": (pl.Series(rng.integers(0, 10000, ROWS) / 100), 1.9),
    "whole floats": (pl.Series(rng.integers(0, 100, ROWS).astype(float)), 1.1),
    "odd floats among plain ones": (pl.Series(np.where(rng.random(ROWS) < 0.01, rng.choice(odd, ROWS), 0.5)), 8.2),
    "zeros of both signs": (pl.Series(np.where(rng.random(ROWS) < 0.5, -0.0, 0.0)), 0.5),
    "counter": (pl.Series(np.cumsum(rng.integers(0, 1000, ROWS))), 1.6),
    "small integers": (pl.Series(rng.integers(-50, 50, ROWS)), 1.1),
    "ends of the range": (pl.Series(rng.choice(np.array([-(2**63), 2**63 - 1, 0, -1]), ROWS)), 8.2),
    "large unsigned": (pl.Series(rng.integers(2**63, 2**64 - 1, ROWS, dtype=np.uint64)), 8.2),
    "counter beyond int64": (pl.Series(np.arange(2**63 - 100, 2**63 - 100 + ROWS, dtype=np.uint64)), 0.1),
    "integers with gaps": (pl.Series(rng.integers(0, 100, ROWS)).set(gaps, None), 1.1),
    "floats with gaps": (pl.Series(rng.integers(0, 100, ROWS) / 4).set(gaps, None), 1.4),
    "few texts": (pl.Series(rng.choice(["ok", "", "a text with ä, \n and \0"], ROWS)).set(gaps, None), 0.5),
    "many texts": (pl.Series([f"text {i}" for i in range(ROWS)]), 2.0),
    "booleans": (pl.Series(rng.random(ROWS) < 0.5), 0.2),
    "nothing": (pl.Series([None] * ROWS, dtype=pl.Float64), 0.1),
}


def bits(column: pl.Series) -> pl.Series:
    """Floats as their bits: a zero has a sign."""
    return column.reinterpret(signed=True) if column.dtype == pl.UInt64 else (
        pl.Series(column.fill_null(0).to_numpy().view(np.int64)).set(column.is_null(), None)
        if column.dtype == pl.Float64 else column
    )  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("rows", [LONG - 1, LONG, ROWS])
def test_packed_columns_come_back(name: str, rows: int) -> None:
    column, limit = COLUMNS[name]
    column = column.head(rows).alias("v")
    frame, ways = packed_frame([column, pl.Series("other", range(rows))])
    back = unpacked_frame(pl.read_ipc(encode(frame)), ["v", "other"], ways)
    assert back.columns == ["v", "other"] and back["v"].dtype == column.dtype
    assert bits(back["v"]).equals(bits(column), null_equal=True)
    if rows == ROWS:
        assert len(encode(packed_frame([column])[0])) / rows <= limit


def rows_of(engine: Engine, bucket: str) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for block in engine.read(ReadSpec(bucket_id=bucket, start=-100, stop=1 << 62, shape="wide")):
        names = sorted(column.label for column in block.row_columns)
        found += [
            (dict(key).get("h"), *row) for key, frame in block.iter_tables() for row in frame.select(names).rows()
        ]
    return sorted(found, key=str)


def test_a_merge_of_packed_segments_keeps_every_value(tmp_path: Path) -> None:
    rules = BucketRules("00000000000000ab")
    engine = Engine.open(tmp_path, options=OPTIONS)
    for part in range(5):
        lines = [
            f'm,h=h{i % 3} f={i}.25,i={i * 7}i,u={i}u,b={"tf"[i % 2]},s="text {i % 5}" {(i + part * 4500) * 10}'
            for i in range(9000)
        ]
        engine.write(rules, "\n".join(lines).encode())
        engine.flush()
    before = rows_of(engine, rules.id)
    assert engine.compact() == 1
    assert rows_of(engine, rules.id) == before and len(before) == 27_000
    engine.close()


def test_segments_of_version_1_are_read(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parents[2] / "data" / "engine-1", tmp_path / "d")
    engine = Engine.open(tmp_path / "d", options=OPTIONS)
    assert engine.losses == []
    rows = rows_of(engine, "00000000000000aa")
    assert len(rows) == 600
    by_time = {row[1]: row for row in rows}  # h, then _time, b, f, i, only, s, u
    assert by_time[0] == ("h0", 0, True, -1.5, 0, 0.0, "text 0", 0)
    assert by_time[70] == ("h1", 70, False, 7.25, 7, 7.0, "text 2", 7)
    assert by_time[10] == ("h1", 10, False, 1.25, 1, None, "text 1", 1)
    engine.close()
