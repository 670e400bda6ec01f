"""Checks as Flux: the script of a check's task, worded as the reference words it (2.9.1), so that stored tasks look the same."""

from __future__ import annotations

import re
from typing import Any

from influxctl.core.errors import Invalid
from influxctl.flux import ast
from influxctl.local.query.canonical import canonical, parsed, quoted

Doc = dict[str, Any]
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_MONITOR, _EXPERIMENTAL, _V1 = "influxdata/influxdb/monitor", "experimental", "influxdata/influxdb/v1"


def check_script(check: Doc) -> str:
    """The script of a check that has an ID; `Invalid` when its query cannot serve."""
    if check["type"] == "custom":
        return custom_script(check["id"], check["query"]["text"])
    deadman = check["type"] == "deadman"
    file = parsed(check["query"]["text"])
    window = check["staleTime"] if deadman else check["every"]
    imports = [_MONITOR, *([_EXPERIMENTAL] if deadman else []), _V1]
    levels = _deadman_level(check) if deadman else _threshold_levels(check, file)
    names = [name for name, _ in levels]
    steps = ['data |> v1["fieldsAsCols"]()']
    if deadman:
        steps.append(f'monitor["deadman"](t: experimental["subDuration"](from: now(), d: {check["timeSince"]}))')
    arguments = ", ".join(["data: check", "messageFn: messageFn", *(f"{name}: {name}" for name in names)])
    steps.append(f'monitor["check"]({arguments})')
    parts = [
        *import_lines(file, imports),
        *_data(file, window),
        task_option(check),
        _record(check),
        *(f"{name} = (r) => {condition}" for name, condition in levels),
        f"messageFn = (r) => {template(check.get('statusMessageTemplate', ''))}",
        " |> ".join(steps),
    ]
    return canonical("\n".join(parts), generated=True)


def custom_script(id: str, text: str) -> str:
    """The script of a custom check: its own text with its ID in the record `check`."""
    file = parsed(text)
    for statement in file.body:
        if isinstance(statement, ast.VariableAssignment) and statement.id.name == "check":
            record = statement.init
            if isinstance(record, ast.ObjectExpression):
                kept = [prop.location.source for prop in record.properties if key_of(prop) != "_check_id"]
                fields = ", ".join([f'_check_id: "{id}"', *kept])
                where = record.location
                return canonical(f"{text[: where.at]}{{{fields}}}{text[where.until :]}")
    return canonical(text)


def key_of(prop: ast.Property) -> str:
    """The name of a record's field or of an argument."""
    return prop.key.name if isinstance(prop.key, ast.Identifier) else prop.key.value


def import_lines(file: ast.File | None, paths: list[str]) -> list[str]:
    """Import declarations: those of a query first, then the others that are not among them."""
    own = [] if file is None else file.imports
    present = {one.path.value for one in own}
    lines = [one.location.source for one in own]
    return lines + [f'import "{path}"' for path in paths if path not in present]


def task_option(doc: Doc) -> str:
    """`option task` of a check or rule."""
    offset = f", offset: {doc['offset']}" if doc.get("offset") else ""
    return f"option task = {{name: {quoted(doc['name'])}, every: {doc['every']}{offset}}}"


def template(text: str) -> str:
    """A message template as a string of Flux: what stands in `${…}` stays as it is."""
    out = []
    for part in re.split(r"(\$\{[^}]*\})", text):
        out.append(part if part.startswith("${") and part.endswith("}") else quoted(part)[1:-1])
    return f'"{"".join(out)}"'


def _record(check: Doc) -> str:
    tags = ", ".join(f"{_key(tag['key'])}: {quoted(tag['value'])}" for tag in check.get("tags") or [])
    fields = f'_check_id: "{check["id"]}", _check_name: {quoted(check["name"])}, _type: "{check["type"]}"'
    return f"check = {{{fields}, tags: {{{tags}}}}}"


def _key(text: str) -> str:
    return text if _IDENTIFIER.match(text) else quoted(text)


# The query: its range and its windows follow the check.


def _data(file: ast.File, window: str) -> list[str]:
    """The query's statements with the pipeline assigned to `data`."""
    out, named = [], False
    for statement in file.body:
        text = _edited(statement, window)
        if isinstance(statement, ast.ExpressionStatement) and not named:
            text, named = f"data = {text}", True
        out.append(text)
    return out


def _edited(statement: ast.Statement, window: str) -> str:
    """A statement's text: `range(start: -window)` without stop, `aggregateWindow(every: window, …, createEmpty: false)`."""
    text, base = statement.location.source, statement.location.at
    edits = []
    for node in ast.walk(statement):
        if isinstance(node, ast.CallExpression) and isinstance(node.callee, ast.Identifier) and node.arguments:
            arguments = node.arguments[0]
            given = {key_of(prop): prop.location.source for prop in arguments.properties}
            if node.callee.name == "range":
                given = {"start": f"start: -{window}", **{k: v for k, v in given.items() if k not in ("start", "stop")}}
            elif node.callee.name == "aggregateWindow":
                given = {**given, "every": f"every: {window}", "createEmpty": "createEmpty: false"}
            else:
                continue
            edits.append((arguments.location.at - base, arguments.location.until - base, ", ".join(given.values())))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def fields_of(file: ast.File) -> list[str]:
    """The fields that a query filters by: `r._field == "x"`."""
    found = []
    for node in ast.walk(file):
        if isinstance(node, ast.BinaryExpression) and node.operator == "==":
            left, right = node.left, node.right
            if isinstance(left, ast.MemberExpression) and isinstance(right, ast.StringLiteral):
                name = left.property.name if isinstance(left.property, ast.Identifier) else left.property.value
                if name == "_field":
                    found.append(right.value)
    return found


# Levels.


def _deadman_level(check: Doc) -> list[tuple[str, str]]:
    return [(check["level"].lower(), 'r["dead"]')]


def _threshold_levels(check: Doc, file: ast.File) -> list[tuple[str, str]]:
    fields = fields_of(file)
    if len(fields) != 1:
        raise Invalid(f"expected a single field but got: {fields}")
    return [(one["level"].lower(), _condition(one, f"r[{quoted(fields[0])}]")) for one in check.get("thresholds") or []]


def _condition(threshold: Doc, field: str) -> str:
    if threshold["type"] == "greater":
        return f"{field} > {number(threshold['value'])}"
    if threshold["type"] == "lesser":
        return f"{field} < {number(threshold['value'])}"
    low, high = number(threshold["min"]), number(threshold["max"])
    if threshold["within"]:
        return f"{field} < {high} and {field} > {low}"
    return f"{field} < {low} or {field} > {high}"


def number(value: float) -> str:
    """A float of Flux, which knows no exponents."""
    text = f"{float(value):.17f}".rstrip("0") if abs(value) < 1e-4 else repr(float(value))
    if "e" in text:
        text = f"{float(value):.1f}"
    return f"{text}0" if text.endswith(".") else text
