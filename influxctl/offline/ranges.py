"""What a Flux script reads: which buckets, and how far back, as far as the text itself says."""

from __future__ import annotations

from collections.abc import Iterator

from influxctl.core.errors import InfluxctlError
from influxctl.core.times import NS, parse_duration
from influxctl.flux import ast
from influxctl.flux.parser import parse

_MONTH = 30 * NS["d"]


def reads(script: str) -> list[tuple[str, int | None]]:
    """(bucket, nanoseconds back from now) of every `from |> … |> range`; None when the start is not a literal duration."""
    file = parse(script)
    if file.errors:
        return []
    return [found for node in ast.walk(file) if isinstance(node, ast.PipeExpression) for found in _read(node)]


def _read(pipe: ast.PipeExpression) -> Iterator[tuple[str, int | None]]:
    """The read that a `|> range(…)` completes: what is before it begins with `from(bucket: "…")`."""
    if _name(pipe.call) != "range":
        return
    start: ast.Node = pipe.argument
    while isinstance(start, ast.PipeExpression):
        start = start.argument
    if isinstance(start, ast.CallExpression) and _name(start) == "from":
        bucket = _argument(start, "bucket")
        if isinstance(bucket, ast.StringLiteral):
            yield bucket.value, _back(_argument(pipe.call, "start"))


def _name(call: ast.Node) -> str:
    return call.callee.name if isinstance(call, ast.CallExpression) and isinstance(call.callee, ast.Identifier) else ""


def _argument(call: ast.CallExpression, name: str) -> ast.Node | None:
    for record in call.arguments:
        for item in record.properties if isinstance(record, ast.ObjectExpression) else ():
            key = getattr(item.key, "name", getattr(item.key, "value", ""))
            if key == name:
                return item.value
    return None


def _back(start: ast.Node | None) -> int | None:
    negative = isinstance(start, ast.UnaryExpression) and start.operator == "-"
    literal = start.argument if isinstance(start, ast.UnaryExpression) else start
    if not negative or not isinstance(literal, ast.DurationLiteral):
        return None
    try:
        found = parse_duration("".join(f"{one.magnitude}{one.unit}" for one in literal.values))
    except InfluxctlError:
        return None
    return found.ns + found.months * _MONTH
