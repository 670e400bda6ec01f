"""`bucket-schema`: explicit schemas of measurements, in InfluxDB Cloud only."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from typing import Any

from influxctl.cli.compat.bucket import find
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.core.errors import InfluxctlError

CLOUD_ONLY = "InfluxDB Cloud-only command used with InfluxDB OSS host"
HEADINGS = ("ID", "Measurement Name", "Bucket ID")
EXTENDED = ("ID", "Measurement Name", "Column Name", "Column Type", "Column Data Type", "Bucket ID")


@command("bucket-schema list")
def list_(call: Call) -> None:
    """Print the schemas of a bucket."""
    _show(call, _find(call, _bucket(call), call.flags.text("name")))


@command("bucket-schema create")
def create(call: Call) -> None:
    """Make the schema of a measurement."""
    bucket = _bucket(call)
    body = {"name": call.flags.text("name"), "columns": _columns(call)}
    what = "failed to create measurement schema"
    _show(call, [_call(call, what, "createMeasurementSchema", {"bucketID": bucket}, {}, json=body)])


@command("bucket-schema update")
def update(call: Call) -> None:
    """Change the schema of a measurement, which is named or given by ID."""
    id, name = call.flags.text("id"), call.flags.text("name")
    if bool(id) == bool(name):
        raise Failed("measurement missing: specify ID or name, but not both")
    bucket = _bucket(call)
    if name:
        found = _find(call, bucket, name)
        if not found:
            raise Failed(f'measurement schema "{name}" not found')
        id = str(found[0]["id"])
    path = {"bucketID": bucket, "measurementID": id}
    body = {"columns": _columns(call)}
    _show(call, [_call(call, "failed to update measurement schema", "updateMeasurementSchema", path, {}, json=body)])


def _bucket(call: Call) -> str:
    id, name = call.flags.text("bucket-id"), call.flags.text("bucket")
    if not id and not name:
        raise Failed("bucket missing: specify bucket ID or bucket name")
    return id or str(find(call, f'failed to find bucket "{name}"', name=name)["id"])


def _find(call: Call, bucket: str, name: str) -> list[Mapping[str, Any]]:
    what, query = "failed to find measurement schemas", {"name": name} if name else {}
    answer = _call(call, what, "getMeasurementSchemas", {"bucketID": bucket}, query)
    return list(answer.get("measurementSchemas") or ())


def _call(call: Call, failing: str, operation: str, path: dict[str, str], query: dict[str, str], **body: Any) -> Any:
    """Calls an operation; a server that is not Cloud is told apart when it refuses."""
    try:
        return call.client.call(operation, path, {**query, **call.org()}, **body).json()
    except InfluxctlError as error:
        if error.details.get("status") is not None:
            ping = call.api("", "GetPing")
            if ping.headers.get("X-Influxdb-Build", "").upper() == "OSS":
                raise Failed(CLOUD_ONLY) from None
        raise Failed(f"{failing}: {call.reason(error, operation, path, query)}") from None


def _columns(call: Call) -> list[dict[str, Any]]:
    """The columns in a file: CSV with headings name, type, data_type; a JSON list; or a JSON object a line."""
    path = call.flags.text("columns-file")
    kind = call.flags.text("columns-format") or "auto"
    if kind == "auto":
        kind = path.rpartition(".")[2].lower()
    text = call.read_file(path)
    if kind == "csv":
        names = {"name": "name", "type": "type", "data_type": "dataType"}
        rows = csv.DictReader(text.splitlines())
        return [{names[key]: cell for key, cell in row.items() if key in names and cell} for row in rows]
    try:
        if kind == "json":
            return list(json.loads(text))
        if kind in ("ndjson", "jsonl"):
            return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise Failed(f"error reading columns-file {path!r}: {error}") from None
    raise Failed(f"unsupported format of columns file: {kind}")


def _show(call: Call, schemas: Iterable[Mapping[str, Any]]) -> None:
    if call.wants_json:
        call.print_json(list(schemas))
    elif call.flags.switch("extended-output"):
        rows = [
            (
                one["id"],
                one["name"],
                column["name"],
                column["type"],
                column.get("dataType", ""),
                one.get("bucketID", ""),
            )
            for one in schemas
            for column in one.get("columns") or ()
        ]
        call.table(EXTENDED, rows)
    else:
        call.table(HEADINGS, [(one["id"], one["name"], one.get("bucketID", "")) for one in schemas])
