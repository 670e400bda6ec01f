"""`influxctl bucket-schema`: explicit schemas of measurements."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.bodies import read_any, read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import Group, check
from influxctl.cli.lookup import find, org_query
from influxctl.cli.options import BucketId, Id
from influxctl.core.errors import NotFound, UsageError
from influxctl.core.ids import is_id
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Measurement", "name"),
    Column("Columns", "columns", lambda cols: str(len(cols)) if isinstance(cols, list) else ""),
    Column("Bucket ID", "bucketID"),
)
DETAILS = (
    Column("ID", "id"), Column("Measurement", "name"), Column("Column", "column.name"), Column("Type", "column.type"),
    Column("Data type", "column.dataType"), Column("Bucket ID", "bucketID"),
)  # fmt: skip
Bucket = Annotated[str | None, Option("--bucket", "-b", "-n", metavar="BUCKET", help="The bucket, by name or ID.")]
Extended = Annotated[bool, Option("--extended-output", "-x", help="A row for each column.")]
ColumnsFile = Annotated[
    str | None,
    Option(
        "--columns-file",
        "-f",
        metavar="FILE",
        help="The columns, as CSV, JSON, JSON lines or YAML; - is standard input.",
    ),
]
ColumnsFormat = Annotated[
    str | None,
    Option("--columns-format", metavar="FORMAT", help="csv, json, ndjson or yaml; told by the name if left out."),
]
MeasurementName = Annotated[str | None, Option("--name", metavar="NAME", help="The measurement, by name.")]

group = Group("bucket-schema", "Explicit schemas of measurements.", id="measurementID", columns=COLUMNS)


@group.command("getMeasurementSchemas", name="list")
def list_(
    ctx: Context,
    bucket: Bucket = None,
    bucket_id: BucketId = None,
    name: MeasurementName = None,
    extended: Extended = False,
) -> None:
    """List the schemas of a bucket."""
    query = {**org_query(ctx, "getMeasurementSchemas"), **({"name": name} if name else {})}
    path = {"bucketID": _bucket(ctx, bucket, bucket_id)}
    _show(
        ctx, ctx.call("getMeasurementSchemas", path=path, query=query).json().get("measurementSchemas") or [], extended
    )


@group.command("getMeasurementSchema")
def get(
    ctx: Context, measurement: Annotated[str, Argument(metavar="MEASUREMENT", help="The measurement, by name or ID.")],
    bucket: Bucket = None, bucket_id: BucketId = None, extended: Extended = False,
) -> None:  # fmt: skip
    """Show one schema."""
    found = _bucket(ctx, bucket, bucket_id)
    path = {
        "bucketID": found,
        "measurementID": measurement if is_id(measurement) else _by_name(ctx, found, measurement),
    }
    _show(
        ctx, ctx.call("getMeasurementSchema", path=path, query=org_query(ctx, "getMeasurementSchema")).json(), extended
    )


@group.command("createMeasurementSchema")
def create(
    ctx: Context, bucket: Bucket = None, bucket_id: BucketId = None, name: MeasurementName = None,
    columns_file: ColumnsFile = None, columns_format: ColumnsFormat = None, extended: Extended = False,
) -> None:  # fmt: skip
    """Create the schema of a measurement."""
    if not name:
        raise UsageError("which measurement?", hint="give --name")
    body = {"name": name, "columns": _columns(ctx, columns_file, columns_format)}
    check("MeasurementSchemaCreateRequest", body)
    path = {"bucketID": _bucket(ctx, bucket, bucket_id)}
    query = org_query(ctx, "createMeasurementSchema")
    _show(ctx, ctx.call("createMeasurementSchema", path=path, query=query, json=body).json(), extended)


@group.command("updateMeasurementSchema")
def update(
    ctx: Context, bucket: Bucket = None, bucket_id: BucketId = None, id: Id = None, name: MeasurementName = None,
    columns_file: ColumnsFile = None, columns_format: ColumnsFormat = None, extended: Extended = False,
) -> None:  # fmt: skip
    """Add columns to the schema of a measurement."""
    body = {"columns": _columns(ctx, columns_file, columns_format)}
    check("MeasurementSchemaUpdateRequest", body)
    found = _bucket(ctx, bucket, bucket_id)
    path = {"bucketID": found, "measurementID": id or _by_name(ctx, found, name)}
    query = org_query(ctx, "updateMeasurementSchema")
    _show(ctx, ctx.call("updateMeasurementSchema", path=path, query=query, json=body).json(), extended)


def _bucket(ctx: Context, bucket: str | None, bucket_id: str | None) -> str:
    wanted = bucket_id or bucket or ctx.settings.bucket_id or ctx.settings.bucket
    if not wanted:
        raise UsageError("which bucket?", hint="give --bucket NAME")
    return find(ctx, "bucket", wanted)


def _by_name(ctx: Context, bucket: str, name: str | None) -> str:
    if not name:
        raise UsageError("which measurement?", hint="give --name or --id")
    query = {**org_query(ctx, "getMeasurementSchemas"), "name": name}
    found = (
        ctx.call("getMeasurementSchemas", path={"bucketID": bucket}, query=query).json().get("measurementSchemas") or []
    )
    if not found:
        raise NotFound(f"the bucket has no schema of measurement {name!r}")
    return str(found[0]["id"])


def _columns(ctx: Context, file: str | None, format: str | None) -> list[dict[str, Any]]:
    """The columns in a file: CSV with headings name,type,data_type, a JSON or YAML list, or JSON lines."""
    if file is None:
        raise UsageError("the columns are needed", hint="give --columns-file FILE")
    kind = format or file.rpartition(".")[2].lower()
    if kind == "csv":
        import csv

        rows = list(csv.DictReader(read_text(ctx, file).splitlines()))
        return [
            {"name": r.get("name"), "type": r.get("type")}
            | ({"dataType": r.get("data_type") or r.get("dataType")} if r.get("data_type") or r.get("dataType") else {})
            for r in rows
        ]
    if kind in ("ndjson", "jsonl"):
        import json

        try:
            return [json.loads(line) for line in read_text(ctx, file).splitlines() if line.strip()]
        except ValueError as error:
            raise UsageError(f"{file!r} is not JSON lines: {error}") from None
    found = read_any(ctx, file)
    if not isinstance(found, list):
        raise UsageError(f"{file!r} must hold a list of columns")
    return found


def _show(ctx: Context, value: Any, extended: bool) -> None:
    if not extended or ctx.format not in ("table", "csv"):
        ctx.show(value, COLUMNS)
        return
    schemas = value if isinstance(value, list) else [value]
    ctx.show([{**schema, "column": column} for schema in schemas for column in schema.get("columns", [])], DETAILS)
