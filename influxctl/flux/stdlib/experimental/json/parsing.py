"""experimental/json: JSON text to values."""

from __future__ import annotations

import json
from typing import Any

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.values import Array, Record, Value, type_of


def read_json(data: bytes) -> Any:
    """The JSON as Python reads it, every number a float; `Invalid` when it is malformed."""
    try:
        return json.loads(data, parse_int=float, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"cannot read JSON: {error}") from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _value(parsed: Any) -> Value:
    if isinstance(parsed, dict):
        return Record((key, _value(parsed[key])) for key in sorted(parsed))
    if isinstance(parsed, list):
        array = Array(map(_value, parsed))
        kinds = {type_of(v) for v in array if v is not None}
        if len(kinds) > 1:
            raise Invalid(f"array values must all be of the same type, but these are {' and '.join(sorted(kinds))}")
        array.element = next(iter(kinds), "")
        return array
    return parsed


@builtin("experimental/json", "parse")
@no_nulls
def parse(data: bytes) -> Value:
    """The value that the JSON stands for."""
    return _value(read_json(data))
