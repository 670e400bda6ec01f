"""influxdata/influxdb/secrets: secrets by key."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import NotFound
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls


@builtin("influxdata/influxdb/secrets", "get")
@no_nulls
def get(ctx: Any, key: str) -> str:
    """The secret; `NotFound` when there is none or the run has no secrets."""
    if ctx.world.secrets is None:
        raise NotFound("secret not found")
    try:
        return str(ctx.world.secrets.get(key))
    except NotFound:
        raise NotFound("secret not found") from None
