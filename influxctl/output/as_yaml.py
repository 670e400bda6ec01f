"""YAML: one object, or a list of them; keys in the order of the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from influxctl.output.columns import Column
from influxctl.output.style import Style


def write(
    stream: TextIO, rows: Iterable[Mapping[str, object]], columns: Sequence[Column], style: Style, one: bool
) -> None:
    """Write a list (item by item), or with `one` the single object."""
    import yaml

    if one:
        stream.write(yaml.safe_dump(next(iter(rows), None), sort_keys=False, allow_unicode=True))
        return
    empty = True
    for row in rows:
        stream.write(yaml.safe_dump([row], sort_keys=False, allow_unicode=True))
        empty = False
    if empty:
        stream.write("[]\n")
