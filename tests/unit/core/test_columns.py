"""Blocks: offsets of tables, empty tables, key columns repeated for their rows."""

from __future__ import annotations

import polars as pl
import pytest

from influxctl.core.columns import Column, make_block

COLUMNS = (Column("host", "string", key=True), Column("_time", "time"), Column("_value", "float"))


def three_tables() -> object:
    rows = {"_time": [1, 2, 3], "_value": [1.0, None, 3.0]}
    return make_block(COLUMNS, {"host": ["a", "b", "c"]}, rows, [0, 0, 2])


def test_offsets_show_empty_tables() -> None:
    block = three_tables()
    assert block.tables == 3
    assert block.offsets.tolist() == [0, 2, 2, 3]


def test_a_key_column_has_its_value_in_every_row() -> None:
    block = three_tables()
    assert block.values("host").to_list() == ["a", "a", "c"]
    assert block.values("_value").to_list() == [1.0, None, 3.0]
    with pytest.raises(KeyError):
        block.values("nosuch")


def test_tables_come_one_by_one() -> None:
    got = [(key, frame.to_dicts()) for key, frame in three_tables().iter_tables()]
    assert got[1] == ({"host": "b"}, [])
    assert got[2] == ({"host": "c"}, [{"_time": 3, "_value": 3.0}])


def test_a_key_without_columns_is_one_table() -> None:
    block = make_block((Column("_value", "uint"),), {}, {"_value": [2**64 - 1]}, [0])
    assert block.tables == 1
    assert block.rows["_value"].dtype == pl.UInt64
    assert next(iter(block.iter_tables()))[0] == {}


def test_a_hundred_thousand_tables() -> None:
    count = 100_000
    block = make_block(
        COLUMNS,
        {"host": [str(i) for i in range(count)]},
        {"_time": range(count), "_value": [0.5] * count},
        range(count),
    )
    assert block.offsets[-1] == count
    assert block.values("host")[count - 1] == str(count - 1)
