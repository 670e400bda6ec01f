"""dict: dictionaries as values that never change."""

from __future__ import annotations

from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Array, Dict, Value


@builtin("dict", "fromList")
def from_list(pairs: Array) -> Dict:
    """A dictionary of the pairs; the last of equal keys wins."""
    return Dict((pair["key"], pair["value"]) for pair in pairs)


@builtin("dict", "get")
def get(dict: Dict, key: Value, default: Value) -> Value:
    """The value under `key`, or `default`."""
    return dict.get(key, default)


@builtin("dict", "insert")
def insert(dict: Dict, key: Value, value: Value) -> Dict:
    """A copy with the entry."""
    return Dict({**dict, key: value})


@builtin("dict", "remove")
def remove(dict: Dict, key: Value) -> Dict:
    """A copy without the key."""
    return Dict((k, v) for k, v in dict.items() if k != key)
