"""Windows in time: fixed spans, calendar months, time zones; which windows hold a time, and where each begins and ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.values import Record

Ints = np.ndarray[Any, np.dtype[np.int64]]
INF_NS = 0x7FFFFFFFFFFFFFFF
MAX_WINDOWS = 20_000_000  # windows that one operation may make: beyond it a script is wrong, and memory would go
_REACH = 10_000  # windows of calendar length that one point may lie in
_TOO_LONG = "window: the period is too long for windows that begin so often"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000_000


@dataclass(frozen=True)
class Zone:
    """A location option: a zone name and a fixed offset."""

    name: str = "UTC"
    offset: int = 0

    @classmethod
    def of(cls, location: Record | None) -> Zone:
        """The zone of a location record; `Invalid` for an unknown name."""
        if location is None:
            return cls()
        name = location.get("zone") or "UTC"
        offset = location.get("offset") or Duration()
        if name != "UTC":
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                raise Invalid(f"unknown time zone {name}") from None
        return cls(name, offset.ns)

    @property
    def is_utc(self) -> bool:
        """Whether local time is UTC."""
        return self.name == "UTC" and self.offset == 0

    @property
    def clock(self) -> Zone:
        """The zone without the fixed offset: months are added on its calendar (seen, 2.9.1)."""
        return self if self.offset == 0 else Zone(self.name)

    def to_local(self, times: Ints) -> Ints:
        """UTC nanoseconds as nanoseconds of the local clock."""
        if self.is_utc:
            return times
        if self.name == "UTC":
            return times + self.offset
        series = pl.Series(times, dtype=pl.Int64).cast(pl.Datetime("ns", "UTC"))
        local = series.dt.convert_time_zone(self.name).dt.replace_time_zone(None).cast(pl.Int64).to_numpy()
        return np.asarray(local) + self.offset

    def to_utc(self, local: Ints) -> Ints:
        """Nanoseconds of the local clock as UTC; a time that the clock skips moves to the end of the gap."""
        if self.is_utc:
            return local
        local = local - self.offset
        if self.name == "UTC":
            return local
        series = pl.Series(local, dtype=pl.Int64).cast(pl.Datetime("ns"))
        utc = series.dt.replace_time_zone(self.name, ambiguous="earliest", non_existent="null")
        out = utc.dt.convert_time_zone("UTC").cast(pl.Int64)
        if out.null_count():
            return np.array(
                [_after_gap(t, self.name) if u is None else u for t, u in zip(local.tolist(), out, strict=True)]
            )
        return np.asarray(out.to_numpy())


def _after_gap(local: int, name: str) -> int:
    """The moment at which the clock jumped over a local time."""
    naive = (_EPOCH + timedelta(microseconds=local // 1000)).replace(tzinfo=ZoneInfo(name))
    before = naive.utcoffset()
    after = (naive + timedelta(days=1)).utcoffset()
    assert before is not None
    assert after is not None
    low, high = local - 86_400_000_000_000, local + 86_400_000_000_000
    zone = ZoneInfo(name)
    want = (_EPOCH + timedelta(microseconds=(high) // 1000)).astimezone(zone).utcoffset()
    while high - low > 1_000_000_000:  # the zone changes its offset once in these two days
        middle = (low + high) // 2
        if (_EPOCH + timedelta(microseconds=middle // 1000)).astimezone(zone).utcoffset() == want:
            high = middle
        else:
            low = middle
    return high // 1_000_000_000 * 1_000_000_000


def months_of(local: Ints) -> Ints:
    """Calendar months since January 1970 of local times."""
    days = np.floor_divide(local, 86_400_000_000_000).astype("datetime64[D]")
    return days.astype("datetime64[M]").astype(np.int64)


def month_starts(months: Ints) -> Ints:
    """Local nanoseconds at which months begin."""
    return np.asarray(months.astype("datetime64[M]").astype("datetime64[ns]").astype(np.int64))


def add_months(local: Ints, months: Ints | int) -> Ints:
    """Local times moved by calendar months; the day is cut to the length of the month."""
    month = months_of(local)
    day, clock = np.divmod(local - month_starts(month), _DAY)
    starts = month_starts(month + months)
    lengths = (month_starts(month + months + 1) - starts) // _DAY
    return np.asarray(starts + np.minimum(day, lengths - 1) * _DAY + clock)


@dataclass(frozen=True)
class Windows:
    """Numbered windows: window k begins at `start(k)` and is `period` long; k grows with time."""

    every: Duration
    period: Duration
    offset: Duration
    zone: Zone
    backwards: bool = False  # the period was negative: windows end where others begin

    @classmethod
    def make(cls, every: Duration, period: Duration | None, offset: Duration, location: Record | None) -> Windows:
        """The windows of the parameters of `window`; `Invalid` with the reference's wording."""
        if every.negative:
            raise Invalid('parameter "every" must be non-negative')
        if every == Duration() and (period is None or period == Duration()):
            raise Invalid('window function requires at least one of "every" or "period" to be set and non-zero')
        if period is None or period == Duration():
            period = every
        if every == Duration():
            every = period
        if (every.months and every.ns) or (period.months and period.ns):
            raise Invalid("duration used as an interval cannot mix month and nanosecond units")
        if period.negative:
            offset = Duration(offset.months + period.months, offset.ns + period.ns)
        return cls(every, abs_duration(period), offset, Zone.of(location), period.negative)

    @property
    def is_pushed(self) -> bool:
        """Whether the reference's storage makes these windows: gapless, in UTC, not moved back."""
        return self.every == self.period and not self.backwards and not self.offset.negative and self.zone.is_utc

    @property
    def is_fixed(self) -> bool:
        """Whether all windows have the same length in nanoseconds."""
        return self.every.months == 0 and self.period.months == 0 and self.offset.months == 0

    @cached_property
    def _base(self) -> int:
        """Where window 0 of months begins, local: every other begins on the same day of its month, or on the last one (seen, 2.9.1)."""
        return int(add_months(np.zeros(1, dtype=np.int64), self.offset.months)[0]) + self.offset.ns

    @property
    def _day(self) -> int:
        """How far into its month the base is."""
        return self._base - int(month_starts(months_of(np.array([self._base])))[0])

    @property
    def _gapless(self) -> bool:
        """Whether each window ends where the next begins: months added to a day near the end of a month may fall short."""
        return self.period == self.every and (
            not self.every.months or (self._day < 28 * _DAY and self.zone.offset == 0)
        )

    def start(self, numbers: Ints) -> Ints:
        """Where windows begin, UTC."""
        if self.every.months:
            return self.zone.to_utc(add_months(np.array([self._base]), numbers * self.every.months))
        local = numbers * self.every.ns + self.offset.ns
        return self.zone.to_utc(local)

    def stop(self, numbers: Ints) -> Ints:
        """Where windows end, UTC."""
        if self._gapless:
            return self.start(numbers + 1)
        if self.period.months:
            clock = self.zone.clock
            return clock.to_utc(add_months(clock.to_local(self.start(numbers)), self.period.months))
        return self.zone.to_utc(self.zone.to_local(self.start(numbers)) + self.period.ns)

    def newest(self, times: Ints) -> Ints:
        """The last window that begins at or before each time, as the reference finds it."""
        if self.every.months:  # a fixed offset of the zone moves windows only after the month was found (seen, 2.9.1)
            local = self.zone.clock.to_local(times)
            months = months_of(local)
            early = (
                local - month_starts(months) < self._day
            )  # by the day as such, not as cut to the month: points may be left out
            months = months - months_of(np.array([self._base])) - early
            numbers = np.floor_divide(months, self.every.months)
            return np.where(self.start(numbers) > times, numbers - 1, numbers)
        return np.floor_divide(self.zone.to_local(times) - self.offset.ns, self.every.ns)

    def holding(self, times: Ints) -> tuple[Ints, Ints]:
        """For each time the first window that holds it and how many do; windows that hold it are consecutive."""
        last = self.newest(times)
        if self._gapless:
            return last, np.ones(len(times), dtype=np.int64)
        if self.is_fixed and self.zone.is_utc:
            return self._spans(times, last)
        reach = self._reach()
        if reach > _REACH:
            raise Invalid(_TOO_LONG)
        first = last.copy()
        count = np.zeros(len(times), dtype=np.int64)
        for back in range(reach, -1, -1):
            inside = self.stop(last - back) > times
            fresh = inside & (count == 0)
            first[fresh] = (last - back)[fresh]
            count += inside
        return first, count

    def _spans(self, times: Ints, last: Ints) -> tuple[Ints, Ints]:
        """`holding` by arithmetic, where all windows have the same length."""
        if (
            self.period.ns // self.every.ns > MAX_WINDOWS
            or len(times) * (self.period.ns // self.every.ns) > 10 * MAX_WINDOWS
        ):
            raise Invalid(_TOO_LONG)
        first = np.floor_divide(times - self.offset.ns - self.period.ns, self.every.ns) + 1
        count = np.maximum(last - first + 1, 0)
        return np.where(count > 0, first, last), count

    def _reach(self) -> int:
        """How many windows may overlap one time, less one."""
        if self.period.months:
            every = self.every.months * 28 * 86_400_000_000_000 + self.every.ns
            return self.period.months * 31 * 86_400_000_000_000 // every + 1
        every = self.every.months * 28 * 86_400_000_000_000 + self.every.ns
        return self.period.ns // every + 1

    def within(self, low: int, high: int) -> Ints:
        """The numbers of all windows that overlap [low, high)."""
        ends = np.array([low, high - 1], dtype=np.int64)
        newest = self.newest(ends)
        first = int(newest[0]) - (0 if self._gapless else self._reach())
        last = int(newest[1]) + (0 if self._gapless else 1)
        count = last - first + 1
        if count > MAX_WINDOWS:
            raise Invalid(f"window: {count} windows in the range are too many")
        numbers = np.arange(first, last + 1, dtype=np.int64)
        return numbers[(self.stop(numbers) > low) & (self.start(numbers) < high)]


def abs_duration(value: Duration) -> Duration:
    """The duration without its sign."""
    return -value if value.negative else value
