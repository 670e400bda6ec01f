"""influxdata/influxdb/v1: databases, and tables from the JSON answers of InfluxDB 1.x."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.times import parse_time
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._rows import Table
from influxctl.flux.tables import Stream

_DATABASES: dict[str, ColumnType] = {
    "organizationID": "string",
    "databaseName": "string",
    "retentionPolicy": "string",
    "retentionPeriod": "int",
    "default": "bool",
    "bucketID": "string",
}


@builtin("influxdata/influxdb/v1", "databases")
def databases(
    ctx: Any, org: str | None = None, orgID: str | None = None, host: str | None = None, token: str | None = None
) -> Stream:
    """The mapping that every bucket has by its name, `database/policy` or `database` with the policy autogen."""
    if host:
        raise Invalid("databases of another host cannot be read here")

    def transform() -> Iterator[Block]:
        if ctx.world.source is None:
            raise Invalid("this run has no data source")
        rows: dict[str, list[Any]] = {label: [] for label in _DATABASES}
        seen: set[str] = set()
        buckets = list(ctx.world.source.list_buckets())
        for bucket in buckets:
            database, slash, policy = bucket.name.partition("/")
            rows["organizationID"].append(bucket.org_id)
            rows["databaseName"].append(database)
            rows["retentionPolicy"].append(policy if slash else "autogen")
            rows["retentionPeriod"].append(bucket.retention_ns)
            rows["default"].append(database not in seen)
            rows["bucketID"].append(bucket.id)
            seen.add(database)
        if buckets:
            yield Table(_DATABASES, rows, {"organizationID": buckets[0].org_id}).block()

    return Stream("databases", transform)


@builtin("influxdata/influxdb/v1", "json")
def json_(json: str | None = None, file: str | None = None) -> Stream:
    """A table for each field of each series of an answer: `_measurement`, its tags and `_field` in the group key."""
    if not json and not file:
        raise Invalid("must provide json raw text or filename")

    def transform() -> Iterator[Block]:
        if file:
            raise Invalid("error in v1.json(): failed to read file: filesystem service is uninitialized")
        for table in _series(json or ""):
            yield table.block()

    return Stream("v1.json", transform, (), {"plain_errors": True})


def _series(text: str) -> Iterator[Table]:
    try:
        results = json.loads(text)["results"]
        for result in results:
            if "error" in result:
                raise Invalid(f"error in v1.json(): {result['error']}")
            for series in result.get("series", ()):
                yield from _tables(series)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(f"error in v1.json(): not the answer of a query: {error}") from None


def _tables(series: dict[str, Any]) -> Iterator[Table]:
    rows = series.get("values", [])
    cells = {name: [row[place] for row in rows] for place, name in enumerate(series["columns"])}
    for field in cells:
        if field == "time":
            continue
        key: dict[str, Any] = {"_measurement": series.get("name", ""), **series.get("tags", {}), "_field": field}
        columns: dict[str, ColumnType] = {}
        values: dict[str, list[Any]] = {}
        if "time" in cells:
            columns["_time"], values["_time"] = "time", _times(cells["time"])
        columns.update(dict.fromkeys(key, "string"))
        values.update({label: [value] * len(rows) for label, value in key.items()})
        columns["_value"], values["_value"] = _column(cells[field])
        yield Table(columns, values, key)


def _times(cells: list[Any]) -> list[int | None]:
    try:
        return [None if c is None else c if isinstance(c, int) else parse_time(c) for c in cells]
    except InfluxctlError as error:
        raise Invalid(f"error in v1.json(): {error.message}") from None


def _column(cells: list[Any]) -> tuple[ColumnType, list[Any]]:
    present = [cell for cell in cells if cell is not None]
    if present and all(isinstance(cell, bool) for cell in present):
        return "bool", cells
    if any(isinstance(cell, str) for cell in present) or not present:
        return "string", [None if cell is None else str(cell) for cell in cells]
    return "float", [None if cell is None else float(cell) for cell in cells]
