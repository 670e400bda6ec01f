"""internal/promql: parts of times given in seconds."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Callable
from datetime import datetime, timedelta

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls


def _register(name: str, part: Callable[[datetime], int]) -> None:
    def function(timestamp: float) -> float:
        if not math.isfinite(timestamp):
            raise Invalid(f"{timestamp} is not a time in seconds")
        try:
            return float(part(datetime(1970, 1, 1) + timedelta(seconds=math.floor(timestamp))))
        except OverflowError:
            raise Invalid(f"{timestamp} is out of the range of times") from None

    builtin("internal/promql", name)(no_nulls(function))


_register("promqlDayOfMonth", lambda d: d.day)
_register("promqlDayOfWeek", lambda d: d.isoweekday() % 7)
_register("promqlDaysInMonth", lambda d: monthrange(d.year, d.month)[1])
_register("promqlHour", lambda d: d.hour)
_register("promqlMinute", lambda d: d.minute)
_register("promqlMonth", lambda d: d.month)
_register("promqlYear", lambda d: d.year)
