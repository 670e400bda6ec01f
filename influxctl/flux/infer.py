"""Type checking: Hindley-Milner over the syntax tree, and the rules of scope that the reference checks before it runs a script.

`check` answers every error of a package in the reference's order: first what is wrong with the shape of functions, then imports,
names and types in the order of evaluation, then names that are assigned twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from influxctl.flux import ast, library
from influxctl.flux.errors import FluxError
from influxctl.flux.parse_expressions import INVALID_OPERATOR
from influxctl.flux.scoping import shape_errors, twice_assigned
from influxctl.flux.source import SourceLocation
from influxctl.flux.types import (
    ADDABLE,
    BOOL,
    COMPARABLE,
    DIVISIBLE,
    DURATION,
    DYNAMIC,
    EQUATABLE,
    FLOAT,
    INT,
    NEGATABLE,
    REGEXP,
    STRING,
    STRINGABLE,
    SUBTRACTABLE,
    TIME,
    UINT,
    Array,
    Basic,
    Dict,
    Function,
    Module,
    Record,
    TooLarge,
    Type,
    TypeVar,
    generalise,
    instantiate,
    prune,
    row,
    trial_copies,
)
from influxctl.flux.typetext import type_of
from influxctl.flux.unify import ExtraArgument, InArgument, Plain, Problem, require, unify

_ARITHMETIC = {"+": ADDABLE, "-": SUBTRACTABLE, "*": DIVISIBLE, "/": DIVISIBLE, "%": DIVISIBLE, "^": DIVISIBLE}
_COMPARISON = {
    "==": (EQUATABLE,), "!=": (EQUATABLE,), "<": (COMPARABLE,), "<=": (EQUATABLE, COMPARABLE),
    ">": (COMPARABLE,), ">=": (EQUATABLE, COMPARABLE),
}  # fmt: skip
_MATCH = ("=~", "!~")


def check(
    package: ast.Package | ast.File, *, extern: ast.File | None = None, declared: Iterable[str] = ()
) -> list[FluxError]:
    """Every error that keeps a parsed package from running; an empty list if it may run.

    `extern` is evaluated before the package, in the same scope. `declared` are names of any type that the caller provides.
    """
    files = [package] if isinstance(package, ast.File) else package.files
    if extern is not None:
        files = [extern, *files]
    checker = Checker()
    for name in declared:
        checker.declare(name)
    return checker.check(files)


def types_of(file: ast.File) -> tuple[dict[str, Type], list[FluxError]]:
    """The type of every name that a file assigns at the top, and the errors."""
    checker = Checker()
    errors = checker.check([file])
    names = [s.id.name for s in map(_assignment, file.body) if isinstance(s, ast.VariableAssignment)]
    names += [s.id.name for s in file.body if isinstance(s, ast.BuiltinStatement)]
    return {name: checker.scopes[0][name] for name in names}, errors


def _assignment(statement: ast.Statement) -> ast.Statement:
    return statement.assignment if isinstance(statement, ast.OptionStatement) else statement


class Checker:
    """Infers the types of one package. `scopes` has the names in force, the innermost last."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Type]] = [{}]
        self._level = 1
        self._undefined: dict[str, Type] = {}
        self._found: list[tuple[SourceLocation, Problem]] = []
        self._expressions: dict[type[ast.Node], Callable[[Any], Type]] = {
            ast.Identifier: self._identifier,
            ast.IntegerLiteral: lambda node: INT,
            ast.UnsignedIntegerLiteral: lambda node: UINT,
            ast.FloatLiteral: lambda node: FLOAT,
            ast.BooleanLiteral: lambda node: BOOL,
            ast.StringLiteral: lambda node: STRING,
            ast.RegexpLiteral: lambda node: REGEXP,
            ast.DateTimeLiteral: lambda node: TIME,
            ast.DurationLiteral: lambda node: DURATION,
            ast.LabelLiteral: lambda node: Basic(f".{node.value}", "Label"),
            ast.PipeLiteral: lambda node: TypeVar(self._level),
            ast.BadExpression: lambda node: TypeVar(self._level),
            ast.StringExpression: self._string,
            ast.ArrayExpression: self._array,
            ast.DictExpression: self._dict,
            ast.ObjectExpression: self._object,
            ast.FunctionExpression: self._function,
            ast.CallExpression: lambda node: self._call(node, None),
            ast.PipeExpression: lambda node: self._call(node.call, node.argument),
            ast.MemberExpression: self._member,
            ast.IndexExpression: self._index,
            ast.UnaryExpression: self._unary,
            ast.BinaryExpression: self._binary,
            ast.LogicalExpression: self._logical,
            ast.ConditionalExpression: self._conditional,
            ast.ParenExpression: lambda node: self.infer(node.expression),
        }

    def declare(self, name: str) -> None:
        """Make a name known whose type is anything."""
        t = TypeVar(self._level + 1)
        generalise(t, self._level)
        self.scopes[0][name] = t

    def check(self, files: Sequence[ast.File]) -> list[FluxError]:
        """The errors of the files, which share one scope."""
        errors = [error for file in files for error in shape_errors(file)]
        for file in files:
            for declaration in file.imports:
                self._import(declaration)
            try:
                self._statements(file.body)
            except TooLarge:
                errors.append(FluxError(file.location, "the types of this script are too large to be checked"))
        errors += [FluxError(location, problem.text()) for location, problem in self._found]
        for file in files:
            errors += twice_assigned(file)
        return errors

    def _error(self, location: SourceLocation, problem: Problem) -> None:
        self._found.append((location, problem))

    def _unify(self, location: SourceLocation, expected: Type, found: Type) -> None:
        if expected is found:
            return
        problems: list[Problem] = []
        unify(expected, found, problems)
        for problem in problems:
            self._error(location, problem)

    def _require(self, location: SourceLocation, t: Type, kinds: int) -> None:
        problems: list[Problem] = []
        require(t, kinds, problems)
        for problem in problems:
            self._error(location, problem)

    # -- statements

    def _import(self, declaration: ast.ImportDeclaration) -> None:
        path = declaration.path.value
        name = declaration.as_.name if declaration.as_ else path.rsplit("/", 1)[-1]
        if not library.has_package(path):
            self._error(declaration.location, Plain(f"invalid import path {path}"))
            self.declare(name)
            return
        self.scopes[-1][name] = Module(path)

    def _statements(self, body: Sequence[ast.Statement]) -> Type | None:
        """Check statements in order; the type of the return statement, if there is one."""
        result = None
        for statement in body:
            if isinstance(statement, ast.ExpressionStatement):
                self.infer(statement.expression)
            elif isinstance(statement, ast.VariableAssignment):
                self._assign(statement)
            elif isinstance(statement, ast.OptionStatement):
                if isinstance(statement.assignment, ast.VariableAssignment):
                    self._assign(statement.assignment)
                else:
                    self._assign_member(statement.assignment)
            elif isinstance(statement, ast.ReturnStatement):
                result = self.infer(statement.argument)
            elif isinstance(statement, ast.BuiltinStatement):
                self.scopes[-1][statement.id.name] = type_of(statement.ty)
            elif isinstance(statement, ast.TestStatement):
                self._assign(statement.assignment)
            elif isinstance(statement, ast.TestCaseStatement):
                self.scopes.append({})
                self._statements(statement.block.body)
                self.scopes.pop()
        return result

    def _assign(self, statement: ast.VariableAssignment) -> None:
        self._level += 1
        t = self.infer(statement.init)
        self._level -= 1
        generalise(t, self._level)
        self.scopes[-1][statement.id.name] = t

    def _assign_member(self, statement: ast.MemberAssignment) -> None:
        t = self.infer(statement.init)
        wanted = self._member(statement.member)
        self._unify(_place(statement.init), wanted, t)

    # -- names

    def infer(self, node: ast.Expression) -> Type:
        """The type of an expression."""
        return self._expressions[type(node)](node)

    def _name(self, name: str, location: SourceLocation) -> Type:
        for scope in reversed(self.scopes):
            t = scope.get(name)
            if t is not None:
                return t if isinstance(t, Module) else instantiate(t, self._level)
        known = library.prelude_type(name)
        if known is not None:
            return instantiate(known, self._level)
        self._error(location, Plain(f"undefined identifier {name}"))
        return self._undefined.setdefault(name, TypeVar(0))  # the same unknown each time, as in the reference

    def _identifier(self, node: ast.Identifier) -> Type:
        return self._name(node.name, node.location)

    # -- composites

    def _string(self, node: ast.StringExpression) -> Type:
        for part in node.parts:
            if isinstance(part, ast.InterpolatedPart):
                self._require(_place(part.expression), self.infer(part.expression), STRINGABLE)
        return STRING

    def _array(self, node: ast.ArrayExpression) -> Type:
        if not node.elements:
            return Array(TypeVar(self._level))
        types = [self.infer(item) for item in node.elements]
        before = len(self._found)
        for item, t in zip(node.elements, types, strict=True):
            self._unify(_place(item), types[0], t)
            if len(self._found) > before:
                break  # the reference reports the first element that does not fit
        return Array(types[0])

    def _dict(self, node: ast.DictExpression) -> Type:
        if not node.elements:
            return Dict(TypeVar(self._level, COMPARABLE), TypeVar(self._level))
        key: Type | None = None
        value: Type | None = None
        for item in node.elements:
            key_type, value_type = self.infer(item.key), self.infer(item.val)
            if key is None or value is None:
                key, value = key_type, value_type
                self._require(node.location, key, COMPARABLE)
            else:
                self._unify(_place(item.key), key, key_type)
                self._unify(_place(item.val), value, value_type)
        assert key is not None and value is not None
        return Dict(key, value)

    def _object(self, node: ast.ObjectExpression) -> Type:
        tail = self._identifier(node.with_) if node.with_ is not None else None
        fields: dict[str, Type] = {}
        for item in reversed(node.properties):
            t = self._property(item)
            name = _key(item.key)
            if name in fields:  # the first of two equal labels hides the other
                tail = Record({name: fields[name]}, tail)
            fields[name] = t
        if isinstance(tail, Module):
            tail = instantiate(library.module_record(tail.path), self._level)
        return Record(fields, tail)

    def _property(self, item: ast.Property) -> Type:
        if item.value is not None:
            return self.infer(item.value)
        return self._name(_key(item.key), item.location)

    def _function(self, node: ast.FunctionExpression) -> Type:
        scope: dict[str, Type] = {}
        required: dict[str, Type] = {}
        optional: dict[str, Type] = {}
        defaults: dict[str, Type] = {}
        pipe = None
        for param in node.params:
            name = _key(param.key)
            t = scope[name] = TypeVar(self._level)
            if param.value is None:
                required[name] = t
            elif isinstance(param.value, ast.PipeLiteral):
                pipe = (name, t)
            else:
                optional[name] = t
                defaults[name] = self.infer(param.value)
        self.scopes.append(scope)
        if isinstance(node.body, ast.Block):
            result = self._statements(node.body.body) or TypeVar(self._level)
        else:
            result = self.infer(node.body)
        self.scopes.pop()
        if defaults:
            self._try_defaults(node.location, optional, defaults)
        return Function(required, optional, cast("tuple[str, Type] | None", pipe), result)

    def _try_defaults(self, location: SourceLocation, optional: dict[str, Type], defaults: dict[str, Type]) -> None:
        """Defaults must be of their parameters' types, all at once, and still do not bind them (measured)."""
        names = sorted(optional)
        wanted = trial_copies([optional[name] for name in names], self._level)
        given = trial_copies([defaults[name] for name in names], self._level)
        for name, expected, found in zip(names, wanted, given, strict=True):
            problems: list[Problem] = []
            unify(expected, found, problems)
            for problem in problems:
                self._error(location, InArgument(name, problem))

    # -- access and calls

    def _member(self, node: ast.MemberExpression) -> Type:
        label = _key(node.property)
        record = prune(self.infer(node.object))
        location = _place(node.object)
        if isinstance(record, Module):
            known = library.member_type(record.path, label)
            if known is not None:
                return instantiate(known, self._level)
            self._error(location, Plain(f"record is missing label {label}"))
            return TypeVar(self._level)
        if record is DYNAMIC:
            return DYNAMIC
        if isinstance(record, Record):
            t = record.fields.get(label) or dict(reversed(row(record)[0])).get(label)
            if t is not None:
                return t
        tail = TypeVar(self._level)
        t = TypeVar(self._level)
        self._unify(location, Record({label: t}, tail), record)
        return t

    def _index(self, node: ast.IndexExpression) -> Type:
        array = self.infer(node.array)
        self._unify(_place(node.index), INT, self.infer(node.index))
        element = TypeVar(self._level)
        self._unify(_place(node.array), Array(element), array)
        return element

    def _call(self, node: ast.CallExpression, piped: ast.Expression | None) -> Type:
        callee = self.infer(node.callee)
        given: dict[str, Type] = {}
        places: dict[str, SourceLocation] = {}
        for argument in node.arguments:
            for item in argument.properties:
                name = _key(item.key)
                given[name] = self._property(item)
                places[name] = _place(item.value or item.key)
        pipe = None if piped is None else ("<-", self.infer(piped))
        result = TypeVar(self._level)
        problems: list[Problem] = []
        unify(callee, Function(given, {}, pipe, result), problems)
        for problem in problems:
            name = problem.name if isinstance(problem, InArgument | ExtraArgument) else ""
            self._error(places.get(name, node.location), problem)
        return result

    # -- operators

    def _unary(self, node: ast.UnaryExpression) -> Type:
        t = self.infer(node.argument)
        if node.operator == "not":
            self._unify(_place(node.argument), BOOL, t)
            return BOOL
        if node.operator == "exists":
            return BOOL
        self._require(_place(node.argument), t, NEGATABLE)
        return t

    def _binary(self, node: ast.BinaryExpression) -> Type:
        left, right = self.infer(node.left), self.infer(node.right)
        operator = node.operator
        if operator in _ARITHMETIC:
            self._unify(_place(node.right), left, right)
            self._require(node.location, left, _ARITHMETIC[operator])
            return left
        if operator in _COMPARISON:
            for place, t in ((_place(node.left), left), (_place(node.right), right)):
                for kind in _COMPARISON[operator]:
                    self._require(place, t, kind)
            return BOOL
        if operator in _MATCH:
            self._unify(_place(node.left), STRING, left)
            self._unify(_place(node.right), REGEXP, right)
            return BOOL
        self._error(node.location, Plain(f"invalid binary operator {operator or INVALID_OPERATOR}"))
        return TypeVar(self._level)

    def _logical(self, node: ast.LogicalExpression) -> Type:
        left, right = self.infer(node.left), self.infer(node.right)
        self._unify(_place(node.left), BOOL, left)
        self._unify(_place(node.right), BOOL, right)
        return BOOL

    def _conditional(self, node: ast.ConditionalExpression) -> Type:
        test, consequent, alternate = self.infer(node.test), self.infer(node.consequent), self.infer(node.alternate)
        self._unify(_place(node.test), BOOL, test)
        self._unify(_place(node.alternate), consequent, alternate)
        return consequent


def _place(node: ast.Expression) -> SourceLocation:
    """Where errors of an expression are reported: parentheses do not count, and a pipeline is its last call."""
    while isinstance(node, ast.ParenExpression):
        node = node.expression
    return node.call.location if isinstance(node, ast.PipeExpression) else node.location


def _key(key: ast.Identifier | ast.StringLiteral) -> str:
    return key.name if isinstance(key, ast.Identifier) else key.value
