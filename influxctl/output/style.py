"""Style: whether there is a terminal, its width, colours (NO_COLOR) and the age of times."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from influxctl.core.errors import InfluxctlError
from influxctl.core.times import parse_time

GOOD = frozenset({"active", "success", "ok", "pass", "ready", "running", "true"})
BAD = frozenset({"failed", "error", "crit", "fail", "canceled", "stopped"})
_UNITS = (("y", 31_536_000), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Style:
    """How to print. `now` (nanoseconds) turns times into ages on a terminal; `width` 0 means no limit."""

    terminal: bool = False
    color: bool = False
    width: int = 0
    headers: bool = True
    now: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines for a picture: of the terminal, without the line of the next prompt, or what suits a file."""
        if not self.width:
            return 100, 20
        return self.width, max(8, min(30, shutil.get_terminal_size((100, 24)).lines - 3))


def style_for(
    stream: TextIO, env: Mapping[str, str], *, color: bool = True, headers: bool = True, now: int | None = None
) -> Style:
    """The style that suits a stream: nothing special in a pipe; NO_COLOR (any value but empty) and TERM=dumb switch
    colour off.
    """
    if not stream.isatty():
        return Style(headers=headers)
    colored = color and not env.get("NO_COLOR") and env.get("TERM") != "dumb"
    return Style(True, colored, shutil.get_terminal_size((100, 24)).columns, headers, now)


def age(text: str, now: int) -> str:
    """A time as its distance from `now` (nanoseconds): `5m ago`, `in 2d`; the text itself when it is not a time."""
    try:
        seconds = (now - parse_time(text)) / 1e9
    except InfluxctlError:
        return text
    size = abs(seconds)
    unit, length = next(((u, n) for u, n in _UNITS if size >= n), ("s", 1))
    span = f"{int(size / length)}{unit}"
    return f"{span} ago" if seconds >= 0 else f"in {span}"


def tint(text: str) -> str:
    """The colour name of a status, or an empty string."""
    word = text.lower()
    return (
        "green"
        if word in GOOD
        else "red"
        if word in BAD
        else "yellow"
        if word in ("inactive", "warn", "scheduled")
        else ""
    )
