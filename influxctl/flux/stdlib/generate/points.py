"""generate: points from a function."""

from __future__ import annotations

from typing import Any

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import Table
from influxctl.flux.stdlib.date.calendar import Place
from influxctl.flux.stdlib.date.parts import moment
from influxctl.flux.tables import Stream
from influxctl.flux.values import Function

_MOST = 50_000_000  # rows that one call may make


@builtin("generate", "from")
@no_nulls
def from_(ctx: Any, start: Any, stop: Any, count: int, fn: Function) -> Stream:
    """`count` rows with `_time` from `start` on in equal steps, before `stop`; `Invalid` for an impossible count."""
    place = Place(None)
    first, last = moment(ctx, start, place), moment(ctx, stop, place)
    if not 0 <= count <= _MOST:
        raise Invalid(f"cannot generate {count} rows")

    def made(bounds: dict[str, int]) -> list[Block]:
        times = [first + number * (last - first) // count for number in range(count)]
        values = [ctx.call(fn, {"n": number}) for number in range(count)]
        columns: dict[str, ColumnType] = {**dict.fromkeys(bounds, "time"), "_time": "time", "_value": "int"}
        constant = {label: [value] * count for label, value in bounds.items()}
        return [Table(columns, {**constant, "_time": times, "_value": values}, bounds).block()]

    # The group key holds the bounds, but they are no columns: only what makes a row of the group key shows them (seen, 2.9.1).
    keyed = Stream("generateKeyed", lambda: made({"_start": first, "_stop": last}))
    stream = Stream("generate", lambda: made({}), (), {"keyed": keyed})
    stream.bounds = keyed.bounds = (first, last)
    return stream
