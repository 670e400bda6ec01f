"""Types of the fields of JSON bodies: what is there must have the right type, what is null or unknown is passed over.

A shape is a type (`str`, `int`, `float`, `bool`, `dict`, `list`), `ID`, `object` for anything, a dict of shapes, or a list with the
shape of its items. *Required* is the business of the services.
"""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import Invalid
from influxctl.core.ids import check_id

ID = "id"  # 16 hexadecimal digits
OPTIONAL_ID = "optional id"  # or an empty text, which counts as absent
Shape = Any

_NAMES = {str: "text", int: "an integer", float: "a number", bool: "true or false", dict: "an object", list: "a list"}
_INT64 = 1 << 63


def decode(value: object, shape: Shape, where: str = "the body") -> Any:
    """`value` with only what `shape` knows; `Invalid` where a type is wrong."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            raise _wrong(where, dict)
        known = ((key, value[key]) for key in shape if value.get(key) is not None)
        decoded = {key: decode(item, shape[key], key) for key, item in known}
        return {key: item for key, item in decoded.items() if not (shape[key] is OPTIONAL_ID and item == "")}
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise _wrong(where, list)
        return [decode(item, shape[0], f"{where}[{number}]") for number, item in enumerate(value)]
    if shape is object:
        return value
    if shape is ID or shape is OPTIONAL_ID:
        if not isinstance(value, str):
            raise _wrong(where, str)
        return value if shape is OPTIONAL_ID and value == "" else check_id(value)
    return _scalar(value, shape, where)


def _scalar(value: object, shape: type, where: str) -> Any:
    if shape is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if shape is int and isinstance(value, float) and value.is_integer():
        raise _wrong(where, int)
    if not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        raise _wrong(where, shape)
    if shape is int and not -_INT64 <= value < _INT64:  # type: ignore[operator]
        raise Invalid(f"{where} is out of the range of 64 bits")
    return value


def _wrong(where: str, shape: type) -> Invalid:
    return Invalid(f"failed to decode the request: {where} must be {_NAMES[shape]}")
