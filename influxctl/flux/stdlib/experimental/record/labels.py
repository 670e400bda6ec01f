"""experimental/record: labels chosen at run time."""

from __future__ import annotations

from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Record, Value


@builtin("experimental/record", "get")
def get(r: Record, key: str, default: Value) -> Value:
    """The value under the label `key`, or `default`."""
    return r.get(key, default)
