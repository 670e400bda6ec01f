"""The option `task` of a script: read from the syntax tree, without running anything, and changed in the text."""

from __future__ import annotations

from dataclasses import dataclass

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration, parse_duration
from influxctl.flux import ast
from influxctl.local.query.canonical import canonical, parsed, quoted
from influxctl.local.tasks.cron import Schedule, every, parse_cron, time_zone

MAX_CONCURRENCY = 100
MAX_RETRY = 10


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """`option task = {…}`. `every`, `cron` and `offset` are the texts as written; empty where they are not given."""

    name: str
    every: str = ""
    cron: str = ""
    offset: str = ""
    concurrency: int = 1
    retry: int = 1
    timezone: str = ""

    @property
    def schedule(self) -> Schedule:
        """When the task is due, its offset aside. `timezone` is ours: the reference takes it and goes by UTC."""
        if self.every:
            return every(parse_duration(self.every))
        return parse_cron(self.cron, time_zone(self.timezone) if self.timezone else None)

    @property
    def delay(self) -> int:
        """The offset in nanoseconds."""
        return parse_duration(self.offset).ns if self.offset else 0


def task_options(script: str) -> TaskOptions:
    """The options of a script, checked; `Invalid` with the rule that is broken."""
    return _read(_option(_parsed(script)))


def _parsed(script: str) -> ast.File:
    try:
        return parsed(script)
    except Invalid as error:
        raise Invalid(f"invalid options: {error.message}") from None


def _option(file: ast.File) -> ast.ObjectExpression:
    for statement in file.body:
        if isinstance(statement, ast.OptionStatement) and isinstance(statement.assignment, ast.VariableAssignment):
            assignment = statement.assignment
            if assignment.id.name == "task" and isinstance(assignment.init, ast.ObjectExpression):
                return assignment.init
    raise Invalid("invalid options: no task options defined")


def _key(prop: ast.Property) -> str:
    return prop.key.name if isinstance(prop.key, ast.Identifier) else prop.key.value


def _read(option: ast.ObjectExpression) -> TaskOptions:
    values = {_key(prop): prop.value for prop in option.properties}
    name, cron = _text(values.get("name"), "name"), _text(values.get("cron"), "cron")
    interval, offset = _duration(values.get("every"), "every"), _duration(values.get("offset"), "offset")
    if not name:
        raise Invalid("invalid options: missing required option: name")
    if not interval and not cron:
        raise Invalid("invalid options: missing required option: cron or every")
    if interval and cron:
        raise Invalid("invalid options: cannot use both cron and every in task options")
    concurrency = _integer(values.get("concurrency"), "concurrency", MAX_CONCURRENCY)
    retry = _integer(values.get("retry"), "retry", MAX_RETRY)
    zone = values.get("timezone")
    known = zone.value if isinstance(zone, ast.StringLiteral) else ""
    options = TaskOptions(name, interval, cron, offset, concurrency, retry, known)
    if offset and parse_duration(offset).ns % 1_000_000_000:
        raise Invalid("invalid options: offset must be whole seconds")
    try:
        _ = options.schedule
    except Invalid as error:
        raise Invalid(f"invalid options: {error.message}") from None
    return options


def _text(node: ast.Expression | None, name: str) -> str:
    if node is None:
        return ""
    if not isinstance(node, ast.StringLiteral):
        raise _unreadable(name)
    return node.value


def _duration(node: ast.Expression | None, name: str) -> str:
    """A duration as it is written, with its sign."""
    if node is None:
        return ""
    literal, sign = node, ""
    if isinstance(node, ast.UnaryExpression) and node.operator == "-":
        literal, sign = node.argument, "-"
    if not isinstance(literal, ast.DurationLiteral):
        raise _unreadable(name)
    return sign + "".join(f"{part.magnitude}{part.unit}" for part in literal.values)


def _integer(node: ast.Expression | None, name: str, most: int) -> int:
    if node is None:
        return 1
    if not isinstance(node, ast.IntegerLiteral):
        raise _unreadable(name)
    if not 1 <= node.value <= most:
        raise Invalid(f"invalid options: {name} must be between 1 and {most}")
    return node.value


def _unreadable(name: str) -> Invalid:
    return Invalid(f"invalid options: failed to parse field '{name}' in task options")


def check_duration(text: str) -> Duration:
    """A duration of a request; `Invalid` as the reference words it."""
    try:
        return parse_duration(text)
    except Invalid:
        raise Invalid(f"invalid duration {text}") from None


def with_options(script: str, changes: dict[str, str]) -> str:
    """The script with other values of `name`, `every`, `cron` or `offset` in its option, in canonical form.

    `every` takes the place of `cron` and the other way round. Nothing else of the option is touched.
    """
    option = _option(_parsed(script))
    dropped = {"every": "cron", "cron": "every"}
    gone = {dropped[key] for key in changes if key in dropped}
    kept = [prop for prop in option.properties if _key(prop) not in gone]
    present = {_key(prop) for prop in kept}
    parts = []
    for prop in kept:
        key = _key(prop)
        parts.append(f"{key}: {_literal(key, changes[key])}" if key in changes else prop.location.source)
    parts += [f"{key}: {_literal(key, value)}" for key, value in changes.items() if key not in present]
    location = option.location
    text = f"{script[: location.at]}{{{', '.join(parts)}}}{script[location.until :]}"
    return canonical(text)


def _literal(key: str, value: str) -> str:
    if key in ("every", "offset"):
        return value
    return quoted(value)
