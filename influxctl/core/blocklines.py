"""Wide blocks as line protocol, on columns: what backups, exports and transfers write."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from influxctl.core.columns import GID, Block
from influxctl.core.lineprotocol import escape, format_key

ROWS = 20_000  # rows rendered at a time
_HEAD = "\0head"  # no field can be called that


def block_lines(block: Block, rows: int = ROWS) -> Iterator[pl.Series]:
    """The lines of a wide block (a column a field), some thousand at a time, each with its time in nanoseconds."""
    tags = [column.label for column in block.key_columns if column.label != "_measurement"]
    heads = []
    for key in block.keys.iter_rows(named=True):
        pairs = sorted((tag, key[tag]) for tag in tags if key[tag] is not None)
        heads.append(format_key(key["_measurement"], pairs))
    keys = pl.DataFrame({GID: block.keys[GID], _HEAD: heads})
    parts = []
    for column in block.row_columns:
        if column.label != "_time":
            parts.append(pl.lit(f"{escape(column.label)}=") + _text(pl.col(column.label), column.type))
    line = [pl.col(_HEAD), pl.concat_str(parts, separator=",", ignore_nulls=True), pl.col("_time").cast(pl.String)]
    for at in range(0, block.rows.height, rows):
        part = block.rows[at : at + rows].join(keys, on=GID, how="left", maintain_order="left")
        yield part.select(pl.concat_str(line, separator=" ").alias("line"))["line"]


def _text(column: pl.Expr, type: str) -> pl.Expr:
    """A field's value as line protocol; null stays null."""
    if type == "string":
        escaped = column.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
        return pl.lit('"') + escaped + pl.lit('"')
    suffix = {"int": "i", "uint": "u"}.get(type, "")
    return column.cast(pl.String) + pl.lit(suffix)
