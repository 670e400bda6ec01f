"""holt_winters(): the forecast of core.holtwinters over the steps of GROUP BY time()."""

from __future__ import annotations

import math
from collections.abc import Callable

from influxctl.core.holtwinters import fit


def fill_gaps(times: list[int], values: list[float], interval: int) -> list[float]:
    """The values at steps of `interval`, NaN where there is none; of several in one step the first."""
    found = [values[0]]
    at = _nearest(times[0], interval)
    for time, value in zip(times[1:], values[1:], strict=True):
        place = _nearest(time, interval)
        if place <= at:
            continue
        at += interval
        while at != place:
            found.append(math.nan)
            at += interval
        found.append(value)
    return found


def _nearest(time: int, interval: int) -> int:
    whole, rest = divmod(time, interval)
    return (whole + (1 if rest > interval // 2 else 0)) * interval


def forecast(
    times: list[int], values: list[float], ahead: int, season: int, interval: int, check: Callable[[], None]
) -> tuple[list[float], int]:
    """The fitted values of the steps so far followed by `ahead` more, and how many steps there were; nothing if there is too little.
    `check` may raise to end the search."""
    if len(values) < 2 or (season >= 2 and len(values) < season):
        return [], 0
    known = fill_gaps(times, values, interval)
    found, _ = fit(known, ahead, season, check)
    return (found, len(known)) if found else ([], 0)
