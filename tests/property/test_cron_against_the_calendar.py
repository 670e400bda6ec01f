"""Cron schedules against a walk through the calendar, minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.local.tasks.cron import parse_cron

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAYS = 4


def field(low: int, high: int) -> st.SearchStrategy[set[int] | None]:
    """Some values of a field, or None for all."""
    return st.none() | st.sets(st.integers(low, high), min_size=1, max_size=5)


def text(values: set[int] | None) -> str:
    return "*" if values is None else ",".join(str(value) for value in sorted(values))


def matches(
    moment: datetime, minutes: set[int] | None, hours: set[int] | None, days: set[int] | None, weekdays: set[int] | None
) -> bool:
    by_day = days is None or moment.day in days
    by_weekday = weekdays is None or moment.isoweekday() % 7 in weekdays
    day = (by_day or by_weekday) if days is not None and weekdays is not None else (by_day and by_weekday)
    return day and (minutes is None or moment.minute in minutes) and (hours is None or moment.hour in hours)


@settings(max_examples=60, deadline=None)
@given(
    minutes=field(0, 59),
    hours=field(0, 23),
    days=field(1, 31),
    weekdays=field(0, 6),
    start=st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)),
)
def test_the_next_time_is_the_first_that_matches(
    minutes: set[int] | None,
    hours: set[int] | None,
    days: set[int] | None,
    weekdays: set[int] | None,
    start: datetime,
) -> None:
    after = start.replace(tzinfo=UTC)
    schedule = parse_cron(f"{text(minutes)} {text(hours)} {text(days)} * {text(weekdays)}")
    found = schedule.next(int((after - EPOCH).total_seconds()) * 10**9)
    assert found is not None
    got = EPOCH + timedelta(seconds=found // 10**9)
    moment = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    end = min(got, moment + timedelta(days=DAYS))
    while moment < end:
        assert not matches(moment, minutes, hours, days, weekdays), f"{moment} was passed over"
        moment += timedelta(minutes=1)
    assert matches(got, minutes, hours, days, weekdays) and got > after and got.second == 0
