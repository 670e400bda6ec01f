"""Markdown: a table with pipes, as GitHub and most wikis read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from influxctl.output.columns import Column
from influxctl.output.style import Style


def write(
    stream: TextIO, rows: Iterable[Mapping[str, object]], columns: Sequence[Column], style: Style, one: bool
) -> None:
    """Write a heading (unless headings are hidden) and a line for each row."""
    if style.headers:
        stream.writelines(heading_lines([c.header for c in columns], [False] * len(columns)))
    for row in rows:
        stream.write(table_line([c.text(row) for c in columns]))


def heading_lines(names: Sequence[str], right: Sequence[bool]) -> Iterable[str]:
    """The two lines at the head of a table; `right` says which columns hold numbers."""
    return table_line(names), table_line(["---:" if flush else "---" for flush in right])


def table_line(cells: Sequence[str]) -> str:
    """One row."""
    return f"| {' | '.join(map(escaped, cells))} |\n"


def escaped(text: str) -> str:
    """A cell that stays one, on one line."""
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    return text if text.isprintable() else "".join(ch if ch.isprintable() else " " for ch in text.replace("\n", "<br>"))
