"""Types of Flux and their text: basic types, arrays, streams, dictionaries, records with open rows, functions, type variables.

Type variables are bound in place (`TypeVar.link`); `prune` follows the links. A variable that may be instantiated anew at each use
has the level `GENERIC`.
"""

from __future__ import annotations

from itertools import count

KINDS = (
    "Addable", "Subtractable", "Divisible", "Numeric", "Comparable", "Equatable", "Nullable", "Negatable", "Timeable",
    "Record", "Stringable", "Basic", "Label",
)  # fmt: skip
BIT = {name: 1 << number for number, name in enumerate(KINDS)}
_MOST_PARTS = 20_000
GENERIC = 1 << 30  # level of variables that stand for any type

ADDABLE, SUBTRACTABLE, DIVISIBLE = BIT["Addable"], BIT["Subtractable"], BIT["Divisible"]
COMPARABLE, EQUATABLE, NEGATABLE = BIT["Comparable"], BIT["Equatable"], BIT["Negatable"]
RECORD, STRINGABLE = BIT["Record"], BIT["Stringable"]


def kind_mask(*names: str) -> int:
    """The kinds of these names as one number."""
    return sum(BIT[name] for name in names)


class Type:
    """Any type."""

    __slots__ = ()

    def __str__(self) -> str:
        """The type as messages show it, variables renamed A, B, …"""
        from influxctl.flux.typetext import show

        return show(self)


class Basic(Type):
    """A type without parts."""

    __slots__ = ("kinds", "name")

    def __init__(self, name: str, *kinds: str) -> None:
        self.name = name
        self.kinds = kind_mask(*kinds)


_NUMBER = ("Addable", "Subtractable", "Divisible", "Numeric", "Comparable", "Equatable", "Nullable", "Negatable")
BOOL = Basic("bool", "Equatable", "Nullable", "Stringable", "Basic")
INT = Basic("int", *_NUMBER, "Stringable", "Basic")
UINT = Basic("uint", *_NUMBER, "Stringable", "Basic")
FLOAT = Basic("float", *_NUMBER, "Stringable", "Basic")
STRING = Basic("string", "Addable", "Comparable", "Equatable", "Nullable", "Stringable", "Basic")
BYTES = Basic("bytes", "Equatable", "Basic")
DURATION = Basic(
    "duration", "Comparable", "Equatable", "Nullable", "Negatable", "Timeable", "Stringable", "Basic"
)  # measured: may be compared in types, fails when it is run
TIME = Basic("time", "Comparable", "Equatable", "Nullable", "Timeable", "Stringable", "Basic")
REGEXP = Basic("regexp", "Basic")
DYNAMIC = Basic("dynamic", "Basic")
BASIC = {t.name: t for t in (BOOL, INT, UINT, FLOAT, STRING, BYTES, DURATION, TIME, REGEXP, DYNAMIC)}

_numbers = count()


class TypeVar(Type):
    """An unknown type: `link` once it is known, `kinds` it must have, `level` of the binding that may generalise it."""

    __slots__ = ("kinds", "level", "link", "number")

    def __init__(self, level: int, kinds: int = 0) -> None:
        self.link: Type | None = None
        self.level = level
        self.kinds = kinds
        self.number = next(_numbers)


class Array(Type):
    """`[element]`."""

    __slots__ = ("element",)

    def __init__(self, element: Type) -> None:
        self.element = element


class Stream(Type):
    """`stream[element]`, tables with rows of that type."""

    __slots__ = ("element",)

    def __init__(self, element: Type) -> None:
        self.element = element


class Vector(Type):
    """`vector[element]`, internal."""

    __slots__ = ("element",)

    def __init__(self, element: Type) -> None:
        self.element = element


class Dict(Type):
    """`[key:value]`."""

    __slots__ = ("key", "value")

    def __init__(self, key: Type, value: Type) -> None:
        self.key = key
        self.value = value


class Record(Type):
    """Labels with types, and the rest: a variable for an open record, None for a closed one, a record for one that is extended."""

    __slots__ = ("fields", "tail")

    def __init__(self, fields: dict[str, Type], tail: Type | None = None) -> None:
        self.fields = fields
        self.tail = tail


class Function(Type):
    """Required, optional and pipe parameters, and the result. A pipe parameter without a name is called `<-`."""

    __slots__ = ("optional", "pipe", "required", "result")

    def __init__(
        self, required: dict[str, Type], optional: dict[str, Type], pipe: tuple[str, Type] | None, result: Type
    ) -> None:
        self.required = required
        self.optional = optional
        self.pipe = pipe
        self.result = result


class Module(Type):
    """An imported package. Becomes a record only where it is used as a value."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


def prune(t: Type) -> Type:
    """What a type is, once its bound variables are followed."""
    while isinstance(t, TypeVar) and t.link is not None:
        t = t.link
    return t


def row(record: Record) -> tuple[list[tuple[str, Type]], Type | None]:
    """All labels of a record with their types, outermost first, and its open end, if any. A label can stand twice."""
    fields = list(record.fields.items())
    tail = record.tail
    while tail is not None:
        tail = prune(tail)
        if not isinstance(tail, Record):
            return fields, tail
        fields.extend(tail.fields.items())
        tail = tail.tail
    return fields, None


def parts(t: Type) -> list[Type]:
    """The types a type is made of, in the order in which messages name their variables."""
    if isinstance(t, Array | Stream | Vector):
        return [t.element]
    if isinstance(t, Dict):
        return [t.key, t.value]
    if isinstance(t, Function):
        pipe = [t.pipe[1]] if t.pipe else []
        required = [t.required[name] for name in sorted(t.required)]
        return [*required, *(t.optional[name] for name in sorted(t.optional)), *pipe, t.result]
    if isinstance(t, Record):
        fields, tail = row(t)
        return ([tail] if tail is not None else []) + [f for _, f in sorted(fields, key=lambda f: f[0])]
    return []


class TooLarge(Exception):
    """A type with more parts than any script has that means well: types can double with every line."""


def instantiate(t: Type, level: int) -> Type:
    """The type with every generic variable replaced by a new one; `TooLarge` if it has absurdly many parts."""
    new: dict[Type, Type] = {}
    made = _copy(t, new, level)
    if len(new) > _MOST_PARTS:
        raise TooLarge
    return made


def trial_copies(types: list[Type], level: int) -> list[Type]:
    """The types with every variable replaced by a new one, the same in all of them: to try something that must not bind."""
    new: dict[Type, Type] = {}
    return [_copy(t, new, level, 0) for t in types]


def _copy(t: Type, new: dict[Type, Type], level: int, lowest: int = GENERIC) -> Type:
    """A copy in which variables of at least the level `lowest` are new. Parts that stand twice are copied once."""
    while isinstance(t, TypeVar):
        if t.link is not None:
            t = t.link
        elif t.level < lowest:
            return t
        else:
            fresh = new.get(t)
            if fresh is None:
                fresh = new[t] = TypeVar(level, t.kinds)
            return fresh
    if isinstance(t, Basic | Module):
        return t
    made = new.get(t)
    if made is None:
        made = new[t] = _copy_parts(t, new, level, lowest)
    return made


def _copy_parts(t: Type, new: dict[Type, Type], level: int, lowest: int) -> Type:
    """The type with its parts copied; the type itself if none of them changes."""
    if isinstance(t, Record):
        fields = {name: _copy(f, new, level, lowest) for name, f in t.fields.items()}
        tail = None if t.tail is None else _copy(t.tail, new, level, lowest)
        if tail is t.tail and all(f is t.fields[name] for name, f in fields.items()):
            return t
        return Record(fields, tail)
    if isinstance(t, Function):
        return Function(
            {name: _copy(p, new, level, lowest) for name, p in t.required.items()},
            {name: _copy(p, new, level, lowest) for name, p in t.optional.items()},
            (t.pipe[0], _copy(t.pipe[1], new, level, lowest)) if t.pipe else None,
            _copy(t.result, new, level, lowest),
        )
    if isinstance(t, Dict):
        return Dict(_copy(t.key, new, level, lowest), _copy(t.value, new, level, lowest))
    assert isinstance(t, Array | Stream | Vector)
    return type(t)(_copy(t.element, new, level, lowest))


def generalise(t: Type, level: int) -> bool:
    """Make the variables made above `level` generic; whether the type has any generic variable."""
    generic = False
    stack = [t]
    seen: set[Type] = set()
    while stack:
        t = prune(stack.pop())
        if t in seen:
            continue
        seen.add(t)
        if isinstance(t, TypeVar):
            if t.level > level:
                t.level = GENERIC
                generic = True
        elif isinstance(t, Record):
            stack.extend(t.fields.values())
            if t.tail is not None:
                stack.append(t.tail)
        elif not isinstance(t, Basic):
            stack.extend(parts(t))
    return generic
