"""The shapes of a read, on rows in memory and in segments."""

from __future__ import annotations

from typing import Any

import pytest

from influxctl.core.errors import Invalid
from influxctl.core.readspec import And, Compare, Exists, Match, Not, Or, ReadSpec, Window
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

B = BucketRules("0000000000000001")
BODY = b"""cpu,host=a,dc=x v=1,n=1i 10
cpu,host=a,dc=x v=2 20
cpu,host=a,dc=x v=6,n=5i 30
cpu,host=b v=4 15
cpu,host=b v=3 35
disk,host=a,path=/ used=7u,ok=true,name="root" 10
"""


@pytest.fixture(params=["memory", "segment", "mixed"], scope="module")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    options = EngineOptions(sync=False, background=False)
    engine = Engine.open(tmp_path_factory.mktemp("read"), options=options)
    if request.param == "mixed":
        engine.write(B, BODY.replace(b"v=6", b"v=99"))
        engine.flush()
    engine.write(B, BODY)
    if request.param == "segment":
        engine.flush()
    yield engine
    engine.close()


def read(
    engine: Engine, start: int = 0, stop: int = 40, **more: Any
) -> list[tuple[dict[str, object], list[tuple[Any, ...]]]]:
    spec = ReadSpec(bucket_id=B.id, start=start, stop=stop, **more)
    return [(key, frame.rows()) for block in engine.read(spec) for key, frame in block.iter_tables()]


def of(*names: str) -> Any:
    """A predicate: the cpu measurement, and one of these fields."""
    fields: Any = Compare("_field", "==", names[0])
    for name in names[1:]:
        fields = Or(fields, Compare("_field", "==", name))
    return And(Compare("_measurement", "==", "cpu"), fields)


def test_long_tables_are_in_series_order(engine: Engine) -> None:
    tables = read(engine, predicate=Compare("_measurement", "==", "cpu"))
    assert sorted(tables, key=lambda table: str(table[0])) == [
        ({"_field": "n", "_measurement": "cpu", "dc": "x", "host": "a"}, [(10, 1), (30, 5)]),
        ({"_field": "v", "_measurement": "cpu", "dc": "x", "host": "a"}, [(10, 1.0), (20, 2.0), (30, 6.0)]),
        ({"_field": "v", "_measurement": "cpu", "host": "b"}, [(15, 4.0), (35, 3.0)]),
    ]
    assert [key["host"] for key, _ in tables if key["_field"] == "v"] == ["a", "b"]


def test_the_range_is_half_open(engine: Engine) -> None:
    assert read(engine, 15, 30, predicate=of("v")) == [
        ({"_field": "v", "_measurement": "cpu", "dc": "x", "host": "a"}, [(20, 2.0)]),
        ({"_field": "v", "_measurement": "cpu", "host": "b"}, [(15, 4.0)]),
    ]
    assert read(engine, 40, 15) == []


def test_wide_rows_have_a_column_a_field(engine: Engine) -> None:
    spec = ReadSpec(bucket_id=B.id, start=0, stop=40, shape="wide", predicate=Compare("host", "==", "a"))
    blocks = list(engine.read(spec))
    assert [[c.label for c in block.columns] for block in blocks] == [
        ["_time", "n", "v", "_measurement", "dc", "host"],
        ["_time", "name", "ok", "used", "_measurement", "host", "path"],
    ]
    assert [frame.rows() for _, frame in blocks[0].iter_tables()] == [[(10, 1, 1.0), (20, None, 2.0), (30, 5, 6.0)]]
    assert [frame.rows() for _, frame in blocks[1].iter_tables()] == [[(10, "root", True, 7)]]


def test_wide_leaves_out_what_the_predicate_refuses(engine: Engine) -> None:
    tables = read(engine, shape="wide", predicate=And(of("n", "v"), Compare("_value", ">", 4)))
    assert tables == [({"_measurement": "cpu", "dc": "x", "host": "a"}, [(30, 5, 6.0)])]
    assert read(engine, shape="wide", predicate=of("n"))[0][1] == [(10, 1), (30, 5)]


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("count", [(3,)], [(2,)]),
        ("sum", [(9.0,)], [(7.0,)]),
        ("mean", [(3.0,)], [(3.5,)]),
        ("min", [(10, 1.0)], [(35, 3.0)]),
        ("max", [(30, 6.0)], [(15, 4.0)]),
        ("first", [(10, 1.0)], [(15, 4.0)]),
        ("last", [(30, 6.0)], [(35, 3.0)]),
    ],
)
def test_aggregates(engine: Engine, kind: Any, a: Any, b: Any) -> None:
    assert [rows for _, rows in read(engine, predicate=of("v"), aggregate=kind)] == [a, b]


def test_aggregates_keep_types(engine: Engine) -> None:
    spec = ReadSpec(bucket_id=B.id, start=0, stop=40, predicate=of("n"), aggregate="sum")
    assert [block.column("_value").type for block in engine.read(spec)] == ["int"]
    assert read(engine, predicate=Compare("_field", "==", "used"), aggregate="mean")[0][1] == [(7.0,)]


def test_text_cannot_be_summed(engine: Engine) -> None:
    with pytest.raises(Invalid):
        read(engine, predicate=Compare("_field", "==", "name"), aggregate="sum")
    assert read(engine, predicate=Compare("_field", "==", "name"), aggregate="last")[0][1] == [(10, "root")]


def test_windows_are_clipped_to_the_range(engine: Engine) -> None:
    tables = read(engine, 12, 33, predicate=of("v"), aggregate="sum", window=Window(10))
    assert [rows for _, rows in tables] == [[(20, 30, 2.0), (30, 33, 6.0)], [(12, 20, 4.0)]]


def test_empty_windows(engine: Engine) -> None:
    count = read(engine, predicate=of("v"), aggregate="count", window=Window(10, create_empty=True))
    assert [rows for _, rows in count][1] == [(0, 10, 0), (10, 20, 1), (20, 30, 0), (30, 40, 1)]
    first = read(engine, 5, 40, predicate=of("v"), aggregate="first", window=Window(20, 5, create_empty=True))
    assert [rows for _, rows in first][1] == [(5, 25, 15, 4.0), (25, 40, 35, 3.0)]
    mean = read(engine, 0, 20, predicate=of("v"), aggregate="mean", window=Window(10, create_empty=True))
    assert next(rows for _, rows in mean) == [(0, 10, None), (10, 20, 1.0)]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [("count", [(5,)]), ("sum", [(16.0,)]), ("mean", [(3.2,)]), ("min", [(10, 1.0)]), ("max", [(30, 6.0)]),
     ("first", [(10, 1.0)]), ("last", [(35, 3.0)])],
)  # fmt: skip
def test_one_group(engine: Engine, kind: Any, rows: Any) -> None:
    assert read(engine, predicate=of("v"), group=(), aggregate=kind) == [({}, rows)]


def test_groups_keep_types_apart_and_missing_tags_null(engine: Engine) -> None:
    tables = read(engine, predicate=of("n", "v"), group=("dc", "_measurement"), aggregate="max")
    assert ({"dc": None, "_measurement": "cpu"}, [(15, 4.0)]) in tables
    assert ({"dc": "x", "_measurement": "cpu"}, [(30, 6.0)]) in tables
    assert ({"dc": "x", "_measurement": "cpu"}, [(30, 5)]) in tables


def test_grouped_windows(engine: Engine) -> None:
    tables = read(engine, predicate=of("v"), group=(), aggregate="mean", window=Window(20))
    assert tables == [({}, [(0, 20, 2.5), (20, 40, pytest.approx(11 / 3))])]


def test_means_with_the_number_of_their_values(engine: Engine) -> None:
    tables = read(engine, predicate=of("v"), aggregate="mean", weighed=True)
    counts = read(engine, predicate=of("v"), aggregate="count")
    assert [weight for _, rows in tables for _, weight in rows] == [count for _, rows in counts for (count,) in rows]
    spec = ReadSpec(bucket_id=B.id, start=0, stop=40, predicate=of("v"), aggregate="mean", weighed=True)
    assert {block.column("_weight").type for block in engine.read(spec)} == {"int"}


def test_grouped_rows_bring_their_other_columns(engine: Engine) -> None:
    spec = ReadSpec(bucket_id=B.id, start=0, stop=40, predicate=of("v"), group=("_field",))
    (block,) = engine.read(spec)
    assert [(c.label, c.key) for c in block.columns] == [
        ("_time", False), ("_value", False), ("_measurement", False), ("dc", False), ("host", False), ("_field", True),
    ]  # fmt: skip
    assert block.rows.select("_time", "_value", "dc", "host").rows() == [
        (10, 1.0, "x", "a"), (20, 2.0, "x", "a"), (30, 6.0, "x", "a"), (15, 4.0, None, "b"), (35, 3.0, None, "b"),
    ]  # fmt: skip


def test_limit_offset_and_order(engine: Engine) -> None:
    assert [rows for _, rows in read(engine, predicate=of("v"), limit=1, offset=1)] == [[(20, 2.0)], [(35, 3.0)]]
    assert [rows for _, rows in read(engine, predicate=of("v"), limit=1, descending=True)] == [[(30, 6.0)], [(35, 3.0)]]
    assert [rows for _, rows in read(engine, predicate=of("v"), offset=2)] == [[(30, 6.0)]]


@pytest.mark.parametrize(
    ("predicate", "count"),
    [
        (Compare("host", "==", "a"), 8),
        (Compare("host", "!=", "a"), 2),
        (Match("host", "^[ab]$"), 10),
        (Match("host", "a", negate=True), 2),
        (Compare("dc", "!=", "y", missing=True), 10),
        (Compare("dc", "==", "x"), 5),
        (Not(Compare("dc", "==", "x")), 5),
        (Exists("path"), 3),
        (Compare("_value", ">", 3.5), 4),
        (Compare("_value", "==", "root"), 1),
        (Compare("_value", "==", True), 1),
        (Compare("_value", "!=", "nothing"), 1),
        (Match("_value", "^ro+t"), 1),
        (Compare("_time", ">=", 30), 3),
        (Or(Compare("_value", "<", 2), Compare("host", "==", "b")), 4),
        (And(Compare("_field", "==", "n"), Not(Compare("_value", "==", 5))), 1),
        (Compare("host", "==", 1), 0),
        (Compare("nope", "==", ""), 0),
    ],
)
def test_predicates(engine: Engine, predicate: Any, count: int) -> None:
    assert sum(len(rows) for _, rows in read(engine, predicate=predicate)) == count


def test_schema_queries(engine: Engine) -> None:
    assert engine.measurements(B.id, 0, 40) == ["cpu", "disk"]
    assert engine.measurements(B.id, 11, 40) == ["cpu"]
    assert engine.tag_keys(B.id, 0, 40) == ["dc", "host", "path"]
    assert engine.tag_values(B.id, "host", 0, 40) == ["a", "b"]
    assert engine.tag_values(B.id, "host", 0, 15) == ["a"]
    assert engine.tag_values(B.id, "_field", 0, 40, Compare("_measurement", "==", "disk")) == ["name", "ok", "used"]
    assert engine.cardinality(B.id, 0, 40) == 6
    assert engine.measurements("0000000000000009", 0, 40) == []
