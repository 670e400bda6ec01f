"""Which lines of a batch a refusal means, read from the server's message.

Real servers quote a line that they cannot parse, describe a type conflict by measurement, field and type, and a violation of the
retention by its bound. Nothing is guessed: what a message does not say is left to the caller, who sends smaller parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from influxctl.client.lines import Line, fields_of
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.times import parse_time

_ABOUT_LINES = re.compile(
    r"unable to parse|parse error|partial write|\blines?\b|line protocol|timestamp|\bpoints?\b|\bfield", re.I
)
_QUOTED = re.compile(r"(?:^|\n)\s*unable to parse '", re.MULTILINE)
_CUT = 500  # characters: what is quoted at this length or more may be the beginning of a line
_DROPPED = re.compile(r"dropped=(\d+)")
_CONFLICT = re.compile(
    r'input field "(?P<field>.*?)" on measurement "(?P<measurement>.*?)" is type \w+, already exists as type (?P<type>\w+)'
)
_BOUND = re.compile(r"Lower Bound at (\d{4}-\d\d-\d\dT[0-9:.]+Z)")
_FIELD = re.compile(rb'((?:[^=,"\\]|\\.)++)=("(?:[^"\\]|\\.)*+"|[^, ]*+)', re.DOTALL)


def about_lines(error: InfluxctlError) -> bool:
    """Whether a 400 or 422 is about lines of the body, not about the request (its bucket, its precision)."""
    return bool(_ABOUT_LINES.search(error.message)) or "line" in error.details


def blamed(error: InfluxctlError, batch: Sequence[Line], unit: int = 1) -> dict[int, str]:
    """Indices of the lines that are certainly refused, with the reason; empty if the message does not tell.

    `unit` is that of the timestamps, in nanoseconds.
    """
    if isinstance(error, Invalid):
        return _unparsable(error.message, batch)
    dropped = _DROPPED.search(error.message)
    if dropped is None:
        return {}
    bound = _BOUND.search(error.message)
    if int(dropped[1]) >= len(batch):
        return dict.fromkeys(range(len(batch)), _older(bound) if bound else _shortened(error.message))
    conflict = _CONFLICT.search(error.message)
    if conflict is not None:
        return _conflicting(conflict, batch, error.message)
    return _too_old(bound, unit, int(dropped[1]), batch) if bound else {}


def _unparsable(message: str, batch: Sequence[Line]) -> dict[int, str]:
    """Lines that the message quotes: `unable to parse 'LINE': REASON`, one after another."""
    places: dict[str, list[int]] = {}
    for index, (_, text) in enumerate(batch):
        places.setdefault(text.decode(errors="replace"), []).append(index)
    found: dict[int, str] = {}
    starts = [match.end() for match in _QUOTED.finditer(message)]
    for start, end in zip(starts, [*starts, len(message)][1:], strict=True):
        quote = message[start:end]
        line = _quoted_line(quote, places)
        if line is not None:
            reason = quote.removeprefix(line).removesuffix("unable to parse '").rpartition("': ")[2].strip()
            found |= dict.fromkeys(places[line], reason)
    return found


def _quoted_line(quote: str, places: Mapping[str, list[int]]) -> str | None:
    """Which line the text behind `unable to parse '` begins with, given lines to choose from.

    The line may contain what ends a quotation; a server may cut a long line; a line with a stray quote swallows those behind it.
    """
    for stop in ("': ", "\n"):
        cut = quote.find(stop)
        while cut >= 0:
            if quote[:cut] in places:
                return quote[:cut]
            cut = quote.find(stop, cut + 1)
    start = quote.partition("': ")[0]
    if len(start) >= _CUT:
        return next((text for text in places if text.startswith(start)), None)
    return None


def _conflicting(conflict: re.Match[str], batch: Sequence[Line], message: str) -> dict[int, str]:
    """Lines of the measurement whose field is of another type than the one that exists."""
    measurement = _escaped(conflict["measurement"], ", ")
    name = _escaped(conflict["field"], ",= ")
    found = {}
    for index, (_, text) in enumerate(batch):
        if text.startswith((measurement + b",", measurement + b" ")):
            for key, value in _FIELD.findall(fields_of(text)):
                if key == name and _type(value) != conflict["type"]:
                    found[index] = _shortened(message)
    return found


def _older(bound: re.Match[str]) -> str:
    """The reason for one line; the message tells of the oldest and the newest."""
    return f"older than the bucket's retention, which begins at {bound[1]}"


def _too_old(bound: re.Match[str], unit: int, dropped: int, batch: Sequence[Line]) -> dict[int, str]:
    """Lines with a timestamp up to the bound, if there are as many as were dropped."""
    last = parse_time(bound[1]) // unit
    stamps = [text.rpartition(b" ")[2] for _, text in batch]
    old = [i for i, stamp in enumerate(stamps) if stamp.lstrip(b"-").isdigit() and int(stamp) <= last]
    return dict.fromkeys(old, _older(bound)) if len(old) == dropped else {}


def _escaped(name: str, special: str) -> bytes:
    for character in special:
        name = name.replace(character, "\\" + character)
    return name.encode()


def _type(value: bytes) -> str:
    """The type of a field value as the server names it."""
    if value[:1] == b'"':
        return "string"
    if value[-1:] == b"i":
        return "integer"
    if value[-1:] == b"u":
        return "unsigned"
    return "boolean" if value[:1].lower() in (b"t", b"f") else "float"


def _shortened(message: str) -> str:
    """The message without what the server puts before and after the reason."""
    reason = message.removeprefix("failure writing points to database: ").removeprefix("partial write: ")
    return _DROPPED.split(reason)[0].strip()
