"""experimental/iox: refused as InfluxDB OSS refuses it, and durations as SQL text."""

from __future__ import annotations

import re
from typing import Any

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.tables import Stream
from influxctl.flux.values import type_of

_NAMES = {
    "y": "years",
    "mo": "months",
    "w": "weeks",
    "d": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
}


@builtin("experimental/iox", "from")
def from_(bucket: str, measurement: str) -> Stream:
    """`Invalid`: there is no IOx here."""
    raise Invalid("iox.from() is not implemented outside cloud 2.x")


@builtin("experimental/iox", "sql")
def sql(bucket: str, query: str) -> Stream:
    """A stream that cannot start: there is no IOx here."""

    def refuse() -> list[Any]:
        raise Invalid("failed to initialize execute state: iox client has not been configured")

    return Stream("iox.sql", refuse, (), {"prepare": refuse, "plain_errors": True})


@builtin("experimental/iox", "sqlInterval")
@no_nulls
def sql_interval(d: Any) -> str:
    """`1h30m` as `1 hours 30 minutes`."""
    if not isinstance(d, Duration):
        raise Invalid(f"expected a duration, got {type_of(d)}")
    text = str(d)
    parts = re.findall(r"(\d+)(ns|us|ms|mo|[ywdhms])", text)
    return ("-" if text.startswith("-") else "") + " ".join(f"{count} {_NAMES[name]}" for count, name in parts)
