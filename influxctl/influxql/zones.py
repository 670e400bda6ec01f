"""Time zones over columns: offsets of many times at once, and the windows of GROUP BY time() in a zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from influxctl.core.times import MAX_TIME, MIN_TIME
from influxctl.influxql.errors import StatementError

SECOND = 1_000_000_000
_STEP = 7 * 86_400  # zones change their offset less often than this
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_WINDOWS = 20_000_000

Times = NDArray[np.int64]


@lru_cache(maxsize=4096)
def _offset_seconds(zone: ZoneInfo, seconds: int) -> int:
    moment = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone)
    offset = moment.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def offset_at(zone: ZoneInfo, ns: int) -> int:
    """Nanoseconds that the zone is ahead of UTC at a time."""
    return _offset_seconds(zone, min(max(ns // SECOND, -62_000_000_000), 250_000_000_000)) * SECOND


def local_to_utc(ns: int, zone: ZoneInfo) -> int:
    """The time at which clocks of the zone show what `ns` shows in UTC."""
    moment = (_EPOCH + timedelta(seconds=ns // SECOND)).replace(tzinfo=zone)
    offset = moment.utcoffset()
    return ns - (int(offset.total_seconds()) if offset else 0) * SECOND


def transitions(zone: ZoneInfo, low: int, high: int) -> tuple[list[int], list[int]]:
    """Times from which on an offset holds, and the offsets, covering low to high; nanoseconds."""
    at, last = low // SECOND, high // SECOND + 1
    starts, offsets = [low], [offset_at(zone, low)]
    while at < last:
        following = min(at + _STEP, last)
        if offset_at(zone, following * SECOND) != offsets[-1]:
            a, b = at, following
            while b - a > 1:
                middle = (a + b) // 2
                if offset_at(zone, middle * SECOND) == offsets[-1]:
                    a = middle
                else:
                    b = middle
            starts.append(b * SECOND)
            offsets.append(offset_at(zone, b * SECOND))
            following = b
        at = following
    return starts, offsets


def offsets_of(zone: ZoneInfo, times: Times) -> Times:
    """The zone's offset at each time, in nanoseconds."""
    if not len(times):
        return np.zeros(0, dtype=np.int64)
    starts, offsets = transitions(zone, int(times.min()), int(times.max()))
    found: Times = np.array(offsets, dtype=np.int64)[np.searchsorted(starts, times, side="right") - 1]
    return found


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of GROUP BY time(every, offset), aligned to the zone's midnights."""

    every: int
    offset: int = 0
    zone: ZoneInfo | None = None

    def starts(self, times: Times) -> Times:
        """The beginning of each time's window."""
        shifted = times - self.offset
        if self.zone is None:
            plain: Times = shifted // self.every * self.every + self.offset
            return plain
        zone = offsets_of(self.zone, shifted)
        start = times - np.mod(shifted + zone, self.every)
        difference = zone - offsets_of(self.zone, start)
        shifted_back: Times = np.where(np.abs(difference) < self.every, start + difference, start)
        return shifted_back

    def bounds(self, at: int) -> tuple[int, int]:
        """Beginning and end of the window of one time."""
        if self.zone is None:
            start = at - (at - self.offset) % self.every
            return max(start, MIN_TIME), min(start + self.every, MAX_TIME)
        shifted = at - self.offset
        ahead = offset_at(self.zone, shifted)
        rest = (shifted + ahead) % self.every
        start, end = at - rest, at - rest + self.every
        for_start, for_end = ahead - offset_at(self.zone, start), ahead - offset_at(self.zone, end)
        start += for_start if abs(for_start) < self.every else 0
        end += for_end if abs(for_end) < self.every else 0
        return max(start, MIN_TIME), min(end, MAX_TIME)

    def sequence(self, first: int, last: int, descending: bool = False) -> Times:
        """The beginnings of all windows between two, both included, in the order asked for."""
        low, high = min(first, last), max(first, last)
        if (high - low) // self.every > MAX_WINDOWS:
            raise StatementError(f"more than {MAX_WINDOWS:,} windows: use a longer interval or a shorter time range")
        if self.zone is None:
            # arange of these numbers themselves counts in floats, and may lose the last one
            found = low + np.arange((high - low) // self.every + 1, dtype=np.int64) * self.every
            return found[::-1] if descending else found
        return self._zone_sequence(high if descending else low, low if descending else high, descending)

    def _zone_sequence(self, at: int, end: int, descending: bool) -> Times:
        """Windows in a zone: a change of the offset shifts the next one, unless the change is longer than a window."""
        assert self.zone is not None
        found: list[int] = []
        step = -self.every if descending else self.every
        offset = offset_at(self.zone, at)
        while (at >= end) if descending else (at <= end):
            found.append(at)
            at += step
            now = offset_at(self.zone, at - 1)
            if now != offset:
                if abs(offset - now) < self.every:
                    at += offset - now
                offset = now
        return np.array(found, dtype=np.int64)


def format_offset(seconds: int) -> str:
    """An offset as RFC 3339 prints it."""
    if seconds == 0:
        return "Z"
    sign, rest = ("-", -seconds) if seconds < 0 else ("+", seconds)
    return f"{sign}{rest // 3600:02d}:{rest // 60 % 60:02d}"
