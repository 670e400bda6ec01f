"""What the API tells about scripts without running them: syntax trees, syntax errors, and functions with the kinds of their parameters.

Types are not looked at here, as in the reference (2.9.1), and its errors are worded a little differently from those of a run: a bad
statement is `invalid statement @2:3-2:4: =`, bad expressions are not reported, and analysis lists bad statements twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from influxctl.core.errors import Invalid, NotFound
from influxctl.flux import ast, library
from influxctl.flux.astjson import package_to_json
from influxctl.flux.errors import FluxError
from influxctl.flux.parser import parse
from influxctl.flux.types import Array, Basic, Dict, Function, Record, Stream, Type, Vector, prune

_OF_THE_CHECK = ("cannot mix implicit and explicit properties", "string literal key ")
_NATURES: dict[type[Type], str] = {
    Array: "array",
    Dict: "dictionary",
    Function: "function",
    Record: "object",
    Stream: "stream",
    Vector: "vector",
}


def syntax_tree(script: str) -> dict[str, Any]:
    """The contract's `Package` of a script; `Invalid` with the first error that the reference would name."""
    file = parse(script)
    errors = _errors(file)
    if errors:
        raise Invalid(f"invalid AST: loc {errors[0].location}: {errors[0].message}")
    return package_to_json(ast.package_of(file))


def syntax_errors(script: str) -> list[dict[str, Any]]:
    """The `errors` of `POST /api/v2/query/analyze`."""
    found = []
    for location, message in _errors(parse(script)):
        line, column = location.start
        entry = {"line": line, "column": column, "character": 0, "message": message}
        found += [entry, dict(entry)] if message.startswith("invalid statement @") else [entry]
    return found


def _errors(file: ast.File) -> list[FluxError]:
    if not file.errors:
        return []
    found = []
    for node in ast.walk(file):
        for message in file.node_errors.get(node, ()):
            if not message.startswith(_OF_THE_CHECK):
                found.append(FluxError(node.location, message))
        if isinstance(node, ast.BadStatement):
            found.append(FluxError(node.location, f"invalid statement @{node.location}: {node.text}"))
    if not found:  # only what the reference does not see here; too deep a tree is an error all the same
        found = [error for error in file.errors if error.message == "Program is nested too deep"]
    return found


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A function of the prelude: its name, and the kind of each parameter by name."""

    name: str
    params: dict[str, str]


@cache
def suggestions() -> tuple[Suggestion, ...]:
    """All functions that need no import, sorted by name."""
    found: dict[str, Suggestion] = {}
    for path in library.PRELUDE:
        for name in library.declarations()[path]:
            one = _suggestion(name, library.member_type(path, name))
            if one is not None:
                found.setdefault(name, one)
    return tuple(found[name] for name in sorted(found))


def suggestion(name: str) -> Suggestion:
    """One function; `NotFound`."""
    found = _suggestion(name, library.prelude_type(name))
    if found is None:
        raise NotFound(f"could not find function {name!r}")
    return found


def _suggestion(name: str, t: Type | None) -> Suggestion | None:
    t = prune(t) if t is not None else None
    if not isinstance(t, Function):
        return None
    params = {param: nature(p) for param, p in (*t.required.items(), *t.optional.items())}
    if t.pipe is not None:
        params[t.pipe[0]] = nature(t.pipe[1])
    return Suggestion(name, dict(sorted(params.items())))


def nature(t: Type) -> str:
    """The kind of a type as the API names it; `invalid` for a type variable."""
    t = prune(t)
    if isinstance(t, Basic):
        return t.name
    return _NATURES.get(type(t), "invalid")
