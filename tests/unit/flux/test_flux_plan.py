"""What is pushed into reads, what is refused before anything runs, and how results come about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from influxctl.core.columns import Block, Column, make_block
from influxctl.core.csvblocks import write_results
from influxctl.core.errors import InfluxctlError, Invalid, NotFound
from influxctl.core.readspec import And, Compare, Exists, Match, Not, ReadSpec, Window
from influxctl.flux.run import run
from influxctl.flux.world import BucketInfo, World

NS = 1_000_000_000
BUCKET = BucketInfo("00000000000000bb", "b", "00000000000000aa")


class Recorder:
    """A source that notes what it is asked and answers with one table."""

    def __init__(self) -> None:
        self.specs: list[ReadSpec] = []

    def find_bucket(
        self, *, name: str | None = None, id: str | None = None, org: Any = None, org_id: Any = None
    ) -> BucketInfo:
        if name != "b":
            raise NotFound(f'could not find bucket "{name}"')
        return BUCKET

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        self.specs.append(spec)
        columns = [
            Column("_field", "string", True),
            Column("_measurement", "string", True),
            Column("t", "string", True),
        ]
        rows: dict[str, object] = {"_value": [1.0]}
        if spec.window is not None:
            rows = {"_start": [0], "_stop": [NS], **rows}
        if spec.aggregate in (None, "min", "max", "first", "last"):
            rows["_time"] = [5 * NS]
        columns += [Column(label, "float" if label == "_value" else "time") for label in rows]
        yield make_block(columns, {"_field": ["v"], "_measurement": ["m"], "t": ["x"]}, rows, [0])


@pytest.fixture
def source() -> Recorder:
    return Recorder()


def ask(source: Recorder, flux: str) -> str:
    world = World(source=source, clock=lambda: 100 * NS)  # type: ignore[arg-type]
    return b"".join(write_results(run(f'from(bucket: "b") |> range(start: 0, stop: 60) {flux}', world))).decode()


def test_tags_and_values_become_the_predicate(source: Recorder) -> None:
    ask(source, '|> filter(fn: (r) => r._measurement == "m" and r.t =~ /x/ and exists r.u and r._value > 2.0)')
    assert source.specs[0].predicate == And(
        And(And(Compare("_measurement", "==", "m"), Match("t", "x")), Exists("u")), Compare("_value", ">", 2.0)
    )


def test_a_missing_tag_counts_as_the_empty_string(source: Recorder) -> None:
    ask(source, '|> filter(fn: (r) => r.t != "x") |> filter(fn: (r) => not exists r.u)')
    assert source.specs[0].predicate == And(Compare("t", "!=", "x", missing=True), Not(Exists("u")))


def test_what_storage_cannot_decide_stays_and_the_rest_is_pushed(source: Recorder) -> None:
    text = ask(source, '|> filter(fn: (r) => r.t == "x" and r._value + 1.0 > 2.0)')
    assert source.specs[0].predicate == Compare("t", "==", "x")
    assert text == "\r\n"  # 1 + 1 is not above 2


@pytest.mark.parametrize("kind", ["count", "sum", "mean", "min", "max", "first", "last"])
def test_simple_aggregates_are_pushed(source: Recorder, kind: str) -> None:
    ask(source, f"|> {kind}()")
    assert source.specs[0].aggregate == kind


def test_windows_are_pushed(source: Recorder) -> None:
    ask(source, "|> aggregateWindow(every: 10s, fn: mean)")
    assert source.specs[0].window == Window(10 * NS, 0, True)
    assert source.specs[0].aggregate == "mean"


@pytest.mark.parametrize(
    "pipeline",
    [
        "|> median()",
        "|> map(fn: (r) => ({r with x: 1})) |> count()",
        "|> aggregateWindow(every: 10s, period: 20s, fn: mean)",
        '|> aggregateWindow(every: 10s, fn: mean, location: {zone: "Europe/Berlin", offset: 0s})',
    ],
)
def test_the_rest_runs_on_raw_points(source: Recorder, pipeline: str) -> None:
    ask(source, pipeline)
    assert source.specs[0].aggregate is None
    assert source.specs[0].window is None


def test_limit_is_pushed(source: Recorder) -> None:
    ask(source, "|> limit(n: 3, offset: 1)")
    assert (source.specs[0].limit, source.specs[0].offset) == (3, 1)


def test_a_shared_stream_is_read_once_and_not_pushed_into(source: Recorder) -> None:
    world = World(source=source, clock=lambda: 0)  # type: ignore[arg-type]
    flux = 'x = from(bucket: "b") |> range(start: 0, stop: 60) |> sort()\nx |> mean() |> yield(name: "a")\nx |> max() |> yield(name: "c")'
    text = b"".join(write_results(run(flux, world))).decode()
    assert len(source.specs) == 1
    assert "#default,a," in text
    assert "#default,c," in text


def test_what_a_check_finds_is_the_result_error() -> None:
    # influxdata/flux pull request 4879: assertions deliver to `error`, so that other results do not fail a test.
    text = b"".join(
        write_results(run('import "testing"\ntesting.assertEqualValues(got: 1, want: 2)', World()))
    ).decode()
    assert text.splitlines()[2:] == ["#default,error,,,", ",result,table,_diff,v", ",,0,-,2", ",,0,+,1", ""]


@pytest.mark.parametrize(
    ("flux", "message"),
    [
        ('from(bucket: "b")', "cannot submit unbounded read"),
        ('from(bucket: "b") |> range(start: 5, stop: 5)', "cannot query an empty range"),
        ('from(bucket: "nope") |> range(start: 0)', "failed to initialize execute state: could not find bucket"),
        ("x = 1", "returns no streaming data"),
        ('from(bucket: "b") |> range(start: 0) |> yield(name: "a")\nfrom(bucket: "b") |> range(start: 0) |> yield(name: "a")',
         "more than one call to yield"),
        ('from(bucket: "b") |> range(start: 0)\nfrom(bucket: "b") |> range(start: 0)', "more than one result"),
        ('from(bucket: "b") |> rnge(start: 0)', "undefined identifier rnge"),
        ('from(bucket: "b"', "compilation failed"),
    ],
)  # fmt: skip
def test_refused_before_anything_is_read(source: Recorder, flux: str, message: str) -> None:
    with pytest.raises(InfluxctlError, match=message):
        list(run(flux, World(source=source, clock=lambda: 100 * NS)))  # type: ignore[arg-type]
    assert source.specs == []


def test_a_run_that_is_cancelled_stops_between_blocks(source: Recorder) -> None:
    def check() -> None:
        raise Invalid("cancelled")

    world = World(source=source, clock=lambda: 0, check=check)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="cancelled"):
        b"".join(write_results(run('from(bucket: "b") |> range(start: 0, stop: 60)', world)))


@pytest.mark.parametrize(
    "flux",
    [
        'd |> group(columns: ["g"])',
        'd |> pivot(rowKey: ["a"], columnKey: ["g"], valueColumn: "v")',
        'join(tables: {x: d, y: d}, on: ["g"])',
    ],
)
def test_an_operation_that_would_hold_too_much_is_refused(flux: str) -> None:
    rows = ", ".join(f'{{a: {i}, g: "g{i % 3}", v: {i}}}' for i in range(300))
    script = f'import "array"\nd = array.from(rows: [{rows}])\n{flux}'
    with pytest.raises(InfluxctlError, match="memory allocation limit reached"):
        b"".join(write_results(run(script, World(memory_limit=4000))))
    assert b"".join(write_results(run(script, World())))


@pytest.mark.parametrize(
    ("flux", "wanted"),
    [
        ('a |> group(columns: ["_time"]) |> max()', 40_000),  # what is read, and what is made of it
        ("union(tables: [a, b]) |> max()", 80_000),  # of both
        ("c = a |> limit(n: 900)\nunion(tables: [c, b, c |> max()]) |> max()", 76_040),  # what several read, once
    ],
)
def test_what_an_operation_reads_and_makes_is_counted_once(flux: str, wanted: int) -> None:
    made = "generate.from(count: 1000, fn: (n) => n{}, start: 2020-01-01T00:00:00Z, stop: 2020-01-02T00:00:00Z)"
    script = f'import "generate"\na = {made.format("")}\nb = {made.format(" + 1")}\n{flux}'
    with pytest.raises(InfluxctlError, match="memory allocation limit reached"):
        b"".join(write_results(run(script, World(memory_limit=wanted - 1000))))
    assert b"".join(write_results(run(script, World(memory_limit=wanted + 1000))))
