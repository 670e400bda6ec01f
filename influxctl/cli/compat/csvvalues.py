"""Cells of a CSV as values of line protocol, by the rules and with the refusals of `influx write`.

The converter of `influxctl write` is another: it quotes what is no number, scales times to the precision and speaks for itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, tzinfo

from influxctl.cli.compat.gotext import quoted
from influxctl.cli.compat.querytables import shortest
from influxctl.client.csvtypes import quoted as string_field
from influxctl.client.csvtypes import span
from influxctl.client.golayout import layout_parser, misfit, out_of_range
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.times import parse_time

Warn = Callable[[str], None]
Convert = Callable[[str, Warn], str]

RFC3339 = "2006-01-02T15:04:05Z07:00"
RFC3339_NANO = "2006-01-02T15:04:05.999999999Z07:00"
TYPES = frozenset({"", "string", "double", "boolean", "long", "unsignedLong", "duration", "base64Binary", "dateTime"})
SEPARATORS = ". \n\t\r_"  # the point, then what is left out of numbers
_INT = re.compile(r"[+-]?[0-9]+\Z")
_UINT = re.compile(r"[0-9]+\Z")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+\Z")
_DURATION_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([^0-9.]*)")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)\Z")
_UNITS = frozenset({"ns", "us", "µs", "μs", "ms", "s", "m", "h"})
_LONGEST = 1 << 63


def converter(kind: str, form: str, zone: tzinfo | None) -> Convert:
    """The converter of a type with its format; times without a zone are of `zone`. It raises ValueError."""
    match kind:
        case "":
            return lambda text, warn: text
        case "string":
            return lambda text, warn: string_field(text)
        case "double":
            return lambda text, warn: _double(text, form)
        case "long" | "unsignedLong":
            return _whole(kind, form)
        case "boolean":
            return _boolean(form)
        case "duration":
            return lambda text, warn: f"{_duration(text)}i"
        case "base64Binary":
            return lambda text, warn: _base64(text)
        case "dateTime":
            return _time(form, zone)
    return lambda text, warn: _refuse(f"unsupported data type '{kind}'")


def _refuse(reason: str) -> str:
    raise ValueError(reason)


def _normal(text: str, form: str, whole: bool) -> tuple[str, bool]:
    """A number without group separators and with a point; with `whole` cut at the point, and whether it was."""
    separators = form or SEPARATORS
    point, ignored = separators[0], separators[1:]
    out = "".join(char for char in text if char not in ignored)
    if whole and point in out:
        return out.partition(point)[0], True
    return out.replace(point, "."), False


def _double(text: str, form: str) -> str:
    plain, _ = _normal(text, form, False)
    bare = plain.lower()
    if bare == "nan":
        raise ValueError("value is NaN")
    if bare.lstrip("+-") in ("inf", "infinity") and len(bare.lstrip("+-")) >= len(bare) - 1:
        raise ValueError("value is Infinite")
    if _HEX_FLOAT.match(plain):
        return shortest(repr(float.fromhex(plain)))
    if not _FLOAT.match(plain):
        raise ValueError(f"strconv.ParseFloat: parsing {quoted(plain)}: invalid syntax")
    number = float(plain)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"strconv.ParseFloat: parsing {quoted(plain)}: value out of range")
    return shortest(plain)


def _whole(kind: str, form: str) -> Convert:
    strict = form.startswith("strict")
    form = form.removeprefix("strict")
    name, pattern, suffix = ("ParseInt", _INT, "i") if kind == "long" else ("ParseUint", _UINT, "u")

    def convert(text: str, warn: Warn) -> str:
        plain, cut = _normal(text, form, True)
        if cut and strict:
            raise ValueError(f"'{text}' cannot fit into {kind} data type")
        if cut:
            warn(f"'{text}' truncated to '{plain}' to fit into {kind} data type")
        return f"{_integer(plain, name, pattern)}{suffix}"

    return convert


def _integer(text: str, name: str, pattern: re.Pattern[str]) -> int:
    if not pattern.match(text):
        raise ValueError(f"strconv.{name}: parsing {quoted(text)}: invalid syntax")
    number = int(text)
    low, high = (-_LONGEST, _LONGEST) if name == "ParseInt" else (0, 2 * _LONGEST)
    if not low <= number < high:
        raise ValueError(f"strconv.{name}: parsing {quoted(text)}: value out of range")
    return number


def _boolean(form: str) -> Convert:
    if not form:
        return _plain_boolean
    trues, colon, falses = form.partition(":")
    yes, no = (part.split(",") if part else [] for part in (trues, falses))

    def convert(text: str, warn: Warn) -> str:
        if not colon:
            raise ValueError(
                f"unsupported boolean format: {form} should be in 'true,yes,1:false,no,0' format, but no ':' is present"
            )
        if text in no:
            return "false"
        if text in yes:
            return "true"
        if not no:
            return "false"
        if not yes:
            return "true"
        raise ValueError(f"unsupported boolean value: {text} must one of [{' '.join(yes)}] or one of [{' '.join(no)}]")

    return convert


def _plain_boolean(text: str, warn: Warn) -> str:
    if text[0] in "tTyY1":
        return "true"
    if text[0] in "fFnN0":
        return "false"
    raise ValueError(f"Unsupported boolean value '{text}' , first character is expected to be 't','f','0','1','y','n'")


def _duration(text: str) -> int:
    body = text[1:] if text[:1] in ("+", "-") else text
    at = 0
    while at < len(body) and body != "0":
        part = _DURATION_PART.match(body, at)
        if part is None:
            raise ValueError(f"time: invalid duration {quoted(text)}")
        if not part[2]:
            raise ValueError(f"time: missing unit in duration {quoted(text)}")
        if part[2] not in _UNITS:
            raise ValueError(f"time: unknown unit {quoted(part[2])} in duration {quoted(text)}")
        at = part.end()
    if not body:
        raise ValueError(f"time: invalid duration {quoted(text)}")
    length = span(text)
    if not -_LONGEST <= length < _LONGEST:
        raise ValueError(f"time: invalid duration {quoted(text)}")
    return length


def _base64(text: str) -> str:
    plain = text.replace("\r", "").replace("\n", "")
    try:
        data = base64.b64decode(plain.encode("utf-8", "surrogateescape"), validate=True)
    except (binascii.Error, ValueError):
        bad = re.search(r"[^A-Za-z0-9+/]", plain.rstrip("="))
        at = bad.start() if bad else len(plain) // 4 * 4
        raise ValueError(f"illegal base64 data at input byte {at}") from None
    return base64.b64encode(data).decode()


def _time(form: str, zone: tzinfo | None) -> Convert:
    def number(text: str, warn: Warn) -> str:
        return str(_integer(text, "ParseInt", _INT))

    def rfc3339(text: str, warn: Warn) -> str:
        if form == "" and _INT.match(text) and -_LONGEST <= int(text) < _LONGEST:
            return str(int(text))
        try:
            if not _RFC3339.match(text):
                raise Invalid("not RFC 3339 as Go reads it")
            return str(parse_time(text.replace(",", ".")))
        except InfluxctlError:
            raise ValueError(time_error(RFC3339_NANO if form == "RFC3339Nano" else RFC3339, text)) from None

    if form == "number":
        return number
    if form in ("", "RFC3339", "RFC3339Nano"):
        return rfc3339

    def custom(text: str, warn: Warn) -> str:
        try:
            return str(layout_parser(form, zone or UTC)(text))
        except ValueError:
            raise ValueError(time_error(form, text)) from None

    return custom


def time_error(layout: str, text: str) -> str:
    """Why a text is no time of a layout, as Go says it."""
    rest, element = misfit(layout, text)
    start = f"parsing time {quoted(text)}"
    if element:
        return f"{start} as {quoted(layout)}: cannot parse {quoted(rest)} as {quoted(element)}"
    return f"{start}: extra text: {quoted(rest)}" if rest else f"{start}: {out_of_range(layout, text)} out of range"
