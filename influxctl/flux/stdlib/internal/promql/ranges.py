"""internal/promql: functions over the values of a range, one row a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import Invalid
from influxctl.core.regex import compile_regex, expand
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import Table, read_tables
from influxctl.flux.stdlib.experimental.tables import join as join_on_time
from influxctl.flux.stdlib.universe.aggregates import NUMERIC
from influxctl.flux.tables import Stream, merge_tables, named
from influxctl.flux.values import Function

_SECOND = 1e9
Points = list[tuple[int, float]]


def _points(table: Table) -> Points:
    """Times and values of the rows that have both."""
    if table.columns.get("_value") != "float":
        raise Invalid('a column "_value" of type float is needed')
    times = table.values.get("_time", [0] * table.height)
    return [(t, v) for t, v in zip(times, table.values["_value"], strict=True) if t is not None and v is not None]


def _reduced(name: str, tables: Stream, code: Callable[[Table, Points], float | None]) -> Stream:
    """A row of the group key and a value for every table; none where `code` gives None."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for table in read_tables(blocks):
            value = code(table, _points(table))
            if value is None:
                continue
            columns: dict[str, ColumnType] = {label: table.columns[label] for label in table.key}
            columns["_value"] = "float"
            yield Table(columns, {**{k: [v] for k, v in table.key.items()}, "_value": [value]}, table.key).block()

    return tables.then(name, transform)


@builtin("internal/promql", "changes")
@no_nulls
def changes(tables: Stream) -> Stream:
    """How often the value differs from the one before."""
    return _reduced("promql.changes", tables, lambda t, p: float(sum(_differ(a[1], b[1]) for a, b in pairwise(p))))


def _differ(a: float, b: float) -> bool:
    return a != b and not (math.isnan(a) and math.isnan(b))


@builtin("internal/promql", "resets")
@no_nulls
def resets(tables: Stream) -> Stream:
    """How often the value is below the one before."""
    return _reduced("promql.resets", tables, lambda t, p: float(sum(b[1] < a[1] for a, b in pairwise(p))))


@builtin("internal/promql", "instantRate")
@no_nulls
def instant_rate(tables: Stream, isRate: bool = False) -> Stream:
    """The step between the last two rows; a rate per second with resets of counters, or a plain difference."""

    def last_step(table: Table, points: Points) -> float | None:
        if len(points) < 2:
            return None
        (t0, v0), (t1, v1) = points[-2:]
        if t1 == t0:
            return None
        step = v1 if isRate and v1 < v0 else v1 - v0
        return step / ((t1 - t0) / _SECOND) if isRate else step

    return _reduced("promql.instantRate", tables, last_step)


@builtin("internal/promql", "extrapolatedRate")
@no_nulls
def extrapolated_rate(tables: Stream, isCounter: bool = False, isRate: bool = False) -> Stream:
    """The increase within `_start` and `_stop`, with what lies between them and the first and last row guessed."""

    def rate(table: Table, points: Points) -> float | None:
        if len(points) < 2:
            return None
        start, stop = table.values.get("_start"), table.values.get("_stop")
        if not start or not stop:
            raise Invalid("the columns _start and _stop are needed")
        first, last = points[0], points[-1]
        gained = last[1] - first[1]
        if isCounter:
            gained += sum(a[1] for a, b in pairwise(points) if b[1] < a[1])
        covered = (last[0] - first[0]) / _SECOND
        if covered == 0:
            return None
        before, behind = (first[0] - start[0]) / _SECOND, (stop[0] - last[0]) / _SECOND
        if isCounter and gained > 0 and first[1] >= 0:
            before = min(before, covered * first[1] / gained)  # a counter cannot have been below zero
        usual = covered / (len(points) - 1)
        reach = covered + sum(gap if gap < usual * 1.1 else usual / 2 for gap in (before, behind))
        gained *= reach / covered
        return gained / ((stop[0] - start[0]) / _SECOND) if isRate else gained

    return _reduced("promql.extrapolatedRate", tables, rate)


@builtin("internal/promql", "holtWinters")
@no_nulls
def holt_winters(tables: Stream, smoothingFactor: float = 0.0, trendFactor: float = 0.0) -> Stream:
    """The last value of the series smoothed twice."""
    if not (0 < smoothingFactor < 1 and 0 < trendFactor < 1):
        raise Invalid("smoothingFactor and trendFactor must lie between 0 and 1")

    def smoothed(table: Table, points: Points) -> float | None:
        if len(points) < 2:
            return None
        values = [v for _, v in points]
        level, trend = values[0], values[1] - values[0]
        before = level
        for number, value in enumerate(values[1:], 1):
            if number > 1:
                trend = trendFactor * (level - before) + (1 - trendFactor) * trend
            before, level = level, smoothingFactor * value + (1 - smoothingFactor) * (level + trend)
        return level

    return _reduced("promql.holtWinters", tables, smoothed)


@builtin("internal/promql", "linearRegression")
@no_nulls
def linear_regression(tables: Stream, predict: bool = False, fromNow: float = 0.0) -> Stream:
    """The slope per second, or the line's value `fromNow` seconds after `_stop`."""

    def fitted(table: Table, points: Points) -> float | None:
        if len(points) < 2:
            return None
        stop = table.values.get("_stop")
        origin = stop[0] if predict and stop else points[0][0]
        x = [(t - origin) / _SECOND for t, _ in points]
        y = [v for _, v in points]
        n, sx, sy = len(points), sum(x), sum(y)
        spread = sum(a * a for a in x) - sx * sx / n
        if spread == 0:
            return None
        slope = (sum(a * b for a, b in zip(x, y, strict=True)) - sx * sy / n) / spread
        return sy / n - slope * sx / n + slope * fromNow if predict else slope

    return _reduced("promql.linearRegression", tables, fitted)


@builtin("internal/promql", "promHistogramQuantile")
@no_nulls
def histogram_quantile(
    tables: Stream,
    quantile: float = 0.5,
    countColumn: str = "_value",
    upperBoundColumn: str = "le",
    valueColumn: str = "_value",
) -> Stream:
    """The quantile by straight lines within buckets, from 0 or the first bound on."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for table in read_tables(blocks):
            bounds, counts = table.values.get(upperBoundColumn), table.values.get(countColumn)
            if bounds is None or counts is None:
                raise Invalid(f'the columns "{upperBoundColumn}" and "{countColumn}" are needed')
            if any(table.columns[label] not in NUMERIC for label in (upperBoundColumn, countColumn)) or None in counts:
                raise Invalid(f'the columns "{upperBoundColumn}" and "{countColumn}" must hold numbers')
            buckets = sorted((float(b), float(c)) for b, c in zip(bounds, counts, strict=True) if b is not None)
            columns: dict[str, ColumnType] = {label: table.columns[label] for label in table.key}
            columns[valueColumn] = "float"
            value = _bucket_quantile(quantile, buckets)
            yield Table(columns, {**{k: [v] for k, v in table.key.items()}, valueColumn: [value]}, table.key).block()

    return tables.then("promql.promHistogramQuantile", transform)


def _bucket_quantile(q: float, buckets: list[tuple[float, float]]) -> float:
    if q < 0 or q > 1:
        return -math.inf if q < 0 else math.inf
    if len(buckets) < 2 or not math.isinf(buckets[-1][0]) or buckets[-1][1] == 0:
        return math.nan
    rank = q * buckets[-1][1]
    at = next((i for i, (_, count) in enumerate(buckets) if count >= rank), len(buckets) - 1)
    if at == len(buckets) - 1:
        return buckets[-2][0]
    high, count = buckets[at]
    if at == 0 and high <= 0:
        return high
    low, below = buckets[at - 1] if at else (0.0, 0.0)
    return low + (high - low) * (rank - below) / (count - below)


@builtin("internal/promql", "timestamp")
@no_nulls
def timestamp(tables: Stream) -> Stream:
    """The seconds of `_time` as `_value`."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for table in read_tables(blocks):
            times = table.values.get("_time")
            if times is None:
                raise Invalid("the column _time is needed")
            columns: dict[str, ColumnType] = {**table.columns, "_value": "float"}
            seconds = [None if t is None else t // 1_000_000 / 1000 for t in times]
            key = {label: value for label, value in table.key.items() if label != "_value"}
            yield Table(columns, {**table.values, "_value": seconds}, key).block()

    return tables.then("promql.timestamp", transform)


@builtin("internal/promql", "emptyTable")
def empty_table() -> Stream:
    """A table of the columns _start, _stop, _time, _value without rows."""
    columns: dict[str, ColumnType] = {"_start": "time", "_stop": "time", "_time": "time", "_value": "float"}
    return Stream("promql.emptyTable", lambda: [Table(columns, {label: [] for label in columns}).block()])


@builtin("internal/promql", "labelReplace")
@no_nulls
def label_replace(tables: Stream, destination: str, replacement: str, source: str, regex: str) -> Stream:
    """`destination` set to the template where the whole value of `source` matches; emptied by an empty template."""
    pattern = compile_regex(f"^(?:{regex})$")

    def transform(blocks: Iterable[Block]) -> list[Block]:
        return merge_tables(
            _replaced(t, pattern, destination, replacement, source).block() for t in read_tables(blocks)
        )

    return tables.then("promql.labelReplace", transform)


def _replaced(table: Table, pattern: Any, destination: str, replacement: str, source: str) -> Table:
    found = pattern.search(str(table.key.get(source) or ""))
    if found is None:
        return table
    text = expand(found, replacement)
    columns: dict[str, ColumnType] = {k: t for k, t in table.columns.items() if k != destination}
    key = {k: v for k, v in table.key.items() if k != destination}
    values = {k: v for k, v in table.values.items() if k != destination}
    if text:
        columns[named(destination)], key[destination], values[destination] = "string", text, [text] * table.height
    return Table(columns, values, key)


@builtin("internal/promql", "join")
@no_nulls
def join(ctx: Any, left: Stream, right: Stream, fn: Function) -> Stream:
    """As experimental.join."""
    stream: Stream = join_on_time(ctx, left=left, right=right, fn=fn)
    return stream
