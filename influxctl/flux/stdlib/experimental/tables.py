"""experimental: builtins over streams of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.columns import GID, Block, Column
from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux import stdlib
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import Table, column_type, read_tables, table_of
from influxctl.flux.tables import (
    Stream,
    constant_series,
    gid_series,
    merge_tables,
    null_series,
    regroup,
    select_tables,
)
from influxctl.flux.values import Array, Function, Record, Value


def universe(name: str, arguments: dict[str, Value]) -> Value:
    """Calls a builtin of universe with the arguments that were given."""
    entry = stdlib.lookup("universe", name)
    assert isinstance(entry, stdlib.Builtin)
    return entry.code(**{k: v for k, v in arguments.items() if v is not None})


@builtin("experimental", "group")
@no_nulls
def group(tables: Stream, mode: str, columns: Sequence[str] = ()) -> Stream:
    """The columns added to the group key; "extend" is the only mode."""
    if mode != "extend":
        raise Invalid(f'invalid group mode "{mode}"; experimental.group requires mode "extend"')
    wanted = set(columns)

    def transform(blocks: Iterable[Block]) -> list[Block]:
        return regroup(blocks, lambda b: [c.label for c in b.columns if c.key or c.label in wanted])

    return tables.then("experimental.group", transform)


@builtin("experimental", "objectKeys")
@no_nulls
def object_keys(o: Record) -> Array:
    """The labels of a record, sorted."""
    labels = Array(sorted(o))
    labels.element = "string"
    return labels


@builtin("experimental", "set")
@no_nulls
def set_values(tables: Stream, o: Record) -> Stream:
    """Every column named in `o` set to its value; new ones stand last, those of the group key stay in it."""
    kinds = {label: column_type(value) for label, value in o.items() if value is not None}

    def changed(block: Block) -> Block:
        old = {c.label: c for c in block.columns}
        columns = [Column(c.label, kinds.get(c.label, c.type), c.key) for c in block.columns]
        columns += [Column(label, kind) for label, kind in kinds.items() if label not in old]
        keys, rows = block.keys, block.rows
        for column in columns:
            if column.label in kinds:
                count = block.tables if column.key else block.rows.height
                series = constant_series(column.label, o[column.label], column.type, count)
                if column.key:
                    keys = keys.with_columns(series)
                else:
                    rows = rows.with_columns(series)
        return Block(
            tuple(columns),
            keys.select(GID, *(c.label for c in columns if c.key)),
            rows.select(GID, *(c.label for c in columns if not c.key)),
        )

    def transform(blocks: Iterable[Block]) -> list[Block]:
        return merge_tables(changed(block) for block in blocks)

    return tables.then("experimental.set", transform)


@builtin("experimental", "fill")
def fill(tables: Stream, value: Value = None, usePrevious: bool | None = None) -> Stream:
    """Nulls of `_value` replaced."""
    stream: Stream = universe("fill", {"tables": tables, "value": value, "usePrevious": usePrevious})
    return stream


@builtin("experimental", "preview")
@no_nulls
def preview(tables: Stream, nrows: int = 5, ntables: int = 5) -> Stream:
    """The first rows of the first tables; reading ends there."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        left = max(ntables, 0)
        for block in blocks:
            if left == 0:
                return
            cut = select_tables(block, np.arange(block.tables) < left)
            left -= cut.tables
            place = np.arange(cut.rows.height) - cut.offsets[cut.gids]
            yield Block(cut.columns, cut.keys, cut.rows.filter(pl.Series(place < nrows)))

    return tables.then("experimental.preview", transform)


@builtin("experimental", "unpivot")
@no_nulls
def unpivot(tables: Stream, otherColumns: Sequence[str] = ("_time",)) -> Stream:
    """A table for each column that is neither key nor named: its values as `_value`, its label as `_field` in the key."""
    kept = set(otherColumns)

    def transform(blocks: Iterable[Block]) -> list[Block]:
        return regroup(_unpivoted(blocks, kept), lambda b: [c.label for c in b.columns if c.key])

    return tables.then("experimental.unpivot", transform)


def _unpivoted(blocks: Iterable[Block], kept: set[str]) -> Iterator[Block]:
    apart = "_field" not in kept
    for block in blocks:
        others = [c for c in block.row_columns if c.label in kept and c.label != "_field"]
        keys = list(block.key_columns)
        if any(c.label in ("_field", "_value") for c in (*keys, *others)):
            raise Invalid("cannot unpivot tables that have a column _field or _value in the group key or kept")
        for column in block.row_columns:
            if column.label in kept:
                continue
            rows = block.rows.select(GID, *(c.label for c in others), pl.col(column.label).alias("_value"))
            rows = rows.filter(pl.col("_value").is_not_null())
            columns = (*keys, Column("_field", "string", apart), *others, Column("_value", column.type))
            keys_of = block.keys
            if apart:
                keys_of = keys_of.with_columns(constant_series("_field", column.label, "string", block.tables))
            else:
                rows = rows.with_columns(constant_series("_field", column.label, "string", rows.height))
            made = Block(columns, keys_of, rows)
            yield select_tables(made, np.diff(made.offsets) > 0)


@builtin("experimental", "_window")
@no_nulls
def window(
    ctx: Any, tables: Stream, every: Duration, period: Duration, offset: Duration, location: Record, createEmpty: bool
) -> Stream:
    """The windows of universe, with the length for the distance or the other way round."""
    entry = stdlib.lookup("universe", "window")
    assert isinstance(entry, stdlib.Builtin)
    nothing = Duration()
    arguments: dict[str, Value] = {
        "tables": tables,
        "every": period if every == nothing else every,
        "period": every if period == nothing else period,
        "offset": offset,
        "location": location,
        "createEmpty": createEmpty,
    }
    stream: Stream = entry.code(ctx, **arguments)
    return stream


@builtin("experimental", "chain")
@no_nulls
def chain(first: Stream, second: Stream) -> Stream:
    """The second stream, after the first has been read to its end."""

    def transform(before: Iterable[Block], after: Iterable[Block]) -> Iterator[Block]:
        for _ in before:
            pass
        yield from after

    stream = Stream("experimental.chain", transform, (first, second))
    stream.bounds = second.bounds
    return stream


@builtin("experimental", "join")
@no_nulls
def join(ctx: Any, left: Stream, right: Stream, fn: Function) -> Stream:
    """Rows of tables with equal group keys that have the same `_time`, put together by `fn`."""

    def transform(lefts: Iterable[Block], rights: Iterable[Block]) -> Iterator[Block]:
        others = {tuple(sorted(t.key.items())): t for t in read_tables(rights)}
        for table in read_tables(lefts):
            other = others.get(tuple(sorted(table.key.items())))
            joined = _joined(ctx, table, other, fn) if other is not None else None
            if joined is not None:
                yield joined

    return Stream("experimental.join", transform, (left, right))


def _joined(ctx: Any, left: Table, right: Table, fn: Function) -> Block | None:
    by_time: dict[Any, list[Record]] = {}
    for row in right.rows():
        by_time.setdefault(row.get("_time"), []).append(row)
    made = [
        ctx.call(fn, {"left": row, "right": match})
        for row in left.rows()
        if row.get("_time") is not None
        for match in by_time.get(row["_time"], ())
    ]
    if not made:
        return None
    known = {**right.columns, **left.columns}
    table = table_of(made)
    types = {
        c: known[c] if all(v is None for v in table.values[c]) and c in known else t for c, t in table.columns.items()
    }
    for label, value in left.key.items():
        if label not in types or any(v != value for v in table.values[label]):
            raise Invalid(
                f"join cannot modify group key: output record has a missing or invalid value for column '{label}'"
            )
    return Table({label: types[label] for label in sorted(types)}, table.values, left.key).block()


@builtin("experimental", "to")
def to(
    ctx: Any,
    tables: Stream,
    bucket: str | None = None,
    bucketID: str | None = None,
    host: str | None = None,
    org: str | None = None,
    orgID: str | None = None,
    token: str | None = None,
) -> Stream:
    """Every row as a point: the group key gives the tags, `_measurement` its name, the other columns are fields."""
    entry = stdlib.lookup("influxdata/influxdb", "wideTo")
    assert isinstance(entry, stdlib.Builtin)
    given = {"bucket": bucket, "bucketID": bucketID, "host": host, "org": org, "orgID": orgID, "token": token}
    arguments: dict[str, Value] = {"tables": tables, **{k: v for k, v in given.items() if v is not None}}
    stream: Stream = entry.code(ctx, **arguments) if entry.wants_ctx else entry.code(**arguments)
    return stream


@builtin("experimental/table", "fill")
@no_nulls
def fill_tables(tables: Stream) -> Stream:
    """A row of the group key and nulls for every table that has no row."""

    def filled(block: Block) -> Block:
        empty = np.flatnonzero(np.diff(block.offsets) == 0)
        if not len(empty):
            return block
        extra = [null_series(c.label, c.type, len(empty)) for c in block.row_columns]
        rows = pl.concat([block.rows, pl.DataFrame([gid_series(empty), *extra])])
        return Block(block.columns, block.keys, rows.sort(GID, maintain_order=True))

    return tables.each("experimental.table.fill", filled)
