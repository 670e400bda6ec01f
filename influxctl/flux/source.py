"""Places in a source text: positions, locations, and the text between.

A location keeps two offsets, so that lines, columns and the text of a node are computed only when somebody asks.
Columns count bytes of UTF-8, and lines and columns count from one, as the reference does (seen: `§` at 2:5-2:7).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple


class Position(NamedTuple):
    """A place in a source text: line and column from 1, columns in bytes."""

    line: int
    column: int


class SourceText:
    """A text with its line starts: turns offsets into positions."""

    __slots__ = ("_ascii", "_lines", "file", "text")

    def __init__(self, text: str, file: str = "") -> None:
        self.text = text
        self.file = file
        self._ascii = text.isascii()
        self._lines: list[int] | None = None

    def position(self, offset: int) -> Position:
        """The position of a character offset."""
        lines = self._lines
        if lines is None:
            lines = [0]
            at = self.text.find("\n")
            while at >= 0:
                lines.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._lines = lines
        line = bisect_right(lines, offset)
        start = lines[line - 1]
        width = offset - start if self._ascii else len(self.text[start:offset].encode("utf-8", "surrogatepass"))
        return Position(line, width + 1)

    def between(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.text[start:end]


class _Given:
    """Stands in for `SourceText` where positions were given and not computed (trees from JSON)."""

    __slots__ = ("end", "file", "source", "start")

    def __init__(self, start: Position, end: Position, source: str) -> None:
        self.start, self.end, self.source, self.file = start, end, source, ""

    def position(self, offset: int) -> Position:
        return self.end if offset else self.start

    def between(self, start: int, end: int) -> str:
        return self.source


class SourceLocation:
    """Where a node stands: `start` (inclusive), `end` (exclusive), the text between, and the name of the file.

    `at` and `until` are the offsets behind `start` and `end`; in a location that came from JSON they are 0 and 1.
    """

    __slots__ = ("at", "origin", "until")

    def __init__(self, origin: SourceText | _Given, at: int, until: int) -> None:
        self.origin = origin
        self.at = at
        self.until = until

    @classmethod
    def of(cls, start: Position, end: Position, source: str = "") -> SourceLocation:
        """A location from positions."""
        return cls(_Given(start, end, source), 0, 1)

    @property
    def start(self) -> Position:
        """The position of the first character."""
        return self.origin.position(self.at)

    @property
    def end(self) -> Position:
        """The position after the last character."""
        return self.origin.position(self.until)

    @property
    def source(self) -> str:
        """The text of the node."""
        return self.origin.between(self.at, self.until)

    @property
    def file(self) -> str:
        """The name of the text, "" for a query."""
        return self.origin.file

    def to(self, end: SourceLocation) -> SourceLocation:
        """From the start of this location to the end of another one of the same text."""
        if isinstance(self.origin, _Given):
            return SourceLocation.of(self.start, end.end)
        return SourceLocation(self.origin, self.at, end.until)

    def __str__(self) -> str:
        """`line:column-line:column`, as in messages; the file in front if it has a name."""
        (line, column), (last_line, last_column) = self.start, self.end
        prefix = f"{self.file}|" if self.file else ""
        return f"{prefix}{line}:{column}-{last_line}:{last_column}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def to_json(self) -> dict[str, Any]:
        """The contract's `location` object."""
        start, end = self.start, self.end
        answer: dict[str, Any] = {"file": self.file} if self.file else {}
        answer["start"] = {"line": start.line, "column": start.column}
        answer["end"] = {"line": end.line, "column": end.column}
        if self.source:
            answer["source"] = self.source
        return answer


NOWHERE = SourceLocation.of(Position(0, 0), Position(0, 0))
