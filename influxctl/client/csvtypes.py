"""The data types of the extended annotated CSV: text of a cell to text of a line protocol field or time.

A converter raises ValueError with the reason, and calls `warn` where something is lost without being wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, timedelta, timezone, tzinfo
from decimal import Decimal

from influxctl.client.golayout import layout_parser
from influxctl.core.errors import InfluxctlError
from influxctl.core.times import parse_time

Warn = Callable[[str], None]
Converter = Callable[[str, Warn], str]

_INT64 = 1 << 63
_UINT64 = 1 << 64
_DIGITS = re.compile(r"[+-]?\d+\Z")
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_SPAN = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SPAN_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_LITERAL = re.compile(
    r"(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|-?\d+i|\d+u|t|T|true|True|TRUE|f|F|false|False|FALSE)\Z"
)


def converter(kind: str, form: str) -> Converter:
    """The converter of a field type (`long`, `double` …) with its format; ValueError for a type that there is not."""
    match kind:
        case "string":
            return lambda text, warn: quoted(text)
        case "field":
            return lambda text, warn: text
        case "":
            return lambda text, warn: text if _LITERAL.match(text) else quoted(text)
        case "base64Binary":
            return lambda text, warn: text
        case "double":
            return _double(form)
        case "long" | "unsignedLong":
            return _long(kind, form)
        case "boolean":
            return _boolean(form)
        case "duration":
            return lambda text, warn: f"{span(text)}i"
    raise ValueError(f"there is no data type {kind!r}")


def quoted(text: str) -> str:
    """A string field."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _separators(form: str) -> tuple[str, str]:
    """(fraction separator, characters to leave out)."""
    return (form[0], form[1:]) if form else (".", "_ ")


def _without(text: str, ignored: str) -> str:
    for character in ignored:
        text = text.replace(character, "")
    return text


def _double(form: str) -> Converter:
    point, ignored = _separators(form)

    def convert(text: str, warn: Warn) -> str:
        plain = _without(text, ignored)
        if point != ".":
            plain = plain.replace(point, ".")
        if not _FLOAT.match(plain):
            if plain.lower().lstrip("+-") in ("nan", "inf", "infinity"):
                raise ValueError(f"{text!r} cannot be stored: a number must be finite")
            raise ValueError(f"{text!r} is not a number")
        number = float(plain)
        if math.isinf(number):
            raise ValueError(f"{text!r} is out of range")
        shown = format(Decimal(repr(number)), "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown

    return convert


def _long(kind: str, form: str) -> Converter:
    strict = form.startswith("strict")
    point, ignored = _separators(form.removeprefix("strict"))
    low, high, suffix = (-_INT64, _INT64, "i") if kind == "long" else (0, _UINT64, "u")

    def convert(text: str, warn: Warn) -> str:
        whole, fraction, _ = _without(text, ignored).partition(point)
        if fraction:
            if strict:
                raise ValueError(f"{text!r} has a fraction and does not fit into {kind}")
            warn(f"{text!r} truncated to {whole!r} to fit into {kind}")
        if not _DIGITS.match(whole) or (suffix == "u" and whole[0] in "+-"):
            raise ValueError(f"{text!r} is not {'an integer' if suffix == 'i' else 'an unsigned integer'}")
        number = int(whole)
        if not low <= number < high:
            raise ValueError(f"{text!r} is out of range for {kind}")
        return f"{number}{suffix}"

    return convert


def _boolean(form: str) -> Converter:
    if not form:
        return _plain_boolean
    trues, colon, falses = form.partition(":")
    if not colon:
        raise ValueError(f"boolean format {form!r} lacks the colon between true and false values, as in 'yes,1:no,0'")
    true_words, false_words = trues.split(","), falses.split(",")

    def convert(text: str, warn: Warn) -> str:
        if text in true_words and trues:
            return "true"
        if (text in false_words) or not falses:
            return "false"
        if not trues:
            return "true"
        raise ValueError(f"{text!r} is none of {', '.join(true_words + false_words)}")

    return convert


def _plain_boolean(text: str, warn: Warn) -> str:
    first = text[:1].lower()
    if first not in ("t", "y", "1", "f", "n", "0"):
        raise ValueError(f"{text!r} is not a boolean: it must begin with t, f, y, n, 1 or 0")
    return "true" if first in ("t", "y", "1") else "false"


def span(text: str) -> int:
    """A duration as Go writes it (`1h30m`, `-1.5s`) in nanoseconds."""
    body = text.lstrip("+-") if text[:1] in ("+", "-") else text
    at, total = 0, Decimal(0)
    while match := _SPAN.match(body, at):
        total += Decimal(match[1]) * _SPAN_UNITS[match[2]]
        at = match.end()
    if at != len(body) or (not body):
        if body == "0":
            return 0
        raise ValueError(f"{text!r} is not a duration")
    return -int(total) if text.startswith("-") else int(total)


def time_converter(form: str, zone: tzinfo, unit: int) -> Converter:
    """Text of a time to a timestamp in units of `unit` nanoseconds. Numbers are taken as they are: they have that unit already."""
    if form == "number":
        return lambda text, warn: _stamp_number(text)
    if form in ("", "RFC3339", "RFC3339Nano"):

        def convert(text: str, warn: Warn) -> str:
            if form == "" and _DIGITS.match(text):
                return _stamp_number(text)
            try:
                return str(parse_time(text) // unit)
            except InfluxctlError as error:
                raise ValueError(error.message) from None

        return convert
    parse = layout_parser(form, zone)
    return lambda text, warn: str(parse(text) // unit)


def _stamp_number(text: str) -> str:
    if not _DIGITS.match(text):
        raise ValueError(f"{text!r} is not a timestamp")
    return str(int(text))


def time_zone(text: str) -> tzinfo:
    """`+0300`, `-0330`, `Local`, a name such as Europe/Prague, nothing for UTC; ValueError for anything else."""
    if not text or text.upper() == "UTC":
        return UTC
    if text == "Local":
        from datetime import datetime

        return datetime.now().astimezone().tzinfo or UTC
    if text[0] in "+-":
        if not re.fullmatch(r"[+-]\d{4}", text):
            raise ValueError(f"time zone {text!r} is not of the form +hhmm or -hhmm")
        offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:]))
        return timezone(-offset if text[0] == "-" else offset)
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise ValueError(f"there is no time zone {text!r}") from None
