"""Annotated CSV out of blocks: dialects, empty tables, both ways of rendering, errors after data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from influxctl.core import csvblocks
from influxctl.core.columns import Block, Column, make_block
from influxctl.core.csvblocks import Dialect, write_results
from influxctl.core.errors import Invalid

COLUMNS = [Column("k", "string", True), Column("v", "float")]


@dataclass
class Result:
    name: str
    blocks: Iterator[Block]


def text(*blocks: Block, dialect: Dialect | None = None, name: str = "_result") -> str:
    return b"".join(write_results([Result(name, iter(blocks))], dialect)).decode()


def small(keys: list[str], tables: list[int], values: list[float | None]) -> Block:
    return make_block(COLUMNS, {"k": keys}, {"v": values}, tables)


def test_annotations_header_rows_and_an_empty_line() -> None:
    assert text(small(["a", "b"], [0, 0, 1], [1.0, None, 2.5])) == (
        "#datatype,string,long,string,double\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n"
        ",result,table,k,v\r\n,,0,a,1\r\n,,0,a,\r\n,,1,b,2.5\r\n\r\n"
    )


def test_without_annotations_the_name_stands_in_every_row() -> None:
    plain = Dialect(annotations=(), delimiter=";")
    assert text(small(["a;b"], [0], [1.0]), dialect=plain) == ';result;table;k;v\r\n;_result;0;"a;b";1\r\n\r\n'


def test_an_empty_table_is_its_annotations_with_the_key() -> None:
    assert text(small(["a"], [], [])).splitlines()[2:4] == ["#default,_result,0,a,", ",result,table,k,v"]


def test_nothing_at_all_is_an_empty_line() -> None:
    assert text() == "\r\n"


def test_table_numbers_go_on_across_schemas() -> None:
    other = make_block([Column("k", "string", True), Column("n", "int")], {"k": ["c"]}, {"n": [7]}, [0])
    lines = text(small(["a"], [0], [1.0]), other).splitlines()
    assert lines[4] == ",,0,a,1"
    assert lines[5] == ""
    assert lines[-2] == ",,1,c,7"


def everything(rows: int) -> Block:
    floats = [1.0, 1.5, -0.0, math.inf, -math.inf, math.nan, 1e21, 1e-7, None, 123456789.123]
    strings = ["a", "", " x", 'q"q', "a,b", "a\nb", None, "\\.", "é"]
    kinds = {"t": "time", "v": "float", "s": "string", "i": "int", "b": "bool", "u": "uint"}
    return make_block(
        [Column("k", "string", True), *(Column(label, kind) for label, kind in kinds.items())],  # type: ignore[arg-type]
        {"k": ["x,y", "z"]},
        {
            "t": [None if i % 11 == 0 else i * 10**9 + i % 3 * 1000 for i in range(rows)],
            "v": [floats[i % 10] for i in range(rows)],
            "s": [strings[i % 9] for i in range(rows)],
            "i": [None if i % 7 == 0 else i - 5 for i in range(rows)],
            "b": [(True, False, None)[i % 3] for i in range(rows)],
            "u": [2**64 - 1 - i for i in range(rows)],
        },
        [0] * (rows // 2) + [1] * (rows - rows // 2),
    )


def test_few_rows_and_many_rows_are_rendered_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    many = text(everything(1000))
    monkeypatch.setattr(csvblocks, "_SMALL", 100_000)
    assert text(everything(1000)) == many


def scattered(tables: int, rows: int, texts: list[str | None]) -> Block:
    """Key columns before, between and behind the others; texts of all sorts in both."""
    columns = [Column("k", "string", True), Column("t", "time"), Column("v", "float"), Column("m", "time", True)]
    columns += [Column("s", "string"), Column("n", "int", True), Column("w", "float"), Column("z", "string", True)]
    count = tables * rows
    return make_block(
        columns,
        {
            "k": [texts[i % len(texts)] for i in range(tables)],
            "m": [i * 10**9 + 5 for i in range(tables)],
            "n": [None if i % 5 == 0 else i for i in range(tables)],
            "z": [texts[-1 - i % len(texts)] for i in range(tables)],
        },
        {
            "t": [i % rows * 10**10 for i in range(count)],
            "v": [None if i % 9 == 0 else i / 7 for i in range(count)],
            "s": [texts[i % len(texts)] for i in range(count)],
            "w": [10.0 ** (i % 40 - 20) for i in range(count)],
        },
        [i // rows for i in range(count)],
    )


PLAIN = ["a", "b c", "", None, "d"]
QUOTED = ["x,y", 'q"q', " lead", "two\nlines", "\\.", None, "ü", "\tt"]
MARKS = ["a\x01b", "\x02", "c\x03d", "e"]


@pytest.mark.parametrize("texts", [PLAIN, QUOTED, MARKS])
@pytest.mark.parametrize(("tables", "rows"), [(3, 2000), (100, 60), (900, 2), (2000, 1), (60, 1)])
def test_every_way_of_rendering_gives_the_same_text(
    texts: list[str | None], tables: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = scattered(tables, rows, texts)
    made = text(block)
    monkeypatch.setattr(csvblocks, "_SMALL", 10**9)
    monkeypatch.setattr(csvblocks, "_MANY_TABLES", 10**9)
    assert made == text(block)


def failing(late: bool, rows: int) -> Iterator[Block]:
    yield small(["a"], [0] * rows, [1.0] * rows)
    error = Invalid("it broke, badly")
    error.late = late  # type: ignore[attr-defined]
    raise error


def test_an_early_error_is_the_whole_answer() -> None:
    with pytest.raises(Invalid, match="it broke"):
        b"".join(write_results([Result("x", failing(False, 1))]))


@pytest.mark.parametrize(("late", "rows"), [(True, 1), (False, 20_000)])
def test_an_error_after_data_is_a_table_at_the_end(late: bool, rows: int) -> None:
    lines = b"".join(write_results([Result("x", failing(late, rows))])).decode().splitlines()
    assert lines[-2:] == [",error,reference", ',"it broke, badly",']
    assert lines[-6] == ""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"delimiter": ";;"}, "must be length 1"),
        ({"annotations": ["types"]}, "unknown dialect annotation type"),
        ({"dateTimeFormat": "epoch"}, "unknown dialect date time format"),
        ({"commentPrefix": "//"}, "invalid dialect comment prefix"),
    ],
)
def test_dialects_that_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        Dialect.from_json(given)
