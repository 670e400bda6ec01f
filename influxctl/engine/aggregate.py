"""Pushed-down aggregates: rows of a field are reduced where they lie, part by part, and the small results are merged.

A partial result is one row for each table and window of a part. Parts whose times do not overlap need no merge of their rows at all: only
partial results are brought into order. The segments of rows are found once for all fields of a batch that have a value in every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.errors import Invalid
from influxctl.core.frames import no_nulls, take, take_or_null
from influxctl.core.readspec import Aggregate, ReadSpec, Window
from influxctl.core.reduce import SELECTORS, number_segments, reduce_runs, reduce_segments, starts_of, window_numbers
from influxctl.engine.read import Batch, Rows

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Partial:
    """One row for each table and window, sorted by both. `times` are those of the rows chosen; `weights`: points behind a sum (mean)."""

    tables: Array
    windows: Array
    times: Array
    values: pl.Series
    weights: Array | None = None


def reduce_rows(kind: Aggregate, window: Window | None, batch: Batch, rows: Rows) -> Partial:
    """The partial result of sorted rows without nulls."""
    starts, windows = batch.segments(rows, window)
    values = rows.values.alias("_value")
    weights: Array | None = None
    step: Aggregate = kind
    if kind == "mean":
        step = "sum"
        weights = np.diff(starts, append=len(rows.tables))
        values = values.cast(pl.Float64) if values.dtype.is_numeric() else values
    reduced = reduce_runs(step, starts, values)
    chosen = starts if reduced.rows is None else reduced.rows
    return Partial(rows.tables[starts], windows, rows.times[chosen], reduced.values, weights)


def join(partials: Sequence[Partial]) -> Partial:
    """Partial results one after the other; not sorted any more."""
    if len(partials) == 1:
        return partials[0]
    weights = (
        None if partials[0].weights is None else np.concatenate([p.weights for p in partials if p.weights is not None])
    )
    tables, windows, times = (
        np.concatenate([getattr(p, name) for p in partials]) for name in ("tables", "windows", "times")
    )
    return Partial(tables, windows, times, pl.concat([p.values for p in partials]), weights)


def arrange(partial: Partial, order: Array) -> Partial:
    """Partial results in this order."""
    weights = None if partial.weights is None else partial.weights[order]
    values = take(partial.values, order)
    return Partial(partial.tables[order], partial.windows[order], partial.times[order], values, weights)


def finish(kind: Aggregate, spec: ReadSpec, partial: Partial) -> tuple[Array, dict[str, pl.Series]]:
    """Partial results, sorted by table and window, merged: the table number of each row, and the columns."""
    merge: Aggregate = "sum" if kind in ("count", "mean") else kind
    tables, columns = _merge(merge, spec, partial, partial.values)
    if kind == "count":
        columns["_value"] = no_nulls(columns["_value"], 0)
    if partial.weights is not None:
        _, weights = _merge("sum", spec, partial, pl.Series("_value", partial.weights))
        columns["_value"] = (columns["_value"] / weights["_value"]).alias("_value")
        if spec.weighed:
            columns["_weight"] = weights["_value"].alias("_weight")
    return tables, columns


def _merge(kind: Aggregate, spec: ReadSpec, partial: Partial, values: pl.Series) -> tuple[Array, dict[str, pl.Series]]:
    """One row a table, or a row a table and window."""
    window, tables, windows, times = spec.window, partial.tables, partial.windows, partial.times
    selects = kind in SELECTORS
    starts = starts_of(tables, windows)
    apart = len(starts) == len(tables)  # each row is a result already: nothing was read in pieces
    if window is None or not window.create_empty:
        if apart:
            chosen = pl.Series("_time", times) if selects else None
            return tables, _columns(spec, windows, chosen, values)
        reduced = reduce_runs(kind, starts, values)
        rows, tables, windows = reduced.rows, tables[starts], windows[starts]
        chosen = None if rows is None else pl.Series("_time", times[rows])
        return tables, _columns(spec, windows, chosen, reduced.values)
    ids = number_segments(starts, len(tables))
    tables, windows = tables[starts], windows[starts]
    first = int(window_numbers(np.array([spec.start]), window.every, window.offset)[0])
    last = int(window_numbers(np.array([spec.stop - 1]), window.every, window.offset)[0])
    span = last - first + 1
    present = tables[starts_of(tables)]
    if len(present) * span > 1 << 26:
        raise Invalid(f"{len(present) * span} windows are too many: make the windows longer or the range shorter")
    place = np.searchsorted(present, tables) * span + (windows - first)
    if apart:
        rows = np.full(len(present) * span, -1, np.int64)
        rows[place] = np.arange(len(place))
        values = take_or_null(values, rows)
    else:
        reduced = reduce_segments(kind, place[ids], len(present) * span, values)
        rows, values = reduced.rows, reduced.values
    chosen = take_or_null(pl.Series("_time", times), rows) if selects and rows is not None else None
    windows = np.tile(np.arange(first, last + 1), len(present))
    return np.repeat(present, span), _columns(spec, windows, chosen, values)


def _columns(spec: ReadSpec, windows: Array, chosen: pl.Series | None, values: pl.Series) -> dict[str, pl.Series]:
    """The columns of aggregated rows: window bounds clipped to the range, time of the row chosen, value."""
    columns: dict[str, pl.Series] = {}
    if spec.window is not None:
        every = spec.window.every
        low = windows * every + spec.window.offset
        columns["_start"] = pl.Series("_start", np.maximum(low, spec.start))
        columns["_stop"] = pl.Series("_stop", np.where(low > spec.stop - every, spec.stop, low + every))
    if chosen is not None:
        columns["_time"] = chosen
    columns["_value"] = values.alias("_value")
    return columns
