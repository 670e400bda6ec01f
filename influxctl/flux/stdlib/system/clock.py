"""system: the clock."""

from __future__ import annotations

from typing import Any

from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Time


@builtin("system", "time")
def time(ctx: Any) -> Time:
    """The clock's time at this very moment."""
    return Time(ctx.world.clock())
