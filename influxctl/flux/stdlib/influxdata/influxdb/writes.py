"""to and wideTo: rows as points of a bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid, NotFound
from influxctl.core.lineprotocol import format_key, format_value
from influxctl.flux.rowfn import Fields, Unsupported, cells, records, rows_batch
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib.influxdata.influxdb.reads import PACKAGE, named_bucket
from influxctl.flux.stdlib.universe.rows import column_of, columns_of_records
from influxctl.flux.tables import Blocks, Stream
from influxctl.flux.values import Function
from influxctl.flux.vectors import Vector

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run
    from influxctl.flux.reading import Bucket

BATCH = 5000  # points that are handed to the sink at a time


class Target:
    """The bucket that is written; looked up when the program starts."""

    def __init__(self, ctx: Run, bucket: Bucket) -> None:
        self.ctx = ctx
        self.bucket = bucket
        self.id = ""

    def prepare(self) -> None:
        """Finds the bucket and checks the permission to write it."""
        sink = self.ctx.world.sink
        if sink is None:
            raise Invalid("this run cannot write")
        place = self.bucket
        try:
            self.id = sink.find_bucket(name=place.name, id=place.id, org=place.org, org_id=place.org_id).id
        except Invalid as error:
            if place.org or place.org_id:
                raise NotFound(
                    f'failed to initialize execute state: could not find org "{place.org or place.org_id}"'
                ) from error
            raise

    def write(self, lines: list[str]) -> None:
        """Hands points to the sink."""
        sink = self.ctx.world.sink
        assert sink is not None
        for start in range(0, len(lines), BATCH):
            sink.write(self.id, "\n".join(lines[start : start + BATCH]).encode())


def written(tables: Stream, name: str, target: Target, lines_of: Callable[[Block], list[str]]) -> Stream:
    """The stream that writes each block and passes it on."""

    def transform(blocks: Blocks) -> Iterator[Block]:
        for block in blocks:
            target.write(lines_of(block))
            yield block

    return tables.then("to", transform, side_effect=name, prepare=target.prepare)


def _target(
    ctx: Run, bucket: str | None, bucket_id: str | None, host: str | None, org: str | None, org_id: str | None
) -> Target:
    if bucket is None and bucket_id is None:
        raise Invalid('missing required keyword argument "bucketID"')
    return Target(ctx, named_bucket(ctx, bucket, bucket_id, host, org, org_id))


@builtin(PACKAGE, "to")
def to(
    ctx: Run,
    tables: Stream,
    bucket: str | None = None,
    bucketID: str | None = None,
    host: str | None = None,
    org: str | None = None,
    orgID: str | None = None,
    token: str | None = None,
    timeColumn: str = "_time",
    measurementColumn: str = "_measurement",
    tagColumns: list[str] | None = None,
    fieldFn: Function | None = None,
) -> Stream:
    """Writes a point for each row and passes the rows on."""
    target = _target(ctx, bucket, bucketID, host, org, orgID)

    def lines_of(block: Block) -> list[str]:
        times, names = _required(block, timeColumn, measurementColumn)
        skip = {measurementColumn, "_field", "_value", timeColumn}
        if tagColumns is None or not tagColumns:
            tags = [c.label for c in block.columns if c.type == "string" and c.label not in skip]
        else:
            tags = list(tagColumns)
        fields = _single_field(block) if fieldFn is None else _made_fields(block, fieldFn)
        return _lines(block, names, tags, fields, times)

    return written(tables, "to", target, lines_of)


def _required(block: Block, time: str, measurement: str) -> tuple[list[Any], list[Any]]:
    moment = block.column(time)
    if moment is None:
        raise Invalid("no time column detected")
    if moment.type != "time":
        raise Invalid(f"column {time} of type {moment.type} is not a time")
    name = block.column(measurement)
    if name is None:
        raise Invalid(f"no column with label {measurement} exists")
    if name.type != "string":
        raise Invalid(f"column {measurement} of type {name.type} is not of type string")
    return block.values(time).to_list(), block.values(measurement).to_list()


Field = tuple[str | list[Any], Vector]  # the label of all rows or of each row, and the values


def _single_field(block: Block) -> list[Field]:
    field, value = block.column("_field"), block.column("_value")
    if field is None or value is None:
        missing = "_field" if field is None else "_value"
        raise Invalid(f"no column with label {missing} exists")
    return [(block.values("_field").to_list(), Vector(value.type, block.values("_value")))]


def _made_fields(block: Block, fn: Function) -> list[Field]:
    try:
        made = cells(fn, rows_batch(block))
        if not isinstance(made, Fields):
            raise Unsupported
        columns = {label: column_of(cell, block.rows.height) for label, cell in made.all().items()}
    except Unsupported:
        columns = dict(columns_of_records([fn.invoke({"r": row}) for row in records(block)]))
    return [(label, vector) for label, vector in columns.items() if vector is not None]


def _lines(block: Block, names: list[Any], tags: list[str], fields: list[Field], times: list[Any]) -> list[str]:
    known = [t for t in tags if block.column(t) is not None]
    tag_values = [block.values(t).to_list() for t in known]
    keys: dict[tuple[Any, ...], str] = {}
    texts = [_texts(vector) for _, vector in fields]
    labels = [label for label, _ in fields]
    lines: list[str] = []
    for row, time in enumerate(times):
        if time is None or names[row] is None:
            continue
        identity = (names[row], *(values[row] for values in tag_values))
        key = keys.get(identity)
        if key is None:
            pairs = sorted((t, v) for t, v in zip(known, identity[1:], strict=True) if v not in (None, ""))
            key = keys[identity] = format_key(names[row], pairs)
        parts = []
        for label, values in zip(labels, texts, strict=True):
            text = values[row]
            name = label if isinstance(label, str) else label[row]
            if text is not None and name is not None:
                parts.append(f"{_field_key(name)}={text}")
        if parts:
            lines.append(f"{key} {','.join(parts)} {time}")
    return lines


_escaped: dict[str, str] = {}


def _field_key(name: str) -> str:
    text = _escaped.get(name)
    if text is None:
        text = name.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")
        if len(_escaped) < 10_000:
            _escaped[name] = text
    return text


def _texts(vector: Vector) -> list[str | None]:
    kind = "int" if vector.kind == "time" else vector.kind
    if kind == "float":
        return [
            None if v is None or v != v or v in (float("inf"), float("-inf")) else repr(v)
            for v in vector.series.to_list()
        ]
    return [None if v is None else format_value(kind, v) for v in vector.series.to_list()]


@builtin(PACKAGE, "wideTo")
def wide_to(
    ctx: Run,
    tables: Stream,
    bucket: str | None = None,
    bucketID: str | None = None,
    host: str | None = None,
    org: str | None = None,
    orgID: str | None = None,
    token: str | None = None,
) -> Stream:
    """Writes a point for each row: strings of the group key are tags, other columns are fields."""
    target = _target(ctx, bucket, bucketID, host, org, orgID)

    def lines_of(block: Block) -> list[str]:
        times, names = _required(block, "_time", "_measurement")
        measurement = block.column("_measurement")
        if measurement is None or not measurement.key:
            raise Invalid("required column _measurement not in group key")
        skip = ("_measurement", "_time", "_start", "_stop")
        tags = [c.label for c in block.columns if c.key and c.type == "string" and c.label not in skip]
        for column in block.columns:
            if column.key and column.type != "string" and column.label not in skip:
                raise Invalid(f'group key column "{column.label}" has type {column.type}; expected string')
        fields: list[Field] = [
            (c.label, Vector(c.type, block.values(c.label))) for c in block.columns if not c.key and c.label not in skip
        ]
        return _lines(block, names, tags, fields, times)

    return written(tables, "wide-to", target, lines_of)
