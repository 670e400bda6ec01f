"""runtime: the version of the language."""

from __future__ import annotations

from influxctl.flux.stdlib import builtin

FLUX_VERSION = "v0.200.0"  # what InfluxDB 2.9.1 reports: the version whose behaviour is followed here


@builtin("runtime", "version")
def version() -> str:
    """The version of Flux that InfluxDB 2.9.1 has."""
    return FLUX_VERSION
