"""Statements and expressions to values: the evaluator of Flux programs, and the run that carries their state.

Streams are built here and executed later (`flux.plan`). Types were checked before (`flux.infer`); what is checked here again are the
rules that depend on values: nulls, division by zero, conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.times import NS, Duration, parse_time
from influxctl.flux import ast, operators
from influxctl.flux.values import (
    Array,
    Dict,
    Dynamic,
    Function,
    Package,
    Record,
    Regexp,
    Time,
    TypedNull,
    UInt,
    Value,
    string_text,
    type_of,
    type_text,
    wrap_int,
)
from influxctl.flux.world import World

_LOOK = 1023  # calls between two looks at the clock and the client, as a mask
MAX_CALLS = 2000  # nesting of function calls; Flux has no recursion, so deeper nesting is a script gone wrong

_MISSING = object()


class CallError(InfluxctlError):
    """An error inside a function call: the message names every call on the way, the code stays that of the cause."""

    def __init__(self, name: str, location: object, cause: InfluxctlError) -> None:
        super().__init__(
            f'error calling function "{name}" @{location}: {cause.message}',
            code=cause.code,
            status=cause.status,
            exit=cause.exit,
            hint=cause.hint,
        )


class Scope:
    """Names and their values; a child sees its parent."""

    __slots__ = ("names", "parent")

    def __init__(self, parent: Scope | None = None, names: dict[str, Value] | None = None) -> None:
        self.parent = parent
        self.names: dict[str, Value] = {} if names is None else names

    def get(self, name: str) -> Value:
        """The value, or the marker `_MISSING`."""
        scope: Scope | None = self
        while scope is not None:
            value = scope.find(name)
            if value is not _MISSING:
                return value
            scope = scope.parent
        return _MISSING

    def find(self, name: str) -> Value:
        """The value in this scope alone, or the marker."""
        return self.names.get(name, _MISSING)


class Closure(Function):
    """A function written in Flux, with the scope it was made in."""

    __slots__ = ("defaults", "name", "node", "parameters", "pipe", "required", "run", "scope")

    def __init__(self, node: ast.FunctionExpression, scope: Scope, run: Run) -> None:
        self.node = node
        self.scope = scope
        self.run = run
        self.name = ""
        self.pipe = None
        names: list[str] = []
        defaults: dict[str, ast.Expression] = {}
        for parameter in node.params:
            name = property_name(parameter)
            names.append(name)
            if isinstance(parameter.value, ast.PipeLiteral):
                self.pipe = name
            elif parameter.value is not None:
                defaults[name] = parameter.value
        self.parameters = tuple(names)
        self.defaults = defaults
        self.required = frozenset(n for n in names if n not in defaults)

    @property
    def type_text(self) -> str:  # type: ignore[override]
        """The inferred type; "function" where it depends on names outside the function that only the script knows."""
        from influxctl.flux.infer import types_of  # inference is wanted by display() only

        place = self.node.location
        name = ast.Identifier(place, "_")
        file = ast.File(place, None, [], [ast.VariableAssignment(place, name, self.node)])
        types, errors = types_of(file)
        return "function" if errors else str(types["_"])

    def invoke(self, args: dict[str, Value]) -> Value:
        """Binds the arguments, fills in defaults, and evaluates the body."""
        self.run.turn()
        names: dict[str, Value] = {}
        for name in self.parameters:
            if name in args:
                names[name] = args[name]
            elif name in self.defaults:
                names[name] = evaluate(self.defaults[name], self.scope, self.run)
            else:
                raise Invalid(f"missing required argument {name}")
        if len(args) > len(names) or any(a not in names for a in args):
            unknown = next(a for a in args if a not in names)
            raise Invalid(f"found unexpected argument {unknown}")
        scope = Scope(self.scope, names)
        body = self.node.body
        if not isinstance(body, ast.Block):
            return evaluate(body, scope, self.run)
        for statement in body.body:
            if isinstance(statement, ast.ReturnStatement):
                return evaluate(statement.argument, scope, self.run)
            if isinstance(statement, ast.VariableAssignment):
                assign(statement, scope, self.run)
            elif isinstance(statement, ast.ExpressionStatement):
                evaluate(statement.expression, scope, self.run)
        raise Invalid("missing return statement in block")


class Run:
    """One execution of a script: the world, the options, the packages, and the streams that became results."""

    def __init__(self, world: World, now: int | None = None) -> None:
        from influxctl.flux.packages import PackageSet

        self.world = world
        self.started = world.clock() if now is None else now
        self.packages = PackageSet(self)
        self.prelude: Scope = self.packages.prelude()
        self.main = Scope(self.prelude)
        self.outputs: list[Any] = []  # streams of expression statements, in order
        self.depth = 0
        self.nodes = 0  # operations made so far: numbers plan nodes
        self._now: int | None = None
        self._turns = 0

    def turn(self) -> None:
        """One more call of a function: now and then, look whether the run is still wanted."""
        self._turns += 1
        if not self._turns & _LOOK:
            self.world.check()

    @property
    def now(self) -> Time:
        """The time that `now()` gives: the option if the script sets it, else the start of the run."""
        if self._now is None:
            option = self.packages.option("now")
            self._now = self.started
            if option is not None:
                value = option.invoke({})
                if type_of(value) != "time":
                    self._now = None
                    raise Invalid(f"option now must return a time, got {type_of(value)}")
                self._now = int(value)
        return Time(self._now)

    @property
    def location(self) -> Record:
        """The option `location`: a record with `zone` and `offset`."""
        value = self.packages.option("location")
        return value if value is not None else Record(zone="UTC", offset=Duration())

    def call(self, function: Function, args: dict[str, Value]) -> Value:
        """Calls a function value."""
        return function.invoke(args)

    def set_option(self, name: str, value: Value) -> None:
        """`option name = value` of the script."""
        if name in ("now", "location"):
            self._now = None
            self.packages.set_option("universe", name, value)
        else:
            self.main.names[name] = value

    def execute(self, file: ast.File) -> None:
        """Runs the statements of the script's file."""
        for declaration in file.imports:
            package = self.packages.load(declaration.path.value)
            self.main.names[declaration.as_.name if declaration.as_ is not None else package.name] = package
        for statement in file.body:
            self._statement(statement)

    def _statement(self, statement: ast.Statement) -> None:
        if isinstance(statement, ast.ExpressionStatement):
            value = evaluate(statement.expression, self.main, self)
            if getattr(value, "is_stream", False):
                self.outputs.append(value)
        elif isinstance(statement, ast.VariableAssignment):
            assign(statement, self.main, self)
        elif isinstance(statement, ast.OptionStatement):
            self._option(statement.assignment)
        elif isinstance(statement, (ast.TestCaseStatement, ast.TestStatement, ast.BuiltinStatement)):
            return
        elif isinstance(statement, ast.ReturnStatement):
            raise Invalid("return not valid in file block")
        else:
            raise Invalid(f"invalid statement @{statement.location}")

    def _option(self, assignment: ast.VariableAssignment | ast.MemberAssignment) -> None:
        value = evaluate(assignment.init, self.main, self)
        if isinstance(assignment, ast.VariableAssignment):
            name_function(value, assignment.id.name)
            self.set_option(assignment.id.name, value)
            return
        package = evaluate(assignment.member.object, self.main, self)
        if not isinstance(package, Package):
            raise Invalid("an option is set on a package")
        self.packages.set_option(package.path, key_name(assignment.member.property), value)


def property_name(prop: ast.Property) -> str:
    """The label of a property or parameter."""
    return key_name(prop.key)


def key_name(key: ast.Identifier | ast.StringLiteral) -> str:
    """The text of a label, written as a name or as a string."""
    return key.name if isinstance(key, ast.Identifier) else key.value


def name_function(value: Value, name: str) -> None:
    """Gives a closure the name it was first assigned to."""
    if isinstance(value, Closure) and not value.name:
        value.name = name


def assign(statement: ast.VariableAssignment, scope: Scope, run: Run) -> None:
    """`name = expression` in a scope."""
    value = evaluate_typed(statement.init, scope, run)
    name_function(value, statement.id.name)
    scope.names[statement.id.name] = value


def evaluate(node: ast.Node, scope: Scope, run: Run) -> Value:
    """The value of an expression."""
    value = evaluate_typed(node, scope, run)
    return None if value.__class__ is TypedNull else value


def evaluate_typed(node: ast.Node, scope: Scope, run: Run) -> Value:
    """The value of an expression, with the type of a null where it is known."""
    code = _EVALUATE.get(type(node))
    if code is None:
        raise Invalid(f"{type(node).__name__} has no value @{node.location}")
    return code(node, scope, run)


def _identifier(node: ast.Identifier, scope: Scope, run: Run) -> Value:
    value = scope.get(node.name)
    if value is _MISSING:
        raise Invalid(f"undefined identifier {node.name}")
    return value


def duration_value(node: ast.DurationLiteral) -> Duration:
    """The duration that a literal's parts add up to."""
    months = ns = 0
    for part in node.values:
        if part.unit == "y":
            months += 12 * part.magnitude
        elif part.unit == "mo":
            months += part.magnitude
        else:
            ns += part.magnitude * NS[part.unit]
    return Duration(months, ns)


def _string_expression(node: ast.StringExpression, scope: Scope, run: Run) -> str:
    parts: list[str] = []
    for part in node.parts:
        if isinstance(part, ast.TextPart):
            parts.append(part.value)
            continue
        value = evaluate(part.expression, scope, run)
        if value is None:
            raise Invalid("string expression evaluated to null")
        try:
            parts.append(string_text(value))
        except Invalid:
            raise Invalid(
                f"expected interpolated expression to have type string, but it had type {type_text(value)}"
            ) from None
    return "".join(parts)


def _array(node: ast.ArrayExpression, scope: Scope, run: Run) -> Array:
    return Array([evaluate(e, scope, run) for e in node.elements])


def _dict(node: ast.DictExpression, scope: Scope, run: Run) -> Dict:
    return Dict((evaluate(e.key, scope, run), evaluate(e.val, scope, run)) for e in node.elements)


def _object(node: ast.ObjectExpression, scope: Scope, run: Run) -> Record:
    record = Record()
    if node.with_ is not None:
        base = _identifier(node.with_, scope, run)
        if type_of(base) != "record":
            raise Invalid(f"cannot use {type_of(base)} as the base of a record")
        record.update(base)
        record.nulls = getattr(base, "nulls", record.nulls)
    for prop in node.properties:
        name = property_name(prop)
        source = prop.key if prop.value is None else prop.value
        value = evaluate_typed(source, scope, run)
        if value.__class__ is TypedNull:
            record.note_null(name, value.kind)
        else:
            record[name] = value
    return record


def _member(node: ast.MemberExpression, scope: Scope, run: Run) -> Value:
    value = evaluate(node.object, scope, run)
    name = key_name(node.property)
    if isinstance(value, Package):
        return value.member(name)
    if isinstance(value, Dynamic):
        inner = value.value
        return _dynamic(inner.get(name) if isinstance(inner, dict) else _no_member(inner, name))
    if isinstance(value, dict):
        found = value.get(name)
        kind = value.nulls.get(name) if found is None and isinstance(value, Record) else None
        return found if kind is None else TypedNull(kind)
    if value is None:
        return None
    raise Invalid(f"cannot access property {name} on value of type {type_of(value)}")


def _no_member(inner: Value, name: str) -> Value:
    if inner is None:
        raise Invalid(f"cannot access property {name} on a null value")
    raise Invalid(f"cannot access property {name} on value of type {type_of(inner)}")


def _dynamic(value: Value) -> Dynamic:
    return value if isinstance(value, Dynamic) else Dynamic(value)


def _index(node: ast.IndexExpression, scope: Scope, run: Run) -> Value:
    array = evaluate(node.array, scope, run)
    index = evaluate(node.index, scope, run)
    if isinstance(array, Dynamic):
        array = array.value
        if isinstance(array, dict) and isinstance(index, str):
            return _dynamic(array.get(index))
        if not isinstance(array, list):
            raise Invalid(f"cannot index into a value of type {type_of(array)}")
        return _dynamic(_element(array, index))
    if isinstance(array, dict) and isinstance(index, str):
        return array.get(index)
    if not isinstance(array, list):
        raise Invalid(f"cannot index into a value of type {type_of(array)}")
    return _element(array, index)


def _element(array: list[Value], index: Value) -> Value:
    if type_of(index) not in ("int", "uint"):
        raise Invalid(f"cannot index into an array with value of type {type_of(index)}; expected an int")
    if not 0 <= index < len(array):
        raise Invalid(f"cannot access element {index} of array of length {len(array)}")
    return array[index]


def _unary(node: ast.UnaryExpression, scope: Scope, run: Run) -> Value:
    value = evaluate(node.argument, scope, run)
    if node.operator == "exists":
        return not (value is None or (isinstance(value, Dynamic) and value.value is None))
    return operators.unary(node.operator, value)


def _binary(node: ast.BinaryExpression, scope: Scope, run: Run) -> Value:
    return operators.binary(node.operator, evaluate(node.left, scope, run), evaluate(node.right, scope, run))


def _logical(node: ast.LogicalExpression, scope: Scope, run: Run) -> Value:
    left = evaluate(node.left, scope, run)
    if left is not None and not isinstance(left, bool):
        raise Invalid(f"cannot use operand of type {type_of(left)} with logical {node.operator}; expected boolean")
    if node.operator == "and":
        if not left:
            return False  # a null on the left counts as false
    elif left:
        return True
    right = evaluate(node.right, scope, run)
    if right is not None and not isinstance(right, bool):
        raise Invalid(f"cannot use operand of type {type_of(right)} with logical {node.operator}; expected boolean")
    return right


def _conditional(node: ast.ConditionalExpression, scope: Scope, run: Run) -> Value:
    test = evaluate(node.test, scope, run)
    if test is not None and not isinstance(test, bool):
        raise Invalid(f"cannot use test expression of type {type_of(test)} in conditional; expected boolean")
    return evaluate(node.consequent if test else node.alternate, scope, run)


def call_name(node: ast.Expression) -> str:
    """The name under which a call error reports a function."""
    if isinstance(node, ast.Identifier):
        return node.name
    if isinstance(node, ast.MemberExpression):
        return key_name(node.property)
    if isinstance(node, ast.ParenExpression):
        return call_name(node.expression)
    return "<anonymous>"


def _call(node: ast.CallExpression, scope: Scope, run: Run) -> Value:
    return _apply(node, scope, run, _MISSING)


def _pipe(node: ast.PipeExpression, scope: Scope, run: Run) -> Value:
    return _apply(node.call, scope, run, evaluate(node.argument, scope, run))


def _apply(node: ast.CallExpression, scope: Scope, run: Run, piped: Value) -> Value:
    function = evaluate(node.callee, scope, run)
    if not isinstance(function, Function):
        raise Invalid(f"cannot call a value of type {type_of(function)}")
    args = _arguments(node, scope, run)
    if piped is not _MISSING:
        if function.pipe is None:
            raise Invalid(f'function "{call_name(node.callee)}" takes no pipe argument')
        args[function.pipe] = piped
    elif function.pipe is not None and function.pipe not in args and function.pipe in function.required:
        raise Invalid("missing pipe argument")
    run.depth += 1
    try:
        if run.depth > MAX_CALLS:
            raise Invalid("function calls are nested too deeply")
        value = function.invoke(args)
    except InfluxctlError as error:
        name = call_name(node.callee)
        if name.startswith("_"):  # a package's own: the message names the function that people call (seen, 2.9.1)
            raise
        raise CallError(name, node.location, error) from error
    finally:
        run.depth -= 1
    if getattr(value, "is_stream", False):
        value.made_at(call_name(node.callee), node.location, run)
    return value


def _arguments(node: ast.CallExpression, scope: Scope, run: Run) -> dict[str, Value]:
    args: dict[str, Value] = {}
    for holder in node.arguments:
        if not isinstance(holder, ast.ObjectExpression):
            raise Invalid("arguments are given by name")
        args.update(_object(holder, scope, run))
    return args


def _paren(node: ast.ParenExpression, scope: Scope, run: Run) -> Value:
    return evaluate(node.expression, scope, run)


def _function(node: ast.FunctionExpression, scope: Scope, run: Run) -> Closure:
    return Closure(node, scope, run)


def _bad(node: ast.BadExpression, scope: Scope, run: Run) -> Value:
    raise Invalid(f"invalid expression @{node.location}")


_EVALUATE: dict[type, Callable[[Any, Scope, Run], Value]] = {
    ast.Identifier: _identifier,
    ast.IntegerLiteral: lambda n, s, r: n.value,
    ast.UnsignedIntegerLiteral: lambda n, s, r: UInt(n.value),
    ast.FloatLiteral: lambda n, s, r: n.value,
    ast.BooleanLiteral: lambda n, s, r: n.value,
    ast.StringLiteral: lambda n, s, r: n.value,
    ast.RegexpLiteral: lambda n, s, r: Regexp(n.value),
    ast.DateTimeLiteral: lambda n, s, r: Time(wrap_int(parse_time(n.value))),
    ast.DurationLiteral: lambda n, s, r: duration_value(n),
    ast.StringExpression: _string_expression,
    ast.ArrayExpression: _array,
    ast.DictExpression: _dict,
    ast.ObjectExpression: _object,
    ast.MemberExpression: _member,
    ast.IndexExpression: _index,
    ast.UnaryExpression: _unary,
    ast.BinaryExpression: _binary,
    ast.LogicalExpression: _logical,
    ast.ConditionalExpression: _conditional,
    ast.CallExpression: _call,
    ast.PipeExpression: _pipe,
    ast.ParenExpression: _paren,
    ast.FunctionExpression: _function,
    ast.BadExpression: _bad,
}


def free_names(node: ast.Node, bound: Iterable[str] = ()) -> set[str]:
    """The identifiers that an expression reads and does not bind itself."""
    found: set[str] = set()
    _free(node, frozenset(bound), found)
    return found


def _free(node: ast.Node, bound: frozenset[str], found: set[str]) -> None:
    if isinstance(node, ast.Identifier):
        if node.name not in bound:
            found.add(node.name)
        return
    if isinstance(node, ast.FunctionExpression):
        for parameter in node.params:
            if parameter.value is not None:
                _free(parameter.value, bound, found)
        inner = bound | {property_name(p) for p in node.params}
        _free(node.body, inner, found)
        return
    if isinstance(node, ast.Block):
        for statement in node.body:
            _free(statement, bound, found)
            if isinstance(statement, ast.VariableAssignment):
                bound = bound | {statement.id.name}
        return
    if isinstance(node, ast.VariableAssignment):
        _free(node.init, bound, found)
        return
    if isinstance(node, ast.MemberExpression):
        _free(node.object, bound, found)
        return
    if isinstance(node, ast.Property):
        if node.value is not None:
            _free(node.value, bound, found)
        elif isinstance(node.key, ast.Identifier):
            _free(node.key, bound, found)
        return
    for child in ast.children(node):
        _free(child, bound, found)
