"""Calendar arithmetic in a time zone: local clocks, truncation, and adding durations with months.

A location is Flux's record `{zone: "Europe/Berlin", offset: 0s}`. "Local clock" means nanoseconds since 1970-01-01T00:00:00 as a clock
on the wall of that place shows them. Days, weeks and months are the wall's: a day in spring may have 23 hours.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from influxctl.core.errors import Invalid
from influxctl.core.times import NS, Duration
from influxctl.flux.values import Time, wrap_int

_EPOCH = datetime(1970, 1, 1)
_SECOND = NS["s"]


@lru_cache(maxsize=256)
def find_zone(name: str) -> tzinfo:
    """The zone of this name from the IANA database; `Invalid` when there is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"unknown time zone {name}") from None


class Place:
    """A location made ready for arithmetic: a zone and a fixed offset beside it."""

    __slots__ = ("fixed", "offset", "zone")

    def __init__(self, location: Mapping[str, Any] | None) -> None:
        offset = location["offset"] if location else Duration()
        if offset.months:
            raise Invalid("a time zone's offset cannot have months")
        self.zone = find_zone((location["zone"] if location else None) or "UTC")
        self.offset: int = offset.ns
        self.fixed = self.zone is UTC

    def local(self, ns: int) -> int:
        """What the clock shows at the moment `ns`."""
        return ns + self.offset if self.fixed else ns + self.offset + self._shift(ns // _SECOND)

    def _shift(self, second: int) -> int:
        """The zone's offset from UTC at a second since 1970, in nanoseconds."""
        moment = (_EPOCH + timedelta(seconds=second)).replace(tzinfo=UTC).astimezone(self.zone)
        delta = moment.utcoffset() or timedelta()
        return (delta.days * 86400 + delta.seconds) * _SECOND

    def moment(self, clock: int) -> int:
        """When the clock shows this. Shown twice: the first time. Never shown: the moment when the clock jumps over it."""
        if self.fixed:
            return clock - self.offset
        wall = clock - self.offset
        earlier = self._shift(wall // _SECOND - 86400)  # the offsets around a change, which never come twice a day
        later = self._shift(wall // _SECOND + 86400)
        for shift in (earlier, later):
            if self._shift((wall - shift) // _SECOND) == shift:
                return wall - shift
        return self._jump(wall - later, wall - earlier)

    def _jump(self, low: int, high: int) -> int:
        """The second between two moments at which the zone's offset changes."""
        first, last = low // _SECOND, high // _SECOND
        before = self._shift(first)
        while last - first > 1:
            middle = (first + last) // 2
            if self._shift(middle) == before:
                first = middle
            else:
                last = middle
        return last * _SECOND

    def datetime(self, ns: int) -> datetime:
        """The local date and time of day, to the second."""
        return _EPOCH + timedelta(seconds=self.local(ns) // _SECOND)


def check_interval(unit: Duration) -> None:
    """`Invalid` for a duration that cannot be the length of an interval."""
    if unit.months and unit.ns:
        raise Invalid("duration used as an interval cannot mix month and nanosecond units")
    if not unit.months and not unit.ns:
        raise Invalid("duration used as an interval cannot be zero")
    if unit.negative:
        raise Invalid("duration used as an interval cannot be negative")


def truncate(ns: int, unit: Duration, place: Place) -> Time:
    """The start of the interval of this length that holds the moment; intervals are counted from 1970 on the local clock."""
    check_interval(unit)
    clock = place.local(ns)
    if unit.months:
        day = _EPOCH + timedelta(seconds=clock // _SECOND)
        months = (day.year - 1970) * 12 + day.month - 1
        clock = _first_of_month(months - months % unit.months)
    else:
        clock -= clock % unit.ns
    return Time(wrap_int(place.moment(clock)))


def _first_of_month(months: int) -> int:
    """The local clock at the beginning of a month, counted from January 1970."""
    start = datetime(1970 + months // 12, months % 12 + 1, 1)
    return (start - _EPOCH).days * NS["d"]


def add(ns: int, span: Duration, place: Place) -> Time:
    """The moment moved by a duration on the local clock: months first, kept within the month's last day, then the rest."""
    clock = place.local(ns)
    if span.months:
        day, rest = divmod(clock, NS["d"])
        date = _EPOCH + timedelta(days=day)
        months = (date.year - 1970) * 12 + date.month - 1 + span.months
        year, month = 1970 + months // 12, months % 12 + 1
        if not 1 <= year <= 9999:
            raise Invalid(f"a time moved by {span} is out of range")
        last = monthrange(year, month)[1]
        clock = (datetime(year, month, min(date.day, last)) - _EPOCH).days * NS["d"] + rest
    return Time(wrap_int(place.moment(clock + span.ns)))
