"""Statements one after the other, with the reference's rules about errors.

A statement that fails ends the run. If others follow it, the answer says "not executed" in its place and for all but the last of them,
and its own error is lost (recorded on 2.9.1); DELETE and DROP MEASUREMENT give no result at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from influxctl.core.errors import InfluxctlError
from influxctl.influxql import ast
from influxctl.influxql.errors import NotSupported
from influxctl.influxql.explain import explain
from influxctl.influxql.plan import make_plan
from influxctl.influxql.select import Output, run
from influxctl.influxql.show import Listing, delete, drop_measurement, show
from influxctl.influxql.source import Session

NOT_EXECUTED = "not executed"
_REFUSED = {"KILL QUERY": "SHOW QUERIES"}  # what the reference calls it


@dataclass(slots=True)
class Result:
    """The answer of one statement: series of a SELECT or of a SHOW, or an error."""

    statement_id: int
    output: Output | None = None
    listings: list[Listing] = field(default_factory=list)
    error: str = ""


def execute(statements: Sequence[ast.Statement], session: Session) -> Iterator[Result]:
    """The results of the statements in order."""
    last = len(statements) - 1
    for number, statement in enumerate(statements):
        try:
            result = _statement(number, statement, session)
        except InfluxctlError as error:
            if number == last:
                yield Result(number, error=error.message)
            for skipped in range(number, last):
                yield Result(skipped, error=NOT_EXECUTED)
            return
        if result is not None:
            yield result


def _statement(number: int, statement: ast.Statement, session: Session) -> Result | None:
    if isinstance(statement, ast.Select):
        return Result(number, run(make_plan(statement, session), session))
    if isinstance(statement, ast.Show):
        return Result(number, listings=show(statement, session))
    if isinstance(statement, ast.Explain):
        return Result(number, listings=[explain(statement, session)])
    if isinstance(statement, ast.Delete):
        delete(statement, session)
    elif isinstance(statement, ast.DropMeasurement):
        drop_measurement(statement, session)
    else:
        raise NotSupported(_REFUSED.get(statement.name, statement.name))
    return None
