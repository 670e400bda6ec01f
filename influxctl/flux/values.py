"""The values that Flux computes with, their types by name, and their text forms.

bool, int, float, string, bytes and null are Python's bool, int, float, str, bytes and None; the others have classes here. A duration is a
`core.times.Duration`. `UInt` and `Time` are ints that remember what they are: arithmetic on them gives a plain int, so whoever computes
wraps the result again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from influxctl.core.errors import Invalid
from influxctl.core.regex import compile_regex
from influxctl.core.times import Duration, format_time

Value: TypeAlias = (
    Any  # a Flux value as described in the module's docstring; checked by Flux's own types, not by Python's
)


class UInt(int):
    """An unsigned 64-bit integer; the number wraps into 0 … 2^64 - 1."""

    __slots__ = ()

    def __new__(cls, value: int) -> UInt:
        return super().__new__(cls, value & 0xFFFFFFFFFFFFFFFF)

    def __repr__(self) -> str:
        return f"UInt({int(self)})"


class Time(int):
    """A moment: nanoseconds since 1970-01-01T00:00:00Z."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Time({int(self)})"


def wrap_int(value: int) -> int:
    """An int brought into the range of 64 signed bits as overflow does it."""
    return value if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF else (value + (1 << 63)) % (1 << 64) - (1 << 63)


class Regexp:
    """A regular expression: its RE2 text and the compiled form."""

    __slots__ = ("compiled", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.compiled = compile_regex(pattern)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Regexp) and other.pattern == self.pattern

    def __hash__(self) -> int:
        return hash(("regexp", self.pattern))

    def __repr__(self) -> str:
        return f"/{self.pattern}/"


class Array(list[Value]):
    """A list of values of one type. `element`: the name of that type, known even for an empty array, or ''."""

    element: str = ""


class Dict(dict[Value, Value]):
    """A dictionary; keys of one type, values of one type."""


class TypedNull:
    """A null that knows its type: from a call or a member to the record literal around it. Everyone else sees None."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Record(dict[str, Value]):
    """A record: labels to values, in the order written. `nulls`: the types of the nulls among them, where they are known."""

    nulls: Mapping[str, str] = MappingProxyType({})

    def note_null(self, label: str, kind: str) -> None:
        """Sets a member to a null of this type."""
        self[label] = None
        self.nulls = {**self.nulls, label: kind}


class Dynamic:
    """A value of type dynamic: wraps null, a basic value, an `Array` or a `Record` whose parts are dynamic again."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value: Value = value.value if isinstance(value, Dynamic) else value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dynamic) and same(self.value, other.value)

    def __hash__(self) -> int:
        return hash(("dynamic", str(self.value)))

    def __repr__(self) -> str:
        return f"Dynamic({self.value!r})"


class Function:
    """A function value. Subclasses are closures of Flux text and builtins of Python.

    `parameters` are the names of all parameters, `required` those without default, `pipe` the one that takes what stands left of `|>`.
    """

    name: str = ""
    parameters: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    pipe: str | None = None
    type_text: str = "function"

    def invoke(self, args: dict[str, Value]) -> Value:
        """The result for these arguments by name. Errors are `InfluxctlError`."""
        raise NotImplementedError

    def call(self, **args: Value) -> Value:
        """`invoke` with the arguments as Python keywords."""
        return self.invoke(args)

    def __repr__(self) -> str:
        return f"<function {self.name}>"


class PythonFunction(Function):
    """A Python callable as a Flux function value, for values that builtins hand out (endpoints, comparison functions)."""

    def __init__(
        self, name: str, parameters: tuple[str, ...], code: Callable[..., Value], pipe: str | None = None
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.required = frozenset(parameters)
        self.pipe = pipe
        self.code = code

    def invoke(self, args: dict[str, Value]) -> Value:
        """Calls the Python function."""
        return self.code(**args)


class Package:
    """An imported package as a value: members by name, read on demand."""

    def __init__(self, path: str, name: str, member: Callable[[str], Value]) -> None:
        self.path = path
        self.name = name
        self._member = member

    def member(self, name: str) -> Value:
        """The value exported under this name."""
        return self._member(name)


class IsStream(Protocol):
    """What marks a stream of tables (`flux.tables.Stream`), without importing polars here."""

    is_stream: bool


BASIC_TYPES = ("bool", "int", "uint", "float", "string", "bytes", "time", "duration", "regexp")


def type_of(value: Value) -> str:
    """The basic name of a value's type: `int`, `array`, `record`, `dictionary`, `function`, `stream`, `dynamic`, `null` …"""
    kind = _BY_CLASS.get(type(value))
    if kind is not None:
        return kind
    for cls, name in _BY_BASE:
        if isinstance(value, cls):
            return name
    return "stream" if getattr(value, "is_stream", False) else type(value).__name__


_BY_CLASS: dict[type, str] = {
    bool: "bool",
    int: "int",
    UInt: "uint",
    float: "float",
    str: "string",
    bytes: "bytes",
    Time: "time",
    Duration: "duration",
    Regexp: "regexp",
    Array: "array",
    Dict: "dictionary",
    Record: "record",
    Dynamic: "dynamic",
    type(None): "null",
}
_BY_BASE: tuple[tuple[type, str], ...] = (
    (Function, "function"),
    (list, "array"),
    (dict, "record"),
    (Time, "time"),
    (UInt, "uint"),
    (bool, "bool"),
    (int, "int"),
    (Package, "package"),
)


def type_text(value: Value) -> str:
    """The type as an error message writes it: `[int]`, `{a: int}`, `[string:int]`, `int`."""
    kind = type_of(value)
    if kind == "array":
        return f"[{type_text(value[0]) if value else (getattr(value, 'element', '') or 'A')}]"
    if kind == "record":
        return "{" + ", ".join(f"{k}: {type_text(v)}" for k, v in value.items()) + "}"
    if kind == "dictionary":
        first = next(iter(value.items()), None)
        return f"[{type_text(first[0])}:{type_text(first[1])}]" if first else "[A:B]"
    if kind == "function":
        return str(value.type_text)
    return kind


def same(a: Value, b: Value) -> bool:
    """Whether two values are equal in type and content; null equals null, NaN equals nothing."""
    ka, kb = type_of(a), type_of(b)
    if ka != kb:
        return False
    if ka == "array":
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if ka in ("record", "dictionary"):
        return a.keys() == b.keys() and all(same(x, b[k]) for k, x in a.items())
    if ka == "function":
        return a is b
    return bool(a == b)


def float_text(value: float) -> str:
    """A float in plain decimal without exponent, as `string()` and CSV write it: `1`, `0.0000001`, `+Inf`, `NaN`."""
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        sign = "-" if mantissa.startswith("-") else ""
        whole, _, fraction = mantissa.lstrip("-").partition(".")
        digits, point = whole + fraction, len(whole) + int(exponent)
        if point <= 0:
            return f"{sign}0.{'0' * -point}{digits}"
        fraction = digits[point:]
        return f"{sign}{digits[:point].ljust(point, '0')}" + (f".{fraction}" if fraction.strip("0") else "")
    return text[:-2] if text.endswith(".0") else text


def float_display(value: float) -> str:
    """A float as `display()` writes it: the shortest digits, with an exponent below 1e-4 and from 1e6 on (Go's %g)."""
    if value != value or math.isinf(value) or value == 0:
        return "-0" if value == 0 and math.copysign(1, value) < 0 else float_text(value)
    _, _, exponent = f"{abs(value):e}".partition("e")
    power = int(exponent)
    digits = re.sub(r"e.*|\D", "", repr(value)).strip("0")
    if float(f"1e{power + 1}") <= abs(value):  # %e rounded to six digits down to the power below
        power += 1
    elif power > -308 and float(f"1e{power}") > abs(value):
        power -= 1
    return float_text(value) if -4 <= power < 6 else _scientific(value, digits, power)


def _scientific(value: float, digits: str, power: int) -> str:
    sign = "-" if value < 0 else ""
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02d}"


def time_text(ns: int) -> str:
    """A time with nine decimals, as `string()`, `display()` and interpolation write it."""
    text = format_time(ns)[:-1]
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(9, '0')}Z"


def display(value: Value, depth: int = 0) -> str:
    """The text of any value as `display()` prints it; composites of more than three parts take a line for each."""
    kind = type_of(value)
    if kind == "array":
        return _bracketed([display(x, depth + 1) for x in value], "[]", depth)
    if kind == "record":
        return _bracketed([f"{k}: {display(value[k], depth + 1)}" for k in sorted(value)], "{}", depth)
    if kind == "dictionary":
        parts = [f"{display(k, depth + 1)}: {display(x, depth + 1)}" for k, x in dict_items(value)]
        return _bracketed(parts, "[]", depth, ", ") if parts else "[:]"
    if kind == "dynamic":
        return f"dynamic({display(value.value, depth)})"
    writer = _DISPLAY.get(kind)
    return writer(value) if writer is not None else str(value)


def _bracketed(parts: list[str], brackets: str, depth: int, comma: str = ",") -> str:
    if len(parts) <= 3:
        return brackets[0] + ", ".join(parts) + brackets[1]
    indent = "    " * (depth + 1)
    return f"{brackets[0]}\n{indent}" + f"{comma}\n{indent}".join(parts) + f"\n{'    ' * depth}{brackets[1]}"


_DISPLAY: dict[str, Callable[[Value], str]] = {
    "null": lambda v: "<null>",
    "bool": lambda v: "true" if v else "false",
    "int": lambda v: str(int(v)),
    "uint": lambda v: str(int(v)),
    "float": float_display,
    "string": lambda v: v,
    "bytes": lambda v: "0x" + v.hex(),
    "time": time_text,
    "duration": str,
    "regexp": lambda v: v.pattern,
    "function": lambda v: v.type_text,
    "stream": lambda v: "<stream>",
}


def dict_items(value: Dict) -> list[tuple[Value, Value]]:
    """The entries of a dictionary in the order of their keys, as the reference walks them."""
    return sorted(value.items(), key=lambda item: item[0])


def string_text(value: Value) -> str:
    """The text of a basic value as `string()` and interpolation write it; `Invalid` for composites and null."""
    kind = type_of(value)
    if kind == "string":
        return str(value)
    if kind == "float":
        return float_text(value)
    if kind == "bytes":
        return bytes(value).decode("utf-8", "replace")
    if kind in ("bool", "int", "uint", "time", "duration"):
        return display(value)
    if kind == "dynamic":
        return string_text(value.value)
    raise Invalid(f"cannot convert {type_text(value)} to string")
