"""contrib/bonitoo-io/hex: hexadecimal text. (The folder's name has an underscore: Python's names cannot have a hyphen.)"""

from __future__ import annotations

import re
from typing import cast

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.values import TypedNull, UInt, Value, string_text, type_of

_DIGITS = re.compile(r"[+-]?[0-9A-Fa-f]+\Z")
_PATH = "contrib/bonitoo-io/hex"


@builtin(_PATH, "string")
def string(v: Value) -> Value:
    """Hexadecimal digits of numbers and bytes, the plain text of other values; null stays null."""
    if v is None:
        return cast(Value, TypedNull("string"))
    kind = type_of(v)
    if kind in ("int", "uint"):
        return f"{int(v):x}"
    return bytes(v).hex() if kind == "bytes" else string_text(v)


@builtin(_PATH, "int")
@no_nulls
def int_(v: str) -> int:
    """Digits to an int of 64 bits."""
    number = int(v, 16) if _DIGITS.match(v) else None
    if number is None or not -(1 << 63) <= number < 1 << 63:
        raise Invalid(f"cannot convert {v!r} to int: not hexadecimal digits of 64 bits")
    return number


@builtin(_PATH, "uint")
@no_nulls
def uint(v: str) -> UInt:
    """Digits to an unsigned integer of 64 bits."""
    number = int(v, 16) if _DIGITS.match(v) and v[0] not in "+-" else None
    if number is None or number >= 1 << 64:
        raise Invalid(f"cannot convert {v!r} to uint: not hexadecimal digits of 64 bits")
    return UInt(number)


@builtin(_PATH, "bytes")
@no_nulls
def bytes_(v: str) -> bytes:
    """Pairs of digits to bytes."""
    if len(v) % 2 or not (v == "" or _DIGITS.match(v)) or v[:1] in ("+", "-"):
        raise Invalid(f"cannot convert {v!r} to bytes: not pairs of hexadecimal digits")
    return bytes.fromhex(v)
