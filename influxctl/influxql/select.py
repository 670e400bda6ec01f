"""Running a plan: columns of fields as they are, or calls joined by group and time, then expressions, limits and order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from influxctl.influxql import ast, vector
from influxctl.influxql.calls import CallResult, evaluate_calls
from influxctl.influxql.conditions import literal
from influxctl.influxql.errors import StatementError
from influxctl.influxql.fieldtypes import literal_sides
from influxctl.influxql.fill import replace_nulls
from influxctl.influxql.frame import Frame, Group
from influxctl.influxql.load import load, resolve
from influxctl.influxql.mathfunctions import FUNCTIONS as MATH
from influxctl.influxql.merge import by_time
from influxctl.influxql.plan import Plan
from influxctl.influxql.source import Session
from influxctl.influxql.vector import NUMERIC, Array, Vector


@dataclass(slots=True)
class Output:
    """The series of an answer, one after the other: rows offsets[i] … offsets[i + 1] belong to groups[i]. `dims` names the tags of a
    group; `zone` is that of tz()."""

    names: list[str]
    dims: tuple[str, ...]
    groups: list[Group]
    offsets: Array
    time: Array
    columns: list[Vector]
    descending: bool = False
    zone: ZoneInfo | None = None

    def turned(self) -> Output:
        """The same in the opposite order, of series and of rows."""
        size = len(self.time)
        back = np.arange(size)[::-1]
        offsets = size - self.offsets[::-1]
        columns = [column.take(back) for column in self.columns]
        groups = self.groups[::-1]
        return replace(
            self, groups=groups, offsets=offsets, time=self.time[back], columns=columns, descending=not self.descending
        )

    def keep(self, index: Array) -> Output:
        """Only these rows (ascending); series that lose all of theirs are dropped."""
        gids = np.repeat(np.arange(len(self.groups)), np.diff(self.offsets))[index]
        counts = np.bincount(gids, minlength=len(self.groups))
        there = np.flatnonzero(counts)
        offsets = np.concatenate(([0], np.cumsum(counts[there])))
        groups = [self.groups[i] for i in there.tolist()]
        if len(index) == len(self.time):
            return replace(self, groups=groups, offsets=offsets)
        columns = [column.take(index) for column in self.columns]
        return replace(self, groups=groups, offsets=offsets, time=self.time[index], columns=columns)


def run(plan: Plan, session: Session) -> Output:
    """The answer of a plan, its series by name and tags, limited as the plan says."""
    session.check()
    if not plan.fields:
        return Output(plan.names, plan.dims, [], np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64), [])
    if plan.calls.calls:
        found = _calls(plan, session)
    else:
        found = _plain(plan, session)
    if len(found.time) == 0 or not np.diff(found.offsets).all():  # series without rows
        found = found.keep(np.arange(len(found.time)))
    found = _limit_series(found, plan.page)
    if plan.descending:
        found = found.turned()
    return replace(_limit_rows(found, plan.page), zone=plan.zone)


def _references(exprs: list[ast.Expr]) -> list[ast.VarRef]:
    return [node for expr in exprs for node in ast.walk(expr) if isinstance(node, ast.VarRef)]


def _plain(plan: Plan, session: Session) -> Output:
    refs = _references(plan.fields)
    wanted = {ref.name for ref in refs if ref.type != "tag" and ref.name in plan.types}
    rows = plan.page.limit + plan.page.offset if plan.page.limit else None
    enough = rows
    if any(ref.type not in ("", "tag") for ref in refs):
        rows = None
    frame = load(plan, wanted, (plan.least, plan.greatest), session, rows)
    there = np.zeros(len(frame.time), dtype=bool)
    for ref in {ref for ref in refs if ref.name in wanted and ref.type != "tag"}:
        column = resolve(frame, ref)
        if column.type != "tag":
            there |= column.mask()
    frame = frame.filter(there)
    several = len(frame.groups) != len(np.unique(frame.series))
    order = by_time(frame, _tie_texts(frame, refs), plan.descending, enough) if several else None
    size = len(frame.time)

    def reference(ref: ast.VarRef) -> Vector:
        column = _shown(resolve(frame, ref))
        column = column if order is None else column.take(order)
        return replace_nulls(column, plan.fill, frame.offsets, plan.descending)

    columns = [expression(expr, reference, size, frame) for expr in plan.fields]
    time = frame.time if order is None else frame.time[order]
    return Output(plan.names, plan.dims, frame.groups, frame.offsets, time, columns)


def _tie_texts(frame: Frame, refs: list[ast.VarRef]) -> list[Vector]:
    """What decides between rows of several series at one time: the columns by name, as far as they are text."""
    found = []
    for ref in sorted(set(refs), key=lambda ref: (ref.name, ref.type)):
        column = _shown(resolve(frame, ref))
        if column.type not in ("string", "tag"):
            break
        found.append(column)
    return found


def _shown(column: Vector) -> Vector:
    """A tag as it is answered: null where the series lacks it."""
    if column.type != "tag":
        return column
    there = column.values != ""
    return column if there.all() else Vector("tag", column.values, there)


def expression(expr: ast.Expr, reference: Callable[[ast.VarRef], Vector], size: int, frame: Frame) -> Vector:
    """An expression over columns; StatementError where an operator does not take its operands."""
    if isinstance(expr, ast.Paren):
        return expression(expr.expr, reference, size, frame)
    if isinstance(expr, ast.VarRef):
        return reference(expr)
    if isinstance(expr, ast.Call):
        args = [expression(arg, reference, size, frame) for arg in expr.args]
        for arg in args:
            if arg.type not in NUMERIC and not _unknown(arg, frame):
                raise StatementError(f"{expr.name}() cannot be used on {arg.type}")
        return MATH[expr.name](*args)
    if isinstance(expr, ast.Binary):
        left = expression(expr.left, reference, size, frame)
        right = expression(expr.right, reference, size, frame)
        if _unknown(left, frame) or _unknown(right, frame):
            return vector.nulls("float", size)
        kind = vector.operator_type(expr.op, left.type, right.type, literal_sides(expr))
        return vector.arithmetic(expr.op, left, right, kind)
    found = literal(expr, size)
    if found is None:
        raise StatementError("this cannot be a column")
    return found


def _unknown(column: Vector, frame: Frame) -> bool:
    """Whether the column stands for a name that is neither field nor tag."""
    return column.type == "tag" and column.valid is not None and not column.valid.any()


# -- calls -----------------------------------------------------------------------------------------------------------------


def _calls(plan: Plan, session: Session) -> Output:
    frame, results = evaluate_calls(plan, session)
    group, time, index = _join(results)
    size = len(group)
    counts = np.bincount(group, minlength=len(frame.groups)) if size else np.zeros(len(frame.groups), dtype=np.int64)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    by_call = {}
    for call, result, places in zip(plan.calls.calls, results, index, strict=True):
        by_call[call] = result.value
        if (
            places is not None
        ):  # what a function answers as null stays null, only where it answers nothing something is put
            spread = _spread(result.value, places)
            missing = Vector(spread.type, spread.values, places >= 0)
            filled = replace_nulls(missing, plan.fill, offsets, plan.descending)
            by_call[call] = (
                spread
                if filled is missing
                else Vector(filled.type, filled.values, filled.mask() & (spread.mask() | (places < 0)))
            )
    selector = plan.calls.selector
    rows = None
    if selector is not None and results[0].rows is not None:
        rows = results[0].rows if index[0] is None else results[0].rows[index[0]]

    def reference(ref: ast.VarRef) -> Vector:
        if rows is None:
            return vector.nulls("tag", size)
        return replace_nulls(_spread(_shown(resolve(frame, ref)), rows), plan.fill, offsets, plan.descending)

    columns = [_expression_of_calls(expr, by_call, reference, size, frame) for expr in plan.fields]
    return Output(plan.names, plan.dims, frame.groups, offsets, time, columns)


def _expression_of_calls(
    expr: ast.Expr, by_call: dict[ast.Call, Vector], reference: Callable[[ast.VarRef], Vector], size: int, frame: Frame
) -> Vector:
    """An expression in which calls stand for columns that are known."""
    names: dict[str, Vector] = {}

    def replaced(node: ast.Expr) -> ast.Expr:
        if isinstance(node, ast.Distinct):
            node = ast.Call("distinct", (ast.VarRef(node.name),))
        if isinstance(node, ast.Call):
            if node in by_call:
                name = f"\0{len(names)}"
                names[name] = by_call[node]
                return ast.VarRef(name)
            return ast.Call(node.name, tuple(replaced(arg) for arg in node.args))
        if isinstance(node, ast.Paren):
            return replaced(node.expr)
        if isinstance(node, ast.Binary):
            return ast.Binary(node.op, replaced(node.left), replaced(node.right))
        return node

    changed = replaced(expr)
    return expression(changed, lambda ref: names[ref.name] if ref.name in names else reference(ref), size, frame)


def _spread(column: Vector, places: Array) -> Vector:
    """The values at these places, null where the place is -1."""
    missing = places < 0
    if not missing.any():
        return column.take(places)
    if not len(column):
        return vector.nulls(column.type, len(places))
    found = column.take(np.where(missing, 0, places))
    return Vector(found.type, found.values, found.mask() & ~missing)


def _join(results: list[CallResult]) -> tuple[Array, Array, list[Array | None]]:
    """All (group, time) of the results in order, and where in each result the value is (None: all as they are, -1: none)."""
    first = results[0]
    if all(
        len(r.group) == len(first.group) and np.array_equal(r.time, first.time) and np.array_equal(r.group, first.group)
        for r in results[1:]
    ):
        return first.group, first.time, [None for _ in results]
    group = np.concatenate([r.group for r in results])
    time = np.concatenate([r.time for r in results])
    turn = np.concatenate([_occurrence(r) for r in results])
    order = np.lexsort((turn, time, group))
    g, t, n = group[order], time[order], turn[order]
    new = (
        np.concatenate(([True], (np.diff(g) != 0) | (np.diff(t) != 0) | (np.diff(n) != 0)))
        if len(g)
        else g.astype(bool)
    )
    row = np.empty(len(order), dtype=np.int64)
    row[order] = np.cumsum(new) - 1
    places: list[Array | None] = []
    at = 0
    for result in results:
        place = np.full(int(new.sum()), -1)
        place[row[at : at + len(result.group)]] = np.arange(len(result.group))
        places.append(place)
        at += len(result.group)
    return g[new], t[new], places


def _occurrence(result: CallResult) -> Array:
    """0 for the first point of a group at a time, 1 for the second …."""
    if not len(result.group):
        return np.zeros(0, dtype=np.int64)
    new = np.concatenate(([True], (np.diff(result.group) != 0) | (np.diff(result.time) != 0)))
    starts = np.flatnonzero(new)
    return np.arange(len(new)) - np.repeat(starts, np.diff(np.append(starts, len(new))))


# -- limits ----------------------------------------------------------------------------------------------------------------


def _limit_series(found: Output, page: ast.Page) -> Output:
    """SLIMIT and SOFFSET, counted for each measurement."""
    if not page.slimit and not page.soffset:
        return found
    seen: dict[str, int] = {}
    keep = np.zeros(len(found.groups), dtype=bool)
    for i, (name, _) in enumerate(found.groups):
        number = seen[name] = seen.get(name, -1) + 1
        keep[i] = number >= page.soffset and (not page.slimit or number < page.soffset + page.slimit)
    return found.keep(np.flatnonzero(np.repeat(keep, np.diff(found.offsets))))


def _limit_rows(found: Output, page: ast.Page) -> Output:
    """LIMIT and OFFSET, counted for each series."""
    if not page.limit and not page.offset:
        return found
    number = np.arange(len(found.time)) - np.repeat(found.offsets[:-1], np.diff(found.offsets))
    keep = number >= page.offset
    if page.limit:
        keep &= number < page.offset + page.limit
    return found.keep(np.flatnonzero(keep))
