"""Query results as a Parquet file: all tables under one another, columns with their types, times as UTC nanoseconds.

Parts of `PART` rows go to temporary Arrow files, so that memory does not grow with the result; a column that one table has and
another has not is null there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from influxctl.output.annotated import Schema

PART = 200_000
TIME = "dateTime:RFC3339"


def write_parquet(binary: BinaryIO, rows: Iterable[tuple[Schema, list[str]]]) -> None:
    """Write all rows as one file."""
    import polars as pl

    with tempfile.TemporaryDirectory(prefix="influxctl-parquet-") as folder:
        files = []
        for number, (schema, part) in enumerate(_parts(rows)):
            files.append(Path(folder) / f"{number}.arrow")
            _frame(schema, part).write_ipc(files[-1])
        whole = Path(folder) / "result.parquet"
        if files:
            frames = [pl.scan_ipc(file) for file in files]
            pl.concat(frames, how="diagonal_relaxed").sink_parquet(whole)
        else:
            pl.DataFrame().write_parquet(whole)
        with whole.open("rb") as made:
            shutil.copyfileobj(made, binary, 1 << 20)


def _parts(rows: Iterable[tuple[Schema, list[str]]]) -> Iterator[tuple[Schema, list[list[str]]]]:
    """Rows of one header at a time, not too many."""
    part: list[list[str]] = []
    at: Schema | None = None
    for schema, cells in rows:
        if at is not None and (schema is not at or len(part) >= PART):
            yield at, part
            part = []
        at = schema
        part.append(cells)
    if at is not None and part:
        yield at, part


def _frame(schema: Schema, rows: list[list[str]]):  # type: ignore[no-untyped-def]  # polars is imported when it is needed only
    import polars as pl

    kinds = {"long": pl.Int64, "unsignedLong": pl.UInt64, "double": pl.Float64}
    columns = {}
    for i, (name, kind) in enumerate(zip(schema.names, schema.types, strict=True)):
        if name == "":
            continue
        cells = pl.Series(name, [row[i] if i < len(row) else "" for row in rows], dtype=pl.String)
        if kind != "string":
            cells = cells.replace("", None)
        if kind in kinds:
            cells = cells.str.replace("Inf", "inf").cast(kinds[kind])
        elif kind == "boolean":
            cells = cells == "true"
        elif kind.startswith("dateTime"):
            cells = cells.str.to_datetime("%+", time_unit="ns", time_zone="UTC")
        columns[name] = cells
    return pl.DataFrame(columns)
