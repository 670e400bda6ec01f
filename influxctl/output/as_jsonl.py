"""JSON lines: one object a line, for streams and for jq."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from influxctl.output.columns import Column
from influxctl.output.style import Style


def write(
    stream: TextIO, rows: Iterable[Mapping[str, object]], columns: Sequence[Column], style: Style, one: bool
) -> None:
    """Write each object on a line of its own."""
    for row in rows:
        stream.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
