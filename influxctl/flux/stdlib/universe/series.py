"""Functions of a row and the rows before it: difference, derivative, sums, averages, momentum, states, elapsed time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.columns import Block, Column
from influxctl.core.errors import Invalid
from influxctl.core.frames import no_nulls, nulled, present
from influxctl.core.times import Duration
from influxctl.flux.rowfn import condition, rows_batch
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib.universe.aggregates import NUMERIC, SECOND, need_column
from influxctl.flux.tables import Stream, replace_column, select_rows
from influxctl.flux.values import Function

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


def first_rows(block: Block) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows are the first of their table."""
    mask = np.zeros(block.rows.height, dtype=bool)
    starts = block.offsets[:-1][np.diff(block.offsets) > 0]
    mask[starts] = True
    return mask


def previous_rows(block: Block, filled: np.ndarray[Any, np.dtype[np.bool_]]) -> Ints:
    """For each row the nearest row before it in its table with `filled`, or -1."""
    count = len(filled)
    place = np.where(filled, np.arange(count), -1)
    last = np.maximum.accumulate(place) if count else place
    before = np.concatenate([[-1], last[:-1]]) if count else place
    return np.where(before >= block.offsets[:-1][block.gids], before, -1)


@builtin("universe", "difference")
def difference(
    tables: Stream,
    nonNegative: bool = False,
    columns: list[str] | None = None,
    keepFirst: bool = False,
    initialZero: bool = False,
) -> Stream:
    """The difference of each value to the one before it in its table."""
    labels = ["_value"] if columns is None else list(columns)

    def change(block: Block) -> Block:
        out = block
        for label in labels:
            used = need_column(block, label)
            if used.type not in NUMERIC:
                raise Invalid(f'difference does not support column "{label}" of type "{used.type}"')
            series, kind = _difference(block, label, nonNegative, initialZero)
            out = replace_column(out, label, series, kind)
        return out if keepFirst else select_rows(out, ~first_rows(block), keep_empty=True)

    return tables.each("difference", change)


def _difference(block: Block, label: str, non_negative: bool, initial_zero: bool) -> tuple[pl.Series, Any]:
    values = block.values(label)
    is_float = values.dtype == pl.Float64
    filled = present(values)
    data = no_nulls(values, 0).to_numpy()
    data = data if is_float else data.astype(np.int64)
    before = previous_rows(block, filled)
    with np.errstate(all="ignore"):
        delta = data - data[np.maximum(before, 0)] if len(data) else data
        negative = delta < 0
        if non_negative and initial_zero:
            delta = np.where(negative, data, delta)
    nulls = ~filled | (before < 0)
    if non_negative:
        nulls |= (data < 0) & negative if initial_zero else negative
    series = pl.Series(label, delta, dtype=pl.Float64 if is_float else pl.Int64)
    return nulled(series, nulls), "float" if is_float else "int"


@builtin("universe", "derivative")
def derivative(
    tables: Stream,
    unit: Duration = SECOND,
    nonNegative: bool = False,
    columns: list[str] | None = None,
    timeColumn: str = "_time",
    initialZero: bool = False,
) -> Stream:
    """The rate at which values change, by unit of time."""
    labels = ["_value"] if columns is None else list(columns)

    def change(block: Block) -> Block:
        if need_column(block, timeColumn).type != "time":
            raise Invalid(f"time column {timeColumn} is not of type time")
        times = block.values(timeColumn)
        if times.null_count():
            raise Invalid("derivative found null time in time column")
        moments = times.to_numpy()
        starts = first_rows(block)
        steps = np.diff(moments, prepend=moments[:1])
        if (steps[~starts] < 0).any():
            raise Invalid("derivative found out-of-order times in time column")
        same = (steps == 0) & ~starts
        out = block
        for label in labels:
            used = need_column(block, label)
            if used.type not in NUMERIC:
                raise Invalid(f"unsupported derivative column type {label}:{used.type}")
            series = _derivative(block, label, moments, same, unit.ns, nonNegative, initialZero)
            out = replace_column(out, label, series, "float")
        return select_rows(out, ~(starts | same), keep_empty=True)

    return tables.each("derivative", change)


def _derivative(
    block: Block, label: str, moments: Ints, same: Any, unit: int, non_negative: bool, initial_zero: bool
) -> pl.Series:
    values = block.values(label)
    filled = present(values)
    data = no_nulls(values, 0).to_numpy()
    data = data if values.dtype == pl.Float64 else data.astype(np.int64)
    before = previous_rows(block, filled & ~same)
    place = np.maximum(before, 0)
    with np.errstate(all="ignore"):
        delta = (data - data[place]).astype(float) if len(data) else data.astype(float)
        elapsed = (moments - moments[place]).astype(float) / unit if len(data) else data.astype(float)
        rate = delta / elapsed
    negative = delta < 0
    nulls = ~filled | (before < 0)
    if non_negative:
        if initial_zero:
            rate = np.where(negative, 0.0, rate)
        else:
            nulls |= negative
    return nulled(pl.Series(label, rate), nulls)


def _moments(block: Block, label: str) -> Ints:
    """The times of a column; `Invalid` if one is null."""
    times = block.values(label)
    if times.null_count():
        raise Invalid(f'null value in the time column "{label}"')
    return times.to_numpy()


@builtin("universe", "elapsed")
def elapsed(tables: Stream, unit: Duration = SECOND, timeColumn: str = "_time", columnName: str = "elapsed") -> Stream:
    """The time since the row before, in whole units."""

    def change(block: Block) -> Block:
        if need_column(block, timeColumn).type != "time":
            raise Invalid(f'column "{timeColumn}" is not of type time')
        moments = _moments(block, timeColumn).astype(float)  # as floats: the reference rounds so (seen, 2.9.1)
        steps = np.diff(moments, prepend=moments[:1])
        with np.errstate(all="ignore"):  # a unit of nothing
            whole = (steps / unit.ns).astype(np.int64)
        out = replace_column(block, columnName, pl.Series(whole), "int")
        return select_rows(out, ~first_rows(block), keep_empty=True)

    return tables.each("elapsed", change)


@builtin("universe", "cumulativeSum")
def cumulative_sum(tables: Stream, columns: list[str] | None = None) -> Stream:
    """Running sums of columns; a null adds nothing."""
    labels = ["_value"] if columns is None else list(columns)

    def change(block: Block) -> Block:
        out = block
        for label in labels:
            used = block.column(label)
            if used is None or used.type not in NUMERIC:
                continue
            data = no_nulls(block.values(label), 0).to_numpy()
            sums = np.cumsum(data)
            starts = block.offsets[:-1]
            base = np.concatenate([[data.dtype.type(0)], sums])[starts] if len(data) else data
            if used.type == "float" and block.tables > 1:
                sums = _separate_sums(data, block.offsets)
            elif len(data):
                sums = sums - base[block.gids]
            out = replace_column(out, label, pl.Series(label, sums), used.type)
        return out

    return tables.each("cumulativeSum", change)


def _separate_sums(data: Floats, offsets: Ints) -> Floats:
    """Running sums of floats table by table: subtracting a base would lose digits."""
    out = np.empty_like(data)
    for low, high in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        np.cumsum(data[low:high], out=out[low:high])
    return out


# ---------------------------------------------------------------- averages, table by table on arrays

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Average = Callable[[Floats, Mask], tuple[int, Floats, Mask | None]]
"""Values (0 where there is none) and where there are any, to how many rows fall away in front, the results, and which are not null."""


def averaged(tables: Stream, kind: str, labels: list[str], compute: Average) -> Stream:
    """Columns replaced by a float function of each table's values."""

    def change(block: Block) -> Block:
        for label in labels:
            used = need_column(block, label)
            if used.type not in NUMERIC:
                raise Invalid(f'cannot compute {kind} of column "{label}" of type {used.type}')
        keep = np.zeros(block.rows.height, dtype=bool)
        out = block
        for label in labels:
            values = block.values(label).cast(pl.Float64)
            filled, data = present(values), no_nulls(values, 0.0).to_numpy()
            made, there = np.full(len(data), np.nan), np.ones(len(data), dtype=bool)
            for low, high in zip(block.offsets[:-1].tolist(), block.offsets[1:].tolist(), strict=True):
                if low == high:
                    continue
                skip, found, known = compute(data[low:high], filled[low:high])
                keep[low + skip : high] = True
                made[low + skip : high] = found
                if known is not None:
                    there[low + skip : high] = known
            out = replace_column(out, label, nulled(pl.Series(label, made), ~there), "float")
        return select_rows(out, keep, keep_empty=True)

    return tables.each(kind, change)


def _positive(n: int, what: str) -> None:
    if n <= 0:
        raise Invalid(f"cannot take {what} with a period of {n} (must be greater than 0)")


def _mean(values: Floats, filled: Mask) -> tuple[float, bool]:
    """The mean of the values that are there, and whether there is one."""
    there = values[filled]
    return (float(there.mean()), True) if len(there) else (math.nan, False)


@builtin("universe", "movingAverage")
def moving_average(tables: Stream, n: int) -> Stream:
    """The mean of each value and the n - 1 before it; nulls do not count, and of nulls alone it is null."""
    _positive(n, "moving average")

    def compute(values: Floats, filled: Mask) -> tuple[int, Floats, Mask | None]:
        if len(values) < n:
            mean, there = _mean(values, filled)
            return len(values) - 1, np.array([mean]), np.array([there])
        windows = np.lib.stride_tricks.sliding_window_view(values, n)
        if filled.all():
            return n - 1, np.asarray(windows.mean(axis=1)), None
        counts = np.lib.stride_tricks.sliding_window_view(filled, n).sum(axis=1)
        return n - 1, windows.sum(axis=1) / np.maximum(counts, 1), counts > 0

    return averaged(tables, "movingAverage", ["_value"], compute)


def ema(values: Floats, filled: Mask, n: int) -> tuple[int, Floats, Mask | None]:
    """Exponential average: the mean of the first n values, then each value weighs 2 / (n + 1) and a null changes nothing."""
    if len(values) < n:
        mean, there = _mean(values, filled)
        return len(values) - 1, np.array([mean]), np.array([there])
    weight = 2 / (n + 1)
    out = np.empty(len(values) - n + 1)
    state, known = _mean(values[:n], filled[:n])
    out[0] = state
    if filled.all():
        for place, value in enumerate(values[n:].tolist(), 1):
            state = value * weight + state * (1 - weight)
            out[place] = state
        return n - 1, out, None
    reached = [known]
    for place, (value, there) in enumerate(zip(values[n:].tolist(), filled[n:].tolist(), strict=True), 1):
        if there:
            state = value * weight + state * (1 - weight) if known else value
            known = True
        out[place] = state
        reached.append(known)
    return n - 1, out, np.array(reached)


@builtin("universe", "exponentialMovingAverage")
def exponential_moving_average(tables: Stream, n: int) -> Stream:
    """An average in which recent values weigh more."""
    _positive(n, "exponential moving average")
    return averaged(tables, "exponentialMovingAverage", ["_value"], lambda values, filled: ema(values, filled, n))


@builtin("universe", "tripleExponentialDerivative")
def triple_exponential_derivative(tables: Stream, n: int) -> Stream:
    """The change of a triple exponential average, in percent; NaN in the last row of a table that has too few."""
    _positive(n, "exponential moving average")

    def compute(values: Floats, filled: Mask) -> tuple[int, Floats, Mask | None]:
        if len(values) < 3 * n - 1:
            return len(values) - 1, np.array([np.nan]), None
        skip = 0
        for _ in range(3):
            more, values, known = ema(values, filled, n)
            filled = np.ones(len(values), dtype=bool) if known is None else known
            skip += more
        with np.errstate(all="ignore"):
            return skip + 1, (values[1:] / values[:-1] - 1) * 100, filled[1:] & filled[:-1]

    return averaged(tables, "tripleExponentialDerivative", ["_value"], compute)


def _carried(values: Floats, filled: Mask) -> Floats:
    """The values with each null replaced by the value before it (the first value, where there is none): a null is no movement."""
    if filled.all() or not filled.any():
        return values
    place = np.maximum.accumulate(np.where(filled, np.arange(len(values)), -1))
    return values[np.where(place < 0, int(np.argmax(filled)), place)]


@builtin("universe", "chandeMomentumOscillator")
def chande_momentum_oscillator(tables: Stream, n: int, columns: list[str] | None = None) -> Stream:
    """100 times rises less falls over rises plus falls, of the last n steps."""
    _positive(n, "chande momentum oscillator")

    def compute(values: Floats, filled: Mask) -> tuple[int, Floats, Mask | None]:
        if len(values) <= n:
            return len(values), values[:0], None
        steps = np.diff(_carried(values, filled))
        up = np.convolve(np.maximum(steps, 0), np.ones(n), "valid")
        down = np.convolve(np.maximum(-steps, 0), np.ones(n), "valid")
        total = up + down
        with np.errstate(all="ignore"):
            return n, np.where(total == 0, 0.0, 100 * (up - down) / total), None

    return averaged(tables, "chandeMomentumOscillator", columns or ["_value"], compute)


@builtin("universe", "relativeStrengthIndex")
def relative_strength_index(tables: Stream, n: int, columns: list[str] | None = None) -> Stream:
    """100 less 100 over 1 plus the ratio of the smoothed rises and falls."""
    _positive(n, "relative strength index")

    def compute(values: Floats, filled: Mask) -> tuple[int, Floats, Mask | None]:
        if len(values) <= n:
            return len(values), values[:0], None
        # the first value counts as a step from zero (seen, 2.9.1)
        steps = np.diff(_carried(values, filled), prepend=0.0)
        up, down = float(np.maximum(steps[:n], 0).mean()), float(np.maximum(-steps[:n], 0).mean())
        out = []
        for step in steps[n:].tolist():
            up = (up * (n - 1) + max(step, 0)) / n
            down = (down * (n - 1) + max(-step, 0)) / n
            out.append(_strength(up, down))
        return n, np.array(out), None

    return averaged(tables, "relativeStrengthIndex", columns or ["_value"], compute)


def _strength(up: float, down: float) -> float:
    return 100.0 if down == 0 else 100 - 100 / (1 + up / down)


@builtin("universe", "kaufmansAMA")
def kaufmans_ama(tables: Stream, n: int, column: str = "_value") -> Stream:
    """An average that follows trends quickly and noise slowly."""
    _positive(n, "kaufmansAMA")
    fast, slow = 2 / 3, 2 / 31

    def compute(values: Floats, filled: Mask) -> tuple[int, Floats, Mask | None]:
        if len(values) <= n:
            return len(values), values[:0], None
        values = _carried(values, filled)
        steps = np.abs(np.diff(values))
        state = float(values[n - 1])
        out = []
        for place in range(n, len(values)):
            noise = float(steps[place - n : place].sum())
            ratio = abs(float(values[place] - values[place - n])) / noise if noise else 0.0
            weight = (ratio * (fast - slow) + slow) ** 2
            state += weight * (float(values[place]) - state)
            out.append(state)
        return n, np.array(out), None

    return averaged(tables, "kaufmansAMA", [column], compute)


# ---------------------------------------------------------------- states


@builtin("universe", "stateTracking")
def state_tracking(
    tables: Stream,
    fn: Function,
    countColumn: str = "",
    durationColumn: str = "",
    durationUnit: Duration = SECOND,
    timeColumn: str = "_time",
) -> Stream:
    """How many rows in a row, and how long, a condition has held; -1 where it does not."""
    if durationColumn and durationUnit.ns <= 0:
        raise Invalid("state tracking duration unit must be greater than zero")

    def change(block: Block) -> Block:
        if durationColumn and need_column(block, timeColumn).type != "time":
            raise Invalid(f'column "{timeColumn}" is not of type time')
        mask = condition(fn, rows_batch(block), block).to_numpy()
        count = len(mask)
        starts = first_rows(block)
        broken = np.where(~mask | starts, np.arange(count), -1)
        begun = np.maximum.accumulate(broken) if count else broken
        begin = np.where(mask[begun], begun, begun + 1) if count else broken  # the first row of the present run
        out = block
        if countColumn:
            counts = np.where(mask, np.arange(count) - begin + 1, -1)
            out = replace_column(out, countColumn, pl.Series(countColumn, counts, dtype=pl.Int64), "int")
        if durationColumn:
            moments = _moments(block, timeColumn)
            spans = (moments - moments[np.minimum(begin, count - 1)]) // durationUnit.ns if count else moments
            out = replace_column(
                out, durationColumn, pl.Series(durationColumn, np.where(mask, spans, -1), dtype=pl.Int64), "int"
            )
        return out

    return tables.each("stateTracking", change)


__all__ = ["Column", "averaged", "difference"]
