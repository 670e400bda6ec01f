"""timezone: zones by name."""

from __future__ import annotations

from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib.date.calendar import find_zone
from influxctl.flux.values import Record


@builtin("timezone", "location")
@no_nulls
def location(name: str) -> Record:
    """The location record of a zone; `Invalid` when the name is unknown."""
    find_zone(name)
    return Record(zone=name, offset=Duration())
