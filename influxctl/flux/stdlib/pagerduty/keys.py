"""pagerduty: keys by which PagerDuty knows events that belong together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from influxctl.core.columns import Block
from influxctl.core.times import format_time
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import typed
from influxctl.flux.tables import Stream, replace_column
from influxctl.flux.values import Value, string_text, type_of


@builtin("pagerduty", "dedupKey")
@no_nulls
def dedup_key(tables: Stream, exclude: Sequence[str] = ("_start", "_stop", "_level")) -> Stream:
    """The SHA-256 of labels and values of the group key, each ended by a line feed, sorted by label."""
    left_out = set(exclude)

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            columns = sorted((c for c in block.key_columns if c.label not in left_out), key=lambda c: c.label)
            rows = block.keys.select(c.label for c in columns).rows() if columns else [()] * block.tables
            hashes = []
            for row in rows:
                parts = [(c.label, _text(typed(value, c.type))) for c, value in zip(columns, row, strict=True)]
                text = "".join(f"{label}\n{value}\n" for label, value in parts)
                hashes.append(hashlib.sha256(text.encode()).hexdigest())
            made = pl.Series("_pagerdutyDedupKey", hashes, dtype=pl.String).gather(block.gids)
            yield replace_column(block, "_pagerdutyDedupKey", made, "string")

    return tables.then("pagerduty.dedupKey", transform)


def _text(value: Value) -> str:
    if value is None:
        return ""
    return format_time(value) if type_of(value) == "time" else string_text(value)
