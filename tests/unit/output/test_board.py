"""Dashboards drawn in a terminal and as pages."""

from __future__ import annotations

from typing import Any

import pytest

from influxctl.cli.board import used, window_period, with_variables
from influxctl.output.annotated import rows_of
from influxctl.output.board import Cell, fitted, render_board, visible
from influxctl.output.board_html import page

CSV = b"""#datatype,string,long,dateTime:RFC3339,double,string
#group,false,false,false,false,true
#default,_result,,,,
,result,table,_time,_value,host
,,0,2020-01-01T00:00:00Z,1,<a>
,,0,2020-01-01T00:02:00Z,3,<a>

"""


def cell(kind: str, x: int = 0, y: int = 0, w: int = 6, h: int = 4, **properties: Any) -> Cell:
    return Cell(x, y, w, h, f"a {kind}", {"type": kind, **properties}, list(rows_of([CSV])))


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        ("", "from(bucket: v.bucket)"),
        ('import "strings"\n', 'from(bucket: "b")'),
        ('// a\npackage p\nimport s "strings"\n\n', "x = 1"),
        ('import "a/b" ', 'from(bucket: "b")'),
    ],
)
def test_options_stand_behind_the_imports(head: str, rest: str) -> None:
    made = with_variables(head + rest, {"my var": 'a"b'}, "-1h", "now()")
    options = 'timeRangeStart: -1h, timeRangeStop: now(), windowPeriod: 10s, "my var": "a\\"b"'
    assert made == f"{head}\noption v = {{{options}}}\n{rest}"


def test_variables_that_a_script_uses() -> None:
    assert used('from(bucket: v.bucket) |> f(x: v["my var"], y: v.bucket, z: conv.x)') == ["bucket", "my var"]


@pytest.mark.parametrize(
    ("start", "stop", "period"),
    [
        ("-1h", "now()", "10s"),
        ("-30d", "now()", "2h"),
        ("-1m", "now()", "1s"),
        ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", "4m"),
        ("today()", "now()", "10s"),
    ],
)
def test_windows_divide_the_range(start: str, stop: str, period: str) -> None:
    assert window_period(start, stop) == period


@pytest.mark.parametrize("width", [60, 100, 133])
@pytest.mark.parametrize("color", [True, False])
def test_cells_lie_in_their_grid(width: int, color: bool) -> None:
    cells = [
        cell("xy"),
        cell("single-stat", 6, suffix=" °C"),
        cell("table", 0, 4),
        cell("heatmap", 6, 4),
        cell("histogram", 0, 8, 12),
    ]
    lines = render_board(cells, width, color=color).splitlines()
    assert len(lines) == 12 * 3
    assert all(visible(line) <= width for line in lines)
    assert any("3 °C" in line for line in lines[: 4 * 3]) and "a single-stat" in lines[0]
    assert ("\x1b" in "".join(lines)) is color


def test_long_texts_are_cut_at_their_width() -> None:
    assert fitted("abcdef", 4) == "abc…" and fitted("ab", 4) == "ab  "
    assert fitted("\x1b[31mab\x1b[0m", 4) == "\x1b[31mab\x1b[0m  "


def test_a_page_needs_no_network_and_escapes_what_is_in_it() -> None:
    cells = [
        cell("xy"),
        cell("single-stat", 6),
        cell("table", 0, 4),
        cell("markdown", 6, 4, note="<b>hi</b>"),
        cell("histogram", 0, 8),
    ]
    text = page("<board>", cells)
    body = text[text.index("<body>") :]
    assert "&lt;board&gt;" in body and "&lt;b&gt;hi" in body and "<td>&lt;a&gt;</td>" in body
    assert body.count("class='cell'") == 5 and 'src="http' not in body
