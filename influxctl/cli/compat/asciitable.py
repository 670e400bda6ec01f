"""Bordered tables as the template commands of influx draw them: headings in capitals, centred; a footer whose empty cells have no
walls; long cells wrapped at 30 columns so that the lines come out even.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Align = Literal["", "centre", "left"]
Codes = str  # ANSI codes such as "92;1"; nothing for no colour

WRAP_AT = 30
TOO_LONG = 100_000  # what a line costs that is longer than it may be
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})*|\d+)(?:\.\d+)?\Z")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def coloured(text: str, codes: Codes) -> str:
    """Text in a colour."""
    return f"\x1b[{codes}m{text}\x1b[0m" if codes else text


def shown_width(text: str) -> int:
    """Columns a text takes on a terminal."""
    from unicodedata import combining, east_asian_width

    plain = _ANSI.sub("", text)
    if plain.isascii():
        return len(plain)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in plain)


@dataclass
class Table:
    """A table: headings, rows (a row without cells is only a line), and a footer with one text a column."""

    headings: Sequence[str]
    borders: bool = True
    aligns: Sequence[Align] = ()
    least: dict[int, int] = field(default_factory=dict)  # least widths of columns
    heading_codes: Codes = ""
    footer_codes: Codes = ""
    footer: Sequence[str] = ()

    def __post_init__(self) -> None:
        self._rows: list[list[list[str]]] = []
        self._widths = dict(self.least)
        for column, heading in enumerate(self.headings):
            self._fit(column, heading)

    def add(self, cells: Sequence[str], codes: Sequence[Codes] = ()) -> None:
        """A row; `codes` colours the first line of each cell."""
        row = []
        for column, cell in enumerate(cells):
            lines = self._fit(column, cell)
            if column < len(codes):
                lines[0] = coloured(lines[0], codes[column])
            row.append(lines)
        self._rows.append(row)

    def _fit(self, column: int, text: str) -> list[str]:
        """The lines of a cell; its column becomes as wide as the longest."""
        limit = min(max((shown_width(line) for line in text.split("\n")), default=0), WRAP_AT)
        lines = wrapped(" ".join(text.split("\n")), limit)
        self._widths[column] = max([self._widths.get(column, 0), limit, *(shown_width(line) for line in lines)])
        return lines

    def render(self) -> str:
        """The table as text."""
        for column, text in enumerate(self.footer):
            self._fit(column, text)
        widths = [self._widths[column] for column in sorted(self._widths)]
        rule = self._rule(widths)
        out = [rule] if self.borders else []
        out += [self._heading(widths), rule]
        for row in self._rows:
            out += self._row(row, widths)
            if self.borders:
                out.append(rule)
        if self.footer:
            if not self.borders:
                out.append(rule)
            out += self._footer(widths)
        return "\n".join(out) + "\n"

    def _rule(self, widths: Sequence[int]) -> str:
        line = "+".join("-" * (width + 2) for width in widths)
        return f"+{line}+" if self.borders else f"-{line}-"

    def _heading(self, widths: Sequence[int]) -> str:
        cells = [
            coloured(_centred(_title(h), w), self.heading_codes) for h, w in zip(self.headings, widths, strict=True)
        ]
        return self._edge() + "|".join(f" {cell} " for cell in cells) + self._edge()

    def _edge(self) -> str:
        return "|" if self.borders else " "

    def _row(self, row: list[list[str]], widths: Sequence[int]) -> list[str]:
        height = max((len(lines) for lines in row), default=0)
        out = []
        for line in range(height):
            cells = []
            for column, lines in enumerate(row):
                text = lines[line] if line < len(lines) else "  "
                cells.append(f" {self._aligned(text, column, widths[column])} ")
            out.append(self._edge() + "|".join(cells) + self._edge())
        return out

    def _aligned(self, text: str, column: int, width: int) -> str:
        gap = max(width - shown_width(text), 0)
        align = self.aligns[column] if column < len(self.aligns) else ""
        if align == "centre":
            return _centred(text, width)
        if align == "left" or not _NUMBER.match(text.strip()):
            return text + " " * gap
        return " " * gap + text

    def _footer(self, widths: Sequence[int]) -> list[str]:
        last = len(widths) - 1
        line = self._edge()
        for column, (text, width) in enumerate(zip(self.footer, widths, strict=True)):
            codes = self.footer_codes if text else ""
            wall = "|" if text and (column < last or self.borders) else " "
            if not text and column == last and self.borders:
                wall = " "
            line += f" {coloured(_centred(_title(text), width), codes)} {wall}"
        if self.borders:
            return [line, self._rule(widths)]
        return [line, self._footer_rule(widths)]

    def _footer_rule(self, widths: Sequence[int]) -> str:
        """The line below a footer without borders: only under cells with text, begun one column before them."""
        last, begun = len(widths) - 1, False
        line = "-" if self.footer[0] else " "
        for column, width in enumerate(widths):
            begun = begun or bool(self.footer[column])
            joint = " "
            if begun:
                joint = "-" if column == last else "+"
            elif column < last and self.footer[column + 1]:
                joint = "-"
            line += ("-" if begun else " ") * (width + 2) + joint
        return line


def _centred(text: str, width: int) -> str:
    gap = max(width - shown_width(text), 0)
    return " " * (gap // 2) + text + " " * (gap - gap // 2)


def _title(text: str) -> str:
    """A heading: capitals, underscores and dots (but those of numbers) as blanks."""
    chars = list(text)
    for index, char in enumerate(text):
        before, after = text[index - 1 : index], text[index + 1 : index + 2]
        if char == "_" or (char == "." and any(c and not (c.isdigit() or c == " ") for c in (before, after))):
            chars[index] = " "
    return "".join(chars).strip().upper()


def wrapped(text: str, limit: int) -> list[str]:
    """Text in lines of at most `limit` columns (a longer last word sets the limit), broken where the raggedness is least."""
    words = text.split(" ")
    limit = max([limit, *(shown_width(word) for word in words)])
    count = len(words)
    if shown_width(text) <= limit:
        return [text]
    sizes = [shown_width(word) for word in words]
    cost = [0.0] * (count + 1)
    break_at = [count] * count
    for start in range(count - 1, -1, -1):
        if sum(sizes[start:]) + count - 1 - start <= limit:
            cost[start], break_at[start] = 0, count
            continue
        cost[start], length = float("inf"), -1
        for end in range(start + 1, count):
            length += 1 + sizes[end - 1]
            here = (limit - length) ** 2 + cost[end] + (TOO_LONG if length > limit else 0)
            if here < cost[start]:
                cost[start], break_at[start] = here, end
            if length > limit and end > start + 1:
                break
    lines, start = [], 0
    while start < count:
        lines.append(" ".join(words[start : break_at[start]]))
        start = break_at[start]
    return lines
