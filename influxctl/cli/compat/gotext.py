"""Texts as Go writes them: quoted strings, durations, JSON, and columns aligned by tabs or blanks."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

_SHORT = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}
_JSON = re.compile(r"[\x00-\x1f\"\\<>&\u2028\u2029\ud800-\udfff]")
_JSON_SHORT = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
_UNIT_NS = {"h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000}


def quoted(value: str) -> str:
    """A text in double quotes, as `%q` gives it."""
    out = ['"']
    for char in value:
        if char in _SHORT:
            out.append(_SHORT[char])
        elif char.isprintable():
            out.append(char)
        elif char < "\x80":
            out.append(f"\\x{ord(char):02x}")
        else:
            out.append(f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}")
    return "".join([*out, '"'])


def duration(nanoseconds: int) -> str:
    """A duration as Go prints it: `72h0m0s`, `1.5s`, `250ms`."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    for unit, size in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
        if rest < size * 1000:
            return f"{sign}{_decimal(rest, size)}{unit}"
    hours, rest = divmod(rest, _UNIT_NS["h"])
    minutes, rest = divmod(rest, _UNIT_NS["m"])
    seconds = f"{_decimal(rest, _UNIT_NS['s'])}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else sign + seconds


def _decimal(value: int, size: int) -> str:
    whole, part = divmod(value, size)
    digits = f"{part:0{len(str(size)) - 1}d}".rstrip("0") if part else ""
    return f"{whole}.{digits}" if digits else str(whole)


def as_json(value: object, *, sort: bool = True) -> str:
    """A value as `json.MarshalIndent` gives it with tabs: `<`, `>` and `&` escaped; with `sort` the keys of objects in order."""
    return _json(value, "\n", sort)


def _json(value: object, line: str, sort: bool) -> str:
    if isinstance(value, str):
        return _json_text(value)
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        inner = line + "\t"
        keys = sorted(value, key=lambda key: str(key).encode()) if sort else list(value)
        pairs = (f"{_json_text(str(key))}: {_json(value[key], inner, sort)}" for key in keys)
        return "{" + inner + f",{inner}".join(pairs) + line + "}"
    if isinstance(value, Sequence):
        if not value:
            return "[]"
        inner = line + "\t"
        return "[" + inner + f",{inner}".join(_json(item, inner, sort) for item in value) + line + "]"
    if isinstance(value, float):
        return _json_float(value)
    return json.dumps(value)


def _json_text(value: str) -> str:
    def escape(match: re.Match[str]) -> str:
        char = match[0]
        if "\ud800" <= char <= "\udfff":
            return r"\ufffd"
        return _JSON_SHORT.get(char) or f"\\u{ord(char):04x}"

    return f'"{_JSON.sub(escape, value)}"'


def _json_float(value: float) -> str:
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        from decimal import Decimal

        return format(Decimal(repr(value)), "f").removesuffix(".0")
    if not math.isfinite(value):
        raise ValueError(f"json: unsupported value: {value}")
    mantissa, _, exponent = f"{value!r}".partition("e")
    power = int(exponent)
    return f"{mantissa.removesuffix('.0')}e{'-' if power < 0 else '+'}{abs(power):02d}"


def aligned(text: str, *, minimum: int, tab: int, padding: int, fill: str) -> str:
    """Text whose cells end with tabs, aligned as Go's text/tabwriter does: columns are blocks of consecutive lines that have the cell.

    With a tab as `fill` cells are widened to a multiple of `tab` and filled with tabs; the last cell of a line is left as it is.
    """
    lines = [line.split("\t") for line in text.split("\n")]
    widths: list[list[int]] = [[0] * (len(line) - 1) for line in lines]
    for number, line in enumerate(lines):
        for column in range(len(line) - 1):
            if widths[number][column]:
                continue  # its block is measured already
            end = number
            while end < len(lines) and len(lines[end]) - 1 > column:
                end += 1
            width = max([minimum, *(len(lines[i][column]) + padding for i in range(number, end))])
            if fill == "\t":
                width = -(-width // tab) * tab
            for i in range(number, end):
                widths[i][column] = width
    out = []
    for line, sizes in zip(lines, widths, strict=True):
        cells = []
        for cell, width in zip(line, sizes, strict=False):
            gap = width - len(cell)
            cells.append(cell + ("\t" * -(-gap // tab) if fill == "\t" else fill * gap))
        out.append("".join([*cells, line[-1]]))
    return "\n".join(out)
