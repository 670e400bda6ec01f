"""Bordered tables (cli.compat.asciitable)."""

from __future__ import annotations

import pytest

from influxctl.cli.compat.asciitable import Table, wrapped


def test_a_bordered_table() -> None:
    table = Table(("a_b", "Count"), footer=("TOTAL", "2"))
    table.add(("left", "12"))
    table.add(())
    table.add(("-", "1,000.5"))
    assert table.render() == (
        "+-------+---------+\n"
        "|  A B  |  COUNT  |\n"
        "+-------+---------+\n"
        "| left  |      12 |\n"
        "+-------+---------+\n"
        "+-------+---------+\n"
        "| -     | 1,000.5 |\n"
        "+-------+---------+\n"
        "| TOTAL |    2    |\n"
        "+-------+---------+\n"
    )


def test_a_table_without_borders() -> None:
    table = Table(("a", "b", "c"), borders=False, aligns=("centre", "left", ""), footer=("", "TOTAL", "1"))
    table.add(("x", "y", "z"))
    table.add(())
    assert table.render() == (
        "  A |   B   | C  \n"
        "----+-------+----\n"
        "  x | y     | z  \n"
        "----+-------+----\n"
        "      TOTAL | 1  \n"
        "    --------+----\n"
    )


def test_long_cells_are_wrapped_and_least_widths_kept() -> None:
    table = Table(("text", "n"), least={1: 4})
    table.add(("the quick brown fox jumps over the lazy dog", "7"))
    assert table.render().splitlines()[3:5] == [
        "| the quick brown fox jumps over |    7 |",
        "| the lazy dog                   |      |",
    ]


@pytest.mark.parametrize(
    ("text", "limit", "lines"),
    [
        ("one two three", 20, ["one two three"]),
        ("one two three four", 9, ["one two", "three", "four"]),
        ("aaaa bb cc ddddd", 6, ["aaaa", "bb cc", "ddddd"]),
        ("unbreakable", 4, ["unbreakable"]),
        ("", 0, [""]),
    ],
)
def test_lines_come_out_even(text: str, limit: int, lines: list[str]) -> None:
    assert wrapped(text, limit) == lines


def test_colours_take_no_room() -> None:
    table = Table(("a",), heading_codes="96;1", footer_codes="94;1", footer=("T",))
    table.add(("x",), ("31;1",))
    assert "\x1b[31;1mx\x1b[0m" in table.render()
    plain = (
        table.render()
        .replace("\x1b[31;1m", "")
        .replace("\x1b[96;1m", "")
        .replace("\x1b[94;1m", "")
        .replace("\x1b[0m", "")
    )
    assert plain.splitlines()[1::2] == ["| A |", "| x |", "| T |"]
