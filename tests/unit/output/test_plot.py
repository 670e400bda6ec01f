"""Pictures of query results."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from influxctl.output.annotated import rows_of
from influxctl.output.plot import KINDS, Series, draw, series_of, sparkline, thinned, time_ticks

CSV = b"""#datatype,string,long,dateTime:RFC3339,double,string,string,long
#group,false,false,false,false,true,true,false
#default,_result,,,,,,
,result,table,_time,_value,_field,host,n
,,0,2020-01-01T00:00:00Z,1,usage,a,7
,,0,2020-01-01T00:01:00Z,,usage,a,8
,,0,2020-01-01T00:02:00Z,3,usage,a,9
,,1,2020-01-01T00:00:00Z,5,usage,b,7

"""


def lines(count: int = 2) -> list[Series]:
    return [
        Series(f"host={i}", list(range(0, 50 * 10**9, 10**9)), [math.sin(x / 5 + i) for x in range(50)])
        for i in range(count)
    ]


def test_series_are_tables_and_columns_of_numbers() -> None:
    found = {one.label: (one.xs, one.ys) for one in series_of(rows_of([CSV]))}
    begin = 1577836800 * 10**9
    assert found["host=a _value"] == ([begin, begin + 120 * 10**9], [1.0, 3.0])  # nulls are left out
    assert found["host=a n"][1] == [7.0, 8.0, 9.0]
    assert set(found) == {"host=a _value", "host=a n", "host=b _value", "host=b n"}


def test_one_series_is_called_by_its_field() -> None:
    notes = b"#datatype,string,long,double,string\n#group,false,false,false,true\n#default,_result,,,\n"
    csv = notes + b",result,table,_value,_field\n,,0,1,f\n\n"
    [one] = series_of(rows_of([csv]))
    assert (one.label, one.timed, one.xs) == ("f", False, [0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [40, 100])
@pytest.mark.parametrize("count", [1, 3, 20])
def test_every_kind_fits_and_has_no_colour_unless_asked(kind: str, width: int, count: int) -> None:
    text = draw(lines(count), kind, width, 12, color=False)
    assert "\x1b" not in text and text.endswith("\n")
    assert max(map(len, text.splitlines())) <= width + 20  # labels and figures of sparklines need their room
    assert "\x1b[" in draw(lines(count), "line", width, 12, color=True)


def test_nothing_to_plot_is_said() -> None:
    assert draw([], "line", 80, 10, color=False) == "no numbers to plot\n"
    assert draw([Series("a")], "bar", 80, 10, color=False) == "no numbers to plot\n"


def test_more_series_than_can_be_told_apart() -> None:
    assert "(8 more series are not shown)" in draw(lines(20), "line", 80, 10, color=False)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=400), st.integers(4, 60))
def test_thinning_keeps_the_peaks_and_the_order(ys: list[float], most: int) -> None:
    xs, kept = thinned(range(len(ys)), ys, most)
    assert len(xs) <= most + 2 and xs == sorted(xs)
    assert (min(kept), max(kept)) == (min(ys), max(ys))


@given(st.lists(st.floats(), max_size=300), st.integers(1, 80))
@example([-1.7976931348623157e308, 1.7976931348623157e308], 2)
@example([5e-324, 0.0], 2)
def test_sparklines_have_at_most_their_width(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) <= width


def test_sparkline() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([1, math.nan, 1], 3) == "▁ ▁"


def test_ticks_are_as_exact_as_the_span_needs() -> None:
    day = 86_400 * 10**9
    assert time_ticks(0, 60 * 10**9, 2)[1] == ["1970-01-01 00:00:00", "1970-01-01 00:01:00"]
    assert time_ticks(0, day, 2)[1] == ["1970-01-01 00:00", "1970-01-02 00:00"]
    assert time_ticks(0, 30 * day, 3)[1] == ["1970-01-01", "1970-01-16", "1970-01-31"]
