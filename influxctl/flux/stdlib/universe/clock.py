"""universe: the time of the run."""

from __future__ import annotations

from typing import Any

from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Time


@builtin("universe", "now")
def now(ctx: Any) -> Time:
    """The time at which the script began, or what the option `now` gives: the same throughout a script."""
    return Time(ctx.now)
