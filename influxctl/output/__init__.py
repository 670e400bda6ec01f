"""What a command prints: `FORMATS`, and `render`, which picks a format, the columns, and what only a terminal gets.

A format is a module with `write(stream, rows, columns, style, one)`; nothing of it is imported before it is used.
Adding one is a module and a line of `FORMATS`; flags, completions and golden tests follow from the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TextIO, cast

from influxctl.core.errors import UsageError
from influxctl.output.columns import Column, lookup, pick
from influxctl.output.style import Style

Row = Mapping[str, object]
Writer = Callable[[TextIO, Iterable[Row], Sequence[Column], Style, bool], None]

FORMATS: dict[str, str] = {
    "table": "influxctl.output.as_table",
    "json": "influxctl.output.as_json",
    "jsonl": "influxctl.output.as_jsonl",
    "yaml": "influxctl.output.as_yaml",
    "csv": "influxctl.output.as_csv",
    "markdown": "influxctl.output.as_markdown",
}
ONLY_QUERIES = ("lp", "parquet")  # formats of rows with types and times
WHOLE_OBJECTS = frozenset(
    {"json", "jsonl", "yaml"}
)  # these print objects as they are on the wire unless fields are chosen


def render(
    stream: TextIO,
    rows: Iterable[Row],
    columns: Sequence[Column],
    *,
    format: str = "table",
    style: Style | None = None,
    fields: Sequence[str] = (),
    one: bool = False,
) -> None:
    """Write `rows` to `stream`.

    `columns` are those of tables and CSV; `fields` chooses among them, or names any path of the objects. `one`: the
    answer is a
    single object and JSON and YAML print it without a list around it. `UsageError` for an unknown format or field.
    """
    if format in ONLY_QUERIES:
        raise UsageError(f"only query results can be printed as {format}", hint=f"choose one of {', '.join(FORMATS)}")
    if format not in FORMATS:
        raise UsageError(f"there is no output format {format!r}", hint=f"choose one of {', '.join(FORMATS)}")
    style = style or Style()
    if fields:
        rows = list(rows)
        columns = [replace(pick(columns, name, rows), spare=False) for name in fields]
        if format in WHOLE_OBJECTS:
            rows = [{c.path: lookup(row, c.path) for c in columns} for row in rows]
    write = cast(Writer, import_module(FORMATS[format]).write)
    write(stream, rows, columns, style, one)
