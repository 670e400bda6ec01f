"""The two kinds of InfluxQL errors: text that cannot be parsed, and a statement that cannot be carried out.

The reference answers the first with status 400 and the usual error body, the second with status 200 and `error` in the statement's
result (recorded on 2.9.1).
"""

from __future__ import annotations

from influxctl.core.errors import Invalid


class InfluxQLSyntaxError(Invalid):
    """The text is not InfluxQL; `line` and `char` count from 1 and point at the offending token."""

    def __init__(self, message: str, text: str = "", position: int | None = None) -> None:
        if position is not None:
            line = text.count("\n", 0, position) + 1
            char = position - (text.rfind("\n", 0, position) + 1) + 1
            message = f"{message} (line {line}, character {char})"
        super().__init__(f"failed to parse query: {message}")


class StatementError(Invalid):
    """A statement that was understood and cannot be carried out; it becomes the `error` of its result."""


class NotSupported(StatementError):
    """A statement of InfluxQL 1.x that the v2 API does not carry out."""

    def __init__(self, statement: str) -> None:
        super().__init__(f"not implemented: {statement}")
