"""Times and durations: nanoseconds since 1970 as int, RFC 3339 text, and durations with calendar months.

A time is an `int` of nanoseconds since 1970-01-01T00:00:00Z everywhere in this project (`datetime` has microseconds only).
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from influxctl.core.errors import Invalid

MIN_TIME = -9223372036854775806  # the least and greatest time that a point may have (reference: models.MinNanoTime)
MAX_TIME = 9223372036854775806

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d))?\Z")

NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
_DURATION = re.compile(r"(\d+)(ns|us|µs|μs|ms|mo|s|m|h|d|w|y)")
_LARGEST_FIRST = (("w", NS["w"]), ("d", NS["d"]), ("h", NS["h"]), ("m", NS["m"]), ("s", NS["s"]), ("ms", NS["ms"]),
                  ("us", NS["us"]), ("ns", 1))  # fmt: skip


def now_ns() -> int:
    """The present time in nanoseconds."""
    return time.time_ns()


def parse_time(text: str) -> int:
    """RFC 3339 text (or a bare date, midnight UTC) to nanoseconds; `Invalid` if it is neither."""
    match = _RFC3339.match(text)
    if match is None:
        raise Invalid(f"{text!r} is not an RFC 3339 time", hint="write it like 2026-01-31T12:00:00Z")
    date, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00:00'}{(zone or 'Z').upper().replace('Z', '+00:00')}")
    except ValueError as error:
        raise Invalid(f"{text!r} is not an RFC 3339 time: {error}") from None
    delta = moment - _EPOCH
    return (delta.days * 86400 + delta.seconds) * NS["s"] + int((fraction or "").ljust(9, "0") or 0)


def format_time(ns: int) -> str:
    """Nanoseconds to RFC 3339 in UTC with the fraction cut of trailing zeros, as InfluxDB prints times."""
    seconds, fraction = divmod(ns, NS["s"])
    moment = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
    return f"{moment}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{moment}Z"


class Duration(NamedTuple):
    """A span of calendar months and nanoseconds; both have the same sign or are zero."""

    months: int = 0
    ns: int = 0

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.ns)

    @property
    def negative(self) -> bool:
        """Whether the span goes back in time."""
        return self.months < 0 or self.ns < 0

    def __str__(self) -> str:
        """The text that Flux prints: `1y2mo3w4d5h6m7s8ms9us10ns`, `0ns` for nothing."""
        parts = ["-"] if self.negative else []
        years, months = divmod(abs(self.months), 12)
        parts += [f"{years}y"] if years else []
        parts += [f"{months}mo"] if months else []
        rest = abs(self.ns)
        for unit, size in _LARGEST_FIRST:
            count, rest = divmod(rest, size)
            if count:
                parts.append(f"{count}{unit}")
        return "".join(parts) if parts not in ([], ["-"]) else "0ns"


def parse_duration(text: str) -> Duration:
    """A duration such as `1h30m`, `-1mo2d`, `7d` in the spelling of Flux; `Invalid` for anything else."""
    body = text.removeprefix("-")
    months = ns = at = 0
    while match := _DURATION.match(body, at):
        count, unit = int(match[1]), match[2]
        if unit == "y":
            months += 12 * count
        elif unit == "mo":
            months += count
        else:
            ns += count * NS[unit]
        at = match.end()
    if at != len(body) or not body:
        raise Invalid(f"{text!r} is not a duration", hint="write it like 30s, 1h30m, 7d, 2w or 1mo")
    sign = -1 if text.startswith("-") else 1
    return Duration(sign * months, sign * ns)


def go_duration(seconds: int) -> str:
    """Seconds as Go prints a duration, the form of the influx tool: `168h0m0s`, `1m30s`, `0s`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s" if minutes else f"{rest}s"
