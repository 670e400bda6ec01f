"""experimental: errors as values."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Function, Record, UInt

# The numbers that the reference's errors have, by API code.
ERROR_NUMBERS = {
    "internal error": 13,
    "invalid": 3,
    "not found": 5,
    "conflict": 6,
    "forbidden": 7,
    "too many requests": 8,
    "not implemented": 12,
    "unavailable": 14,
    "unauthorized": 16,
}


@builtin("experimental", "catch")
def catch(ctx: Any, fn: Function) -> Record:
    """The value of `fn`, or the message and the number of its error; what did not happen is null."""
    try:
        found = Record(value=ctx.call(fn, {}))
        found.note_null("code", "uint")
        found.note_null("msg", "string")
        return found
    except InfluxctlError as error:
        return Record(value=None, code=UInt(ERROR_NUMBERS.get(error.code, 2)), msg=error.message)
