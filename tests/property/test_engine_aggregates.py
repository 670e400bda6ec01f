"""Pushed-down aggregates, windows, groups and limits against plain Python over the raw rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.core.readspec import And, Compare, Or, ReadSpec, Window
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

RULES = BucketRules("00000000000000ee", 0, 100)
KINDS = ["count", "sum", "mean", "min", "max", "first", "last"]
Row = tuple[dict[str, Any], int, float]

points = st.lists(
    st.tuples(
        st.sampled_from("mn"),
        st.fixed_dictionaries({}, optional={"a": st.sampled_from("xy"), "b": st.sampled_from("xy")}),
        st.dictionaries(st.sampled_from("fgh"), st.integers(-5, 5), min_size=1),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=25,
)
batches = st.lists(st.tuples(points, st.booleans()), min_size=1, max_size=4)
predicates = st.sampled_from(
    [
        None, Compare("_field", "==", "f"), Compare("a", "==", "x"), Compare("_value", ">", 0),
        Or(Compare("_field", "==", "f"), Compare("a", "==", "y")), And(Compare("_measurement", "==", "m"), Compare("_value", "<=", 2)),
    ]
)  # fmt: skip
windows = st.one_of(st.none(), st.builds(Window, st.sampled_from([7, 10, 25]), st.integers(-3, 9), st.booleans()))
groups = st.sampled_from([None, (), ("a",), ("_measurement", "b"), ("_field",)])


def fill(path: Path, sequence: list[tuple[list[Any], bool]]) -> Engine:
    engine = Engine.open(path, options=EngineOptions(sync=False, background=False))
    for body, flush in sequence:
        lines = []
        for name, tags, fields, time in body:
            text = ",".join(f"{k}={v}" for k, v in fields.items())
            lines.append(name + "".join(f",{k}={v}" for k, v in tags.items()) + f" {text} {time}")
        engine.write(RULES, "\n".join(lines).encode())
        if flush:
            engine.flush()
    return engine


def raw(engine: Engine, start: int, stop: int, predicate: Any, group: Any) -> Iterator[Row]:
    """The key of its table, time and value of all rows, in the order in which an unreduced read of the same groups gives them."""
    for block in engine.read(ReadSpec(bucket_id=RULES.id, start=start, stop=stop, predicate=predicate, group=group)):
        for key, frame in block.iter_tables():
            for time, value in frame.select("_time", "_value").rows():
                yield key, time, value


def reduced(kind: str, rows: list[tuple[int, float]]) -> tuple[Any, ...]:
    values = [value for _, value in rows]
    if kind in ("count", "sum", "mean"):
        total = sum(values)
        return ({"count": len(values), "sum": total, "mean": total / len(values)}[kind],)
    if kind in ("first", "last"):
        return (min if kind == "first" else max)(rows, key=lambda row: row[0])
    best = min(values) if kind == "min" else max(values)
    return next(row for row in rows if row[1] == best)


@settings(max_examples=150, deadline=None)
@given(batches, predicates, st.sampled_from(KINDS), windows, groups, st.integers(0, 30), st.integers(1, 50))
def check(
    folder: pytest.TempPathFactory,
    sequence: Any,
    predicate: Any,
    kind: Any,
    window: Any,
    group: Any,
    start: int,
    length: int,
) -> None:
    engine = fill(folder.mktemp("engine"), sequence)
    stop = start + length
    tables: dict[tuple[Any, ...], dict[int, list[tuple[int, float]]]] = {}
    for record, time, value in raw(engine, start, stop, predicate, group):
        names = sorted(record) if group is None else group
        key = tuple((n, record[n]) for n in names)
        number = (time - window.offset) // window.every if window else 0
        tables.setdefault(key, {}).setdefault(number, []).append((time, value))
    expected: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for key, parts in tables.items():
        for number in sorted(parts):
            row = reduced(kind, parts[number])
            if window:
                low = number * window.every + window.offset
                row = (max(low, start), min(low + window.every, stop), *row)
            expected.setdefault(key, []).append(row)
    spec = ReadSpec(
        bucket_id=RULES.id, start=start, stop=stop, predicate=predicate, aggregate=kind, window=window, group=group
    )
    found: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for block in engine.read(spec):
        for record, frame in block.iter_tables():
            names = sorted(record) if group is None else group
            key = tuple((n, record[n]) for n in names)
            assert key not in found
            rows = frame.rows()
            if window and window.create_empty:
                span = (stop - 1 - window.offset) // window.every - (start - window.offset) // window.every + 1
                assert len(rows) == span
                rows = [row for row in rows if row[-1] not in (None, 0) or (kind != "count" and row[-1] is not None)]
            found[key] = [tuple(row) for row in rows]
    engine.close()
    assert found.keys() == expected.keys()
    ties = group is not None and kind in (
        "first",
        "last",
    )  # equal times in several series: which one wins is not promised
    for key, rows in expected.items():
        assert [row[:-1] if ties else row for row in found[key]] == [row[:-1] if ties else row for row in rows]


def test_aggregates_equal_plain_python(tmp_path_factory: pytest.TempPathFactory) -> None:
    check(tmp_path_factory)


@settings(max_examples=80, deadline=None)
@given(batches, predicates, st.integers(0, 4), st.integers(0, 3), st.booleans(), st.booleans())
def check_limits(
    folder: pytest.TempPathFactory, sequence: Any, predicate: Any, limit: int, offset: int, descending: bool, wide: bool
) -> None:
    engine = fill(folder.mktemp("engine"), sequence)
    shape: Any = "wide" if wide else "long"

    def tables(**more: Any) -> dict[tuple[Any, ...], list[tuple[Any, ...]]]:
        spec = ReadSpec(bucket_id=RULES.id, start=5, stop=55, predicate=predicate, shape=shape, **more)
        return {tuple(k.items()): f.rows() for block in engine.read(spec) for k, f in block.iter_tables()}

    expected = {}
    for key, rows in tables().items():
        rows = rows[::-1] if descending else rows
        if rows[offset : offset + limit]:
            expected[key] = rows[offset : offset + limit]
    assert tables(limit=limit, offset=offset, descending=descending) == expected
    engine.close()


def test_limits_equal_slices(tmp_path_factory: pytest.TempPathFactory) -> None:
    check_limits(tmp_path_factory)
