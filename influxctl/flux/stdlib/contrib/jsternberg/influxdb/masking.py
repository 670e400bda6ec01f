"""contrib/jsternberg/influxdb: columns taken out of sight."""

from __future__ import annotations

from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib.experimental.tables import universe
from influxctl.flux.tables import Stream
from influxctl.flux.values import Array


@builtin("contrib/jsternberg/influxdb", "_mask")
@no_nulls
def mask(tables: Stream, columns: Array) -> Stream:
    """The tables without these columns."""
    stream: Stream = universe("drop", {"tables": tables, "columns": columns})
    return stream
