"""experimental/bigtable: refused as InfluxDB OSS refuses it."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Stream


@builtin("experimental/bigtable", "from")
def from_(token: str, project: str, instance: str, table: str) -> Stream:
    """`Invalid`: no client."""
    raise Invalid("Provider.NewClient called on an error dependency")
