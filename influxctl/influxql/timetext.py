"""Many times at once to RFC 3339 text."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from influxctl.core.csvcells import time_texts
from influxctl.core.frames import take
from influxctl.influxql.vector import Array
from influxctl.influxql.zones import SECOND, format_offset, offsets_of

_DAY = 86_400
_SOME = 120  # times from which on columns are faster than a loop
_MANY = 1000  # the same in a time zone
_SPAN = 100_000  # days that may lie between the first and the last of many times


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return str(np.datetime64(day, "D")) + "T"


def format_times(times: Array, zone: ZoneInfo | None, quote: bool) -> list[str]:
    """RFC 3339 with the fraction cut of trailing zeros, in UTC or in a zone; in double quotes if asked for."""
    mark = '"' if quote else ""
    if zone is None and len(times) > _SOME:
        texts: list[str] = time_texts(pl.Series(np.ascontiguousarray(times)), mark).to_list()
        return texts
    if len(times) >= _MANY and dense(times):
        many: list[str] = time_column(times, zone, mark).to_list()
        return many
    ends = ["Z" + mark] * len(times)
    if zone is not None:
        offsets = offsets_of(zone, times)
        times = times + offsets
        ends = [format_offset(o // SECOND) + mark for o in offsets.tolist()]
    found = []
    for time, end in zip(times.tolist(), ends, strict=True):
        second, rest = divmod(time, SECOND)
        day, clock = divmod(second, _DAY)
        fraction = f".{rest:09d}".rstrip("0") if rest else ""
        found.append(f"{mark}{_date(day)}{clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}{fraction}{end}")
    return found


def dense(times: Array) -> bool:
    """Whether so few days lie between the times that all of them can be formatted."""
    return (int(times.max()) - int(times.min())) // SECOND // _DAY < _SPAN


def time_column(times: Array, zone: ZoneInfo | None, mark: str) -> pl.Series:
    """Many times as a column of text: each day and each second of the day is formatted once. 216,000 times take 10 ms."""
    if zone is None:
        return time_texts(pl.Series(np.ascontiguousarray(times)), mark)
    offsets = offsets_of(zone, times)
    times = times + offsets
    known, at = np.unique(offsets, return_inverse=True)
    ends = take(pl.Series([format_offset(o // SECOND) + mark for o in known.tolist()]), at)
    seconds, rest = np.divmod(times, SECOND)
    days, clock = np.divmod(seconds, _DAY)
    first = int(days.min())
    dates = pl.Series([mark + _date(first + d) for d in range(int(days.max()) - first + 1)])
    used = np.zeros(_DAY, dtype=bool)
    used[clock] = True
    clocks = [f"{c // 3600:02d}:{c // 60 % 60:02d}:{c % 60:02d}" for c in np.flatnonzero(used).tolist()]
    parts = take(dates, days - first) + take(pl.Series(clocks), (np.cumsum(used) - 1)[clock])
    if rest.any():
        parts = parts + pl.Series([f".{r:09d}".rstrip("0") if r else "" for r in rest.tolist()])
    return parts + ends
