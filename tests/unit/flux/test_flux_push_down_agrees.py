"""Pipelines give the same rows whether their operations are pushed into the read or run on blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from influxctl.core.errors import InfluxctlError
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules
from influxctl.flux import plan, rules
from influxctl.flux.run import run
from influxctl.flux.world import BucketInfo, World

BUCKET = BucketInfo("00000000000000bb", "b", "00000000000000aa")
LINES = "\n".join(
    [f"m,h=h{i % 3},dc={'eu' if i % 3 else 'us'} u={i * 7 % 11},w={i * 3 % 7} {i * 10_000_000_000}" for i in range(60)]
    + [f"sparse,h=h0 a={i} {i * 7_000_000_000}" for i in range(9)]
    + [f"sparse,h=h1 {'a' if i % 2 else 'z'}={i} {i * 7_000_000_000}" for i in range(9)]
    + [f'n,h=h0 i={i}i,s="t{i}" {i * 30_000_000_000}' for i in range(10)]
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    engine = Engine.open(tmp_path_factory.mktemp("engine") / "data")
    engine.write(BucketRules(BUCKET.id), LINES.encode())

    class Source:
        def find_bucket(self, **_: Any) -> BucketInfo:
            return BUCKET

        def __getattr__(self, name: str) -> Any:
            return getattr(engine, name)

    yield World(source=Source(), clock=lambda: 10**12)
    engine.close()


def rows(world: World, flux: str) -> list[dict[str, object]]:
    out = []
    for result in run(f'from(bucket: "b") |> range(start: 0, stop: 620) {flux}', world):
        for block in result.blocks:
            for key, frame in block.iter_tables():
                out += [{"\0group": sorted(key), **key, **row} for row in frame.iter_rows(named=True)]
    even = ({k: round(v, 9) if isinstance(v, float) else v for k, v in sorted(row.items())} for row in out)
    return sorted(even, key=repr)


KEEP = '|> keep(columns: ["_start", "_stop", "_time", "_value", "h"])'
PIVOT = '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
M = '|> filter(fn: (r) => r._measurement == "m")'
PIPELINES = [
    *(f"{M} |> {fn}()" for fn in ("count", "sum", "mean", "min", "max", "first", "last")),
    *(f"{M} |> aggregateWindow(every: 70s, fn: {fn})" for fn in ("count", "sum", "mean", "max", "last")),
    *(f"{M} |> aggregateWindow(every: 45s, fn: {fn}, createEmpty: false, offset: 7s)" for fn in ("mean", "min", "first")),
    f'{M} |> aggregateWindow(every: 1m, fn: sum, timeSrc: "_start")',
    f'{M} |> aggregateWindow(every: 1m, fn: sum, timeDst: "at")',
    f"{M} |> aggregateWindow(every: 1mo, fn: mean)",
    *(f'{M} {KEEP} |> aggregateWindow(every: 1m, fn: {fn})' for fn in ("mean", "max", "count")),
    f'{M} |> keep(columns: ["_start", "_stop", "_time", "_value"]) |> aggregateWindow(every: 1m, fn: sum)',
    '|> filter(fn: (r) => r._field == "u" or r._field == "a") '
    '|> keep(columns: ["_start", "_stop", "_time", "_value", "dc", "_field"]) |> aggregateWindow(every: 1m, fn: mean)',
    *(f'{M} |> group(columns: ["dc", "_field"]) |> {fn}' for fn in ("mean()", "sum()", "last()", "stddev()", "quantile(q: 0.3)")),
    *(f'{M} |> group(columns: ["dc", "_field"]) |> aggregateWindow(every: 50s, fn: {fn})' for fn in ("mean", "count", "max", "first")),
    *(
        f'{M} |> group(columns: ["_start", "_field"]) |> aggregateWindow(every: 2m, fn: {fn}, createEmpty: false, offset: 5s)'
        for fn in ("mean", "sum", "min", "last")
    ),
    *(f'{M} |> group() |> aggregateWindow(every: 1m, fn: {fn}, timeSrc: "_start")' for fn in ("sum", "last")),
    *(
        f'|> filter(fn: (r) => r._field == "u" or r._field == "a") |> group(columns: ["dc"]) |> aggregateWindow(every: 9s, fn: {fn})'
        for fn in ("mean", "count", "max", "first")
    ),
    '|> filter(fn: (r) => r._field != "s") |> group(columns: ["_field"]) |> aggregateWindow(every: 1m, fn: count)',
    f'{M} |> group(columns: ["nope", "h"]) |> mean()',
    f'{M} |> group() |> distinct(column: "h")',
    f'{M} |> group() |> distinct(column: "nope")',
    f'{M} |> distinct(column: "h")',
    '|> filter(fn: (r) => r._field == "u" or r._field == "a") |> group(columns: ["_field"]) |> distinct(column: "dc")',
    '|> filter(fn: (r) => r._field == "u" or r._field == "a") |> distinct(column: "dc")',
    f'{M} |> map(fn: (r) => ({{r with x: r._value * 2.0}})) |> group(columns: ["h"]) |> sum(column: "x")',
    f'{M} |> sort() |> group(columns: ["dc"]) |> mode()',
    f"{M} |> window(every: 2m) |> mean()",
    f"{M} |> window(every: 2m, createEmpty: true) |> count()",
    f"{M} |> window(every: 2m) |> max()",
    f'{M} |> window(every: 2m) |> sum() |> duplicate(column: "_stop", as: "_time") |> window(every: inf)',
    f"{M} |> window(every: inf) |> count()",
    f'{M} ' + PIVOT,
    '|> filter(fn: (r) => r._measurement == "sparse") ' + PIVOT,
    f'{M} |> filter(fn: (r) => r._value > 5.0) ' + PIVOT,
    f"{M} |> limit(n: 3, offset: 2)",
    f'{M} |> filter(fn: (r) => r.dc == "eu" and r._value >= 3.0)',
    f'{M} |> filter(fn: (r) => r.h =~ /[01]$/ and (r._field == "u" or r._value < 2.0))',
    '|> filter(fn: (r) => exists r.dc)',
    '|> filter(fn: (r) => not exists r.dc)',
    '|> filter(fn: (r) => r._measurement == "n" and r._field == "i") |> sum()',
]  # fmt: skip


MIXED = '|> filter(fn: (r) => r._field == "u" or r._field == "i")'


@pytest.mark.parametrize(
    "flux",
    [
        f"{MIXED} |> group() |> aggregateWindow(every: 1m, fn: mean)",
        f'{MIXED} |> group(columns: ["h"]) |> aggregateWindow(every: 1m, fn: count)',
        f'{MIXED} |> group(columns: ["h"]) |> aggregateWindow(every: 1m, fn: last)',
        f'{MIXED} |> keep(columns: ["_start", "_stop", "_time", "_value"]) |> aggregateWindow(every: 1m, fn: mean)',
    ],
)
def test_types_that_cannot_be_one_table(world: World, flux: str) -> None:
    with pytest.raises(InfluxctlError, match="schema collision"):
        rows(world, flux)


@pytest.mark.parametrize("flux", PIPELINES)
def test_pushed_or_not(world: World, flux: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed = rows(world, flux)
    few: tuple[rules.Rule, ...] = (rules.range_into_from,)
    if "group(" in flux:  # storage keeps the bounds of the range in the key when it groups: not a matter of speed
        few += (rules.filter_into_read, rules.group_into_read, rules.pieces_of_group)
    monkeypatch.setattr(plan, "RULES", few)
    assert rows(world, flux) == pushed
    assert pushed


@pytest.mark.parametrize("group", ["group()", 'group(columns: ["dc"])', 'group(columns: ["u"])'])
@pytest.mark.parametrize(
    "sort", ["sort()", "sort(desc: true)", 'sort(columns: ["_field", "_value"])', 'sort(columns: ["h"])']
)
@pytest.mark.parametrize(("n", "offset"), [(1, 0), (7, 3), (100, 0)])
def test_the_first_rows_of_a_sorted_group_are_those_of_the_whole(
    world: World, group: str, sort: str, n: int, offset: int
) -> None:
    def tables(tail: str) -> list[list[dict[str, object]]]:
        below = f"{PIVOT} |> map(fn: (r) => ({{r with _value: r.w, _field: r.dc}}))" if '"u"' in group else ""
        (result,) = run(
            f'from(bucket: "b") |> range(start: 0, stop: 620) {M} {below} |> {group} |> {sort} {tail}', world
        )
        found = [(key, frame) for block in result.blocks for key, frame in block.iter_tables()]
        return [[{**key, **row} for row in frame.iter_rows(named=True)] for key, frame in found]

    whole = [rows[offset : offset + n] for rows in tables("")]
    assert tables(f"|> limit(n: {n}, offset: {offset})") == [rows for rows in whole if rows]
