"""CSV as Go's encoding/csv reads and writes it: its rules for quotes, its errors with line and column, its quoting on output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

QUOTE = '"'


class CsvError(ValueError):
    """The text is not CSV; the message is Go's."""


class CsvReader:
    """Rows of a source that gives physical lines with their ends. `separator` may change between rows.

    `line` is the number of the last physical line that was read, from 1. Blank lines are no rows; `\\r\\n` counts as `\\n`.
    """

    def __init__(self, lines: Iterable[str], separator: str = ",") -> None:
        self._lines = iter(lines)
        self.separator = separator
        self.line = 0

    def __iter__(self) -> Iterator[list[str]]:
        while (line := self._next()) is not None:
            text = line.removesuffix("\n")
            if not text:
                continue
            if QUOTE not in line:
                yield text.split(self.separator)
            else:
                yield self._careful(line)

    def _next(self) -> str | None:
        line = next(self._lines, None)
        if line is None:
            return None
        self.line += 1
        if line.endswith("\r\n"):
            return line[:-2] + "\n"
        return line if line.endswith("\n") else line.removesuffix("\r")

    def _careful(self, line: str) -> list[str]:
        """The cells of a row with quotes in it, which may go on over further lines."""
        cells: list[str] = []
        start, at = self.line, 0
        while True:
            if not line.startswith(QUOTE, at):
                end = line.find(self.separator, at)
                cell = line[at : end if end >= 0 else None]
                bad = cell.find(QUOTE)
                if bad >= 0:
                    raise self._error(start, line, at + bad, 'bare " in non-quoted-field')
                if end < 0:
                    return [*cells, cell.removesuffix("\n")]
                cells.append(cell)
                at = end + len(self.separator)
                continue
            cell, line, at = self._quoted(line, at + 1, start)
            cells.append(cell)
            if line.startswith(self.separator, at):
                at += len(self.separator)
                continue
            if line[at:] in ("", "\n"):
                return cells
            raise self._error(start, line, at - 1, 'extraneous or missing " in quoted-field')

    def _quoted(self, line: str, at: int, start: int) -> tuple[str, str, int]:
        """A quoted cell from behind its first quote: the cell, the line on which it ends, and the place behind its last quote."""
        parts: list[str] = []
        while True:
            end = line.find(QUOTE, at)
            if end < 0:
                parts.append(line[at:])
                more = self._next()
                if more is None:
                    raise self._error(start, line, len(line), 'extraneous or missing " in quoted-field')
                line, at = more, 0
                continue
            parts.append(line[at:end])
            at = end + 1
            if not line.startswith(QUOTE, at):
                return "".join(parts), line, at
            parts.append(QUOTE)
            at += 1

    def _error(self, start: int, line: str, at: int, what: str) -> CsvError:
        column = len(line[:at].encode("utf-8", "surrogateescape")) + 1
        where = f"parse error on line {self.line}, column {column}: {what}"
        return CsvError(where if start == self.line else f"record on line {start}; {where}")


def csv_row(cells: list[str], separator: str = ",") -> str:
    """A row as Go writes it: quotes only where they are needed."""
    return separator.join(_cell(cell, separator) for cell in cells) + "\n"


def _cell(cell: str, separator: str) -> str:
    if cell == "":
        return cell
    if cell != "\\." and not any(char in cell for char in (separator, QUOTE, "\r", "\n")) and not cell[0].isspace():
        return cell
    return QUOTE + cell.replace(QUOTE, QUOTE * 2) + QUOTE
