"""`(r) => …` over whole columns: a function of a row is evaluated once for all rows of a block.

Every node of the function becomes one operation on columns, with Flux's rules for nulls, NaN, division and overflow. A call of a
builtin without a column form runs once for each distinct combination of arguments. What has no column form at all (`Unsupported`)
falls back to one call a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, Block, Column, ColumnType
from influxctl.core.errors import Invalid
from influxctl.flux import ast, operators, vectors
from influxctl.flux.interpreter import (
    Closure,
    Run,
    Scope,
    evaluate,
    evaluate_typed,
    free_names,
    key_name,
    property_name,
)
from influxctl.flux.packages import BuiltinFunction
from influxctl.flux.values import (
    Function,
    Package,
    Record,
    Time,
    TypedNull,
    UInt,
    Value,
    string_text,
    type_of,
    type_text,
)
from influxctl.flux.vectors import Vector

_ROWS = 1 << 14  # rows made into records at a time


class Unsupported(Exception):
    """The function must be called row by row."""


@dataclass(frozen=True, slots=True)
class Const:
    """A value that is the same for all rows."""

    value: Value


class Fields:
    """A record whose fields are columns or constants."""

    __slots__ = ("base", "fields")

    def __init__(self, fields: dict[str, Cell], base: Batch | None = None) -> None:
        self.fields = fields
        self.base = base

    def get(self, label: str) -> Cell:
        """A field; a missing one is null."""
        found = self.fields.get(label)
        if found is None and self.base is not None:
            return self.base.get(label)
        return Const(None) if found is None else found

    def all(self) -> dict[str, Cell]:
        """Every field, those of the row first."""
        if self.base is None:
            return self.fields
        fields: dict[str, Cell] = {label: self.base.get(label) for label in self.base.labels}
        fields.update(self.fields)
        return fields


Cell = Vector | Const | Fields


class Batch:
    """The rows that a function is evaluated over: columns by label, made when they are first asked for."""

    def __init__(self, count: int, labels: Sequence[str], column: Callable[[str], Vector]) -> None:
        self.count = count
        self.labels = tuple(labels)
        self._column = column
        self._known = frozenset(labels)
        self._made: dict[str, Vector] = {}

    def get(self, label: str) -> Cell:
        """A column, or the constant null for one that the table lacks."""
        if label not in self._known:
            return Const(None)
        vector = self._made.get(label)
        if vector is None:
            vector = self._made[label] = self._column(label)
        return vector

    def subset(self, mask: pl.Series) -> Batch:
        """The rows where the mask is true."""
        return Batch(int(mask.sum()), self.labels, lambda label: cast(Vector, self.get(label)).filter(mask))


class KeyVector(Vector):
    """A column of the group key as a column of rows: repeated for each row only when somebody looks at it."""

    __slots__ = ("_made", "block", "label")
    block: Block
    label: str
    _made: pl.Series | None

    def __init__(self, block: Block, column: Column) -> None:
        for name, value in (("kind", column.type), ("block", block), ("label", column.label), ("_made", None)):
            object.__setattr__(self, name, value)

    @property
    def series(self) -> pl.Series:
        """The values, one a row."""
        made = self._made
        if made is None:
            made = self.block.values(self.label)
            object.__setattr__(self, "_made", made)
        return made


def rows_batch(block: Block) -> Batch:
    """All rows of a block."""
    columns = {c.label: c for c in block.columns}

    def vector(label: str) -> Vector:
        column = columns[label]
        return KeyVector(block, column) if column.key else Vector(column.type, block.rows[label])

    return Batch(block.rows.height, tuple(columns), vector)


def keys_batch(block: Block) -> Batch:
    """One row a table, of the group key only."""
    kinds = {c.label: c.type for c in block.columns if c.key}
    return Batch(block.tables, tuple(kinds), lambda label: Vector(kinds[label], block.keys[label]))


class _Env:
    __slots__ = ("batch", "locals", "run", "scope", "three_valued")

    def __init__(self, batch: Batch, names: dict[str, Cell], scope: Scope, run: Run, three_valued: bool) -> None:
        self.batch = batch
        self.locals = names
        self.scope = scope
        self.run = run
        self.three_valued = three_valued

    def inner(self, names: dict[str, Cell], scope: Scope) -> _Env:
        return _Env(self.batch, names, scope, self.run, self.three_valued)

    def subset(self, mask: pl.Series) -> _Env:
        batch = self.batch.subset(mask)
        return _Env(
            batch, {k: _cut(c, mask, batch) for k, c in self.locals.items()}, self.scope, self.run, self.three_valued
        )


def _cut(cell: Cell, mask: pl.Series, batch: Batch) -> Cell:
    if isinstance(cell, Vector):
        return cell.filter(mask)
    if isinstance(cell, Fields):
        return Fields(
            {k: _cut(c, mask, batch) for k, c in cell.fields.items()}, batch if cell.base is not None else None
        )
    return cell


# ---------------------------------------------------------------- evaluation


def eval_cells(node: ast.Node, env: _Env) -> Cell:
    """The value of an expression for all rows of the batch."""
    if not (free_names_of(node) & env.locals.keys()):
        return _constant(evaluate_typed(node, env.scope, env.run), env)
    code = _CODE.get(type(node))
    if code is None:
        raise Unsupported
    return code(node, env)


def _constant(value: Value, env: _Env) -> Cell:
    """One value for all rows; a null that knows its type is a column."""
    if not isinstance(value, TypedNull):
        return Const(value)
    if value.kind not in DTYPES:
        return Const(None)
    kind = cast(ColumnType, value.kind)
    return Vector(kind, null(kind, env.batch.count))


_free_cache: dict[int, tuple[ast.Node, frozenset[str]]] = {}


def free_names_of(node: ast.Node) -> frozenset[str]:
    """`free_names`, remembered for a node."""
    known = _free_cache.get(id(node))
    if known is not None and known[0] is node:
        return known[1]
    names = frozenset(free_names(node))
    if len(_free_cache) > 20_000:
        _free_cache.clear()
    _free_cache[id(node)] = (node, names)
    return names


def _identifier(node: ast.Identifier, env: _Env) -> Cell:
    return env.locals[node.name]


def _member(node: ast.MemberExpression, env: _Env) -> Cell:
    holder = eval_cells(node.object, env)
    name = key_name(node.property)
    if isinstance(holder, Fields):
        return holder.get(name)
    if isinstance(holder, Const):
        value = holder.value
        if isinstance(value, Package):
            return Const(value.member(name))
        if isinstance(value, Record) or value is None:
            return Const(value.get(name) if value is not None else None)
    raise Unsupported


def _binary(node: ast.BinaryExpression, env: _Env) -> Cell:
    left, right = eval_cells(node.left, env), eval_cells(node.right, env)
    if isinstance(left, Fields) or isinstance(right, Fields):
        raise Unsupported
    if isinstance(left, Const) and isinstance(right, Const):
        return Const(operators.binary(node.operator, left.value, right.value))
    if (isinstance(left, Const) and left.value is None) or (isinstance(right, Const) and right.value is None):
        return Const(None)
    a = left if isinstance(left, Vector) else left.value
    b = right if isinstance(right, Vector) else right.value
    return vectors.binary(node.operator, a, b)


def _unary(node: ast.UnaryExpression, env: _Env) -> Cell:
    cell = eval_cells(node.argument, env)
    if isinstance(cell, Fields):
        raise Unsupported
    if isinstance(cell, Const):
        if node.operator == "exists":
            return Const(cell.value is not None)
        return Const(operators.unary(node.operator, cell.value))
    return vectors.unary(node.operator, cell)


def _logical(node: ast.LogicalExpression, env: _Env) -> Cell:
    left = _as_bool(eval_cells(node.left, env), node.operator)
    stops = node.operator == "or"
    if isinstance(left, Const):
        if not env.three_valued or left.value is not None:
            if bool(left.value) == stops:
                return Const(stops)
            return _as_bool(eval_cells(node.right, env), node.operator)
        left = Vector("bool", pl.Series([None], dtype=pl.Boolean).new_from_index(0, env.batch.count))
    series = left.series
    if not env.three_valued:
        series = series.fill_null(False)
        undecided = series if node.operator == "and" else ~series
        if not undecided.any():
            return Vector("bool", series)
        if undecided.all():
            return _as_vector(_as_bool(eval_cells(node.right, env), node.operator), "bool", env.batch.count)
        right = _as_vector(
            _as_bool(eval_cells(node.right, env.subset(undecided)), node.operator), "bool", int(undecided.sum())
        )
        return Vector("bool", _scatter(undecided, right.series, series))
    right = _as_vector(_as_bool(eval_cells(node.right, env), node.operator), "bool", env.batch.count)
    return Vector("bool", series & right.series if node.operator == "and" else series | right.series)


def _as_bool(cell: Cell, operator: str) -> Vector | Const:
    if isinstance(cell, Vector):
        if cell.kind != "bool":
            raise Invalid(f"cannot use operand of type {cell.kind} with logical {operator}; expected boolean")
        return cell
    if isinstance(cell, Const):
        if cell.value is not None and not isinstance(cell.value, bool):
            raise Invalid(f"cannot use operand of type {type_of(cell.value)} with logical {operator}; expected boolean")
        return cell
    raise Unsupported


def _as_vector(cell: Cell, kind: ColumnType, count: int) -> Vector:
    if isinstance(cell, Vector):
        return cell
    if isinstance(cell, Const):
        return Vector(kind, pl.Series([cell.value], dtype=DTYPES[kind]).new_from_index(0, count))
    raise Unsupported


def _scatter(mask: pl.Series, inside: pl.Series, outside: pl.Series) -> pl.Series:
    """`outside` with the places of the mask taken, in order, from `inside`."""
    index = np.cumsum(mask.to_numpy()) - 1
    return inside.gather(np.maximum(index, 0)).zip_with(mask, outside)


def _conditional(node: ast.ConditionalExpression, env: _Env) -> Cell:
    test = eval_cells(node.test, env)
    if isinstance(test, Const):
        if test.value is not None and not isinstance(test.value, bool):
            raise Invalid(f"cannot use test expression of type {type_of(test.value)} in conditional; expected boolean")
        return eval_cells(node.consequent if test.value else node.alternate, env)
    if not isinstance(test, Vector) or test.kind != "bool":
        raise Unsupported
    mask = test.series.fill_null(False)
    if mask.all() and len(mask):
        return _of_kind(eval_cells(node.consequent, env), node.alternate, env)
    if not mask.any():
        return _of_kind(eval_cells(node.alternate, env), node.consequent, env)
    yes = eval_cells(node.consequent, env.subset(mask))
    no = eval_cells(node.alternate, env.subset(~mask))
    return _choose(mask, yes, no)


def _of_kind(cell: Cell, other: ast.Expression, env: _Env) -> Cell:
    """The cell; a constant null gets the type of the other branch, which no row took, if that is plain to see."""
    if not isinstance(cell, Const) or cell.value is not None:
        return cell
    kind = _LITERALS.get(type(other))
    if kind is None and isinstance(other, ast.MemberExpression):
        kind = _cell_kind(eval_cells(other, env))
    return cell if kind is None else Vector(kind, null(kind, env.batch.count))


_LITERALS: dict[type, ColumnType] = {
    ast.IntegerLiteral: "int",
    ast.FloatLiteral: "float",
    ast.StringLiteral: "string",
    ast.StringExpression: "string",
    ast.BooleanLiteral: "bool",
    ast.DateTimeLiteral: "time",
}


def _choose(mask: pl.Series, yes: Cell, no: Cell) -> Cell:
    """The cells of both branches put together again."""
    if isinstance(yes, Fields) and isinstance(no, Fields):
        a, b = yes.all(), no.all()
        return Fields({k: _choose(mask, a.get(k, Const(None)), b.get(k, Const(None))) for k in {**a, **b}})
    kind = _cell_kind(yes) or _cell_kind(no)
    if kind is None:
        if isinstance(yes, Const) and isinstance(no, Const) and yes.value is None and no.value is None:
            return yes
        raise Unsupported
    if any(_cell_kind(c) not in (None, kind) for c in (yes, no)):
        raise Unsupported
    count = int(mask.sum())
    first = _as_vector(yes, kind, count).series
    second = _as_vector(no, kind, len(mask) - count).series
    spread = _scatter(mask, first, null(kind, len(mask)))
    return Vector(kind, _scatter(~mask, second, spread))


def null(kind: ColumnType, count: int) -> pl.Series:
    """A series of nulls."""
    return pl.Series([None], dtype=DTYPES[kind]).new_from_index(0, count)


def _cell_kind(cell: Cell) -> ColumnType | None:
    if isinstance(cell, Vector):
        return cell.kind
    if isinstance(cell, Const) and cell.value is not None:
        kind = type_of(cell.value)
        if kind in DTYPES:
            return cast(ColumnType, kind)
        raise Unsupported
    return None


def _object(node: ast.ObjectExpression, env: _Env) -> Cell:
    base: Batch | None = None
    fields: dict[str, Cell] = {}
    if node.with_ is not None:
        holder = eval_cells(node.with_, env)
        if isinstance(holder, Fields):
            base, fields = holder.base, dict(holder.fields)
        elif isinstance(holder, Const) and isinstance(holder.value, dict):
            fields = {k: Const(v) for k, v in holder.value.items()}
        else:
            raise Unsupported
    for prop in node.properties:
        fields[property_name(prop)] = eval_cells(prop.value if prop.value is not None else prop.key, env)
    return Fields(fields, base)


def _string_expression(node: ast.StringExpression, env: _Env) -> Cell:
    parts: list[pl.Series | str] = []
    for part in node.parts:
        if isinstance(part, ast.TextPart):
            parts.append(part.value)
            continue
        cell = eval_cells(part.expression, env)
        if isinstance(cell, Fields):
            raise Unsupported
        if isinstance(cell, Const):
            if cell.value is None:
                raise Invalid("string expression evaluated to null")
            parts.append(string_text(cell.value))
        else:
            if cell.series.null_count():
                raise Invalid("string expression evaluated to null")
            parts.append(vectors.to_string(cell))
    frame = pl.DataFrame({f"p{i}": p for i, p in enumerate(parts) if isinstance(p, pl.Series)})
    joined = frame.select(
        pl.concat_str([pl.col(f"p{i}") if isinstance(p, pl.Series) else pl.lit(p) for i, p in enumerate(parts)])
    )
    return Vector("string", joined.to_series())


def _paren(node: ast.ParenExpression, env: _Env) -> Cell:
    return eval_cells(node.expression, env)


def _call(node: ast.CallExpression, env: _Env, piped: Cell | None = None) -> Cell:
    callee = eval_cells(node.callee, env)
    if not isinstance(callee, Const) or not isinstance(callee.value, Function):
        raise Unsupported
    function = callee.value
    args: dict[str, Cell] = {}
    for holder in node.arguments:
        fields = _object(holder, env)
        assert isinstance(fields, Fields)
        args.update(fields.fields)
    if piped is not None and function.pipe is not None:
        args[function.pipe] = piped
    if all(isinstance(c, Const) for c in args.values()):
        return _constant(function.invoke({k: cast(Const, c).value for k, c in args.items()}), env)
    if isinstance(function, Closure):
        return _inline(function, args, env)
    if isinstance(function, BuiltinFunction):
        fast = vectors.FUNCTIONS.get((function.package, function.name))
        if fast is not None and "v" in args and len(args) == 1 and isinstance(args["v"], Vector):
            made = fast(args["v"])
            if made is not None:
                return made
        form = vectors.FORMS.get((function.package, function.name))
        if form is not None and not any(isinstance(c, Fields) for c in args.values()):
            given = {k: c.value if isinstance(c, Const) else c for k, c in args.items()}
            named = {function.entry.python_names.get(k, k): v for k, v in given.items()}
            made = form(**named) if function.required <= given.keys() <= set(function.parameters) else None
            if made is not None:
                return made
    return _each_distinct(function, args, env)


def _pipe(node: ast.PipeExpression, env: _Env) -> Cell:
    return _call(node.call, env, eval_cells(node.argument, env))


def _inline(function: Closure, args: dict[str, Cell], env: _Env) -> Cell:
    """A call of a Flux function: its body is evaluated over the same rows."""
    names: dict[str, Cell] = {}
    for name in function.parameters:
        if name in args:
            names[name] = args[name]
        elif name in function.defaults:
            names[name] = Const(evaluate(function.defaults[name], function.scope, env.run))
        else:
            raise Invalid(f"missing required argument {name}")
    return body_cells(function.node.body, env.inner(names, function.scope))


def body_cells(body: ast.Node, env: _Env) -> Cell:
    """The value of a function body, an expression or a block."""
    if not isinstance(body, ast.Block):
        return eval_cells(body, env)
    env = env.inner(dict(env.locals), env.scope)
    for statement in body.body:
        if isinstance(statement, ast.ReturnStatement):
            return eval_cells(statement.argument, env)
        if isinstance(statement, ast.VariableAssignment):
            if isinstance(statement.init, ast.FunctionExpression):
                raise Unsupported
            env.locals[statement.id.name] = eval_cells(statement.init, env)
        else:
            raise Unsupported
    raise Invalid("missing return statement in block")


def flux_values(vector: Vector) -> list[Value]:
    """The values of a column as Flux values."""
    values = vector.series.to_list()
    if vector.kind == "time":
        return [None if v is None else Time(v) for v in values]
    if vector.kind == "uint":
        return [None if v is None else UInt(v) for v in values]
    return values


def series_of(values: Sequence[Value]) -> Vector | None:
    """A column of Flux values; None if all are null, `Unsupported` if they cannot be a column."""
    kind = next((type_of(v) for v in values if v is not None), None)
    if kind is None:
        return None
    if kind not in DTYPES:
        raise Unsupported
    try:
        return Vector(cast(ColumnType, kind), pl.Series(values, dtype=DTYPES[kind], strict=True))
    except (TypeError, pl.exceptions.PolarsError):
        raise Unsupported from None


def _each_distinct(function: Function, args: dict[str, Cell], env: _Env) -> Cell:
    """A call once for each distinct combination of arguments."""
    columns: dict[str, list[Value]] = {}
    fixed: dict[str, Value] = {}
    for label, cell in args.items():
        if isinstance(cell, Vector):
            columns[label] = flux_values(cell)
        elif isinstance(cell, Const):
            fixed[label] = cell.value
        else:
            raise Unsupported
    known: dict[tuple[Value, ...], Value] = {}
    out: list[Value] = []
    nothing: Cell = Const(None)
    labels = tuple(columns)
    for row in zip(*columns.values(), strict=True):
        if row in known:
            out.append(known[row])
            continue
        env.run.turn()
        value = function.invoke({**fixed, **dict(zip(labels, row, strict=True))})
        if isinstance(value, TypedNull):
            nothing, value = _constant(value, env), None
        known[row] = value
        out.append(value)
    vector = series_of(out)
    return nothing if vector is None else vector


_CODE: dict[type, Callable[[Any, _Env], Cell]] = {
    ast.Identifier: _identifier,
    ast.MemberExpression: _member,
    ast.BinaryExpression: _binary,
    ast.UnaryExpression: _unary,
    ast.LogicalExpression: _logical,
    ast.ConditionalExpression: _conditional,
    ast.ObjectExpression: _object,
    ast.StringExpression: _string_expression,
    ast.ParenExpression: _paren,
    ast.CallExpression: _call,
    ast.PipeExpression: _pipe,
}

_PLAIN = (
    ast.Identifier, ast.MemberExpression, ast.BinaryExpression, ast.UnaryExpression, ast.LogicalExpression,
    ast.ConditionalExpression, ast.ObjectExpression, ast.ParenExpression, ast.Property, ast.IntegerLiteral,
    ast.FloatLiteral, ast.StringLiteral, ast.BooleanLiteral, ast.DateTimeLiteral,
)  # fmt: skip


def is_vectorized(function: Closure) -> bool:
    """Whether the reference evaluates a map function on columns: then logic is three-valued and columns keep their order.

    It does so for an expression of the row's columns, literals, operators, conditions and float(); a name from outside makes it go
    row by row.
    """
    row = function.parameters[0] if function.parameters else ""
    for node in ast.walk(function.node.body):
        if isinstance(node, ast.MemberExpression):
            if not isinstance(node.object, ast.Identifier) or node.object.name != row:
                return False
        elif not isinstance(node, _PLAIN) and not _is_float_call(node):
            return False
    return free_names_of(function.node.body) <= {row, "true", "false", "float"}


def _is_float_call(node: ast.Node) -> bool:
    return (
        isinstance(node, ast.CallExpression) and isinstance(node.callee, ast.Identifier) and node.callee.name == "float"
    )


def cells(function: Function, batch: Batch, names: dict[str, Cell] | None = None, three_valued: bool = False) -> Cell:
    """The function over all rows of a batch; `names` are further arguments. `Unsupported` if it must go row by row."""
    if not isinstance(function, Closure):
        raise Unsupported
    bound: dict[str, Cell] = {}
    given: dict[str, Cell] = {"r": Fields({}, batch), **(names or {})}
    for name in function.parameters:
        if name in given:
            bound[name] = given[name]
        elif name in function.defaults:
            bound[name] = Const(evaluate(function.defaults[name], function.scope, function.run))
        else:
            raise Invalid(f"missing required argument {name}")
    env = _Env(batch, bound, function.scope, function.run, three_valued)
    return body_cells(function.node.body, env)


def records(block: Block) -> Iterator[Record]:
    """The rows of a block as records, for functions that go row by row: made as they are asked for, a record is 0.5 kB."""
    labels = [c.label for c in block.columns]
    if not labels:
        yield from (Record() for _ in range(block.rows.height))
        return
    for at in range(0, block.rows.height, _ROWS):
        columns = [flux_values(Vector(c.type, block.values(c.label).slice(at, _ROWS))) for c in block.columns]
        yield from (Record(zip(labels, row, strict=True)) for row in zip(*columns, strict=True))


def key_records(block: Block) -> list[Record]:
    """The group keys of a block's tables as records."""
    columns = [flux_values(Vector(c.type, block.keys[c.label])) for c in block.key_columns]
    labels = [c.label for c in block.key_columns]
    if not columns:
        return [Record() for _ in range(block.tables)]
    return [Record(zip(labels, row, strict=True)) for row in zip(*columns, strict=True)]


def row_labels(function: Function) -> frozenset[str] | None:
    """The columns that a function of `r` reads; None if the row goes somewhere as a whole."""
    if not isinstance(function, Closure) or not function.parameters:
        return None
    row = function.parameters[0]
    found: set[str] = set()
    stack: list[ast.Node] = [function.node.body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.MemberExpression):
            if isinstance(node.object, ast.Identifier) and node.object.name == row:
                found.add(key_name(node.property))
                continue
            stack.append(node.object)
            continue
        if isinstance(node, ast.Identifier) and node.name == row:
            return None
        if isinstance(node, ast.Property):
            stack.append(node.value if node.value is not None else node.key)
            continue
        stack.extend(ast.children(node))
    return frozenset(found)


def mask_of(cell: Cell, count: int) -> pl.Series:
    """A condition's value for each row, null counting as false; `Invalid` for anything but booleans."""
    if isinstance(cell, Const):
        if cell.value is not None and not isinstance(cell.value, bool):
            raise Invalid(f"filter function must return a bool, got {type_text(cell.value)}")
        return pl.Series([bool(cell.value)]).new_from_index(0, count)
    if isinstance(cell, Vector):
        if cell.kind != "bool":
            raise Invalid(f"expected bool but found {cell.kind}")
        return cell.series.fill_null(False)
    raise Invalid("expected bool but found record")


def condition(function: Function, batch: Batch, block: Block | None, parameter: str = "r") -> pl.Series:
    """A filter function for each row of the batch, as a mask without nulls."""
    try:
        return mask_of(cells(function, batch), batch.count)
    except Unsupported:
        rows: Iterable[Record] = (
            records(block) if block is not None else [_record(batch, i) for i in range(batch.count)]
        )
        out = []
        for row in rows:
            value = function.invoke({parameter: row})
            if value is not None and not isinstance(value, bool):
                raise Invalid(f"expected bool but found {type_text(value)}") from None
            out.append(bool(value))
        return pl.Series(out, dtype=pl.Boolean)


def _record(batch: Batch, index: int) -> Record:
    return Record({label: flux_values(cast(Vector, batch.get(label)))[index] for label in batch.labels})
