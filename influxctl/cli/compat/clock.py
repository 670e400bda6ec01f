"""Times of the command line: RFC 3339, refused in Go's words."""

from __future__ import annotations

from influxctl.cli.compat.gotext import quoted
from influxctl.core.times import parse_time

RFC3339 = "2006-01-02T15:04:05Z07:00"
RFC3339_NANO = "2006-01-02T15:04:05.999999999Z07:00"
_PARTS = ("2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05")


def check(text: str, layout: str) -> int:
    """The time in nanoseconds; ValueError as Go's time.Parse words it, with the part of the layout that does not fit."""
    try:
        if len(text) > 10 and text[10] == "T" and (text[-1] == "Z" or text[-6] in "+-"):
            return parse_time(text)
    except (ValueError, IndexError):
        pass
    rest, part = text, "Z07:00"
    for part in _PARTS:
        taken = rest[: len(part)]
        if not (taken.isdigit() if part.isdigit() else taken == part) or len(taken) < len(part):
            break
        rest = rest[len(part) :]
    else:
        part = "Z07:00"
    raise ValueError(f"parsing time {quoted(text)} as {quoted(layout)}: cannot parse {quoted(rest)} as {quoted(part)}")
