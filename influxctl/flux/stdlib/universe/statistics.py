"""covariance, histogram, histogramQuantile, holtWinters, kaufmansER."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from influxctl.core.columns import Block, Column
from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.holtwinters import forecast
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib.universe.aggregates import NUMERIC, aggregated, need_column
from influxctl.flux.stdlib.universe.series import chande_momentum_oscillator
from influxctl.flux.tables import Stream, block_of, named

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run

Floats = np.ndarray[Any, np.dtype[np.float64]]


@builtin("universe", "covariance")
def covariance(tables: Stream, columns: list[str], pearsonr: bool = False, valueDst: str = "_value") -> Stream:
    """The covariance of two columns of each table, or their correlation."""
    if len(columns) != 2:
        raise Invalid("must provide exactly two columns")

    def change(block: Block) -> Block:
        first, second = (need_column(block, label) for label in columns)
        if first.type != second.type:
            raise Invalid("cannot compute the covariance between different types")
        if first.type != "float":
            raise Invalid(f"covariance does not support {first.type}")
        x, y = (block.values(label).fill_null(np.nan).to_numpy() for label in columns)
        out: list[float | None] = []
        for low, high in zip(block.offsets[:-1].tolist(), block.offsets[1:].tolist(), strict=True):
            out.append(_covariance(x[low:high], y[low:high], pearsonr))
        return aggregated(block, valueDst, pl.Series(out, dtype=pl.Float64), "float")

    return tables.each("covariance", change)


def _covariance(x: Floats, y: Floats, pearson: bool) -> float:
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    with np.errstate(all="ignore"):
        dx, dy = x - x.mean() if len(x) else x, y - y.mean() if len(y) else y
        if pearson:
            return float((dx * dy).sum() / np.sqrt((dx**2).sum() * (dy**2).sum()))
        return float((dx * dy).sum() / np.float64(len(x) - 1))


@builtin("universe", "histogram")
def histogram(
    tables: Stream,
    bins: list[float],
    column: str = "_value",
    upperBoundColumn: str = "le",
    countColumn: str = "_value",
    normalize: bool = False,
) -> Stream:
    """How many values of each table are at most each bound."""
    bounds = np.sort(np.array(bins, dtype=float))
    if not len(bounds):
        raise Invalid("histogram must have at least one bin")
    if upperBoundColumn == countColumn:
        raise Invalid(f"table already has a column with the label {countColumn}")

    def change(block: Block) -> Block:
        if need_column(block, column).type != "float":
            raise Invalid(f"cannot histogram column {column}: it is not of type float")
        values, gids = block.values(column), block.gids.astype(np.int64)
        if values.null_count():
            raise Invalid("histogram cannot count null values")
        place = np.searchsorted(bounds, values.to_numpy(), side="left")
        if (place >= len(bounds)).any():
            worst = float(values.to_numpy()[place >= len(bounds)][0])
            raise Invalid(f"found value greater than any bin, {worst} {bounds[-1]}")
        counts = np.bincount(gids * len(bounds) + place, minlength=block.tables * len(bounds))
        totals = counts.reshape(block.tables, len(bounds)).cumsum(axis=1).astype(float)
        if normalize:
            with np.errstate(all="ignore"):
                totals = totals / totals[:, -1:]
        keys = [c for c in block.columns if c.key and c.label not in (upperBoundColumn, countColumn)]
        columns = [*keys, Column(named(upperBoundColumn), "float"), Column(named(countColumn), "float")]
        rows = [pl.Series(upperBoundColumn, np.tile(bounds, block.tables)), pl.Series(countColumn, totals.ravel())]
        owners = np.repeat(np.arange(block.tables), len(bounds))
        return block_of(columns, [block.keys[k.label] for k in keys], rows, owners, block.tables)

    return tables.each("histogram", change, needs={column})


@builtin("universe", "histogramQuantile")
def histogram_quantile(
    tables: Stream,
    quantile: float = 0.0,
    countColumn: str = "_value",
    upperBoundColumn: str = "le",
    valueColumn: str = "_value",
    minValue: float = 0.0,
    onNonmonotonic: str = "error",
) -> Stream:
    """The quantile that each table's cumulative histogram suggests."""
    if onNonmonotonic not in ("error", "force", "drop"):
        raise Invalid(f"onNonmonotonic must be error, force or drop, was {onNonmonotonic}")

    def change(block: Block) -> Block:
        for name, label in (("count", countColumn), ("upper bound", upperBoundColumn)):
            if need_column(block, label).type != "float":
                raise Invalid(f'{name} column "{label}" must be of type float')
        counts, bounds = block.values(countColumn), block.values(upperBoundColumn)
        if counts.null_count() or bounds.null_count():
            raise Invalid("unexpected null in the histogram")
        c, b = counts.to_numpy(), bounds.to_numpy()
        out: list[float | None] = []
        keep = []
        for low, high in zip(block.offsets[:-1].tolist(), block.offsets[1:].tolist(), strict=True):
            order = np.argsort(b[low:high], kind="stable")
            found = _histogram_quantile(c[low:high][order], b[low:high][order], quantile, minValue, onNonmonotonic)
            keep.append(not isinstance(found, str))
            out.append(None if isinstance(found, str) else found)
        made = aggregated(block, valueColumn, pl.Series(out, dtype=pl.Float64), "float")
        if all(keep):
            return made
        from influxctl.flux.tables import select_tables

        return select_tables(made, np.array(keep))

    return tables.each("histogramQuantile", change)


def _histogram_quantile(counts: Floats, bounds: Floats, q: float, least: float, on_broken: str) -> float | str | None:
    """The quantile; None for an empty histogram, "drop" for one to leave out."""
    if not len(counts):
        return None
    if (np.diff(counts) < 0).any():
        if on_broken == "error":
            raise Invalid("histogram records counts are not monotonic")
        if on_broken == "drop":
            return "drop"
        counts = np.maximum.accumulate(counts)
    total = float(counts[-1])
    if total == 0:
        return None
    rank = q * total
    place = int(np.searchsorted(counts, rank, side="right"))
    if place == len(counts):
        return float(bounds[-1])
    low_bound = least if place == 0 else float(bounds[place - 1])
    low_count = 0.0 if place == 0 else float(counts[place - 1])
    high_bound, high_count = float(bounds[place]), float(counts[place])
    if low_count == rank:
        return low_bound
    if low_bound == -math.inf:
        return high_bound
    if high_bound == math.inf:
        return low_bound
    return low_bound + (high_bound - low_bound) * ((rank - low_count) / (high_count - low_count))


@builtin("universe", "holtWinters")
def holt_winters(
    ctx: Run,
    tables: Stream,
    n: int,
    interval: Duration,
    withFit: bool = False,
    column: str = "_value",
    timeColumn: str = "_time",
    seasonality: int = 0,
    withMinSSE: bool = False,
) -> Stream:
    """n values to come, by exponential smoothing with trend and season."""
    if interval.months or interval.ns <= 0:
        raise Invalid("interval must be a positive duration without months")

    def change(block: Block) -> Block:
        if block.column(timeColumn) is None:
            raise Invalid(f"cannot find time column {timeColumn}")
        if (source := block.column(column)) is None:
            raise Invalid(f"cannot find column {column}")
        if source.type not in NUMERIC:
            raise Invalid(f"holtWinters can work only on numerical types, got {source.type}")
        times = block.values(timeColumn).to_list()
        values = block.values(column).cast(pl.Float64).fill_null(np.nan).to_list()
        out_times, out_values, owners, errors = [], [], [], []
        for number, (low, high) in enumerate(zip(block.offsets[:-1].tolist(), block.offsets[1:].tolist(), strict=True)):
            rows = [i for i in range(low, high) if times[i] is not None]
            got = forecast(
                [times[i] for i in rows],
                [values[i] for i in rows],
                n,
                seasonality,
                withFit,
                interval.ns,
                ctx.world.check,
            )
            out_times.extend(got.times)
            out_values.extend(got.values)
            errors.extend([got.error] * len(got.times))
            owners.extend([number] * len(got.times))
        keys = [c for c in block.columns if c.key and c.label not in ("_time", "_value")]
        columns = [*keys, Column("_time", "time"), Column("_value", "float")]
        made = [
            pl.Series("_time", out_times, dtype=pl.Int64),
            pl.Series("_value", out_values, dtype=pl.Float64, strict=False),
        ]
        if withMinSSE:
            columns.append(Column("minSSE", "float"))
            made.append(pl.Series("minSSE", errors, dtype=pl.Float64))
        return block_of(columns, [block.keys[k.label] for k in keys], made, owners, block.tables)

    return tables.each("holtWinters", change)


@builtin("universe", "kaufmansER")
def kaufmans_er(tables: Stream, n: int) -> Stream:
    """The net change of the last n values over the sum of their changes."""

    def change(block: Block) -> Block:
        ratio = (block.rows["_value"].abs() / 100).alias("_value")
        columns = tuple(sorted(block.columns, key=lambda c: c.label))
        return Block(columns, block.keys, block.rows.with_columns(ratio))

    return chande_momentum_oscillator(tables, n).each("kaufmansER", change)
