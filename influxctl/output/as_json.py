"""JSON: one object, or a list of the objects as they are on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from influxctl.output.columns import Column
from influxctl.output.style import Style


def write(
    stream: TextIO, rows: Iterable[Mapping[str, object]], columns: Sequence[Column], style: Style, one: bool
) -> None:
    """Write a list (streamed item by item), or with `one` the single object."""
    if one:
        stream.write(json.dumps(next(iter(rows), None), indent=2, ensure_ascii=False) + "\n")
        return
    mark = "["
    for row in rows:
        text = json.dumps(row, indent=2, ensure_ascii=False).replace("\n", "\n  ")
        stream.write(f"{mark}\n  {text}")
        mark = ","
    stream.write("[]\n" if mark == "[" else "\n]\n")
