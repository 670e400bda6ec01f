"""EXPLAIN: for every read that a SELECT makes what is computed from it and how much it looks at; EXPLAIN ANALYZE: how long it took.

This server keeps no blocks of single values, so all values count as cached, as on a reference server that has not yet written files.
"""

from __future__ import annotations

import time

import numpy as np

from influxctl.core.readspec import Compare
from influxctl.core.times import MIN_TIME
from influxctl.influxql import ast
from influxctl.influxql.conditions import join_and, split_tags
from influxctl.influxql.fieldtypes import reference_type
from influxctl.influxql.load import read_parts
from influxctl.influxql.plan import Measurement, Plan, make_plan
from influxctl.influxql.printer import print_duration, print_expr
from influxctl.influxql.select import run
from influxctl.influxql.show import Listing
from influxctl.influxql.source import Session

_SHARD = 604_800_000_000_000  # the length of a shard of a bucket without retention


def explain(statement: ast.Explain, session: Session) -> Listing:
    """The answer to EXPLAIN."""
    started = time.perf_counter_ns()
    plan = make_plan(statement.select, session)
    planned = time.perf_counter_ns()
    if not statement.analyze:
        lines: list[str] = []
        for owner, item, call in _reads(plan):
            lines += [""] if lines else []
            lines += _describe(owner, item, call, session)
        return Listing("", ["QUERY PLAN"], [[line] for line in lines])
    output = run(plan, session)
    ended = time.perf_counter_ns()
    lines = [
        ".",
        "└── select",
        f"    ├── execution_time: {print_duration(ended - planned)}",
        f"    ├── planning_time: {print_duration(planned - started)}",
        f"    ├── total_time: {print_duration(ended - started)}",
        f"    ├── series: {len(output.groups)}",
        f"    └── rows: {len(output.time)}",
    ]
    return Listing("", ["EXPLAIN ANALYZE"], [[line] for line in lines])


def _reads(plan: Plan) -> list[tuple[Plan, Measurement, ast.Call | None]]:
    """Each measurement that is read, once for each call, or once for columns that are no calls; and the SELECT that reads it."""
    found: list[tuple[Plan, Measurement, ast.Call | None]] = []
    calls: list[ast.Call | None] = [_innermost(call) for call in plan.calls.calls] or [None]
    for call in calls:
        for item in plan.inputs:
            if isinstance(item, Measurement):
                found.append((plan, item, call))
    for item in plan.inputs:
        if isinstance(item, Plan):
            found += _reads(item)
    return found


def _innermost(call: ast.Call) -> ast.Call:
    while call.args and isinstance(call.args[0], ast.Call):
        call = call.args[0]
    return call


def _typed(expr: ast.Expr, types: dict[str, str]) -> ast.Expr:
    """The expression with the type of every field and tag."""
    if isinstance(expr, ast.VarRef):
        return ast.VarRef(expr.name, reference_type(expr, types))
    if isinstance(expr, ast.Call):
        return ast.Call(expr.name, tuple(_typed(arg, types) for arg in expr.args))
    return expr


def _describe(plan: Plan, item: Measurement, call: ast.Call | None, session: Session) -> list[str]:
    exprs: list[ast.Expr] = [call] if call is not None else plan.fields
    refs = {node for expr in exprs for node in ast.walk(expr) if isinstance(node, ast.VarRef)}
    lines = [f"EXPRESSION: {print_expr(_typed(call, plan.types)) if call is not None else '<nil>'}"]
    if call is None:
        names = sorted(print_expr(_typed(ref, plan.types)) for ref in refs)
        lines.append(f"AUXILIARY FIELDS: {', '.join(names)}")
    predicate, _ = split_tags(plan.condition, item.fields)
    fields = {ref.name for ref in refs if ref.name in item.fields}
    parts = read_parts(item, fields, predicate, plan.least, plan.greatest, session)
    values = sum(int(column.mask().sum()) for part in parts for column in part.columns.values())
    shards = {int(shard) for part in parts for shard in np.unique(part.time // _SHARD)}
    series = session.source.series(
        item.bucket_id, MIN_TIME, plan.greatest + 1, join_and(Compare("_measurement", "==", item.name), predicate)
    )
    return [
        *lines,
        f"NUMBER OF SHARDS: {len(shards)}",
        f"NUMBER OF SERIES: {len(series)}",
        f"CACHED VALUES: {values}",
        "NUMBER OF FILES: 0",
        "NUMBER OF BLOCKS: 0",
        "SIZE OF BLOCKS: 0",
    ]
