"""types: the type of a value."""

from __future__ import annotations

from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Value, type_of


@builtin("types", "isType")
def is_type(v: Value, type: str) -> bool:
    """Whether `v` is of the basic type named; an unknown name is the type of nothing, and null has none."""
    return type_of(v) == type
