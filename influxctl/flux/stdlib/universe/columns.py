"""keep, drop, rename, duplicate, set, fill, columns, keys, keyValues: what works on the columns of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, GID, Block, Column
from influxctl.core.errors import Invalid
from influxctl.core.frames import pick, present, put, take_or_null
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib.universe.aggregates import need_column
from influxctl.flux.tables import (
    Blocks,
    Stream,
    block_of,
    constant_series,
    equal_columns,
    keyed_by,
    merge_tables,
    merging,
    named,
    replace_column,
    row_counts,
)
from influxctl.flux.values import Function, Record, Value, type_of


def projected(
    tables: Stream, kind: str, choose: Callable[[Block], set[str]], removed: set[str] | None = None, **args: Any
) -> Stream:
    """The stream with only the columns that `choose` names. Tables whose keys become equal merge; it is an error if their columns differ
    (pull request 2017 of Flux). `removed` are the columns that go, where they are known: a block that has them all, and none in its
    key, is handed on at once.
    """

    def transform(blocks: Blocks) -> Iterator[Block]:
        waiting: list[Block] = []
        merging = False
        for block in blocks:
            wanted = choose(block)
            lost = any(c.key and c.label not in wanted for c in block.columns)
            merging |= lost
            cut = narrowed(block, tuple(c for c in block.columns if c.label in wanted))
            # A table without the column may get the key of one that loses it.
            if lost or removed is None or not removed <= {c.label for c in block.columns}:
                waiting.append(cut)
            else:
                yield cut
        yield from merge_tables(waiting, order_by_key=True, together=equal_columns) if merging else waiting

    return tables.then(kind, transform, **args)


def narrowed(block: Block, columns: Sequence[Column]) -> Block:
    """The block with some of its columns; tables may then have equal keys."""
    return Block(
        tuple(columns),
        pick(block.keys, [GID, *(c.label for c in columns if c.key)]),
        pick(block.rows, [GID, *(c.label for c in columns if not c.key)]),
    )


def _labels_where(fn: Function, block: Block) -> set[str]:
    return {c.label for c in block.columns if fn.invoke({"column": c.label}) is True}


def _one_of(name: str, columns: object, fn: object) -> None:
    if columns is None and fn is None:
        raise Invalid(f"{name} error: neither column list nor predicate function provided")
    if columns is not None and fn is not None:
        raise Invalid(f"{name} error: both column list and predicate provided")


@builtin("universe", "keep")
def keep(tables: Stream, columns: list[str] | None = None, fn: Function | None = None) -> Stream:
    """Only the columns named or chosen by a function."""
    _one_of("keep", columns, fn)
    if fn is not None:
        chosen = fn
        return projected(tables, "keep", lambda b: _labels_where(chosen, b))
    wanted = set(columns or [])
    return projected(tables, "keep", lambda b: wanted, columns=wanted)


@builtin("universe", "drop")
def drop(tables: Stream, columns: list[str] | None = None, fn: Function | None = None) -> Stream:
    """All columns but those named or chosen by a function."""
    _one_of("drop", columns, fn)
    if fn is not None:
        chosen = fn
        return projected(tables, "drop", lambda b: {c.label for c in b.columns} - _labels_where(chosen, b))
    unwanted = set(columns or [])
    return projected(tables, "drop", lambda b: {c.label for c in b.columns} - unwanted, removed=unwanted)


@builtin("universe", "rename")
def rename(tables: Stream, columns: Record | None = None, fn: Function | None = None) -> Stream:
    """Columns under other names."""
    if columns is None and fn is None:
        raise Invalid("rename error: neither column list nor map function provided")
    if columns is not None and fn is not None:
        raise Invalid("rename error: both column list and map function provided")

    def change(block: Block) -> Block:
        labels = [c.label for c in block.columns]
        if fn is not None:
            new = {label: fn.invoke({"column": label}) for label in labels}
        else:
            assert columns is not None
            for label in columns:
                if label not in labels:
                    raise Invalid(f'rename error: column "{label}" doesn\'t exist')
            new = {label: columns.get(label, label) for label in labels}
        return relabelled(block, new)

    return tables.then("rename", lambda blocks: _relabel_all(blocks, change))


def _relabel_all(blocks: Blocks, change: Callable[[Block], Block]) -> Iterator[Block]:
    for block in blocks:
        yield change(block)


def relabelled(block: Block, new: dict[str, str]) -> Block:
    """The block with new labels; `Invalid` when two columns would share one."""
    seen: dict[str, int] = {}
    for place, column in enumerate(block.columns):
        label = named(new[column.label])
        if label in seen:
            raise Invalid(f'column {seen[label]} and {place} have the same name ("{label}") which is not allowed')
        seen[label] = place
    columns = tuple(Column(new[c.label], c.type, c.key) for c in block.columns)
    changes = {old: label for old, label in new.items() if old != label}
    return Block(
        columns,
        block.keys.rename({k: v for k, v in changes.items() if k in block.keys.columns}),
        block.rows.rename({k: v for k, v in changes.items() if k in block.rows.columns}),
    )


@builtin("universe", "duplicate")
def duplicate(tables: Stream, column: str, as_: str) -> Stream:
    """A copy of a column under another name."""

    transform = merging(lambda block: duplicated(block, column, as_), lambda block: keyed_by(block, [as_]))
    return tables.then("duplicate", transform, column=column, as_=as_)


def duplicated(block: Block, column: str, label: str) -> Block:
    """The block with a column copied; an existing column of the name is replaced where it stands."""
    used = block.column(column)
    if used is None:
        raise Invalid(f'duplicate error: column "{column}" doesn\'t exist')
    if label == column:
        return block
    old = block.column(label)
    if old is not None and old.key:  # the key changes with it
        if used.key:
            columns = tuple(Column(label, used.type, True) if c.label == label else c for c in block.columns)
            return Block(columns, put(block.keys, block.keys[column].alias(label)), block.rows)
        raise Invalid(f'duplicate error: column "{label}" is part of the group key')
    return replace_column(block, label, block.values(column), used.type)


@builtin("universe", "set")
def set_(tables: Stream, key: str, value: str) -> Stream:
    """A column that holds one string in every row."""
    return constant_columns(tables, {key: value})


def constant_columns(tables: Stream, values: dict[str, Value]) -> Stream:
    """Columns that hold one value each in every row; a column of the group key stays in it."""

    def change(block: Block) -> Block:
        for label, value in values.items():
            kind = type_of(value)
            if kind not in DTYPES:
                raise Invalid(f"cannot represent the type {kind} as column data")
            old = block.column(label)
            if old is not None and old.key:
                columns = tuple(Column(label, kind, True) if c.label == label else c for c in block.columns)  # type: ignore[arg-type]
                keys = block.keys.with_columns(constant_series(label, value, kind, block.tables))  # type: ignore[arg-type]
                block = Block(columns, keys.select(block.keys.columns), block.rows)
                continue
            if old is not None and old.type != kind:
                raise Invalid(f"set: column {label} has type {old.type} and the new value is of type {kind}")
            block = replace_column(block, label, constant_series(label, value, kind, block.rows.height), kind)  # type: ignore[arg-type]
        return block

    return tables.then("set", merging(change, lambda block: keyed_by(block, values)))


# ---------------------------------------------------------------- fill


@builtin("universe", "fill")
def fill(tables: Stream, column: str = "_value", value: Value = None, usePrevious: bool = False) -> Stream:
    """Nulls of a column replaced by a value or by the one before."""
    if (value is None) != usePrevious:
        raise Invalid("fill requires exactly one of value or usePrevious")
    if value is not None and type_of(value) not in DTYPES:
        raise Invalid(f"cannot represent the type {type_of(value)} as column data")

    def change(block: Block) -> Block:
        used = block.column(column)
        if used is None:
            if usePrevious:
                return block
            kind = type_of(value)
            return replace_column(block, column, constant_series(column, value, kind, block.rows.height), kind)  # type: ignore[arg-type]
        if usePrevious:
            if used.key:
                return block
            return replace_column(block, column, filled_forward(block, column), used.type)
        if type_of(value) != used.type:
            raise Invalid(f"fill column type mismatch: {used.type}/{type_of(value)}")
        if used.key:
            keys = put(block.keys, _fill_value(block.keys[column], value))
            return Block(block.columns, keys, block.rows)
        return replace_column(block, column, _fill_value(block.rows[column], value), used.type)

    # A table without a value there may get the key of one that has it.
    return tables.then("fill", merging(change, lambda block: not usePrevious and keyed_by(block, [column])))


def _fill_value(series: pl.Series, value: Value) -> pl.Series:
    return series.zip_with(series.is_not_null(), pl.Series([value], dtype=series.dtype).new_from_index(0, len(series)))


def filled_forward(block: Block, column: str) -> pl.Series:
    """The values of a column, each null replaced by the last value before it in its table."""
    values = block.values(column)
    if not values.null_count():
        return values
    there = present(values)
    place = np.where(there, np.arange(len(values)), -1)
    last = np.maximum.accumulate(place)
    outside = last < block.offsets[:-1][block.gids]
    return take_or_null(values, np.where(outside, -1, last))


# ---------------------------------------------------------------- tables about tables


@builtin("universe", "columns")
def columns_(tables: Stream, column: str = "_value") -> Stream:
    """The labels of each table's columns."""
    return tables.each("columns", lambda b: labels_table(b, [c.label for c in b.columns], column))


@builtin("universe", "keys")
def keys_(tables: Stream, column: str = "_value") -> Stream:
    """The labels of each table's group key."""
    return tables.each("keys", lambda b: labels_table(b, [c.label for c in b.columns if c.key], column), column=column)


def labels_table(block: Block, labels: list[str], column: str) -> Block:
    """A row for each label in every table, beside the group key."""
    keys = [c for c in block.columns if c.key and c.label != column]
    series = pl.Series(named(column), labels * block.tables, dtype=pl.String)
    gids = np.repeat(np.arange(block.tables), len(labels))
    return block_of(
        [*keys, Column(column, "string")], [block.keys[k.label] for k in keys], [series], gids, block.tables
    )


@builtin("universe", "keyValues")
def key_values(tables: Stream, keyColumns: list[str] | None = None) -> Stream:
    """The distinct values of some columns of each table, as `_key` and `_value`."""

    def change(block: Block) -> Block:
        wanted = [need_column(block, label) for label in keyColumns or []]
        if not wanted:
            raise Invalid("keyValues: no key columns given")
        if len({c.type for c in wanted}) > 1:
            raise Invalid("keyColumns must all be the same type")
        kind = wanted[0].type
        parts = [
            pl.DataFrame(
                {
                    "g": block.rows[GID],
                    "n": pl.Series([n], dtype=pl.Int64).new_from_index(0, block.rows.height),
                    "k": pl.Series([c.label]).new_from_index(0, block.rows.height),
                    "v": block.values(c.label),
                }
            )
            for n, c in enumerate(wanted)
        ]
        pairs = pl.concat(parts).drop_nulls("v").sort("g", "n", maintain_order=True)
        # a value that several columns hold stands for the first of them only, as the reference has it (its issue 2528)
        frame = pairs.unique(("g", "v"), keep="first", maintain_order=True)
        keys = [c for c in block.columns if c.key and c.label not in ("_key", "_value")]
        columns = [*keys, Column("_key", "string"), Column("_value", kind)]
        rows = [frame["k"].alias("_key"), frame["v"].alias("_value")]
        return block_of(columns, [block.keys[k.label] for k in keys], rows, frame["g"], block.tables)

    return tables.each("keyValues", change)


__all__ = [
    "columns_",
    "constant_columns",
    "duplicated",
    "filled_forward",
    "keys_",
    "narrowed",
    "relabelled",
    "row_counts",
]
