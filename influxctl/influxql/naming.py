"""Names of the columns of a SELECT."""

from __future__ import annotations

from collections.abc import Sequence

from influxctl.influxql import ast


def field_name(field: ast.Field) -> str:
    """The alias, or the name of what stands in the column: of an expression, all its fields and functions joined by `_`."""
    if field.alias:
        return field.alias
    expr = field.expr
    while isinstance(expr, ast.Paren):
        expr = expr.expr
    if isinstance(expr, ast.Call):
        return expr.name
    if isinstance(expr, ast.Distinct):
        return "distinct"
    if isinstance(expr, ast.VarRef):
        return expr.name
    if isinstance(expr, ast.Binary):
        return "_".join(_parts(expr))
    return ""


def _parts(expr: ast.Expr) -> list[str]:
    if isinstance(expr, ast.VarRef):
        return [expr.name]
    if isinstance(expr, ast.Call):
        return [expr.name]
    if isinstance(expr, ast.Paren):
        return _parts(expr.expr)
    if isinstance(expr, ast.Binary):
        return _parts(expr.left) + _parts(expr.right)
    return []


def with_tag_columns(fields: Sequence[ast.Field]) -> list[ast.Field]:
    """The columns, and after top() and bottom() those that they add: the fields and tags between their first and last argument."""
    found: list[ast.Field] = []
    for field in fields:
        found.append(field)
        if isinstance(field.expr, ast.Call) and field.expr.name in ("top", "bottom"):
            found += [ast.Field(arg) for arg in field.expr.args[1:-1]]
    return found


def column_names(written: Sequence[ast.Field], fields: Sequence[ast.Field]) -> list[str]:
    """All names, time first; a name that is taken gets `_1`, `_2` …, aliases go first. `written`: the columns before expansion."""
    time = "time"
    for field in written:
        if isinstance(field.expr, ast.VarRef) and field.expr.name == "time" and field.alias:
            time = field.alias
    names = [column.alias for column in fields]
    taken = {name: 1 for name in names if name}
    for i, column in enumerate(fields):
        if names[i]:
            continue
        name = field_name(column)
        if name in taken:
            number = taken[name]
            while f"{name}_{number}" in taken:
                number += 1
            taken[name] = number + 1
            name = f"{name}_{number}"
        taken[name] = taken.get(name, 0) + 1
        names[i] = name
    return [time, *names]
