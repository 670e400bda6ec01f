"""bitwise: operations on 64-bit integers."""

from __future__ import annotations

from collections.abc import Callable

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.values import UInt, wrap_int


def _shift(count: int) -> int:
    """A shift that means the same for every greater count; `Invalid` for a negative one."""
    if count < 0:
        raise Invalid(f"cannot shift by a negative amount ({count})")
    return min(count, 64)


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "clear": lambda a, b: a & ~b,
    "lshift": lambda a, b: a << _shift(b),
    "rshift": lambda a, b: a >> _shift(b),
}


def _register(name: str, operation: Callable[[int, int], int]) -> None:
    """The signed and the unsigned function of an operation."""

    def unsigned(a: int, b: int) -> UInt:
        return UInt(operation(int(a), int(b)))

    def signed(a: int, b: int) -> int:
        return wrap_int(operation(a, b))

    builtin("bitwise", f"u{name}")(no_nulls(unsigned))
    builtin("bitwise", f"s{name}")(no_nulls(signed))


for _name, _operation in _OPERATIONS.items():
    _register(_name, _operation)


@builtin("bitwise", "unot")
@no_nulls
def unot(a: int) -> UInt:
    """Every bit turned round."""
    return UInt(~int(a))


@builtin("bitwise", "snot")
@no_nulls
def snot(a: int) -> int:
    """Every bit turned round."""
    return ~a
