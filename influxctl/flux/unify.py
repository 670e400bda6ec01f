"""Making two types equal: variables are bound, and what cannot be made equal is reported in the reference's words.

`unify(expected, found)` goes on after an error, so that one call reports everything that is wrong. An error keeps the types and is
put into words only when somebody asks: by then later steps may have made the types better known, and messages show that.
"""

from __future__ import annotations

from dataclasses import dataclass

from influxctl.flux.types import (
    BIT,
    DYNAMIC,
    EQUATABLE,
    RECORD,
    Array,
    Basic,
    Function,
    Module,
    Record,
    Stream,
    Type,
    TypeVar,
    Vector,
    parts,
    prune,
    row,
)
from influxctl.flux.typetext import Names, show


class Problem:
    """Something that keeps two types from being equal."""

    __slots__ = ()

    def text(self) -> str:
        """The reference's words for it."""
        raise NotImplementedError


@dataclass(slots=True)
class Mismatch(Problem):
    """Two types of different shape."""

    expected: Type
    found: Type

    def text(self) -> str:
        names = Names(self.expected, self.found)
        return f"expected {show(self.expected, names, True)} but found {show(self.found, names, True)}"


@dataclass(slots=True)
class NotKind(Problem):
    """A type that lacks a kind (constraint)."""

    type: Type
    kind: str

    def text(self) -> str:
        return f"{show(self.type, None, True)} is not {self.kind}"


@dataclass(slots=True)
class Plain(Problem):
    """A problem that names no types."""

    message: str

    def text(self) -> str:
        return self.message


@dataclass(slots=True)
class Recursive(Problem):
    """A variable that would have to hold itself."""

    variable: TypeVar
    type: Type

    def text(self) -> str:
        names = Names(self.type)
        return f"recursive types not supported {show(self.variable, names)} != {show(self.type, names)}"


@dataclass(slots=True)
class InResult(Problem):
    """A problem with the result of a function that is passed as an argument. The reference's text does begin with 123."""

    expected: Type
    found: Type
    cause: Problem

    def text(self) -> str:
        names = Names(self.expected, self.found)
        shown = f"expected {show(self.expected, names, True)} but found {show(self.found, names, True)}"
        return f"123{shown} for return type caused by {self.cause.text()}"


@dataclass(slots=True)
class InArgument(Problem):
    """A problem with one argument."""

    name: str
    cause: Problem

    def text(self) -> str:
        return f"{self.cause.text()} (argument {self.name})"


@dataclass(slots=True)
class ExtraArgument(Problem):
    """An argument that the function does not have."""

    name: str
    instead: list[str]

    def text(self) -> str:
        message = f"found unexpected argument {self.name}"
        names = [f"`{name}`" for name in self.instead]
        if not names:
            return message
        if len(names) == 1:
            return f"{message} (Expected {names[0]})"
        return f"{message} (Expected one of {', '.join(names[:-1])} or {names[-1]})"


def unify(expected: Type, found: Type, problems: list[Problem]) -> None:
    """Make the types equal as far as they can be; what is in the way is added to `problems`."""
    expected, found = prune(expected), prune(found)
    if expected is found:
        return
    if isinstance(expected, TypeVar):
        bind(expected, found, problems)
    elif isinstance(found, TypeVar):
        bind(found, expected, problems)
    elif (expected is DYNAMIC and isinstance(found, Record)) or (found is DYNAMIC and isinstance(expected, Record)):
        return  # what is in a dynamic value shows when it is used: it can stand for any record, and a record for it
    elif isinstance(expected, Basic):
        problems.append(Mismatch(expected, found))
    elif isinstance(expected, Module) or isinstance(found, Module):
        _unify_modules(expected, found, problems)
    elif type(expected) is not type(found):
        problems.append(Mismatch(expected, found))
        if isinstance(expected, Array | Stream | Vector) and isinstance(found, Array | Stream | Vector):
            unify(expected.element, found.element, problems)  # the reference reports both
    elif isinstance(expected, Record):
        assert isinstance(found, Record)
        unify_records(expected, found, problems)
    elif isinstance(expected, Function):
        assert isinstance(found, Function)
        unify_functions(expected, found, problems)
    else:
        for left, right in zip(parts(expected), parts(found), strict=True):
            unify(left, right, problems)


def _unify_modules(expected: Type, found: Type, problems: list[Problem]) -> None:
    from influxctl.flux.library import module_record

    sides = [module_record(t.path) if isinstance(t, Module) else t for t in (expected, found)]
    if isinstance(expected, Module) and isinstance(found, Module) and expected.path == found.path:
        return
    from influxctl.flux.types import instantiate

    unify(instantiate(sides[0], 0), instantiate(sides[1], 0), problems)


def bind(variable: TypeVar, t: Type, problems: list[Problem]) -> None:
    """Bind a free variable to a type other than itself; the type takes over its kinds and its level."""
    if isinstance(t, TypeVar):
        t.kinds |= variable.kinds
        t.level = min(t.level, variable.level)
        variable.link = t
        return
    if _occurs(variable, t):
        problems.append(Recursive(variable, t))
        return
    if variable.kinds:
        require(t, variable.kinds, problems)
    variable.link = t


def _occurs(variable: TypeVar, t: Type) -> bool:
    """Whether the variable is in the type; lowers the level of every other variable in it on the way."""
    level = variable.level
    stack = [t]
    seen: set[Type] = set()
    while stack:
        t = prune(stack.pop())
        if t in seen:
            continue
        seen.add(t)
        if isinstance(t, TypeVar):
            if t is variable:
                return True
            t.level = min(t.level, level)
        elif isinstance(t, Record):
            stack.extend(t.fields.values())
            if t.tail is not None:
                stack.append(t.tail)
        elif not isinstance(t, Basic | Module):
            stack.extend(parts(t))
    return False


def require(t: Type, kinds: int, problems: list[Problem]) -> None:
    """The type must have these kinds."""
    t = prune(t)
    if isinstance(t, TypeVar):
        t.kinds |= kinds
        return
    if isinstance(t, Basic):
        missing = kinds & ~t.kinds
    elif isinstance(t, Record | Module):
        missing = kinds & ~(RECORD | EQUATABLE)
    elif isinstance(t, Array | Stream):
        missing = kinds & ~EQUATABLE
    else:
        missing = kinds
    if missing:
        problems.extend(NotKind(t, kind) for kind, bit in BIT.items() if missing & bit)
    elif kinds & EQUATABLE and not isinstance(t, Basic | Module):
        for part in parts(t):
            require(part, EQUATABLE, problems)


def unify_records(expected: Record, found: Record, problems: list[Problem]) -> None:
    """Equal labels have equal types; what one side lacks its open end takes in."""
    left, left_end = row(expected)
    right, right_end = row(found)
    missing = _match(left, right, problems)
    extra = [pair for pair in right if pair is not None]
    if not missing and not extra:
        if left_end is not None and right_end is not None:
            unify(left_end, right_end, problems)
        elif left_end is not None or right_end is not None:
            _close(left_end if left_end is not None else right_end, problems)
        return
    if left_end is not None and left_end is right_end:
        problems.append(Mismatch(expected, found))
        return
    rest = _common_end(left_end, right_end)
    if extra:
        _extend(left_end, extra, rest, "found unexpected label", problems)
    if missing:
        _extend(right_end, missing, rest, "record is missing label", problems)
    if not extra and isinstance(left_end, TypeVar):
        _join(left_end, rest, problems)
    if not missing and isinstance(right_end, TypeVar):
        _join(right_end, rest, problems)


def _match(
    left: list[tuple[str, Type]], right: list[tuple[str, Type]], problems: list[Problem]
) -> list[tuple[str, Type]]:
    """Unify the fields with equal labels, outermost first. Answers what only the left has; leaves in `right` what only it has."""
    places: dict[str, list[int]] = {}
    for number, (label, _) in enumerate(right):
        places.setdefault(label, []).append(number)
    missing = []
    matched = set()
    pairs = []
    for label, t in left:
        numbers = places.get(label)
        if numbers:
            number = numbers.pop(0)
            matched.add(number)
            pairs.append((label, t, right[number][1]))
        else:
            missing.append((label, t))
    for _, t, other in sorted(pairs, key=lambda pair: pair[0]):
        unify(t, other, problems)
    right[:] = [pair for number, pair in enumerate(right) if number not in matched]
    return missing


def _common_end(left: Type | None, right: Type | None) -> Type | None:
    if isinstance(left, TypeVar) and isinstance(right, TypeVar):
        return TypeVar(min(left.level, right.level), left.kinds | right.kinds)
    return None


def _extend(
    end: Type | None, fields: list[tuple[str, Type]], rest: Type | None, message: str, problems: list[Problem]
) -> None:
    if isinstance(end, TypeVar):
        _join(end, _record_of(fields, rest), problems)
        return
    problems.append(Plain(f"{message} {min(label for label, _ in fields)}"))  # only the first is reported


def _record_of(fields: list[tuple[str, Type]], rest: Type | None) -> Record:
    """A record of these fields; a label that stands again goes one record further in."""
    layers: list[dict[str, Type]] = [{}]
    count: dict[str, int] = {}
    for label, t in fields:
        place = count.get(label, 0)
        count[label] = place + 1
        if place == len(layers):
            layers.append({})
        layers[place][label] = t
    for layer in reversed(layers):
        rest = Record(layer, rest)
    assert isinstance(rest, Record)
    return rest


def _join(end: TypeVar, rest: Type | None, problems: list[Problem]) -> None:
    target = Record({}) if rest is None else rest
    unify(end, target, problems)


def _close(end: Type | None, problems: list[Problem]) -> None:
    if isinstance(end, TypeVar):
        bind(end, Record({}), problems)


def unify_functions(expected: Function, found: Function, problems: list[Problem]) -> None:
    """`found` can stand where `expected` is wanted; a call is a function whose arguments are all required."""
    wanted, given, problem = _with_pipes(expected, found)
    if problem is not None:
        problems.append(problem)
    for name in sorted(given):
        if name not in wanted and name not in expected.optional:
            known = [n for n in (*sorted(wanted), *sorted(expected.optional)) if n not in given]
            problems.append(ExtraArgument(name, known))
    _arguments(wanted, given, found.optional, problems)
    for name in sorted(expected.optional):
        other = given.get(name) or found.optional.get(name)
        if other is not None:
            _argument(name, expected.optional[name], other, problems)
    causes: list[Problem] = []
    unify(expected.result, found.result, causes)
    problems.extend(InResult(expected.result, found.result, cause) for cause in causes)


def _arguments(
    wanted: dict[str, Type], given: dict[str, Type], optional: dict[str, Type], problems: list[Problem]
) -> None:
    for name in sorted(wanted):
        other = given.get(name) or optional.get(name)
        if other is None:
            problems.append(Plain(f"missing required argument {name}"))
        else:
            _argument(name, wanted[name], other, problems)


def _argument(name: str, wanted: Type, given: Type, problems: list[Problem]) -> None:
    causes: list[Problem] = []
    unify(wanted, given, causes)
    problems.extend(InArgument(name, cause) for cause in causes)


def _with_pipes(expected: Function, found: Function) -> tuple[dict[str, Type], dict[str, Type], Problem | None]:
    """Required parameters of both, pipe parameters among them where they have a name."""
    wanted, given = expected.required, found.required
    left, right = expected.pipe, found.pipe
    if left and right:
        if "<-" not in (left[0], right[0]) and left[0] != right[0]:
            return wanted, given, Plain(f"expected pipe argument {left[0]} but found {right[0]}")
        name = right[0] if left[0] == "<-" else left[0]
        return {**wanted, name: left[1]}, {**given, name: right[1]}, None
    if left:
        if left[0] == "<-":
            return wanted, given, Plain("missing pipe argument")
        return {**wanted, left[0]: left[1]}, given, None
    if right:
        if right[0] == "<-":
            return wanted, given, Plain("missing pipe argument")
        return wanted, {**given, right[0]: right[1]}, None
    return wanted, given, None
