"""When a task runs: cron expressions and intervals, in UTC as in the reference, or cron in a time zone.

A cron expression has five fields (minute, hour, day of month, month, day of week), six (seconds first) or seven (and the year last);
or it is a word such as `@daily`, or `@every 1h30m`. When both days are restricted, either may match.

In a zone whose clocks change, an expression for given hours comes once a day: where its time is left out, later by as much as the clocks
were put forward; where it is there twice, the first time. One for every hour goes by in real time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from influxctl.core.errors import Invalid
from influxctl.core.times import NS, Duration, parse_duration

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = NS["s"]
_ALL_HOURS = 24
_LAST_YEAR = 2262  # in which times in nanoseconds end
_HORIZON = 60 * 366  # days to look ahead: 29 February on a given weekday comes back within 40 years


@dataclass(frozen=True, slots=True)
class Every:
    """At multiples of an interval since 1970, as the reference aligns tasks with `every`."""

    interval: Duration

    def next(self, after: int) -> int | None:
        """The first time later than `after`."""
        if self.interval.months:
            moment = _EPOCH + timedelta(microseconds=after // 1000)
            month = (moment.year - 1970) * 12 + moment.month - 1
            step = self.interval.months
            at = (month // step + 1) * step
            if at // 12 > _LAST_YEAR - 1970:
                return None
            found = datetime(1970 + at // 12, at % 12 + 1, 1, tzinfo=UTC)
            return int((found - _EPOCH).total_seconds()) * _SECOND + self.interval.ns
        return (after // self.interval.ns + 1) * self.interval.ns


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression: the values that each field allows."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int] | None
    either_day: bool
    zone: ZoneInfo | None = None

    def next(self, after: int) -> int | None:
        """The first time later than `after`, None if there is none."""
        seconds = after // _SECOND
        if self.zone is None:
            found = self._next(_EPOCH + timedelta(seconds=seconds))
            return None if found is None else _seconds(found) * _SECOND
        here = (_EPOCH + timedelta(seconds=seconds)).astimezone(self.zone)
        local = here.replace(tzinfo=UTC, fold=0)  # the zone's clock, to count with
        while (found := self._next(local)) is not None:
            if len(self.hours) == _ALL_HOURS:
                return (seconds + _seconds(found) - _seconds(local)) * _SECOND
            moment = _seconds(found.replace(tzinfo=self.zone, fold=0).astimezone(UTC))
            if moment > seconds:
                return moment * _SECOND
            local = found  # the second of two: it has been
        return None

    def _next(self, after: datetime) -> datetime | None:
        """`next` on a clock that is never changed."""
        start = after + timedelta(seconds=1)
        day = start.replace(hour=0, minute=0, second=0)
        clock = (start.hour, start.minute, start.second)
        for _ in range(_HORIZON):
            if self._has(day):
                found = self._first(clock)
                if found is not None:
                    hour, minute, second = found
                    return day.replace(hour=hour, minute=minute, second=second)
            clock = (0, 0, 0)
            day += timedelta(days=1)
        return None

    def _has(self, day: datetime) -> bool:
        if day.month not in self.months or (self.years is not None and day.year not in self.years):
            return False
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (by_month or by_week) if self.either_day else (by_month and by_week)

    def _first(self, clock: tuple[int, int, int]) -> tuple[int, int, int] | None:
        """The first time of a day that is not before `clock`."""
        for hour in self.hours:
            if hour < clock[0]:
                continue
            for minute in self.minutes:
                if (hour, minute) < clock[:2]:
                    continue
                for second in self.seconds:
                    if (hour, minute, second) >= clock:
                        return hour, minute, second
        return None


Schedule = Every | Cron


def _seconds(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds())


def time_zone(name: str) -> ZoneInfo:
    """A zone of the IANA database; `Invalid` if there is none of this name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(f"unknown time zone {name!r}", hint="name it like Europe/Berlin") from None


def parse_cron(text: str, zone: ZoneInfo | None = None) -> Schedule:
    """A cron expression, in UTC or in a zone; `Invalid` with the part that is wrong."""
    words = text.strip().lower()
    if words.startswith("@every "):
        return every(parse_duration(words.removeprefix("@every ").strip()))
    fields = _WORDS.get(words, words).split()
    if len(fields) == 5:
        fields = ["0", *fields]
    if len(fields) == 6:
        fields = [*fields, "*"]
    if len(fields) != 7:
        raise Invalid(f"cron expression {text!r} must have 5, 6 or 7 fields, or be a word such as @daily")
    second, minute, hour, day, month, weekday, year = fields
    weekdays = _values(weekday, 0, 7, text, _DAYS)
    free = ("*", "?")
    return Cron(
        tuple(sorted(_values(second, 0, 59, text))),
        tuple(sorted(_values(minute, 0, 59, text))),
        tuple(sorted(_values(hour, 0, 23, text))),
        frozenset(_values(day, 1, 31, text)),
        frozenset(_values(month, 1, 12, text, _MONTHS, first=1)),
        frozenset(value % 7 for value in weekdays),
        None if year in free else frozenset(_values(year, 1970, 2099, text)),
        day not in free and weekday not in free,
        zone,
    )


def every(interval: Duration) -> Every:
    """A schedule of an interval; `Invalid` below one second or with parts of one."""
    if interval.negative or (not interval.months and interval.ns < _SECOND):
        raise Invalid("every must be at least 1 second")
    if interval.ns % _SECOND:
        raise Invalid("every must be whole seconds")
    return Every(interval)


def _values(field: str, low: int, high: int, text: str, names: tuple[str, ...] = (), first: int = 0) -> set[int]:
    """The values of a field: lists of `*`, numbers, names, ranges, each with an optional step."""
    out: set[int] = set()
    for part in field.split(","):
        body, slash, step_text = part.partition("/")
        try:
            step = int(step_text) if slash else 1
            if body in ("*", "?"):
                start, end = low, high
            else:
                start_text, dash, end_text = body.partition("-")
                start = _number(start_text, names, first)
                end = _number(end_text, names, first) if dash else high if slash else start
        except ValueError:
            raise Invalid(f"cron expression {text!r}: {part!r} is no value, range or step") from None
        if step < 1 or not low <= start <= end <= high:
            raise Invalid(f"cron expression {text!r}: {part!r} is not within {low}-{high}")
        out.update(range(start, end + 1, step))
    return out


def _number(text: str, names: tuple[str, ...], first: int) -> int:
    if text in names:
        return names.index(text) + first
    if not text.isdecimal() or not text.isascii():
        raise ValueError(text)
    return int(text)
