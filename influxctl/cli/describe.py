"""What is in a bucket, found by Flux: measurements, tags, fields, series, first and last point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from influxctl.core.fluxtext import flux_text

if TYPE_CHECKING:
    from influxctl.cli.context import Context

START = "1677-09-22T00:00:00Z"  # nothing can be older
MOST = 100  # measurements whose keys are looked up


def describe_bucket(ctx: Context, bucket: dict[str, Any]) -> dict[str, Any]:
    """The bucket's measurements (name, tags, fields), its number of series, and the times of its first and last point."""
    from influxctl.cli.groups.query import run_flux

    name = flux_text(bucket["name"])
    scope = f"bucket: {name}, start: {START}"
    data = f"from(bucket: {name}) |> range(start: {START})"
    found: dict[str, list[Any]] = {"names": [], "series": [], "first": [], "last": []}
    script = f"""import "influxdata/influxdb"
import "influxdata/influxdb/schema"
schema.measurements({scope}) |> yield(name: "names")
influxdb.cardinality({scope}) |> yield(name: "series")
{data} |> first() |> keep(columns: ["_time"]) |> group() |> sort(columns: ["_time"]) |> limit(n: 1) |> yield(name: "first")
{data} |> last() |> keep(columns: ["_time"]) |> group() |> sort(columns: ["_time"], desc: true) |> limit(n: 1) |> yield(name: "last")
"""
    for row in run_flux(ctx, script):
        found[row["result"]].append(row["_time" if row["result"] in ("first", "last") else "_value"])
    keys: dict[str, dict[str, list[str]]] = {each: {"tags": [], "fields": []} for each in found["names"][:MOST]}
    parts = ['import "influxdata/influxdb/schema"']
    for number, each in enumerate(keys):
        of = f"bucket: {name}, measurement: {flux_text(each)}, start: {START}"
        parts.append(f'schema.measurementTagKeys({of}) |> yield(name: "tags {number}")')
        parts.append(f'schema.measurementFieldKeys({of}) |> yield(name: "fields {number}")')
    if keys:
        measurements = list(keys)
        for row in run_flux(ctx, "\n".join(parts)):
            what, _, number = row["result"].partition(" ")
            if row["_value"] not in ("_start", "_stop", "_field", "_measurement"):
                keys[measurements[int(number)]][what].append(row["_value"])
    return {
        "id": bucket["id"],
        "name": bucket["name"],
        "series": sum(found["series"]),
        "first": min(found["first"], default=None),
        "last": max(found["last"], default=None),
        "measurements": [{"name": each, **lists} for each, lists in keys.items()],
    }
