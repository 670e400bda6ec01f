"""Line protocol: lines to points, errors with line numbers, points back to lines.

The grammar is that of InfluxDB 2.9.1, byte for byte: what it accepts and refuses was taken from the recorded conversations
(`write_grammar`, `write_requests`). The rules that surprise:

* an escape is the *preceding byte* being a backslash, even if that one is itself preceded by a backslash;
* quotes mean something only after an unescaped `=` in the fields; a line feed between such quotes belongs to the value;
* measurements keep `\\=` as it is, tags and field keys lose that backslash;
* `time`, `_field` and `_measurement` are no tag keys; a field named `time` is parsed here and refused by the engine.

`parse_line` is written for any input; `parse_quick` takes the plain majority of lines (regular expressions, no escapes) and answers
None for the rest, so that single-line writes cost microseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from influxctl.core.errors import Invalid
from influxctl.core.times import MAX_TIME, MIN_TIME

if TYPE_CHECKING:
    from influxctl.core.columns import ColumnType

Value = bool | int | float | str
PRECISIONS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
MAX_KEY = 65535  # bytes of measurement and tags together, as written
MAX_STRING = 1 << 20  # bytes of a string field: the parser takes longer ones, a write refuses their points
RESERVED_TAGS = (b"time", b"_field", b"_measurement")
_TRUE = (b"t", b"T", b"true", b"True", b"TRUE")
_FALSE = (b"f", b"F", b"false", b"False", b"FALSE")
_SHOWN = 2000  # an error message repeats no more of a line than this


class LineError(ValueError):
    """Why one line is refused."""


class LineProtocolError(Invalid):
    """A body with lines that cannot be parsed: nothing of it is written. `lines`: (line number from 1, text, reason)."""

    def __init__(self, lines: list[tuple[int, str, str]]) -> None:
        super().__init__("\n".join(f"unable to parse '{text[:_SHOWN]}': {reason}" for _, text, reason in lines))
        self.lines = lines
        self.details = {"lines": [{"line": number, "reason": reason} for number, _, reason in lines[:1000]]}


class Point(NamedTuple):
    """One point. `tags` are sorted by key; `fields` maps a name to (type, value); `time` is as written, None when left out."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: dict[str, tuple[ColumnType, Value]]
    time: int | None


def precision_factor(precision: str) -> int:
    """Nanoseconds of one unit of a write's `precision` (empty: ns), or `Invalid`."""
    factor = PRECISIONS.get(precision or "ns")
    if factor is None:
        raise Invalid(f"precision {precision!r} is not one of ns, us, ms, s")
    return factor


def scale_time(stamp: int, factor: int) -> int:
    """A timestamp in units of `factor` nanoseconds as nanoseconds; LineError outside the range that a point may have."""
    time = stamp * factor
    if not MIN_TIME <= time <= MAX_TIME:
        raise LineError(f"time outside range {MIN_TIME} - {MAX_TIME}")
    return time


# --- lines -----------------------------------------------------------------------------------------------------------------------


def split_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that hold points, with their numbers: blank lines and comments are left out, leading blanks removed."""
    if b'"' not in body and b"\\" not in body:
        for number, line in enumerate(body.split(b"\n"), 1):
            line = line.lstrip(b" \t\0")
            if line and line[0] != 35:
                yield number, line
        return
    position, number = 0, 1
    while position < len(body):
        end = body.find(b"\n", position)
        end = len(body) if end < 0 else end
        if not _plain(body, position, end):
            end = _line_end(body, position)
        line = body[position:end].lstrip(b" \t\0")
        if line and line[0] != 35:
            yield number, line
        number += 1 + body.count(b"\n", position, end)
        position = end + 1


def _plain(body: bytes, start: int, end: int) -> bool:
    """Whether a physical line surely ends where its line feed stands: no backslash, no quote before the fields, even quotes."""
    if body.find(b"\\", start, end) >= 0:
        return False
    quote = body.find(b'"', start, end)
    return quote < 0 or (body.find(b" ", start, end) in range(start, quote) and body.count(b'"', start, end) % 2 == 0)


def _line_end(body: bytes, i: int) -> int:
    """Where the line that begins at `i` ends: at a line feed outside quotes, or at the end of the body."""
    quoted = fields = False
    equals = commas = 0
    size = len(body)
    while i < size:
        if quoted and (i := _quote_mark(body, i)) == size:
            break
        c = body[i]
        if c == 92 and i + 2 < size:
            i += 2
            continue
        if c == 32:
            fields = True
        if fields:
            if c == 61 and not quoted:
                equals += 1
            elif c == 44 and not quoted:
                commas += 1
            elif c == 34 and equals > commas:
                quoted = not quoted
        if c == 10 and not quoted:
            return i
        i += 1
    return size


_QUOTE_MARK = re.compile(rb'["\\]')


def _quote_mark(data: bytes, i: int) -> int:
    """Where the next quote or backslash stands, or the end: inside quotes nothing else counts, and texts may be long."""
    found = _QUOTE_MARK.search(data, i)
    return found.start() if found else len(data)


# --- one line, any input ---------------------------------------------------------------------------------------------------------


def parse_line(line: bytes) -> Point:
    """One line without its line feed; LineError with the reason when it is refused."""
    end, measurement, tags = scan_key(line)
    fields, end = _scan_fields(line, end)
    return Point(measurement, tags, fields, _scan_time(line, end))


def scan_key(line: bytes) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Measurement and tags at the start of a line: (where the fields begin, measurement, sorted tags)."""
    size = len(line)
    if not size or line[0] == 44:
        raise LineError("missing measurement")
    i = _find(line, 1, b", ")
    if i >= size:
        raise LineError("missing fields")
    measurement = line[:i]
    pairs: list[tuple[bytes, bytes]] = []
    while line[i] == 44:
        key, i = _scan_tag_key(line, i + 1)
        value, i = _scan_tag_value(line, i)
        pairs.append((key, value))
    if i > MAX_KEY:
        raise LineError(f"max key length exceeded: {i} > {MAX_KEY}")
    return i, unescape_measurement(measurement), _tags(pairs)


def _find(line: bytes, i: int, stops: bytes) -> int:
    """The first of `stops` at or after `i` whose preceding byte is no backslash, or the end."""
    while i < len(line) and (line[i] not in stops or line[i - 1] == 92):
        i += 1
    return i


def _scan_tag_key(line: bytes, i: int) -> tuple[bytes, int]:
    """A tag key that begins at `i`: (key, where its value begins)."""
    if i >= len(line) or line[i] in b" ,=":
        raise LineError("missing tag key")
    end = _find(line, i + 1, b" ,=")
    if end >= len(line) or line[end] != 61:
        raise LineError("missing tag value")
    return line[i:end], end + 1


def _scan_tag_value(line: bytes, i: int) -> tuple[bytes, int]:
    """A tag value that begins at `i`: (value, the comma or blank after it)."""
    if i >= len(line) or line[i] in b" ,":
        raise LineError("missing tag value")
    end = _find(line, i + 1, b" ,=")
    if end >= len(line):
        raise LineError("missing fields")
    if line[end] == 61:
        raise LineError("invalid tag format")
    return line[i:end], end


def _tags(pairs: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Raw tags to sorted text; refuses reserved and repeated keys."""
    for key, _ in pairs:
        if key in RESERVED_TAGS:
            raise LineError(f'cannot use reserved tag key "{key.decode()}"')
    tags = sorted((unescape(key), unescape(value)) for key, value in pairs)
    if any(tags[n][0] == tags[n + 1][0] for n in range(len(tags) - 1)):
        raise LineError("duplicate tags")
    return tuple(tags)


def _scan_fields(line: bytes, i: int) -> tuple[dict[str, tuple[ColumnType, Value]], int]:
    """The fields after the blank at `i`: (fields by name, last one wins; where the blank after them stands)."""
    size = len(line)
    while i < size and line[i] in b" \t\0":
        i += 1
    if i >= size:
        raise LineError("missing fields")
    fields = {}
    while True:
        start = i
        while i < size and line[i] not in b"=, ":
            i += 2 if line[i] == 92 and i + 1 < size else 1
        if i >= size or line[i] != 61:
            raise LineError("invalid field format")
        if i == start:
            raise LineError("missing field key")
        end = _value_end(line, i + 1)
        fields[unescape_field(line[start:i])] = parse_value(line[i + 1 : end])
        i = end + 1
        if end >= size or line[end] == 32:
            return fields, min(end, size)


def _value_end(line: bytes, i: int) -> int:
    """Where the field value that begins at `i` ends: at a comma or blank outside quotes, or at the end of the line."""
    size = len(line)
    if i >= size or line[i] in b", ":
        raise LineError("missing field value")
    if line[i] != 34:
        while i < size and line[i] not in b", ":
            i += 1
        return i
    quoted = False
    while i < size and (quoted or line[i] not in b", ="):
        if quoted and (i := _quote_mark(line, i)) == size:
            break
        if line[i] == 92 and i + 1 < size:
            i += 1
        elif line[i] == 34:
            quoted = not quoted
        i += 1
    if quoted:
        raise LineError("unbalanced quotes")
    if i < size and line[i] == 61:
        raise LineError("invalid field format")
    return i


_NUMBER_START = b"0123456789.-Nn"
_INT = re.compile(rb"-?[0-9]+\Z")
_FLOAT_CHARS = re.compile(rb"-?[0-9]*\.?[0-9]*(?:[eE][0-9.eE]*(?:(?<=[eE])[-+][0-9.eE]*)*)?\Z")
_FLOAT = re.compile(rb"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")


def parse_value(text: bytes) -> tuple[ColumnType, Value]:
    """A field value as written to its type and value."""
    first = text[0]
    if first == 34:
        return "string", unescape_string(text[1:-1])
    if first not in _NUMBER_START:
        if text in _TRUE:
            return "bool", True
        if text in _FALSE:
            return "bool", False
        raise LineError("invalid boolean")
    last = text[-1]
    if last == 105:  # i
        if not _INT.match(text, 0, len(text) - 1):
            raise LineError("invalid number")
        return "int", _bounded(text[:-1], -(1 << 63), (1 << 63) - 1, "integer")
    if last == 117:  # u
        if first == 45 or not _INT.match(text, 0, len(text) - 1):
            raise LineError("invalid number")
        return "uint", _bounded(text[:-1], 0, (1 << 64) - 1, "unsigned")
    if _FLOAT.match(text):
        number = float(text)
        if number - number == 0.0:
            return "float", number
        raise LineError("invalid float")
    raise LineError("invalid float" if _FLOAT_CHARS.match(text) and text not in (b"-", b"") else "invalid number")


def _bounded(digits: bytes, low: int, high: int, kind: str) -> int:
    """Digits to an integer within [low, high]; int() refuses very long texts, which are out of range anyway."""
    number = int(digits) if len(digits) < 4000 else high + 1
    if not low <= number <= high:
        raise LineError(f"unable to parse {kind} {digits.decode()[:40]}: value out of range")
    return number


def _scan_time(line: bytes, i: int) -> int | None:
    """The timestamp after the fields, None when there is none."""
    size = len(line)
    while i < size and line[i] in b" \t\0":
        i += 1
    if i >= size:
        return None
    end = line.find(b" ", i)
    end = size if end < 0 else end
    text = line[i:end]
    if text.strip(b"0123456789") not in (b"", b"-") or text.rfind(b"-") > 0:
        raise LineError("bad timestamp")
    if text == b"-":
        raise LineError("bad timestamp: a sign without digits")
    if line[end:].strip(b" "):
        raise LineError("point is invalid")
    if len(text.lstrip(b"-0")) > 19 or not -(1 << 63) <= (stamp := int(text)) < 1 << 63:
        raise LineError(f"timestamp {text.decode()[:40]}: value out of range")
    return stamp


# --- one line, the plain majority ------------------------------------------------------------------------------------------------

_BLANK = (b" ", b"\t", b"\0")
_QUICK_FIELD = re.compile(
    rb'([^,= "\\]+)=(?:(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?)|(-?[0-9]{1,18})i|([0-9]{1,19})u'
    rb'|(t|T|true|True|TRUE)|(f|F|false|False|FALSE)|"([^"\\]*)")(,|\Z| )'
)
_QUICK_TIME = re.compile(rb"-?[0-9]{1,19}\Z")


def parse_quick(rest: bytes) -> tuple[dict[str, tuple[ColumnType, Value]], int | None] | None:
    """Fields and time of a plain line, given what follows its key and one blank; None: ask `parse_line`."""
    if rest[:1] in _BLANK:  # the careful parser skips blanks here, and a tab elsewhere belongs to a name
        return None
    fields: dict[str, tuple[ColumnType, Value]] = {}
    at, match_at = 0, _QUICK_FIELD.match
    while True:
        match = match_at(rest, at)
        if match is None:
            return None
        raw, number, whole, unsigned, true, _, text, after = match.groups()
        at = match.end()
        name = raw.decode("utf-8", "replace")
        if number is not None:
            fields[name] = ("float", float(number))
        elif whole is not None:
            fields[name] = ("int", int(whole))
        elif text is not None:
            fields[name] = ("string", text.decode("utf-8", "replace"))
        elif unsigned is not None:
            fields[name] = ("uint", int(unsigned))
        else:
            fields[name] = ("bool", true is not None)
        if after == b",":
            continue
        if not after:
            return fields, None
        stamp = rest[at:]
        return (fields, int(stamp)) if _QUICK_TIME.match(stamp) else None


# --- whole bodies ----------------------------------------------------------------------------------------------------------------


def parse(body: bytes, precision: str = "ns", now: int = 0) -> list[Point]:
    """All points of a body with times in nanoseconds; lines without a time get `now`, cut to the precision."""
    factor = precision_factor(precision)
    default = now - now % factor
    points, bad = [], []
    for number, line in split_lines(body):
        try:
            point = parse_line(line)
            points.append(point._replace(time=default if point.time is None else scale_time(point.time, factor)))
        except LineError as error:
            bad.append((number, line.decode("utf-8", "replace"), str(error)))
    if bad:
        raise LineProtocolError(bad)
    return points


# --- escapes and printing --------------------------------------------------------------------------------------------------------


def unescape(raw: bytes) -> str:
    r"""A tag key or value as text: `\,`, `\ ` and `\=` lose the backslash, every other one stays."""
    if b"\\" in raw:
        raw = raw.replace(b"\\,", b",").replace(b"\\ ", b" ").replace(b"\\=", b"=")
    return raw.decode("utf-8", "replace")


def unescape_field(raw: bytes) -> str:
    r"""A field key as text: as in tags, and `\"` too."""
    return unescape(raw.replace(b'\\"', b'"') if b"\\" in raw else raw)


def unescape_measurement(raw: bytes) -> str:
    r"""A measurement as text: `\,` and `\ ` lose the backslash; `\=` stays (seen in 2.9.1: a filter on `g=3` does not find `g\=3`)."""
    if b"\\" in raw:
        raw = raw.replace(b"\\,", b",").replace(b"\\ ", b" ")
    return raw.decode("utf-8", "replace")


_ESCAPED = re.compile(rb"\\([\"\\])")


def unescape_string(raw: bytes) -> str:
    r"""The inside of a quoted value: `\"` and `\\` are escapes, every other backslash stays."""
    if b"\\" in raw:
        raw = _ESCAPED.sub(rb"\1", raw)
    return raw.decode("utf-8", "replace")


def escape_measurement(name: str) -> str:
    """A measurement as it is written."""
    return name.replace(",", "\\,").replace(" ", "\\ ")


def escape(text: str) -> str:
    """A tag key, tag value or field key as it is written."""
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def format_key(measurement: str, tags: Iterable[tuple[str, str]]) -> str:
    """Measurement and tags as they are written; the name of a series."""
    return "".join([escape_measurement(measurement), *(f",{escape(k)}={escape(v)}" for k, v in tags)])


_QUOTED = re.compile(r"([\"\\])")
_WRITERS: dict[str, Callable[[Value], str]] = {
    "float": repr,
    "int": lambda v: f"{v}i",
    "uint": lambda v: f"{v}u",
    "bool": lambda v: "true" if v else "false",
    "string": lambda v: '"' + _QUOTED.sub(r"\\\1", str(v)) + '"',
}


def format_value(type: ColumnType, value: Value) -> str:
    """A field value as it is written."""
    return _WRITERS[type](value)


def format_point(point: Point) -> bytes:
    """One line, without a line feed, that parses to the same point. A name that ends in a backslash cannot be written: LineError."""
    names = [point.measurement, *(text for pair in point.tags for text in pair)]
    if any(text.endswith("\\") or "\n" in text for text in [*names, *point.fields]):
        raise LineError("line protocol cannot hold a name that ends in a backslash or holds a line feed")
    fields = ",".join(f"{escape(name)}={format_value(*value)}" for name, value in point.fields.items())
    line = f"{format_key(point.measurement, point.tags)} {fields}"
    return (line if point.time is None else f"{line} {point.time}").encode()
