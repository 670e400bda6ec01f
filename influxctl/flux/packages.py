"""Import path to package: the `.flux` file is parsed once, its definitions are built in a run when they are first used."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from influxctl.core.errors import InfluxctlError, InternalError, Invalid
from influxctl.core.times import Duration
from influxctl.flux import ast, stdlib
from influxctl.flux.interpreter import _MISSING as MISSING
from influxctl.flux.interpreter import Scope, evaluate, name_function, property_name
from influxctl.flux.parser import parse
from influxctl.flux.values import Function, Package, PythonFunction, Record, Value, type_of

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run

PRELUDE = ("universe", "influxdata/influxdb")


class Declarations:
    """What a package's Flux text says: its name, imports, and each definition as its statement. Shared by all runs."""

    def __init__(self, path: str, file: ast.File) -> None:
        self.path = path
        self.name = file.package.name.name if file.package is not None else path.rsplit("/", 1)[-1]
        self.imports = {
            (d.as_.name if d.as_ is not None else d.path.value.rsplit("/", 1)[-1]): d.path.value for d in file.imports
        }
        self.builtins: dict[str, ast.TypeExpression] = {}
        self.values: dict[str, ast.Expression] = {}
        self.options: set[str] = set()
        for statement in file.body:
            if isinstance(statement, ast.BuiltinStatement):
                self.builtins[statement.id.name] = statement.ty
            elif isinstance(statement, ast.VariableAssignment):
                self.values[statement.id.name] = statement.init
            elif isinstance(statement, ast.OptionStatement) and isinstance(
                statement.assignment, ast.VariableAssignment
            ):
                self.values[statement.assignment.id.name] = statement.assignment.init
                self.options.add(statement.assignment.id.name)


@cache
def declarations(path: str) -> Declarations | None:
    """The parsed package, or None when there is none at this path."""
    text = stdlib.source(path)
    if text is None:
        return None
    file = parse(text, f"{path}/{path.rsplit('/', 1)[-1]}.flux")
    if file.errors:
        raise InternalError(f"package {path}: {file.errors[0]}")
    return Declarations(path, file)


class BuiltinFunction(Function):
    """A registered Python function as a Flux function value of one run."""

    __slots__ = ("entry", "name", "package", "parameters", "pipe", "required", "run", "type_text")

    def __init__(self, entry: stdlib.Builtin, type_: ast.TypeExpression | None, run: Run) -> None:
        self.entry = entry
        self.run = run
        self.package = entry.package
        self.name = entry.name
        self.type_text = "function"
        self.parameters = entry.parameters
        self.required = entry.required
        self.pipe = None
        monotype = type_.monotype if type_ is not None else None
        if isinstance(monotype, ast.FunctionType):
            self.type_text = type_text_of(type_)
            for parameter in monotype.parameters:
                if parameter.kind == "Pipe" and parameter.name is not None:
                    self.pipe = parameter.name.name

    def invoke(self, args: dict[str, Value]) -> Value:
        """Calls the Python function."""
        entry = self.entry
        for name in args:
            if name not in entry.parameters:
                raise Invalid(f"found unexpected argument {name}")
        for name in entry.required:
            if name not in args:
                raise Invalid(f"missing required keyword argument {name!r}".replace("'", '"'))
        if None in args.values():
            for name in sorted(entry.strict):
                if name in args and args[name] is None:
                    raise Invalid(f'argument "{name}" is null')
        for name in entry.streams:
            if name in args and not getattr(args[name], "is_stream", False):
                raise Invalid(f'argument "{name}" must be a stream of tables, got {type_of(args[name])}')
        named = {entry.python_names.get(k, k): v for k, v in args.items()} if entry.python_names else args
        if entry.wants_ctx:
            return entry.code(self.run, **named)
        return entry.code(**named)


def type_text_of(type_: ast.TypeExpression | None) -> str:
    """The text of a declared type."""
    return " ".join(type_.location.source.split()) if type_ is not None else "function"


class _PackageScope(Scope):
    """The names of a package in a run: built on first use."""

    def __init__(self, running: Running, parent: Scope | None) -> None:
        super().__init__(parent)
        self.running = running

    def find(self, name: str) -> Value:
        value = self.names.get(name, MISSING)
        return value if value is not MISSING else self.running.build(name)


class Running:
    """A package in a run."""

    def __init__(self, text: Declarations, packages: PackageSet, parent: Scope | None) -> None:
        self.text = text
        self.packages = packages
        self.scope = _PackageScope(self, parent)
        self.building: set[str] = set()
        self.value = Package(text.path, text.name, self.member)

    def member(self, name: str) -> Value:
        """An exported value; `Invalid` if there is none."""
        value = self.scope.names.get(name, MISSING)
        if value is MISSING:
            value = MISSING if name in self.text.imports else self.build(name)
        if value is MISSING:
            raise Invalid(f"record is missing label {name}")
        return value

    def build(self, name: str) -> Value:
        """Makes the value of a definition, or gives the marker for a name that the package does not define."""
        text = self.text
        if name in text.builtins:
            value = self._builtin(name)
        elif name in text.values and name not in self.building:
            self.building.add(name)
            try:
                value = evaluate(text.values[name], self.scope, self.packages.run)
            finally:
                self.building.discard(name)
            name_function(value, name)
        elif name in text.imports:
            value = self.packages.load(text.imports[name])
        else:
            return MISSING
        self.scope.names[name] = value
        return value

    def _builtin(self, name: str) -> Value:
        entry = stdlib.lookup(self.text.path, name)
        if entry is None:
            raise InfluxctlError(f"{self.text.path}.{name} is not available here", code="not implemented")
        if isinstance(entry, stdlib.Constant):
            return entry.value
        return BuiltinFunction(entry, self.text.builtins[name], self.packages.run)


class PackageSet:
    """The packages of one run, and the options that a script sets on them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._running: dict[str, Running] = {}
        self._prelude: Scope | None = None
        self._set: dict[str, Value] = {}  # options of the prelude that the script set
        self._base = Scope(
            None,
            {
                "true": True,
                "false": False,
                "location": Record(zone="UTC", offset=Duration()),
                "now": PythonFunction("now", (), lambda: run.now),
            },
        )

    def prelude(self) -> Scope:
        """The scope of names that need no import."""
        if self._prelude is None:
            scope = self._base
            for path in reversed(PRELUDE):
                text = declarations(path)
                if text is not None:
                    running = Running(text, self, scope)
                    self._running[path] = running
                    scope = running.scope
            self._prelude = scope
        return self._prelude

    def load(self, path: str) -> Package:
        """The package at an import path; `Invalid` if there is none."""
        running = self._running.get(path)
        if running is None:
            text = declarations(path)
            if text is None:
                raise Invalid(f"invalid import path {path}")
            running = self._running[path] = Running(text, self, self.prelude())
        return running.value

    def option(self, name: str) -> Value:
        """The value that a script gave to an option of the prelude, or None."""
        return self._set.get(name)

    def set_options(self, path: str) -> dict[str, Value]:
        """The options that a script set on a package; none if it did not import it."""
        running = self._running.get(path)
        return (
            {n: v for n, v in running.scope.names.items() if n in running.text.options} if running is not None else {}
        )

    def set_option(self, path: str, name: str, value: Value) -> None:
        """`option path.name = value`; the prelude's `now` and `location` are set on universe."""
        if path in ("universe", "internal/location") and name in ("now", "location"):
            self._set[name] = value
            if name == "location":
                self._base.names["location"] = value
            return
        self.load(path)
        running = self._running[path]
        if name not in running.text.values and name not in running.text.builtins:
            raise Invalid(f"option {name} is not defined in package {running.text.name}")
        running.scope.names[name] = value


__all__ = ["BuiltinFunction", "Declarations", "PackageSet", "declarations", "property_name"]
