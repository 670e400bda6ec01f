"""tableFind, findColumn, findRecord, getColumn, getRecord: values out of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from influxctl.core.columns import GID, Block
from influxctl.core.errors import Invalid, NotFound
from influxctl.flux.rowfn import flux_values, key_records
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Stream
from influxctl.flux.values import Array, Function, Record, Value
from influxctl.flux.vectors import Vector

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run


def found_table(tables: Stream, fn: Function) -> Block | None:
    """The first table whose group key passes, as a block of one table."""
    for block in tables.blocks():
        for number, key in enumerate(key_records(block)):
            if fn.invoke({"key": key}) is True:
                low, high = int(block.offsets[number]), int(block.offsets[number + 1])
                rows = block.rows[low:high].with_columns(pl.lit(0, dtype=pl.UInt32).alias(GID))
                keys = block.keys[number : number + 1].with_columns(pl.lit(0, dtype=pl.UInt32).alias(GID))
                return Block(block.columns, keys, rows)
    return None


def column_values(block: Block, column: str) -> Array:
    """The values of a column as an array."""
    used = block.column(column)
    if used is None:
        raise Invalid(f"cannot find column {column}")
    array = Array(flux_values(Vector(used.type, block.values(column))))
    array.element = used.type
    return array


def record_at(block: Block, index: int) -> Record:
    """One row as a record."""
    record = Record()
    for column in block.columns:
        values = block.keys[column.label] if column.key else block.rows[column.label][index : index + 1]
        value = flux_values(Vector(column.type, values))[0]
        if value is None:
            record.note_null(column.label, column.type)
        else:
            record[column.label] = value
    return record


@builtin("universe", "tableFind")
def table_find(ctx: Run, tables: Stream, fn: Function) -> Stream:
    """The first table whose group key passes a function."""
    block = found_table(tables, fn)
    if block is None:
        raise NotFound("no table found")
    stream = Stream("table", lambda: [block])
    stream.run = ctx
    return stream


def _only(table: Stream) -> Block:
    for block in table.blocks():
        return block
    raise NotFound("no table found")


@builtin("universe", "getColumn")
def get_column(table: Stream, column: str) -> Array:
    """The values of a table's column."""
    return column_values(_only(table), column)


@builtin("universe", "getRecord")
def get_record(table: Stream, idx: int) -> Record:
    """A row of a table."""
    block = _only(table)
    if not 0 <= idx < block.rows.height:
        raise Invalid(f"index out of bounds: {idx}")
    return record_at(block, idx)


@builtin("universe", "findColumn")
def find_column(tables: Stream, fn: Function, column: str) -> Array:
    """The values of a column of the first table whose key passes; empty if there is none."""
    block = found_table(tables, fn)
    if block is None or block.column(column) is None:
        return Array()
    return column_values(block, column)


@builtin("universe", "findRecord")
def find_record(tables: Stream, fn: Function, idx: int) -> Value:
    """A row of the first table whose key passes; an empty record if there is none."""
    block = found_table(tables, fn)
    if block is None or not 0 <= idx < block.rows.height:
        return Record()
    return record_at(block, idx)
