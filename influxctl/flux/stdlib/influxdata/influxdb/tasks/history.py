"""influxdata/influxdb/tasks: the last successful run."""

from __future__ import annotations

from typing import Any

from influxctl.flux.stdlib import builtin, constant
from influxctl.flux.stdlib.date.calendar import Place
from influxctl.flux.stdlib.date.parts import moment
from influxctl.flux.values import Time

_NEVER = Time(0)

constant("influxdata/influxdb/tasks", "_zeroTime", _NEVER)


@builtin("influxdata/influxdb/tasks", "_lastSuccess")
def last_success(ctx: Any, orTime: Any, lastSuccessTime: Time) -> Time:
    """`lastSuccessTime`, or `orTime` (a time or a duration from now) when that was never set."""
    if lastSuccessTime != _NEVER:
        return lastSuccessTime
    return Time(moment(ctx, orTime, Place(None)))
