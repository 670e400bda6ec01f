"""What is on the server, for completion: buckets, measurements, tags, fields. Asked for once and kept; a server that does not
answer in time has nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from influxctl.cli.context import Context
from influxctl.core.errors import InfluxctlError
from influxctl.core.fluxtext import flux_text

KEPT_SECONDS = 60.0
_SINCE = "-30d"


class Schema:
    """Names on a server. `bucket` is the one whose measurements, tags and fields are meant."""

    def __init__(self, ctx: Callable[[], Context]) -> None:
        self._ctx = ctx
        self._known: dict[tuple[str, ...], tuple[float, list[str]]] = {}

    def buckets(self) -> list[str]:
        """Names of buckets."""
        return self._kept(("buckets",), self._buckets)

    def measurements(self, bucket: str) -> list[str]:
        """Measurements of a bucket in the last 30 days."""
        return self._kept(("measurements", bucket), lambda: self._ask(bucket, "measurements"))

    def tags(self, bucket: str) -> list[str]:
        """Tag keys of a bucket."""
        return self._kept(("tags", bucket), lambda: self._ask(bucket, "tagKeys"))

    def fields(self, bucket: str) -> list[str]:
        """Fields of a bucket."""
        return self._kept(("fields", bucket), lambda: self._ask(bucket, "fieldKeys"))

    def values(self, bucket: str, tag: str) -> list[str]:
        """Values of a tag."""
        return self._kept(("values", bucket, tag), lambda: self._ask(bucket, "tagValues", f', tag: "{tag}"'))

    def _kept(self, key: tuple[str, ...], ask: Callable[[], list[str]]) -> list[str]:
        found = self._known.get(key)
        if found is None or time.monotonic() - found[0] > KEPT_SECONDS:
            try:
                names = ask()
            except InfluxctlError:
                names = []
            found = self._known[key] = time.monotonic(), names
        return found[1]

    def _buckets(self) -> list[str]:
        from influxctl.cli.lookup import every

        return [str(one["name"]) for one in every(self._ctx(), "bucket")]

    def _ask(self, bucket: str, function: str, more: str = "") -> list[str]:
        from influxctl.cli.groups.query import run_flux

        script = f'import "influxdata/influxdb/schema"\nschema.{function}(bucket: {flux_text(bucket)}, start: {_SINCE}{more})'
        rows: list[dict[str, Any]] = list(run_flux(self._ctx(), script))
        return [str(row["_value"]) for row in rows if "_value" in row]
