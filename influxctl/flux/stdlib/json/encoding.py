"""json: values to JSON text as Go's encoding/json writes it."""

from __future__ import annotations

import base64
import math
import re

from influxctl.core.errors import Invalid
from influxctl.core.times import format_time
from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Value, string_text, type_of

_SPECIAL = re.compile('[\x00-\x1f"\\\\<>&\u2028\u2029]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def json_text(value: Value) -> str:
    """The JSON of a value; `Invalid` for functions, streams, NaN and infinities."""
    kind = type_of(value)
    if kind == "record":
        return "{" + ",".join(f"{_quote(k)}:{json_text(value[k])}" for k in sorted(value)) + "}"
    if kind == "array":
        return "[" + ",".join(map(json_text, value)) + "]"
    if kind == "dictionary":
        entries = {_key(k): v for k, v in value.items()}
        return "{" + ",".join(f"{_quote(k)}:{json_text(entries[k])}" for k in sorted(entries)) + "}"
    if kind == "dynamic":
        return json_text(value.value)
    return _scalar(kind, value)


def _scalar(kind: str, value: Value) -> str:
    if kind == "null":
        return "null"
    if kind == "bool":
        return "true" if value else "false"
    if kind in ("int", "uint"):
        return str(int(value))
    if kind == "float":
        return float_json(value)
    if kind == "string":
        return _quote(value)
    if kind == "bytes":
        return f'"{base64.b64encode(value).decode()}"'
    if kind == "time":
        return f'"{format_time(value)}"'
    if kind == "duration":
        return f'"{value}"'
    if kind == "regexp":
        return _quote(value.pattern)
    raise Invalid(f"cannot encode a {kind} value")


def _key(key: Value) -> str:
    return format_time(key) if type_of(key) == "time" else string_text(key)


def _quote(text: str) -> str:
    return '"' + _SPECIAL.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}"


def float_json(value: float) -> str:
    """A float in the shortest digits; with an exponent below 1e-6 and from 1e21 on."""
    if not math.isfinite(value):
        raise Invalid(f"json: unsupported value: {'NaN' if value != value else '+Inf' if value > 0 else '-Inf'}")
    if value != 0 and not 1e-6 <= abs(value) < 1e21:
        mantissa, _, exponent = repr(value).partition("e")
        return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"
    return string_text(float(value))


@builtin("json", "encode")
def encode(v: Value) -> bytes:
    """The JSON of `v` in UTF-8."""
    return json_text(v).encode()
