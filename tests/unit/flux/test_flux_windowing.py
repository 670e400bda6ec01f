"""Windows of time: fixed spans, months, zones and daylight saving."""

from __future__ import annotations

import numpy as np
import pytest

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration, format_time, parse_duration, parse_time
from influxctl.flux.values import Record
from influxctl.flux.windowing import Windows, Zone


def windows(every: str, period: str | None = None, offset: str = "0s", zone: str = "UTC", shift: str = "0s") -> Windows:
    location = Record(zone=zone, offset=parse_duration(shift))
    return Windows.make(
        parse_duration(every), parse_duration(period) if period else None, parse_duration(offset), location
    )


def spans(w: Windows, start: str, stop: str) -> list[tuple[str, str]]:
    numbers = w.within(parse_time(start), parse_time(stop))
    return [(format_time(a), format_time(b)) for a, b in zip(w.start(numbers).tolist(), w.stop(numbers).tolist())]


def held(w: Windows, time: str) -> list[str]:
    first, count = w.holding(np.array([parse_time(time)]))
    return [format_time(int(w.start(np.array([first[0] + i]))[0])) for i in range(int(count[0]))]


def test_weeks_begin_on_thursdays() -> None:
    assert spans(windows("1w"), "2021-03-17T00:00:00Z", "2021-03-17T01:00:00Z") == [
        ("2021-03-11T00:00:00Z", "2021-03-18T00:00:00Z")
    ]


def test_months_have_their_own_lengths() -> None:
    assert spans(windows("1mo"), "2021-02-10", "2021-03-10") == [
        ("2021-02-01T00:00:00Z", "2021-03-01T00:00:00Z"),
        ("2021-03-01T00:00:00Z", "2021-04-01T00:00:00Z"),
    ]


def test_days_of_a_zone_follow_daylight_saving() -> None:
    assert spans(windows("1d", zone="America/New_York"), "2021-03-14T12:00:00Z", "2021-03-15T12:00:00Z") == [
        ("2021-03-14T05:00:00Z", "2021-03-15T04:00:00Z"),
        ("2021-03-15T04:00:00Z", "2021-03-16T04:00:00Z"),
    ]


def test_an_hour_that_the_clock_skips_begins_where_it_jumps() -> None:
    zone = Zone("America/New_York")
    local = parse_time("2021-03-14T02:30:00Z")
    assert format_time(int(zone.to_utc(np.array([local]))[0])) == "2021-03-14T07:00:00Z"


def test_overlapping_windows_hold_a_time_more_than_once() -> None:
    assert held(windows("1h", "3h"), "2021-01-01T05:30:00Z") == [
        "2021-01-01T03:00:00Z",
        "2021-01-01T04:00:00Z",
        "2021-01-01T05:00:00Z",
    ]


def test_windows_with_gaps_miss_times() -> None:
    assert held(windows("1h", "10m"), "2021-01-01T05:30:00Z") == []


def test_a_negative_period_ends_where_others_begin() -> None:
    assert held(windows("8h", "-4h"), "2021-01-01T05:00:00Z") == ["2021-01-01T04:00:00Z"]


def test_times_before_1970_are_cut_downwards() -> None:
    assert held(windows("1h"), "1969-12-31T23:30:00Z") == ["1969-12-31T23:00:00Z"]


@pytest.mark.parametrize(
    ("every", "message"), [("-1h", "must be non-negative"), ("0s", "at least one"), ("1mo1d", "cannot mix month")]
)
def test_impossible_windows_are_refused(every: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        windows(every)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Invalid, match="unknown time zone"):
        Windows.make(Duration(0, 1), None, Duration(), Record(zone="Nowhere/Land", offset=Duration()))
