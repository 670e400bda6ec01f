"""From sources to a Frame: reads of the engine and the answers of subqueries, gathered by group and series."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from influxctl.core.columns import Block
from influxctl.core.readspec import Compare, Predicate, ReadSpec
from influxctl.influxql import ast, vector
from influxctl.influxql.conditions import evaluate, join_and, split_tags
from influxctl.influxql.frame import Frame, Group
from influxctl.influxql.mathfunctions import FUNCTIONS as MATH
from influxctl.influxql.plan import Measurement, Plan
from influxctl.influxql.source import Session
from influxctl.influxql.vector import FROM_COLUMN, Array, Vector

if TYPE_CHECKING:
    from influxctl.influxql.select import Output


@dataclass(slots=True)
class Part:
    """Rows of several series with the same columns. `low` and `high` bound each series' rows."""

    name: list[str]
    tags: list[dict[str, str]]
    low: Array
    high: Array
    time: Array
    columns: dict[str, Vector] = field(default_factory=dict)


def to_vector(series: pl.Series, kind: str) -> Vector:
    """A column of a block as a vector."""
    if series.null_count() == 0:
        return Vector(kind, series.to_numpy())
    valid = series.is_not_null().to_numpy()
    filled = series.fill_null("") if kind == "string" else series.fill_null(False if kind == "boolean" else 0)
    return Vector(kind, filled.to_numpy(), valid)


def _part(block: Block, wanted: Collection[str]) -> Part:
    keys = [c.label for c in block.key_columns if c.label != "_measurement"]
    columns_of_tags = [block.keys[key].to_list() for key in keys]
    tags = [
        {k: v for k, v in zip(keys, row, strict=True) if v is not None} for row in zip(*columns_of_tags, strict=True)
    ]
    offsets = block.offsets
    columns = {
        c.label: to_vector(block.rows[c.label], FROM_COLUMN[c.type]) for c in block.row_columns if c.label in wanted
    }
    names = block.keys["_measurement"].to_list()
    return Part(names, tags or [{} for _ in names], offsets[:-1], offsets[1:], block.rows["_time"].to_numpy(), columns)


def read_parts(
    item: Measurement, wanted: Collection[str], predicate: Predicate | None, least: int, greatest: int,
    session: Session, rows: int | None = None, descending: bool = False, tags: tuple[str, ...] | None = None,
) -> list[Part]:  # fmt: skip
    """The rows of one measurement with any of the wanted fields; `rows`: the first so many of each series are enough."""
    known = [name for name in wanted if name in item.fields]
    if not known:
        return []
    full = join_and(Compare("_measurement", "==", item.name), predicate)
    spec = ReadSpec(
        bucket_id=item.bucket_id, start=least, stop=greatest + 1, predicate=full, shape="wide", limit=rows, descending=descending,
        tags=tags,
        fields=None if len(known) == len(item.fields) else tuple(known),
    )  # fmt: skip
    found = []
    for block in session.source.read(spec):
        session.check()
        found.append(_part(block, known))
    return [_ascending(part) for part in found] if descending else found


def _ascending(part: Part) -> Part:
    """A part whose series were read newest first, turned round."""
    size = len(part.time)
    low, high = size - part.high[::-1], size - part.low[::-1]
    columns = {name: v.take(np.arange(size)[::-1]) for name, v in part.columns.items()}
    return Part(part.name[::-1], part.tags[::-1], low, high, part.time[::-1], columns)


def output_part(output: Output) -> Part:
    """The answer of a subquery as rows: each of its series is one."""
    if output.descending:
        output = output.turned()
    names = [name for name, _ in output.groups]
    tags = [dict(zip(output.dims, values, strict=True)) for _, values in output.groups]
    columns = dict(zip(output.names[1:], output.columns, strict=True))
    return Part(names, tags, output.offsets[:-1], output.offsets[1:], output.time, columns)


_SHORT = 32  # rows a series below which an index is faster than copying range by range


def build_frame(parts: list[Part], dims: tuple[str, ...], types: dict[str, str], wanted: Collection[str]) -> Frame:
    """All rows by group, series and time."""
    order = [
        ((name, tuple(tags.get(d, "") for d in dims)), number, at)
        for number, part in enumerate(parts)
        for at, (name, tags) in enumerate(zip(part.name, part.tags, strict=True))
    ]
    if len(parts) > 1:
        order.sort(key=lambda s: (s[0], sorted(parts[s[1]].tags[s[2]].items())))
    elif any(a[0] > b[0] for a, b in pairwise(order)):
        order.sort(key=lambda s: s[0])
    sizes = np.array([parts[n].high[i] - parts[n].low[i] for _, n, i in order], dtype=np.int64)
    columns = {name: _column(parts, name, types[name]) for name in wanted if name in types}
    time = (
        parts[0].time if len(parts) == 1 else np.concatenate([p.time for p in parts] or [np.zeros(0, dtype=np.int64)])
    )
    bounds = _rows(parts, order)
    if bounds is not None and len(time) < _SHORT * len(bounds):
        index = np.concatenate([np.arange(low, high) for low, high in bounds]) if bounds else np.zeros(0, np.int64)
        time = time[index]
        columns = {name: v.take(index) for name, v in columns.items()}
    elif bounds is not None:
        time = vector.joined(time, bounds)
        columns = {name: v.joined(bounds) for name, v in columns.items()}
    groups: list[Group] = []
    first: list[int] = []
    for i, entry in enumerate(order):
        if not groups or entry[0] != groups[-1]:
            groups.append(entry[0])
            first.append(i)
    ends = np.concatenate(([0], np.cumsum(sizes)))
    offsets = ends[[*first, len(order)]]
    keys = {key for part in parts for tags in part.tags for key in tags}
    tags_of = {key: _objects([parts[n].tags[i].get(key, "") for _, n, i in order]) for key in keys}
    return Frame(groups, offsets, time, np.repeat(np.arange(len(order)), sizes), columns, tags_of)


def _objects(values: list[str]) -> Array:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _column(parts: list[Part], name: str, kind: str) -> Vector:
    found = [p.columns[name] if name in p.columns else vector.nulls(kind, len(p.time)) for p in parts]
    return vector.concat(found, kind) if found else vector.nulls(kind, 0)


def _rows(parts: list[Part], order: list[tuple[Group, int, int]]) -> list[tuple[int, int]] | None:
    """Where the rows of each series stand, or None if they are in the order of the series already."""
    before = np.concatenate(([0], np.cumsum([len(p.time) for p in parts])))
    bounds = [(int(before[n] + parts[n].low[i]), int(before[n] + parts[n].high[i])) for _, n, i in order]
    if all(a[1] == b[0] for a, b in pairwise(bounds)) and bounds and bounds[0][0] == 0 and bounds[-1][1] == before[-1]:
        return None
    return bounds


def _tags(plan: Plan, condition: ast.Expr | None) -> tuple[str, ...]:
    """The tags that the plan looks at row by row."""
    exprs = [*plan.fields, *([condition] if condition is not None else [])]
    refs = [node for expr in exprs for node in ast.walk(expr) if isinstance(node, ast.VarRef)]
    return (*plan.dims, *{ref.name for ref in refs if ref.type == "tag" or ref.name not in plan.types})


def load(plan: Plan, wanted: set[str], reach: tuple[int, int], session: Session, rows: int | None = None) -> Frame:
    """The rows of the plan's inputs between two times (included) that meet its condition, with the wanted fields.
    `rows` as in `read_parts`."""
    from influxctl.influxql.select import run

    frames = []
    condition_refs = (
        {n.name for n in ast.walk(plan.condition) if isinstance(n, ast.VarRef)} if plan.condition else set()
    )
    for item in plan.inputs:
        if isinstance(item, Plan):
            names = item.names[1:]
            needed = wanted | {name for name in condition_refs if name in names}
            parts = [output_part(run(item, session))]
            predicate, rest = None, plan.condition
        else:
            predicate, rest = split_tags(plan.condition, item.fields)
            needed = wanted | {name for name in condition_refs if name in item.fields}
            if not any(name in item.fields for name in wanted):
                continue
            enough = rows if rest is None else None
            newest = plan.descending and enough is not None
            tags = _tags(plan, rest)
            parts = read_parts(item, needed, predicate, *reach, session, enough, newest, tags)
            if len(parts) > 1 and not plan.calls.calls:  # the order of rows at equal times is that of all tags
                parts = read_parts(item, needed, predicate, *reach, session, enough, newest)
        frame = build_frame(parts, plan.dims, plan.types, needed)
        frame.stored = isinstance(item, Measurement)
        frames.append(_filter(frame, reach, rest))
    if not frames:
        return build_frame([], plan.dims, plan.types, wanted)
    if len(frames) == 1:
        return frames[0]
    merged = _merge(frames, plan, wanted)
    merged.stored = all(frame.stored for frame in frames)
    return merged


def _filter(frame: Frame, reach: tuple[int, int], condition: ast.Expr | None) -> Frame:
    """The rows in the range that meet what is left of the condition."""
    outside = (frame.time < reach[0]) | (frame.time > reach[1])
    if outside.any():
        frame = frame.filter(~outside)
    if condition is None:
        return frame
    size = len(frame.time)
    return frame.filter(evaluate(condition, lambda ref: resolve(frame, ref), size, MATH))


def resolve(frame: Frame, ref: ast.VarRef) -> Vector:
    """A field (cast if asked for) or a tag of every row."""
    column = frame.columns.get(ref.name)
    if ref.type == "tag" or column is None:
        return frame.tag(ref.name)
    return column if ref.type in ("", "field", "anyfield") else column.cast(ref.type)


def _merge(frames: list[Frame], plan: Plan, wanted: set[str]) -> Frame:
    """Frames of several inputs as one."""
    parts = []
    for frame in frames:
        edges = np.flatnonzero(np.diff(frame.series)) + 1 if len(frame.series) else np.zeros(0, dtype=np.int64)
        low = np.concatenate(([0], edges)) if len(frame.series) else edges
        high = np.append(edges, len(frame.series)) if len(frame.series) else edges
        numbers = frame.series[low]
        names = [frame.groups[g][0] for g in frame.gids[low].tolist()]
        tags = [{k: v[n] for k, v in frame.tags.items() if v[n]} for n in numbers.tolist()]
        parts.append(Part(names, tags, low, high, frame.time, frame.columns))
    return build_frame(parts, plan.dims, plan.types, wanted)
