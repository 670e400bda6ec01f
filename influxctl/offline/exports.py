"""Points of a bucket into files: line protocol, annotated CSV as `influxctl write` reads it, Parquet with Arrow types.

Parquet: a file a measurement (more when it has more than a million rows), `time` as timestamp[ns, UTC], tags as strings, fields as double,
int64, uint64, bool and string. The measurement and which column is what stand in the file's metadata under `influxctl`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import quote

import polars as pl

from influxctl.core.blocklines import block_lines
from influxctl.core.columns import BLOCK_ROWS, DTYPES, GID, Block
from influxctl.core.errors import UsageError
from influxctl.core.readspec import Compare, ReadSpec

if TYPE_CHECKING:
    from influxctl.engine.engine import Engine

NOTE = "influxctl"  # the key of our own metadata in Parquet files
_CSV = {"bool": "boolean", "int": "long", "uint": "unsignedLong", "float": "double", "string": "string"}
FORMATS = ("lp", "csv", "parquet")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: start inclusive, stop exclusive, one measurement or all."""

    bucket_id: str
    start: int
    stop: int
    measurement: str | None = None

    def names(self, engine: Engine) -> list[str]:
        """The measurements with points in the range."""
        found = engine.measurements(self.bucket_id, self.start, self.stop)
        return [name for name in found if self.measurement in (None, name)]

    def blocks(self, engine: Engine, measurement: str) -> Iterator[Block]:
        """The points of a measurement, a column a field."""
        only = Compare("_measurement", "==", measurement)
        yield from engine.read(
            ReadSpec(bucket_id=self.bucket_id, start=self.start, stop=self.stop, predicate=only, shape="wide")
        )


def format_of(target: str, chosen: str | None) -> str:
    """The format of an export: the one named, or that of the target's name."""
    if chosen is not None:
        return chosen
    bare = target.removesuffix(".gz").lower()
    for ending, format in ((".lp", "lp"), (".txt", "lp"), (".csv", "csv"), (".parquet", "parquet")):
        if bare.endswith(ending):
            return format
    if target == "-":
        return "lp"
    raise UsageError(f"in which format is {target!r} to be?", hint=f"give --format: {', '.join(FORMATS)}")


def export(engine: Engine, wanted: Wanted, format: str, target: str, stdout: IO[str]) -> int:
    """Write the points; how many rows (a row: a series at a time)."""
    if format == "parquet":
        if target == "-":
            raise UsageError("Parquet goes into a folder", hint="name one, such as ./export")
        return _parquet(engine, wanted, Path(target))
    write = _lines if format == "lp" else _csv
    with _output(target, stdout) as out:
        return write(engine, wanted, out)


@contextmanager
def _output(target: str, stdout: IO[str]) -> Iterator[BinaryIO]:
    """Standard output, or a new file that is there as a whole or not at all; packed if its name ends with .gz."""
    if target == "-":
        raw = getattr(stdout, "buffer", None)
        yield raw if raw is not None else cast(BinaryIO, _Text(stdout))
        return
    path = Path(target)
    draft = path.with_name(f".{path.name}.part")
    try:
        with gzip.open(draft, "wb", 6) if target.endswith(".gz") else draft.open("wb") as out:
            yield cast(BinaryIO, out)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


class _Text:
    """A text stream that takes bytes: standard output in tests."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        return self._stream.write(data.decode())


def _lines(engine: Engine, wanted: Wanted, out: BinaryIO) -> int:
    count = 0
    for name in wanted.names(engine):
        for block in wanted.blocks(engine, name):
            for lines in block_lines(block):
                count += len(lines)
                out.write(("\n".join(lines.to_list()) + "\n").encode())
    return count


@dataclass
class _Shape:
    """The columns of a measurement's table: what each is called there, and what it is."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, tuple[str, str]]  # name -> column, type

    @classmethod
    def of(cls, engine: Engine, wanted: Wanted, name: str) -> _Shape:
        only = Compare("_measurement", "==", name)
        tags = {
            tag: tag if tag != "time" else "time (tag)"
            for tag in engine.tag_keys(wanted.bucket_id, wanted.start, wanted.stop, only)
        }
        taken = {*tags.values(), "time"}
        types = engine.field_types(wanted.bucket_id, name)
        return cls(name, tags, {f: (f if f not in taken else f"{f} (field)", kind) for f, kind in types.items()})

    def frame(self, block: Block) -> pl.DataFrame:
        """The rows of a block: time, all tags, all fields."""
        tags = [
            (pl.col(tag) if tag in block.keys.columns else pl.lit(None, pl.String)).alias(f"\0{column}")
            for tag, column in self.tags.items()
        ]
        keys = block.keys.select(GID, *tags)
        rows = block.rows.join(keys, on=GID, how="left", maintain_order="left")
        fields = [
            (pl.col(name) if name in block.rows.columns else pl.lit(None, DTYPES[kind])).alias(column)
            for name, (column, kind) in self.fields.items()
        ]
        return rows.select(
            pl.col("_time").alias("time"), *(pl.col(f"\0{c}").alias(c) for c in self.tags.values()), *fields
        )


def _csv(engine: Engine, wanted: Wanted, out: BinaryIO) -> int:
    count = 0
    for name in wanted.names(engine):
        shape = _Shape.of(engine, wanted, name)
        head = False
        for block in wanted.blocks(engine, name):
            frame = shape.frame(block)
            frame = frame.select(pl.lit(name).alias("measurement"), *frame.columns[1:], "time")
            if not head:
                kinds = ["tag"] * len(shape.tags) + [_CSV[kind] for _, kind in shape.fields.values()]
                labels = [*shape.tags, *shape.fields]
                start = "" if not count else "\n"
                out.write(f"{start}#datatype measurement,{','.join(kinds)},dateTime:number\n".encode())
                header = pl.DataFrame([[text] for text in ("m", *labels, "time")], orient="col")
                out.write(header.write_csv(include_header=False).encode())
                head = True
            count += frame.height
            out.write(frame.write_csv(include_header=False, float_scientific=None).encode())
    return count


def _parquet(engine: Engine, wanted: Wanted, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name in wanted.names(engine):
        shape = _Shape.of(engine, wanted, name)
        about: dict[str, Any] = {
            "measurement": name,
            "tags": {column: tag for tag, column in shape.tags.items()},
            "fields": {column: [field, kind] for field, (column, kind) in shape.fields.items()},
        }
        for number, frame in enumerate(_joined(shape.frame(block) for block in wanted.blocks(engine, name))):
            frame = frame.with_columns(pl.col("time").cast(pl.Datetime("ns", "UTC")))
            count += frame.height
            path = folder / f"{quote(name, safe=' ')}{f'-{number + 1}' if number else ''}.parquet"
            draft = path.with_name(f".{path.name}.part")
            frame.write_parquet(draft, metadata={NOTE: json.dumps(about)})
            draft.replace(path)
    return count


def _joined(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Small frames together: series with other tag keys come in blocks of their own."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(one.height for one in held) >= BLOCK_ROWS:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)
