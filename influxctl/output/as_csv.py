"""CSV: the columns of the table, times in full."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from influxctl.output.columns import Column
from influxctl.output.style import Style


def write(
    stream: TextIO, rows: Iterable[Mapping[str, object]], columns: Sequence[Column], style: Style, one: bool
) -> None:
    """Write a heading line (unless headings are hidden) and a line for each row."""
    out = csv.writer(stream, lineterminator="\n")
    if style.headers:
        out.writerow([c.header for c in columns])
    for row in rows:
        out.writerow([c.text(row) for c in columns])
