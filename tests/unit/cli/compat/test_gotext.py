"""Texts as Go writes them."""

from __future__ import annotations

import pytest

from influxctl.cli.compat.gotext import aligned, as_json, duration, quoted


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (1_500, "1.5µs"),
        (250_000_000, "250ms"),
        (90_000_000_000, "1m30s"),
        (3_600_000_000_000, "1h0m0s"),
        (788_640_250_000_000, "219h4m0.25s"),
        (-60_000_000_000, "-1m0s"),
    ],
)
def test_durations(nanoseconds: int, text: str) -> None:
    assert duration(nanoseconds) == text


def test_json_escapes_what_go_escapes_and_indents_with_tabs() -> None:
    value = {"b": [], "a": {"url": "x?a=1&b=<2>"}, "c": [1, 1.5, 1e21, 1e-7, True, None], "d": {}, "e": "é\u2028\x01\n"}
    assert as_json(value) == (
        '{\n\t"a": {\n\t\t"url": "x?a=1\\u0026b=\\u003c2\\u003e"\n\t},\n\t"b": [],\n'
        '\t"c": [\n\t\t1,\n\t\t1.5,\n\t\t1e+21,\n\t\t1e-07,\n\t\ttrue,\n\t\tnull\n\t],\n\t"d": {},\n'
        '\t"e": "é\\u2028\\u0001\\n"\n}'
    )
    assert as_json({"b": 1, "a": 2}, sort=False) == '{\n\t"b": 1,\n\t"a": 2\n}'


def test_columns_are_widened_to_the_next_tab() -> None:
    text = "ID\tName\tDeleted\n0123456789abcdef\ta\ttrue\n"
    assert aligned(text, minimum=1, tab=8, padding=1, fill="\t") == (
        "ID\t\t\tName\tDeleted\n0123456789abcdef\ta\ttrue\n"
    )


def test_a_line_without_the_cell_ends_a_column() -> None:
    text = "  a\tx\n  long\tx\n\n  b\tx\n"
    assert aligned(text, minimum=1, tab=8, padding=2, fill=" ") == "  a     x\n  long  x\n\n  b  x\n"


def test_quoted_text() -> None:
    assert quoted('a"b\\\t\x00é\u200b') == r'"a\"b\\\t\x00é\u200b"'
