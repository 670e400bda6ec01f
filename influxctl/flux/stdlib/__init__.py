"""The registry of Flux builtins written in Python: what stands behind the `builtin` lines of the `.flux` files.

A builtin is called with keyword arguments named as in Flux (a trailing underscore where Python reserves the word). A first positional
parameter named `ctx` receives the run (`ctx.world`, `ctx.now`, `ctx.location`, `ctx.call(fn, args)`).
The Python modules of a package are imported when the package is imported, not before.
"""

from __future__ import annotations

import inspect
import keyword
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module, resources
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Builtin:
    """A registered Python function: where it lives in Flux, what it takes, what its defaults are."""

    package: str
    name: str
    code: Callable[..., Any]
    wants_ctx: bool
    parameters: tuple[str, ...]  # names as in Flux
    required: frozenset[str]
    python_names: dict[str, str] = field(default_factory=dict)  # only those that differ
    strict: frozenset[str] = frozenset()  # what may not be null, by its annotation
    streams: tuple[str, ...] = ()  # what has to be a stream of tables


@dataclass(frozen=True, slots=True)
class Constant:
    """A registered value."""

    package: str
    name: str
    value: Any


_REGISTRY: dict[tuple[str, str], Builtin | Constant] = {}


def builtin(package: str, name: str) -> Callable[[F], F]:
    """Registers the decorated function as `name` of the package at the import path `package`."""

    def register(code: F) -> F:
        _REGISTRY[package, name] = _describe(package, name, code)
        return code

    return register


def constant(package: str, name: str, value: Any) -> None:
    """Registers a value as `name` of the package."""
    _REGISTRY[package, name] = Constant(package, name, value)


def _describe(package: str, name: str, code: Callable[..., Any]) -> Builtin:
    parameters = list(inspect.signature(code).parameters.values())
    wants_ctx = bool(parameters) and parameters[0].name == "ctx"
    rest = parameters[1:] if wants_ctx else parameters
    flux = {p.name: _flux_name(p.name) for p in rest}
    return Builtin(
        package,
        name,
        code,
        wants_ctx,
        tuple(flux.values()),
        frozenset(flux[p.name] for p in rest if p.default is inspect.Parameter.empty),
        {theirs: ours for ours, theirs in flux.items() if ours != theirs},
        frozenset(flux[p.name] for p in rest if not _LOOSE.search(str(p.annotation))),
        tuple(flux[p.name] for p in rest if p.annotation == "Stream"),
    )


_LOOSE = re.compile(r"\b(None|Any|Value)\b|_empty")


def _flux_name(name: str) -> str:
    bare = name.removesuffix("_")
    return bare if bare != name and keyword.iskeyword(bare) else name


def module_name(path: str) -> str:
    """The Python package that holds the Flux package at this import path."""
    return ".".join(("influxctl.flux.stdlib", *path.replace("-", "_").split("/")))


@cache
def load(path: str) -> None:
    """Imports the Python modules of a package, so that its builtins are registered. A package without a folder has none."""
    try:
        package = import_module(module_name(path))
    except ModuleNotFoundError as error:
        if error.name and module_name(path).startswith(error.name):
            return
        raise
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg:
            import_module(f"{package.__name__}.{module.name}")


def lookup(path: str, name: str) -> Builtin | Constant | None:
    """What is registered under this name of this package; its Python modules are imported first."""
    load(path)
    return _REGISTRY.get((path, name))


def registered(path: str) -> dict[str, Builtin | Constant]:
    """Everything registered for a package, by name."""
    load(path)
    return {name: entry for (package, name), entry in _REGISTRY.items() if package == path}


@cache
def source(path: str) -> str | None:
    """The Flux text of a package, or None when there is no such package."""
    try:
        file = resources.files("influxctl.flux.stdlib").joinpath(*path.split("/"), path.rsplit("/", 1)[-1] + ".flux")
        return file.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError, OSError):
        return None


def paths() -> list[str]:
    """The import paths of all packages that have a `.flux` file, sorted."""
    found: list[str] = []

    def walk(folder: Any, path: str) -> None:
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.name.startswith("_"):
                inner = f"{path}/{entry.name}" if path else entry.name
                if entry.joinpath(entry.name + ".flux").is_file():
                    found.append(inner)
                walk(entry, inner)

    walk(resources.files("influxctl.flux.stdlib"), "")
    return sorted(found)
