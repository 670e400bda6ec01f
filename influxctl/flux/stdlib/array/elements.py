"""array: functions over arrays as values."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Array, Function, type_of


@builtin("array", "concat")
def concat(arr: Array, v: Array) -> Array:
    """`arr`, then `v`."""
    result = Array([*arr, *v])
    result.element = getattr(arr, "element", "") or getattr(v, "element", "")
    return result


@builtin("array", "map")
def map_elements(ctx: Any, arr: Array, fn: Function) -> Array:
    """What `fn` makes of each element."""
    result = Array(ctx.call(fn, {"x": x}) for x in arr)
    result.element = type_of(result[0]) if result else ""
    return result


@builtin("array", "filter")
def filter_elements(ctx: Any, arr: Array, fn: Function) -> Array:
    """The elements for which `fn` is true; null counts as false."""
    result = Array()
    for x in arr:
        verdict = ctx.call(fn, {"x": x})
        if verdict is not None and not isinstance(verdict, bool):
            raise Invalid(f"filter function must return a bool, got {type_of(verdict)}")
        if verdict:
            result.append(x)
    result.element = getattr(arr, "element", "")
    return result
