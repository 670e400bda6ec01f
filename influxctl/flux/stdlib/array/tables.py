"""array: tables from arrays."""

from __future__ import annotations

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._rows import table_of
from influxctl.flux.tables import Stream
from influxctl.flux.values import Array, type_of


@builtin("array", "from")
def from_(rows: Array) -> Stream:
    """One table without group key, a row for each record; `Invalid` for no records, and, when it runs, for values no column holds."""
    if not rows:
        raise Invalid("rows must be non-empty")
    for row in rows:
        if type_of(row) != "record":
            raise Invalid(f"rows must be records, got {type_of(row)}")

    def transform() -> list[Block]:
        return [table_of(rows).block()]

    return Stream("array", transform, (), {"plain_errors": True})
