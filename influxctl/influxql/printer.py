"""Statements to InfluxQL text; `parse(print_statement(s)) == (s,)` for every statement that `parse` gave."""

from __future__ import annotations

import re

from influxctl.influxql import ast
from influxctl.influxql.scanner import DURATION_UNITS, KEYWORDS

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ESCAPES = {"\\": "\\\\", "\n": "\\n"}


def quote_ident(name: str) -> str:
    """A name as it must be written: bare if it can be, otherwise in double quotes."""
    if _PLAIN.match(name) and name.upper() not in KEYWORDS:
        return name
    return '"' + "".join(_ESCAPES.get(c, '\\"' if c == '"' else c) for c in name) + '"'


def quote_string(value: str) -> str:
    """Text in single quotes."""
    return "'" + "".join(_ESCAPES.get(c, "\\'" if c == "'" else c) for c in value) + "'"


def print_duration(ns: int) -> str:
    """Nanoseconds as one number with the largest unit that leaves no rest: `90m`, `7d`, `0s`."""
    if ns == 0:
        return "0s"
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    for unit in ("w", "d", "h", "m", "s", "ms", "u", "ns"):
        if ns % DURATION_UNITS[unit] == 0:
            return f"{sign}{ns // DURATION_UNITS[unit]}{unit}"
    return f"{sign}{ns}ns"


def print_number(value: float) -> str:
    """A float so that it is read as a float again: always with a point, never with an exponent."""
    text = repr(value)
    if "e" in text or "E" in text:
        text = f"{value:.400f}".rstrip("0") if abs(value) < 1 else f"{value:.1f}"
    return text if "." in text else text + ".0"


def print_expr(expr: ast.Expr) -> str:
    """One expression."""
    if isinstance(expr, ast.Binary):
        return f"{print_expr(expr.left)} {expr.op} {print_expr(expr.right)}"
    if isinstance(expr, ast.VarRef):
        return _dotted(expr.name) + (f"::{expr.type}" if expr.type else "")
    if isinstance(expr, ast.Call):
        return f"{expr.name if expr.name != 'distinct' else 'distinct'}({', '.join(map(print_expr, expr.args))})"
    if isinstance(expr, ast.Paren):
        return f"({print_expr(expr.expr)})"
    if isinstance(expr, ast.Wildcard):
        return f"*::{expr.type}" if expr.type else "*"
    if isinstance(expr, ast.Distinct):
        return f"DISTINCT {_dotted(expr.name)}"
    if isinstance(expr, ast.Regex):
        return "/" + expr.pattern.replace("/", "\\/") + "/"
    return _literal(expr)


def _literal(expr: ast.Number | ast.Integer | ast.String | ast.Boolean | ast.DurationLiteral) -> str:
    if isinstance(expr, ast.String):
        return quote_string(expr.value)
    if isinstance(expr, ast.Boolean):
        return "true" if expr.value else "false"
    if isinstance(expr, ast.DurationLiteral):
        return print_duration(expr.ns)
    if isinstance(expr, ast.Number):
        return print_number(expr.value)
    return str(expr.value)


def _dotted(name: str) -> str:
    return quote_ident(name)


def print_source(source: ast.Source) -> str:
    """A measurement or a subquery."""
    if isinstance(source, ast.SubQuery):
        return f"({print_statement(source.select)})"
    if source.regex is not None:
        name = "/" + source.regex.replace("/", "\\/") + "/"
    elif source.name == ":MEASUREMENT":
        name = source.name
    else:
        name = quote_ident(source.name)
    if source.database:
        return f"{quote_ident(source.database)}.{quote_ident(source.rp) if source.rp else ''}.{name}"
    return f"{quote_ident(source.rp)}.{name}" if source.rp else name


def print_delete_tail(sources: tuple[ast.Measurement, ...], condition: ast.Expr | None) -> str:
    """`FROM … WHERE …` as in DELETE and DROP SERIES."""
    parts = []
    if sources:
        parts.append("FROM " + ", ".join(map(print_source, sources)))
    if condition is not None:
        parts.append("WHERE " + print_expr(condition))
    return " ".join(parts)


def _page(page: ast.Page) -> list[str]:
    parts = []
    if page.ordered:
        parts.append("ORDER BY time " + ("DESC" if page.descending else "ASC"))
    for word, value in (("LIMIT", page.limit), ("OFFSET", page.offset), ("SLIMIT", page.slimit),
                        ("SOFFSET", page.soffset)):  # fmt: skip
        if value:
            parts.append(f"{word} {value}")
    return parts


def _select(select: ast.Select) -> str:
    fields = (print_expr(f.expr) + (f" AS {quote_ident(f.alias)}" if f.alias else "") for f in select.fields)
    parts = ["SELECT " + ", ".join(fields)]
    if select.into is not None:
        parts.append("INTO " + print_source(select.into))
    parts.append("FROM " + ", ".join(map(print_source, select.sources)))
    if select.condition is not None:
        parts.append("WHERE " + print_expr(select.condition))
    if select.dimensions:
        parts.append("GROUP BY " + ", ".join(map(print_expr, select.dimensions)))
    if select.fill is not None:
        parts.append(f"fill({_fill(select.fill)})")
    parts += _page(select.page)
    if select.tz:
        parts.append(f"tz({quote_string(select.tz)})")
    return " ".join(parts)


def _fill(fill: ast.Fill) -> str:
    if fill.kind != "number":
        return fill.kind
    return print_number(fill.value) if isinstance(fill.value, float) else str(fill.value)


def _filter(show: ast.Show) -> list[str]:
    found = show.filter
    if found is None:
        return []
    if found.op == "FOR":
        return [f"FOR {quote_string(found.values[0]) if show.what != 'GRANTS' else quote_ident(found.values[0])}"]
    subject = "MEASUREMENT" if show.what == "MEASUREMENTS" else "KEY"
    if found.op == "IN":
        return [f"WITH {subject} IN ({', '.join(map(quote_ident, found.values))})"]
    value = found.values[0]
    text = print_expr(ast.Regex(value)) if found.op in ("=~", "!~") else quote_ident(value)
    return [f"WITH {subject} {found.op} {text}"]


def _show(show: ast.Show) -> str:
    words = show.what
    if show.exact:
        words = words.replace("CARDINALITY", "EXACT CARDINALITY")
    parts = ["SHOW " + words]
    if show.database:
        parts.append("ON " + quote_ident(show.database))
    if show.sources:
        parts.append("FROM " + ", ".join(map(print_source, show.sources)))
    parts += _filter(show)
    if show.condition is not None:
        parts.append("WHERE " + print_expr(show.condition))
    if show.dimensions:
        parts.append("GROUP BY " + ", ".join(map(print_expr, show.dimensions)))
    return " ".join(parts + _page(show.page))


def print_statement(statement: ast.Statement) -> str:
    """One statement, without a semicolon."""
    if isinstance(statement, ast.Select):
        return _select(statement)
    if isinstance(statement, ast.Show):
        return _show(statement)
    if isinstance(statement, ast.Explain):
        return f"EXPLAIN {'ANALYZE ' if statement.analyze else ''}{_select(statement.select)}"
    if isinstance(statement, ast.Delete):
        return "DELETE " + print_delete_tail(statement.sources, statement.condition)
    if isinstance(statement, ast.DropMeasurement):
        return "DROP MEASUREMENT " + quote_ident(statement.name)
    return statement.text


def print_statements(statements: tuple[ast.Statement, ...]) -> str:
    """All statements, separated by semicolons."""
    return "; ".join(map(print_statement, statements))
