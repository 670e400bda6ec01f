"""Durations of the command line: Go's (`1h30m`, `1.5h`) and those with weeks and days (`1w2d3h4m`), in nanoseconds."""

from __future__ import annotations

import re
from fractions import Fraction

UNITS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
    "h": 3_600_000_000_000, "d": 86_400_000_000_000, "w": 604_800_000_000_000,
}  # fmt: skip
_GO = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_LONG = re.compile(r"(\d+)([a-zµμ]*)")
_MANNERS = "duration must be week(w), day(d), hour(h), min(m), sec(s), millisec(ms), microsec(us), or nanosec(ns)"


def parse(text: str) -> int:
    """The duration in nanoseconds, 0 for an empty text; ValueError in influx's words."""
    if text in ("", "0", "+0", "-0"):
        return 0
    sign, rest = (-1, text[1:]) if text[0] == "-" else (1, text.removeprefix("+"))
    parts = _GO.findall(rest)
    if parts and "".join(number + unit for number, unit in parts) == rest:
        return sign * int(sum(Fraction(number) * UNITS[unit] for number, unit in parts))
    total, at = 0, 0
    while at < len(rest):
        match = _LONG.match(rest, at)
        if match is None:
            raise ValueError(f"invalid duration {text}")
        number, unit = match.groups()
        if not unit:
            raise ValueError(f"duration is missing a unit: {text}")
        if unit not in UNITS:
            raise ValueError(_MANNERS)
        total += int(number) * UNITS[unit]
        at = match.end()
    return sign * total
