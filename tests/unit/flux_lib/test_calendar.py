"""Local clocks, truncation and calendar arithmetic (flux.stdlib.date.calendar)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.core.errors import Invalid
from influxctl.core.times import NS, Duration, format_time, parse_time
from influxctl.flux.stdlib.date.calendar import Place, add, truncate

BERLIN = Place({"zone": "Europe/Berlin", "offset": Duration()})
NEW_YORK = Place({"zone": "America/New_York", "offset": Duration()})
UTC = Place(None)
MOMENTS = st.integers(parse_time("1900-01-01"), parse_time("2200-01-01"))


@settings(max_examples=50)
@given(MOMENTS)
def test_the_clock_and_back_is_the_same_moment_but_for_the_hour_shown_twice(ns: int) -> None:
    for place in (BERLIN, NEW_YORK, UTC):
        back = place.moment(place.local(ns))
        assert back == ns or place.local(back) == place.local(ns)


@settings(max_examples=50)
@given(MOMENTS, st.sampled_from([1, 3, 12]))
def test_months_begin_at_midnight_of_the_first(ns: int, months: int) -> None:
    start = truncate(ns, Duration(months), BERLIN)
    assert start <= ns < add(start, Duration(months), BERLIN)
    local = BERLIN.datetime(start)
    assert (local.day, local.hour, local.minute, local.second) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2021-03-28T00:59:59Z", "2021-03-27T23:00:00Z"),  # the day on which clocks go forward begins in winter time
        ("2021-03-28T21:59:59Z", "2021-03-27T23:00:00Z"),
        ("2021-03-28T22:00:00Z", "2021-03-28T22:00:00Z"),  # and has 23 hours
    ],
)
def test_a_day_in_spring_has_23_hours(moment: str, expected: str) -> None:
    assert format_time(truncate(parse_time(moment), Duration(0, NS["d"]), BERLIN)) == expected


def test_a_time_that_no_clock_shows_is_the_moment_of_the_jump() -> None:
    shown = parse_time("2021-03-28T02:30:00Z")
    assert format_time(BERLIN.moment(shown)) == "2021-03-28T01:00:00Z"


def test_a_time_that_clocks_show_twice_is_the_first() -> None:
    shown = parse_time("2021-10-31T02:30:00Z")
    assert format_time(BERLIN.moment(shown)) == "2021-10-31T00:30:00Z"


@pytest.mark.parametrize(
    ("start", "span", "expected"),
    [
        ("2021-01-31T00:00:00Z", Duration(1), "2021-02-28T00:00:00Z"),
        ("2020-02-29T00:00:00Z", Duration(12), "2021-02-28T00:00:00Z"),
        ("2021-03-31T10:00:00Z", Duration(-1), "2021-02-28T10:00:00Z"),
        ("2021-01-31T00:00:00Z", Duration(1, NS["d"]), "2021-03-01T00:00:00Z"),
        ("1969-12-31T23:59:59.5Z", Duration(0, -NS["s"]), "1969-12-31T23:59:58.5Z"),
    ],
)
def test_months_keep_within_the_last_day(start: str, span: Duration, expected: str) -> None:
    assert format_time(add(parse_time(start), span, UTC)) == expected


@pytest.mark.parametrize("unit", [Duration(), Duration(0, -1), Duration(1, 1)])
def test_some_durations_are_no_intervals(unit: Duration) -> None:
    with pytest.raises(Invalid, match="duration used as an interval cannot"):
        truncate(0, unit, UTC)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(Invalid, match="unknown time zone Nowhere/Land"):
        Place({"zone": "Nowhere/Land", "offset": Duration()})
