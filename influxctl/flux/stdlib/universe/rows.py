"""filter, map, reduce, and what keeps or drops rows by place: limit, tail, sample; yield."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, GID, Block, Column, ColumnType
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.frames import pick
from influxctl.flux import ast
from influxctl.flux.foldcode import compile_fold
from influxctl.flux.interpreter import Closure
from influxctl.flux.rowfn import (
    Batch,
    Cell,
    Const,
    Fields,
    KeyVector,
    Unsupported,
    cells,
    condition,
    flux_values,
    is_vectorized,
    key_records,
    keys_batch,
    null,
    records,
    row_labels,
    rows_batch,
)
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import (
    Blocks,
    Stream,
    block_of,
    drop_empty,
    gid_series,
    merge_tables,
    named,
    regroup,
    row_counts,
    select_rows,
    select_tables,
    take_rows,
)
from influxctl.flux.values import Function, Record, Value, type_of, type_text
from influxctl.flux.vectors import Vector


@builtin("universe", "yield")
def yield_(tables: Stream, name: str = "_result") -> Stream:
    """Delivers the stream as a result."""
    return tables.then("yield", lambda blocks: blocks, name=name)


# ---------------------------------------------------------------- filter


@builtin("universe", "filter")
def filter_(tables: Stream, fn: Function, onEmpty: str = "drop") -> Stream:
    """The rows for which a function is true."""
    if onEmpty not in ("drop", "keep"):
        raise Invalid(f'onEmpty must be keep or drop, was "{onEmpty}"')
    return filtered(tables, fn, onEmpty == "keep")


def filtered(tables: Stream, fn: Function, keep_empty: bool = False, split: bool = False) -> Stream:
    """The filter operation; `split` says that storage took its part already."""

    def again(below: Stream, rest: Function) -> Stream:
        return filtered(below, rest, keep_empty, True)

    return tables.each(
        "filter", lambda b: filter_block(b, fn, keep_empty), fn=fn, keep_empty=keep_empty, again=again, split=split
    )


def filter_block(block: Block, fn: Function, keep_empty: bool) -> Block:
    """The block's rows that pass. A function of the group key alone is called once a table."""
    labels = row_labels(fn)
    if labels is not None:
        rows = {c.label for c in block.columns if not c.key}
        if not labels & rows:
            mask = condition(fn, keys_batch(block), None)
            if keep_empty:
                return select_rows(block, mask.gather(block.gids), True)
            return drop_empty(select_tables(block, mask.to_numpy()))
    return select_rows(block, condition(fn, rows_batch(block), block), keep_empty)


# ---------------------------------------------------------------- map


@builtin("universe", "map")
def map_(tables: Stream, fn: Function, mergeKey: bool = False) -> Stream:
    """A new row for each row. Tables whose key a function changes, or cuts, merge with those that have the same key then."""
    keeps_columns = _extends_row(fn)

    def transform(blocks: Blocks) -> Iterator[Block]:
        waiting: list[Block] = []
        merging = False
        for block in blocks:
            if not block.rows.height:
                continue
            try:
                made = _mapped(block, fn, mergeKey)
            except InfluxctlError as error:
                text = f"failed to evaluate map function: {error.message}"
                raise InfluxctlError(text, code=error.code, status=error.status) from error
            same = _same_key(block, made)
            merging |= not same
            if same and keeps_columns:
                yield _with_columns(block, made)
            else:
                waiting += [_with_columns(block, made)] if same else _rekeyed(block, made)
        yield from merge_tables(waiting) if merging else waiting

    return tables.then("map", transform)


def _extends_row(fn: Function) -> bool:
    """Whether a function of a row is `(r) => ({r with …})`, which cannot lose a column of the group key."""
    if not isinstance(fn, Closure) or not isinstance(fn.node.body, ast.ObjectExpression):
        return False
    base = fn.node.body.with_
    return base is not None and fn.parameters[:1] == (base.name,)


def _mapped(block: Block, fn: Function, merge_key: bool) -> dict[str, Vector]:
    """The columns that a map function makes; with `merge_key` those of the group key that it leaves out stay."""
    made = mapped_columns(block, fn)
    if merge_key:
        base = {c.label: Vector(c.type, block.values(c.label)) for c in block.columns if c.key}
        made = {**base, **made}
    return made


def mapped_columns(block: Block, fn: Function) -> dict[str, Vector]:
    """The columns that a map function makes of a block's rows."""
    count = block.rows.height
    try:
        on_columns = isinstance(fn, Closure) and is_vectorized(fn)
        cell = cells(fn, rows_batch(block), three_valued=on_columns)
        if isinstance(cell, Const) and isinstance(cell.value, dict):
            cell = Fields({k: Const(v) for k, v in cell.value.items()})
        if not isinstance(cell, Fields):
            kind = cell.kind if isinstance(cell, Vector) else type_of(cell.value)
            raise Invalid(f"map function must return an object, got {kind}")
        made = _columns_of(cell, count)
        return made if on_columns else dict(sorted(made.items()))
    except Unsupported:
        rows = [fn.invoke({"r": row}) for row in records(block)]
        return dict(sorted(columns_of_records(rows).items()))


def _columns_of(fields: Fields, count: int) -> dict[str, Vector]:
    out: dict[str, Vector] = {}
    for label, cell in fields.all().items():
        if isinstance(cell, Fields) or (
            isinstance(cell, Const) and cell.value is not None and type_of(cell.value) not in DTYPES
        ):
            kind = "object" if isinstance(cell, Fields) else type_of(cell.value)
            raise Invalid(f'map object property "{label}" is {kind} type which is not supported in a flux table')
        vector = column_of(cell, count)
        if vector is not None:
            out[named(label)] = vector
    return out


def column_of(cell: Cell, count: int) -> Vector | None:
    """A cell as a column; None for the constant null, whose type nobody knows."""
    if isinstance(cell, Vector):
        return cell
    if isinstance(cell, Fields):
        raise Invalid("map object property has a type that cannot be a column: record")
    if cell.value is None:
        return None
    return Vector(
        basic_type(cell.value), pl.Series([cell.value], dtype=DTYPES[type_of(cell.value)]).new_from_index(0, count)
    )


def basic_type(value: Value) -> ColumnType:
    """The column type of a value; `Invalid` for what cannot be a column."""
    kind = type_of(value)
    if kind not in DTYPES:
        raise Invalid(f"cannot represent the type {type_text(value)} as column data")
    return cast(ColumnType, kind)


def _null_type(row: Value, label: str) -> ColumnType | None:
    kind = row.nulls.get(label) if isinstance(row, Record) else None
    return cast(ColumnType, kind) if kind in DTYPES else None


def columns_of_records(rows: list[Value]) -> dict[str, Vector]:
    """Columns made of records, one a row; labels in order of first appearance."""
    labels: dict[str, ColumnType | None] = {}
    for row in rows:
        if not isinstance(row, dict):
            raise Invalid("map function must return an object")
        for label, value in row.items():
            if labels.get(label) is None:
                labels[label] = _null_type(row, label) if value is None else basic_type(value)
            elif value is not None and basic_type(value) != labels[label]:
                raise Invalid(f"map regroups column {label} of type {labels[label]} with {basic_type(value)}")
    out: dict[str, Vector] = {}
    for label, kind in labels.items():
        if kind is not None:
            out[named(label)] = Vector(kind, pl.Series([row.get(label) for row in rows], dtype=DTYPES[kind]))
    return out


def _same_key(block: Block, made: dict[str, Vector]) -> bool:
    """Whether the group key of a block is among the new columns as it was."""
    return all(c.label in made and _unchanged(block, c, made[c.label]) for c in block.columns if c.key)


def _with_columns(block: Block, made: dict[str, Vector]) -> Block:
    """The block with new columns, its tables as they were."""
    keys = {c.label for c in block.columns if c.key}
    columns = tuple(Column(label, vector.kind, label in keys) for label, vector in made.items())
    rows = pl.DataFrame([block.rows[GID], *(made[c.label].series.alias(c.label) for c in columns if not c.key)])
    return drop_empty(Block(columns, pick(block.keys, [GID, *(c.label for c in columns if c.key)]), rows))


def _rekeyed(block: Block, made: dict[str, Vector]) -> list[Block]:
    """New columns as tables by those columns of the old group key that are among them."""
    wanted = {c.label for c in block.columns if c.key}
    columns = [Column(label, vector.kind) for label, vector in made.items()]
    flat = block_of(columns, [], [v.series.alias(label) for label, v in made.items()], np.zeros(block.rows.height), 1)
    return regroup([flat], lambda b: wanted, order_by_key=False)


def _unchanged(block: Block, column: Column, vector: Vector) -> bool:
    """Whether a key column came out of a row function as it went in."""
    if isinstance(vector, KeyVector) and vector.block is block and vector.label == column.label:
        return True
    if vector.kind != column.type:
        return False
    return vector.series.equals(block.values(column.label), check_names=False, null_equal=True)


# ---------------------------------------------------------------- reduce


@builtin("universe", "reduce")
def reduce_(tables: Stream, fn: Function, identity: Record) -> Stream:
    """One row a table: the fold of a function over its rows."""

    def transform(blocks: Blocks) -> Iterator[Block]:
        seen: set[tuple[object, ...]] = set()
        for block in blocks:
            made = _reduced(block, fn, identity)
            labels = [c.label for c in made.columns if c.key]
            for key in made.keys.select(labels).rows() if labels else [()] * made.tables:
                marked = (*labels, *key)
                if marked in seen:
                    raise Invalid("two reduced tables write to the same destination group key")
                seen.add(marked)
            yield made

    return tables.then("reduceRows", transform)


def _folded(block: Block, fn: Function, identity: Record) -> list[Record]:
    """The fold of each table, compiled if it can be, else interpreted row by row."""
    spans = list(zip(block.offsets[:-1].tolist(), block.offsets[1:].tolist(), strict=True))
    kinds = {c.label: c.type for c in block.columns}
    fold = compile_fold(fn, identity, dict(kinds)) if isinstance(fn, Closure) else None
    if fold is not None:
        series = [block.values(label) for label in fold.columns]
        if not any(s.null_count() for s in series):
            columns = [s.to_list() for s in series] or [[None] * block.rows.height]
            start = tuple(identity[name] for name in fold.fields)
            made = (fold.code(start, zip(*(c[low:high] for c in columns), strict=True)) for low, high in spans)
            return [Record(zip(fold.fields, state, strict=True)) for state in made]
    rows = list(records(block))
    results: list[Record] = []
    for low, high in spans:
        state = identity
        for row in rows[low:high]:
            state = fn.invoke({"r": row, "accumulator": state})
        results.append(state)
    return results


def _reduced(block: Block, fn: Function, identity: Record) -> Block:
    results = _folded(block, fn, identity)
    made = dict(sorted(columns_of_records(list(results)).items()))
    columns = [Column(c.label, made[c.label].kind if c.label in made else c.type, True) for c in block.columns if c.key]
    keys = [made[c.label].series.alias(c.label) if c.label in made else block.keys[c.label] for c in columns]
    fresh = [label for label in made if all(c.label != label for c in columns)]
    columns += [Column(label, made[label].kind) for label in fresh]
    values = [made[label].series.alias(label) for label in fresh]
    return block_of(columns, keys, values, np.arange(block.tables), block.tables)


# ---------------------------------------------------------------- rows by place


@builtin("universe", "limit")
def limit(tables: Stream, n: int, offset: int = 0) -> Stream:
    """The first n rows of each table after `offset` rows."""
    return tables.each("limit", lambda b: _limited(b, n, offset), n=n, offset=offset)


def _limited(block: Block, n: int, offset: int) -> Block:
    place = np.arange(block.rows.height) - block.offsets[:-1][block.gids]
    cut = select_rows(block, (place >= offset) & (place < offset + max(n, 0)), keep_empty=True)
    return select_tables(cut, (row_counts(block) == 0) | (row_counts(cut) > 0) | (n <= 0))


@builtin("universe", "tail")
def tail(tables: Stream, n: int, offset: int = 0) -> Stream:
    """The last n rows of each table before the last `offset` rows."""
    return tables.each("tail", lambda b: _tailed(b, n, offset))


def _tailed(block: Block, n: int, offset: int) -> Block:
    back = block.offsets[1:][block.gids] - 1 - np.arange(block.rows.height)
    cut = select_rows(block, (back >= offset) & (back < offset + max(n, 0)), keep_empty=True)
    return select_tables(cut, (row_counts(block) == 0) | (row_counts(cut) > 0) | (n <= 0))


@builtin("universe", "sample")
def sample(tables: Stream, n: int, column: str = "_value", pos: int = -1) -> Stream:
    """Every n-th row of each table, beginning at `pos` (a random place if it is negative)."""
    if n <= 0:
        raise Invalid(f"n must be a positive integer, but was {n}")
    if pos >= n:
        raise Invalid(f"pos must be less than n, but {pos} >= {n}")

    def cut(block: Block) -> Block:
        start = pos if pos >= 0 else int(np.random.default_rng().integers(n))
        place = np.arange(block.rows.height) - block.offsets[:-1][block.gids]
        return select_rows(block, (place - start) % n == 0, keep_empty=True)

    return tables.each("sample", cut)


__all__ = ["Batch", "flux_values", "gid_series", "key_records", "merge_tables", "null", "take_rows"]


def keep_first(block: Block, mask: Any) -> Block:
    """The rows of the mask, empty tables kept."""
    return select_rows(block, mask, keep_empty=True)
