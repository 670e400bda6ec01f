"""When tasks are due: cron expressions and intervals."""

from __future__ import annotations

import itertools

import pytest

from influxctl.core.errors import Invalid
from influxctl.core.times import format_time, parse_duration, parse_time
from influxctl.local.tasks.cron import Schedule, every, parse_cron, time_zone

SATURDAY = "2021-03-06T12:30:00Z"


def times(schedule: Schedule, after: str, count: int) -> list[str]:
    """The next times after one, without their date where it stays the same as that of the first."""
    out, last = [], parse_time(after)
    for _ in range(count):
        found = schedule.next(last)
        assert found is not None and found > last
        out.append(format_time(found))
        last = found
    return out


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 3 * * *", "2021-03-07T03:00:00Z"),
        ("30 12 * * *", "2021-03-07T12:30:00Z"),
        ("31 12 * * *", "2021-03-06T12:31:00Z"),
        ("*/15 * * * *", "2021-03-06T12:45:00Z"),
        ("0 8-17/3 * * mon-fri", "2021-03-08T08:00:00Z"),
        ("0 0 * * 7", "2021-03-07T00:00:00Z"),
        ("0 0 * * sun", "2021-03-07T00:00:00Z"),
        ("0 0 1 JAN,jul *", "2021-07-01T00:00:00Z"),
        ("0 0 29 2 *", "2024-02-29T00:00:00Z"),
        ("0 0 13 * fri", "2021-03-12T00:00:00Z"),
        ("30 0 0 * * *", "2021-03-07T00:00:30Z"),
        ("0 0 0 1 1 * 2030", "2030-01-01T00:00:00Z"),
        ("@hourly", "2021-03-06T13:00:00Z"),
        ("@weekly", "2021-03-07T00:00:00Z"),
        ("@yearly", "2022-01-01T00:00:00Z"),
        ("@every 90s", "2021-03-06T12:31:30Z"),
    ],
)
def test_the_next_time_of_a_cron_expression(expression: str, expected: str) -> None:
    assert times(parse_cron(expression), SATURDAY, 1) == [expected]


@pytest.mark.parametrize("expression", ["0 0 31 2 *", "0 0 0 1 1 * 1999"])
def test_an_expression_that_never_comes(expression: str) -> None:
    assert parse_cron(expression).next(parse_time(SATURDAY)) is None


@pytest.mark.parametrize(
    "expression",
    ["every day", "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *",
     "*/0 * * * *", "a * * * *", "1,,2 * * * *", "@sometimes", "@every soon", "@every 500ms", "١ * * * *"],
)  # fmt: skip
def test_wrong_expressions(expression: str) -> None:
    with pytest.raises(Invalid):
        parse_cron(expression)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("1h", ["2021-03-06T13:00:00Z", "2021-03-06T14:00:00Z"]),
        ("90m", ["2021-03-06T13:30:00Z", "2021-03-06T15:00:00Z"]),
        ("1d", ["2021-03-07T00:00:00Z", "2021-03-08T00:00:00Z"]),
        ("1w", ["2021-03-11T00:00:00Z", "2021-03-18T00:00:00Z"]),  # weeks begin on the Thursday of 1970
        ("1mo", ["2021-04-01T00:00:00Z", "2021-05-01T00:00:00Z"]),
        ("1y", ["2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z"]),
    ],
)
def test_intervals_are_counted_from_1970(interval: str, expected: list[str]) -> None:
    assert times(every(parse_duration(interval)), SATURDAY, 2) == expected


@pytest.mark.parametrize("interval", ["500ms", "0s", "-1h", "1500ms"])
def test_intervals_that_are_too_short_or_uneven(interval: str) -> None:
    with pytest.raises(Invalid):
        every(parse_duration(interval))


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("30 7 * * *", "2021-01-10T00:00:00Z", ["2021-01-10T06:30:00Z", "2021-01-11T06:30:00Z"]),
        ("30 7 * * *", "2021-03-27T00:00:00Z", ["2021-03-27T06:30:00Z", "2021-03-28T05:30:00Z"]),
        # 02:30 is left out on 28 March, and there twice on 31 October
        ("30 2 * * *", "2021-03-27T12:00:00Z", ["2021-03-28T01:30:00Z", "2021-03-29T00:30:00Z"]),
        ("30 2 * * *", "2021-10-30T12:00:00Z", ["2021-10-31T00:30:00Z", "2021-11-01T01:30:00Z"]),
        ("0 * * * *", "2021-03-27T23:30:00Z", ["2021-03-28T00:00:00Z", "2021-03-28T01:00:00Z", "2021-03-28T02:00:00Z"]),
        ("0 * * * *", "2021-10-30T23:30:00Z", ["2021-10-31T00:00:00Z", "2021-10-31T01:00:00Z", "2021-10-31T02:00:00Z"]),
        ("0 0 1 * *", "2021-03-10T00:00:00Z", ["2021-03-31T22:00:00Z", "2021-04-30T22:00:00Z"]),
    ],
)
def test_cron_in_a_zone_whose_clocks_change(expression: str, after: str, expected: list[str]) -> None:
    assert times(parse_cron(expression, time_zone("Europe/Berlin")), after, len(expected)) == expected


def test_every_day_of_a_year_in_a_zone_has_its_run() -> None:
    for zone in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"):
        found = times(parse_cron("30 2 * * *", time_zone(zone)), "2020-12-31T12:00:00Z", 365)
        apart = {(parse_time(b) - parse_time(a)) / 3.6e12 for a, b in itertools.pairwise(found)}
        assert apart <= {23.0, 23.5, 24.0, 24.5, 25.0}


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc"])
def test_unknown_zones(name: str) -> None:
    with pytest.raises(Invalid):
        time_zone(name)


def test_an_interval_beyond_the_end_of_time_never_comes() -> None:
    assert every(parse_duration("1000000mo")).next(parse_time(SATURDAY)) is None


def test_a_year_of_minutes_has_no_gap_where_months_and_leap_days_meet() -> None:
    found = [parse_time(text) for text in times(parse_cron("* * * * *"), "2024-02-28T23:00:00Z", 3000)]
    assert {late - early for early, late in itertools.pairwise(found)} == {60 * 10**9}
