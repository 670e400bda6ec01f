"""What the standard library declares: the type of every name, its defaults and its first version, read on first use.

The data is `stdlib/types.json`, made by tools/flux_types.py. A type is parsed when a script first uses the name.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from influxctl.flux.parser import Parser
from influxctl.flux.types import Record, Type
from influxctl.flux.typetext import type_of

PRELUDE = ("universe", "influxdata/influxdb", "internal/boolean", "internal/location")


@cache
def declarations() -> dict[str, dict[str, list[object]]]:
    """Package path to name to [type text, defaults, first version], the last two perhaps missing."""
    data: dict[str, dict[str, list[object]]] = json.loads(
        (resources.files("influxctl.flux") / "stdlib" / "types.json").read_text("utf-8")
    )
    return data


def packages() -> list[str]:
    """The paths that can be imported, sorted."""
    return sorted(declarations())


def has_package(path: str) -> bool:
    """Whether this path can be imported."""
    return path in declarations()


def type_text(path: str, name: str) -> str | None:
    """The declared type of a name as text."""
    entry = declarations().get(path, {}).get(name)
    return str(entry[0]) if entry else None


def defaults(path: str, name: str) -> dict[str, str]:
    """The defaults of a function's optional parameters, as Flux text."""
    entry = declarations().get(path, {}).get(name)
    found = entry[1] if entry and len(entry) > 1 else {}
    return dict(found) if isinstance(found, dict) else {}


def introduced(path: str, name: str) -> str:
    """The version of Flux that first had the name, or ""."""
    entry = declarations().get(path, {}).get(name)
    return str(entry[2]) if entry and len(entry) > 2 else ""


@cache
def member_type(path: str, name: str) -> Type | None:
    """The declared type of a name, its variables generic; None if the package does not have it."""
    text = type_text(path, name)
    return None if text is None else type_of(Parser(text).type_expression())


@cache
def prelude_type(name: str) -> Type | None:
    """The type of a name that needs no import."""
    for path in PRELUDE:
        found = member_type(path, name)
        if found is not None:
            return found
    return None


def home_of(name: str) -> str | None:
    """The package that gives the prelude this name."""
    return next((path for path in PRELUDE if name in declarations()[path]), None)


@cache
def module_record(path: str) -> Record:
    """A package as a record of everything it exports."""
    fields = {name: member_type(path, name) for name in declarations()[path]}
    return Record({name: t for name, t in fields.items() if t is not None})
