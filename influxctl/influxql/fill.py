"""fill(): rows for windows without points, in every group that has any."""

from __future__ import annotations

import numpy as np

from influxctl.core.times import MIN_TIME
from influxctl.influxql import ast
from influxctl.influxql.errors import StatementError
from influxctl.influxql.vector import DTYPES, NUMERIC, Array, Vector, nulls
from influxctl.influxql.zones import MAX_WINDOWS, Windows

Filled = tuple[Array, Array, Vector, Array | None]


def fill_windows(
    group: Array, time: Array, value: Vector, rows: Array | None, windows: Windows, fill: ast.Fill, least: int, greatest: int,
    descending: bool,
) -> Filled:  # fmt: skip
    """One point for each group and window of the range, from the first point's window on if the range has no beginning. Points are
    ascending by group and time before and after."""
    if not len(group):
        return group, time, value, rows
    new = np.concatenate(([True], np.diff(group) != 0))
    number = np.cumsum(new) - 1
    present = group[new]
    first = time[new] if least == MIN_TIME else None
    low = int(time.min()) if first is not None else windows.bounds(least)[0]
    steps = windows.sequence(low, max(windows.bounds(greatest)[0], int(time.max())))
    width = len(steps)
    if width * len(present) > MAX_WINDOWS:
        raise StatementError(
            f"more than {MAX_WINDOWS:,} windows: use a longer interval, a shorter time range or fewer groups"
        )
    if first is None and len(group) == width * len(present):
        return group, time, value, rows
    place = number * width + np.searchsorted(steps, time)
    size = width * len(present)
    filled = nulls(value.type, size)
    filled.values[place] = value.values
    valid = np.zeros(size, dtype=bool)
    valid[place] = value.mask()
    known = np.zeros(size, dtype=bool)
    known[place] = True
    grid = Vector(value.type, filled.values, valid)
    _fill(grid, known, fill, steps, width, windows.every, descending)
    index = np.full(size, -1)
    index[place] = np.arange(len(group)) if rows is None else rows
    groups, times = np.repeat(present, width), np.tile(steps, len(present))
    if first is not None:
        keep = np.flatnonzero(times >= np.repeat(first, width))
        groups, times, grid, index = groups[keep], times[keep], grid.take(keep), index[keep]
    return groups, times, grid, None if rows is None else index


def _fill(
    grid: Vector, known: Array, fill: ast.Fill, steps: Array, width: int, every: int, descending: bool
) -> None:  # fmt: skip
    """Put the values of empty windows into the grid, in place."""
    assert grid.valid is not None
    empty = ~known
    if fill.kind == "number":
        if grid.type in NUMERIC:
            grid.values[empty] = np.array(fill.value).astype(DTYPES[grid.type])
        else:
            grid.values[empty] = False if grid.type == "boolean" else ""
        grid.valid[empty] = True
    elif fill.kind == "previous":
        source = _previous(known, width, descending)
        usable = empty & (source >= 0)
        grid.values[usable] = grid.values[source[usable]]
        grid.valid[usable] = grid.valid[source[usable]]
    elif fill.kind == "linear" and grid.type in NUMERIC:
        before, after = _previous(known, width, False), _previous(known, width, True)
        at = np.flatnonzero(empty & (before >= 0) & (after >= 0))
        left, right = before[at], after[at]
        at_ok = grid.valid[left] & grid.valid[right]
        at, left, right = at[at_ok], left[at_ok], right[at_ok]
        number = steps // every
        x, x0, x1 = number[at % width], number[left % width], number[right % width]
        y0, y1 = grid.values[left].astype(np.float64), grid.values[right].astype(np.float64)
        line = (y1 - y0) / (x1 - x0) * (x - x0) + y0
        grid.values[at] = (line if grid.type == "float" else np.trunc(line)).astype(DTYPES[grid.type])
        grid.valid[at] = True


def replace_nulls(column: Vector, fill: ast.Fill, offsets: Array, descending: bool) -> Vector:
    """What fill() does to nulls in rows that there are: fields that a point lacks, functions without a value. `offsets`: where groups
    begin; rows ascend by time. A number stands in columns of text too, as in 1.6 and 2.9."""
    if column.valid is None or fill.kind not in ("number", "previous") or column.valid.all():
        return column
    if fill.kind == "previous":
        return _carry(column, offsets, descending)
    values = column.values.copy()
    if column.type in NUMERIC:
        values[~column.valid] = np.array(fill.value).astype(DTYPES[column.type])
        return Vector(column.type, values)
    mixed = values.astype(object)
    mixed[~column.valid] = fill.value
    return Vector("mixed", mixed)


def _carry(column: Vector, offsets: Array, descending: bool) -> Vector:
    """Each null as the value before it (after it, if the newest come first) in its group."""
    size = len(column)
    there = column.mask()
    start = np.repeat(offsets[:-1], np.diff(offsets))
    end = np.repeat(offsets[1:], np.diff(offsets))
    if descending:
        source = np.minimum.accumulate(np.where(there, np.arange(size), size)[::-1])[::-1]
        usable = source < end
    else:
        source = np.maximum.accumulate(np.where(there, np.arange(size), -1))
        usable = source >= start
    found = column.take(np.where(usable, source, np.arange(size)))
    return Vector(found.type, found.values, usable)


def _previous(known: Array, width: int, backwards: bool) -> Array:
    """For each cell the nearest known one before it (after it, if backwards) in its group, -1 if there is none."""
    table = known.reshape(-1, width)
    cells = np.arange(known.size).reshape(-1, width)
    if backwards:
        held = np.where(table, cells, known.size)[:, ::-1]
        found = np.minimum.accumulate(held, axis=1)[:, ::-1]
        return np.where(found == known.size, -1, found).reshape(-1)
    return np.maximum.accumulate(np.where(table, cells, -1), axis=1).reshape(-1)
