"""internal/testutil: values for tests of the language."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Array, Record, Regexp, Time, UInt, Value

_SAMPLES: dict[str, Value] = {
    "bool": True,
    "int": 0,
    "uint": UInt(0),
    "float": 0.0,
    "string": "",
    "bytes": b"",
    "time": Time(0),
    "duration": Duration(),
    "regexp": Regexp(""),
    "array": Array(),
    "record": Record(),
}


@builtin("internal/testutil", "fail")
def fail() -> bool:
    """An error."""
    raise Invalid("fail")


@builtin("internal/testutil", "yield")
def yield_(v: Value) -> Value:
    """The value itself."""
    return v


@builtin("internal/testutil", "makeRecord")
def make_record(o: Record) -> Record:
    """The record itself."""
    return o


@builtin("internal/testutil", "makeAny")
def make_any(typ: str) -> Value:
    """A value of the type named."""
    if typ not in _SAMPLES:
        raise Invalid(f'cannot make a value of type "{typ}"')
    return _SAMPLES[typ]
