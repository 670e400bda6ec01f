"""Tables: rich on a terminal, columns aligned by tabs in a pipe (as Go's tabwriter does, which the influx tool
uses).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from influxctl.output.columns import Column
from influxctl.output.style import Style, age, tint

TAB = 8
GAP = 2  # blanks between columns on a terminal


def write(
    stream: TextIO, rows: Iterable[Mapping[str, object]], columns: Sequence[Column], style: Style, one: bool
) -> None:
    """Write one table."""
    cells = [[_clean(c.text(row)) for c in columns] for row in rows]
    if style.terminal:
        _rich(stream, cells, columns, style)
    else:
        stream.write(tabbed([[c.header for c in columns], *cells] if style.headers else cells))


def tabbed(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells, each column as wide as its longest cell and a blank, rounded up to a tab stop."""
    if not lines:
        return ""
    count = max(len(line) for line in lines)
    widths = [
        -(-(max((len(line[i]) for line in lines if i < len(line)), default=0) + 1) // TAB) * TAB for i in range(count)
    ]
    return "".join(
        "".join(cell + "\t" * -(-(widths[i] - len(cell)) // TAB) for i, cell in enumerate(line[:-1]))
        + (line[-1] if line else "")
        + "\n"
        for line in lines
    )


def _clean(text: str) -> str:
    """A cell stays on one line and cannot send escape sequences to the terminal."""
    return text if text.isprintable() else "".join(ch if ch.isprintable() else repr(ch)[1:-1] for ch in text)


def _rich(stream: TextIO, cells: list[list[str]], columns: Sequence[Column], style: Style) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [[_dressed(column, text, style) for column, text in zip(columns, line, strict=True)] for line in cells]
    kept = _fitting(columns, [[text for text, _ in line] for line in shown], style.width)
    table = Table(box=None, show_header=style.headers, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    words = [max(map(len, columns[i].header.split()), default=0) for i in kept]  # a heading that is cut cannot be read
    room = sum(words) + GAP * (len(kept) - 1) <= style.width
    for column, longest in zip((columns[i] for i in kept), words, strict=True):
        # IDs and times are useless when cut in half: only text gives way in a narrow terminal.
        keep = column.kind != "text" or column.path == "id" or column.path.endswith("ID")
        table.add_column(column.header, no_wrap=keep, overflow="fold", min_width=longest if room else None)
    for line in shown:
        table.add_row(*(Text(*line[i]) for i in kept))
    console = Console(
        file=stream, width=style.width, no_color=not style.color, force_terminal=style.color, highlight=False,
        color_system="standard" if style.color else None,
    )  # fmt: skip
    console.print(table)


def _fitting(columns: Sequence[Column], cells: list[list[str]], width: int) -> list[int]:
    """Which columns a terminal of that width shows: all, or without spare ones and then without empty ones while they are too wide."""
    from rich.cells import cell_len

    kept = list(range(len(columns)))
    widths = [max([cell_len(c.header), *(cell_len(line[i]) for line in cells)]) for i, c in enumerate(columns)]
    spare = [i for i in kept if columns[i].spare]
    empty = [i for i in kept if cells and not any(line[i] for line in cells)]
    for index in (*spare, *reversed(empty)):
        if sum(widths[i] for i in kept) + GAP * (len(kept) - 1) <= width or len(kept) == 1:
            break
        if index in kept:
            kept.remove(index)
    return kept


def _dressed(column: Column, text: str, style: Style) -> tuple[str, str]:
    if column.kind == "time" and style.now is not None:
        return age(text, style.now), ""
    return text, tint(text) if column.kind == "status" else ""
