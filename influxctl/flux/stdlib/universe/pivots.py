"""pivot: values of rows to columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, GID, Block, Column, ColumnType
from influxctl.core.errors import Invalid
from influxctl.flux.rowfn import flux_values
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import (
    TYPE_NAMES,
    Blocks,
    Stream,
    block_of,
    check_memory,
    gather,
    key_numbers,
    named,
    null_series,
)
from influxctl.flux.values import string_text
from influxctl.flux.vectors import Vector
from influxctl.flux.windowing import Ints


@builtin("universe", "pivot")
def pivot(tables: Stream, rowKey: list[str], columnKey: list[str], valueColumn: str) -> Stream:
    """A row for each row key, a column for each column key."""
    both = [label for label in rowKey if label in columnKey]
    if both:
        raise Invalid(f"column name found in both rowKey and colKey: {both[0]}")
    if valueColumn in rowKey:
        raise Invalid(f"column name found in both rowKey and valueColumn: {valueColumn}")
    if valueColumn in columnKey:
        raise Invalid(f"column name found in both colKey and valueColumn: {valueColumn}")

    def transform(blocks: Blocks) -> Iterator[Block]:
        by_key: dict[tuple[Column, ...], list[_Piece]] = {}
        for block in gather(blocks):
            piece = _piece(block, list(rowKey), list(columnKey), valueColumn)
            by_key.setdefault(tuple(sorted(piece.columns, key=lambda c: c.label)), []).append(piece)
        for pieces in by_key.values():
            labels = {label for p in pieces for label in p.frame["\0label"].unique()}
            check_memory(made, 8 * len(labels) * max(p.frame.height for p in pieces))
            yield from _pivoted(pieces)

    made = tables.then("pivot", transform, rowKey=list(rowKey), columnKey=list(columnKey), valueColumn=valueColumn)
    return made


@dataclass
class _Piece:
    """The rows of a block for the pivot: what identifies a row, the label of its column, its value."""

    columns: list[Column]  # of the result: the new group key and the row key, in table order
    frame: pl.DataFrame  # those columns, and "\0label", "\0value", "\0table"
    order: pl.DataFrame  # one row a table of the block: its old group key, for the order in which tables are visited
    kind: ColumnType


def _piece(block: Block, row_key: list[str], column_key: list[str], value: str) -> _Piece:
    for what, labels in (("row key", row_key), ("column key", column_key)):
        for label in labels:
            if block.column(label) is None:
                raise Invalid(f"specified {what} column does not exist in table: {label}")
    used = block.column(value)
    if used is None:
        raise Invalid(f"specified value column does not exist in table: {value}")
    columns = [
        Column(c.label, c.type, c.key and c.label not in (*column_key, value))
        for c in block.columns
        if (c.key and c.label not in (*column_key, value)) or c.label in row_key
    ]
    names = _labels(block, column_key)
    frame = pl.DataFrame(
        [
            *(block.values(c.label) for c in columns),
            names.alias("\0label"),
            block.values(value).alias("\0value"),
            block.rows[GID].alias("\0table"),
        ]
    )
    return _Piece(columns, frame, block.keys, used.type)


def _labels(block: Block, column_key: list[str]) -> pl.Series:
    """The label of the column that each row's value goes to."""
    parts: list[pl.Series] = []
    per_table = all((c := block.column(label)) is not None and c.key for label in column_key)
    for label in column_key:
        column = block.column(label)
        assert column is not None
        values = block.keys[label] if per_table else block.values(label)
        if column.type != "string":
            texts = ["null" if v is None else string_text(v) for v in flux_values(Vector(column.type, values))]
            values = pl.Series(label, texts, dtype=pl.String)
        parts.append(values.fill_null("null"))
    if not parts:
        raise Invalid("pivot needs at least one column key")
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "_" + part
    return joined.gather(block.gids) if per_table else joined


def _pivoted(pieces: list[_Piece]) -> Iterator[Block]:
    """The result tables of pieces with the same group key columns."""
    first = pieces[0]
    columns = first.columns
    labels = [c.label for c in columns]
    key_labels = [c.label for c in columns if c.key]
    visits = _visit_order(pieces)
    frames = [
        p.frame.select([*labels, "\0label"]).with_columns(
            pl.Series("\0piece", [n], dtype=pl.Int64).new_from_index(0, p.frame.height),
            pl.Series("\0row", np.arange(p.frame.height)),
            pl.Series("\0visit", visits[n][p.frame["\0table"].to_numpy()]),
        )
        for n, p in enumerate(pieces)
    ]
    everything = pl.concat(frames)
    if len(pieces) > 1:
        everything = everything.sort("\0visit", maintain_order=True)
    tables, keys = (
        key_numbers(everything.select(key_labels)) if key_labels else (np.zeros(everything.height, int), None)
    )
    count = keys.height if keys is not None else 1
    everything = everything.with_columns(pl.Series("\0key", tables))
    identity = ["\0key", *(label for label in labels if label not in key_labels)]
    rows = everything.select(identity).unique(maintain_order=True).with_columns(pl.int_range(pl.len()).alias("\0n"))
    numbered = everything.join(rows, on=identity, how="left", nulls_equal=True, maintain_order="left")
    shapes = _shapes(numbered, pieces, count)
    for columns_of_table, members in shapes.items():
        yield _build(pieces, numbered, rows, keys, columns, list(columns_of_table), members)


def _visit_order(pieces: list[_Piece]) -> list[Ints]:
    """For each table of each piece its place in the order of series: by tags, then by field."""
    if len(pieces) == 1:
        return [np.arange(pieces[0].order.height)]
    labels = sorted(
        {label for p in pieces for label in p.order.columns if label != GID}, key=lambda x: (x == "_field", x)
    )
    parts = []
    for number, piece in enumerate(pieces):
        have = [label for label in labels if label in piece.order.columns]
        part = piece.order.select(GID, *have).with_columns(pl.lit(number, dtype=pl.Int64).alias("\0piece"))
        parts.append(part)
    mixed = [label for label in labels if len({p.schema[label] for p in parts if label in p.schema}) > 1]
    parts = (
        [p.with_columns(pl.col([m for m in mixed if m in p.columns]).cast(pl.String)) for p in parts]
        if mixed
        else parts
    )
    whole = pl.concat(parts, how="diagonal")
    if labels:
        whole = whole.sort(labels, nulls_last=False, maintain_order=True)
    whole = whole.with_columns(pl.int_range(pl.len()).alias("\0at"))
    out = []
    for number in range(len(pieces)):
        mine = whole.filter(pl.col("\0piece") == number).sort(GID)
        out.append(mine["\0at"].to_numpy())
    return out


def _shapes(
    numbered: pl.DataFrame, pieces: list[_Piece], count: int
) -> dict[tuple[tuple[str, ColumnType], ...], list[int]]:
    """New columns (label and type) of the result tables, and which tables have them."""
    found = numbered.select("\0key", "\0label", "\0piece").unique(maintain_order=True)
    per_table: list[dict[str, ColumnType]] = [{} for _ in range(count)]
    for key, label, piece in found.iter_rows():
        kind = pieces[piece].kind
        known = per_table[key].setdefault(label, kind)
        if known != kind:
            raise Invalid(f"schema collision: cannot group {TYPE_NAMES[known]} and {TYPE_NAMES[kind]} types together")
    shapes: dict[tuple[tuple[str, ColumnType], ...], list[int]] = {}
    for number, columns in enumerate(per_table):
        shapes.setdefault(tuple(columns.items()), []).append(number)
    return shapes


def _build(
    pieces: list[_Piece],
    numbered: pl.DataFrame,
    rows: pl.DataFrame,
    keys: pl.DataFrame | None,
    columns: list[Column],
    new: list[tuple[str, ColumnType]],
    members: list[int],
) -> Block:
    """The block of the result tables that have these new columns."""
    wanted = np.zeros(int(cast(int, rows["\0key"].max())) + 1 if rows.height else 1, dtype=bool)
    wanted[members] = True
    mine = rows.filter(pl.Series(wanted[rows["\0key"].to_numpy()]))
    rank = np.cumsum(wanted) - 1
    gids = rank[mine["\0key"].to_numpy()]
    order = np.argsort(gids, kind="stable")
    mine, gids = mine[order], gids[order]
    place = np.full(rows.height, -1, dtype=np.int64)
    place[mine["\0n"].to_numpy()] = np.arange(mine.height)
    series = [mine[c.label] for c in columns if not c.key]
    for label, kind in new:
        target = null_series(label, kind, mine.height)
        for number, piece in enumerate(pieces):
            if piece.kind != kind:
                continue
            hits = numbered.filter((pl.col("\0label") == label) & (pl.col("\0piece") == number))
            at = place[hits["\0n"].to_numpy()]
            inside = at >= 0
            if not inside.any():
                continue
            values = piece.frame["\0value"].gather(hits["\0row"].filter(pl.Series(inside)))
            target = _scattered(target, at[inside], values)
        series.append(target.alias(label).cast(DTYPES[kind]))
    row_columns = [*columns, *(Column(label, kind) for label, kind in new)]
    _check_labels(row_columns)
    key_series = [] if keys is None else [keys[c.label].gather(pl.Series(members)) for c in columns if c.key]
    return block_of(row_columns, key_series, series, gids, len(members))


def _check_labels(columns: list[Column]) -> None:
    labels = [named(c.label) for c in columns]
    for label in labels:
        if labels.count(label) > 1:
            raise Invalid(f'pivot makes a column "{label}" that is there already')


def _scattered(target: pl.Series, at: Ints, values: pl.Series) -> pl.Series:
    """The target with values at some places; a place that occurs twice takes the later value."""
    source = np.full(len(target), -1, dtype=np.int64)
    source[at] = np.arange(len(at))
    index = pl.Series(source).set(pl.Series(source < 0), None)
    return values.gather(index).zip_with(pl.Series(source >= 0), target)
