"""experimental/dynamic: values of dynamic type."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib.experimental.json.parsing import read_json
from influxctl.flux.stdlib.json.encoding import json_text
from influxctl.flux.values import Array, Dynamic, Record, Value, same, type_of


def wrap(value: Value) -> Dynamic:
    """The value as dynamic, the parts of arrays and records too; `Invalid` for what cannot be wrapped."""
    kind = type_of(value)
    if kind == "dynamic":
        return value  # type: ignore[no-any-return]
    if kind == "array":
        return Dynamic(Array(map(wrap, value)))
    if kind == "record":
        return Dynamic(Record((label, wrap(part)) for label, part in value.items()))
    if kind in ("function", "stream", "dictionary", "package"):
        raise Invalid(f"unsupported type for dynamic conversion: {kind}")
    return Dynamic(value)


def _from_json(parsed: Any) -> Dynamic:
    if isinstance(parsed, dict):
        return Dynamic(Record((key, _from_json(parsed[key])) for key in sorted(parsed)))
    if isinstance(parsed, list):
        return Dynamic(Array(map(_from_json, parsed)))
    return Dynamic(parsed)


@builtin("experimental/dynamic", "dynamic")
def dynamic(v: Value) -> Dynamic:
    """`v` as dynamic."""
    return wrap(v)


@builtin("experimental/dynamic", "asArray")
def as_array(v: Dynamic) -> Array:
    """The elements of a dynamic array."""
    inner = v.value if isinstance(v, Dynamic) else v
    if type_of(inner) != "array":
        raise Invalid(f"unable to convert dynamic value of type {type_of(inner)} to array")
    result = Array(map(wrap, inner))
    result.element = "dynamic"
    return result


@builtin("experimental/dynamic", "isType")
def is_type(v: Dynamic, type: str) -> bool:
    """Whether the wrapped value is of this type; null is of none."""
    kind = type_of(v.value if isinstance(v, Dynamic) else v)
    return {"record": "object"}.get(kind, kind) == type


@builtin("experimental/dynamic", "jsonParse")
def json_parse(data: bytes) -> Dynamic:
    """The JSON as a dynamic value."""
    return _from_json(read_json(data))


@builtin("experimental/dynamic", "jsonEncode")
def json_encode(v: Dynamic) -> bytes:
    """The JSON of the wrapped value."""
    return json_text(v).encode()


@builtin("experimental/dynamic", "_isNotDistinct")
def is_not_distinct(a: Value, b: Value) -> bool:
    """Equality in which null equals null."""
    left = a.value if isinstance(a, Dynamic) else a
    right = b.value if isinstance(b, Dynamic) else b
    return same(left, right)
