"""A SELECT made ready to run: databases looked up, wildcards replaced, types known, windows and range fixed, rules checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from influxctl.core.readspec import Compare
from influxctl.core.regex import compile_regex
from influxctl.core.times import MAX_TIME, MIN_TIME
from influxctl.influxql import ast
from influxctl.influxql.check import Calls, check
from influxctl.influxql.conditions import TimeRange, parse_literal_time, split_time
from influxctl.influxql.errors import NotSupported, StatementError
from influxctl.influxql.fieldtypes import column_type
from influxctl.influxql.naming import column_names, with_tag_columns
from influxctl.influxql.source import RetentionPolicy, Session
from influxctl.influxql.vector import FROM_COLUMN, NUMERIC, PRECEDENCE
from influxctl.influxql.zones import Windows


@dataclass(slots=True)
class Measurement:
    """One measurement of a bucket, with the types of its fields."""

    bucket_id: str
    name: str
    fields: Mapping[str, str]


@dataclass(slots=True)
class Plan:
    """A SELECT that can be run. `least` and `greatest` bound the time, both included; `dims` are the tags it groups by."""

    fields: list[ast.Expr]
    names: list[str]
    inputs: list[Measurement | Plan]
    condition: ast.Expr | None
    least: int
    greatest: int
    dims: tuple[str, ...]
    windows: Windows | None
    fill: ast.Fill
    page: ast.Page
    zone: ZoneInfo | None
    calls: Calls
    now: int
    types: dict[str, str] = field(default_factory=dict)

    @property
    def descending(self) -> bool:
        """Whether the newest come first."""
        return self.page.descending

    def output_types(self) -> dict[str, str]:
        """The type of each column that an outer SELECT sees."""
        return {name: column_type(expr, self.types) for name, expr in zip(self.names[1:], self.fields, strict=True)}


@dataclass(slots=True)
class Outer:
    """What a subquery takes over from the SELECT around it."""

    range: TimeRange = field(default_factory=TimeRange)
    dims: tuple[str, ...] = ()
    windows: Windows | None = None
    page: ast.Page | None = None
    zone: ZoneInfo | None = None


def find_policies(session: Session, database: str, rp: str) -> list[RetentionPolicy]:
    """The policies of a database, or the one named; StatementError if there is none."""
    if not database:
        raise StatementError("a database is needed: name one with db=, or write database..measurement")
    known = list(session.source.policies(database))
    if not known:
        raise StatementError(f"database not found: {database}")
    if rp:
        known = [p for p in known if p.name == rp]
        if not known:
            raise StatementError(f"retention policy not found: {rp}")
    return known


def find_policy(session: Session, database: str, rp: str) -> RetentionPolicy:
    """The policy named, or the default of the database; StatementError if there is none."""
    known = find_policies(session, database, rp)
    if rp:
        return known[0]
    for policy in known:
        if policy.default:
            return policy
    raise StatementError(f"the database {database} has no default retention policy")


def make_plan(select: ast.Select, session: Session, outer: Outer | None = None) -> Plan:
    """The plan of a SELECT, its subqueries included; StatementError where InfluxQL refuses it."""
    if select.into is not None:
        raise NotSupported("SELECT INTO")
    inside = outer is not None
    outer = outer or Outer()
    zone = ZoneInfo(select.tz) if select.tz else outer.zone
    condition, times = split_time(select.condition, session.now, zone)
    times = times.intersect(outer.range)
    own = _windows(select.dimensions, session.now, zone)
    windows = own or outer.windows
    page = replace(select.page, descending=outer.page.descending) if outer.page else select.page
    if outer.page and select.page.ordered and select.page.descending != outer.page.descending:
        raise StatementError("a subquery must be ordered in the same direction as the query around it")
    fields = _without_time(select.fields)
    # Functions are checked before any source is looked at; columns made of wildcards are checked again when these are replaced.
    check([f.expr for f in _ready(fields)], windows.every if windows else 0, own is None, select.fill)
    names = [d.name for d in select.dimensions if isinstance(d, ast.VarRef)]
    fill = select.fill or ast.Fill()
    if inside and fill.kind == "null":
        fill = ast.Fill("none")
    inherited = Outer(times, _merge(tuple(names), outer.dims), windows, page, zone)
    inputs = _inputs(select.sources, session, times, inherited)
    schema = Schema(inputs, session, times)
    dims = _merge(_dimensions(select.dimensions, schema), outer.dims)
    expanded = expand(fields, select.dimensions, schema)
    every = windows.every if windows else 0
    calls = check([f.expr for f in expanded], every, own is None, select.fill) if expanded else Calls()
    expanded = with_tag_columns(expanded)
    greatest = times.greatest
    if greatest is None:
        greatest = session.now if windows is not None else MAX_TIME
    return Plan(
        [f.expr for f in expanded],
        column_names(select.fields, expanded),
        inputs,
        condition,
        MIN_TIME if times.least is None else times.least,
        greatest,
        dims,
        windows if calls.calls else None,
        fill,
        page,
        zone,
        calls,
        session.now,
        schema.types,
    )


def _ready(fields: list[ast.Field]) -> list[ast.Field]:
    """The columns without wildcards."""
    return [f for f in fields if not any(isinstance(n, (ast.Wildcard, ast.Regex)) for n in ast.walk(f.expr))]


def _merge(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(first) | set(second)))


def _without_time(fields: tuple[ast.Field, ...]) -> list[ast.Field]:
    kept = [f for f in fields if not (isinstance(f.expr, ast.VarRef) and f.expr.name == "time")]
    if not kept:
        raise StatementError("at least one field other than time is needed")
    return kept


def _windows(dimensions: tuple[ast.Expr, ...], now: int, zone: ZoneInfo | None) -> Windows | None:
    found: Windows | None = None
    seen = False
    for expr in dimensions:
        if isinstance(expr, ast.Call):
            if expr.name != "time":
                raise StatementError("GROUP BY takes tags and time()")
            if seen:
                raise StatementError("GROUP BY takes time() once")
            seen = True
            found = _window(expr, now, zone)
        elif not isinstance(expr, (ast.VarRef, ast.Wildcard, ast.Regex)):
            raise StatementError("GROUP BY takes tags and time()")
    return found


def _window(call: ast.Call, now: int, zone: ZoneInfo | None) -> Windows | None:
    if len(call.args) not in (1, 2):
        raise StatementError("time() takes an interval and perhaps an offset")
    every = call.args[0]
    if not isinstance(every, ast.DurationLiteral):
        raise StatementError("time() takes a duration as its interval")
    offset = 0
    if len(call.args) == 2:
        arg = call.args[1]
        if isinstance(arg, ast.DurationLiteral):
            offset = arg.ns
        elif isinstance(arg, ast.Call) and arg.name == "now" and not arg.args:
            offset = now
        elif isinstance(arg, ast.String) and len(arg.value) == 0:
            offset = parse_literal_time(arg.value, zone)
        else:
            raise StatementError("time() takes a duration or now() as its offset")
    if every.ns < 0:
        raise StatementError("time() takes an interval above 0")
    if every.ns == 0:
        return None
    return Windows(every.ns, offset % every.ns if offset >= 0 else -(-offset % every.ns), zone)


def _inputs(
    sources: tuple[ast.Source, ...], session: Session, times: TimeRange, inherited: Outer
) -> list[Measurement | Plan]:
    found: list[Measurement | Plan] = []
    for source in sources:
        if isinstance(source, ast.SubQuery):
            found.append(make_plan(source.select, session, inherited))
        else:
            found += find_measurements(source, session, times)
    return found


def find_measurements(source: ast.Measurement, session: Session, times: TimeRange) -> list[Measurement]:
    """The measurements that a source names or matches."""
    policy = find_policy(
        session, source.database or session.database, source.rp or ("" if source.database else session.policy)
    )
    names = [source.name]
    if source.regex is not None:
        search = compile_regex(source.regex).search
        start, stop = MIN_TIME, MAX_TIME + 1
        names = [n for n in session.source.measurements(policy.bucket_id, start, stop, None) if search(n)]
    found = []
    for name in names:
        types = session.source.field_types(policy.bucket_id, name)
        found.append(Measurement(policy.bucket_id, name, {k: FROM_COLUMN[t] for k, t in types.items()}))
    return found


class Schema:
    """The fields and tags of all inputs together."""

    def __init__(self, inputs: list[Measurement | Plan], session: Session, times: TimeRange) -> None:
        self.inputs = inputs
        self.session = session
        self.types: dict[str, str] = {}
        self._tags: set[str] | None = None
        for item in inputs:
            for name, kind in (item.fields if isinstance(item, Measurement) else item.output_types()).items():
                held = self.types.get(name)
                if held is None or PRECEDENCE.index(kind) < PRECEDENCE.index(held):
                    self.types[name] = kind

    @property
    def tags(self) -> set[str]:
        """The tag keys of all inputs."""
        if self._tags is None:
            self._tags = set()
            for item in self.inputs:
                if isinstance(item, Plan):
                    self._tags |= set(item.dims)
                else:
                    self._tags |= set(measurement_tags(self.session, item))
        return self._tags


def measurement_tags(session: Session, measurement: Measurement) -> list[str]:
    """The tag keys of one measurement."""
    predicate = Compare("_measurement", "==", measurement.name)
    return session.source.tag_keys(measurement.bucket_id, MIN_TIME, MAX_TIME + 1, predicate)


def _dimensions(dimensions: tuple[ast.Expr, ...], schema: Schema) -> tuple[str, ...]:
    found: set[str] = set()
    for expr in dimensions:
        if isinstance(expr, ast.VarRef):
            found.add(expr.name)
        elif isinstance(expr, ast.Wildcard):
            found |= schema.tags
        elif isinstance(expr, ast.Regex):
            search = compile_regex(expr.pattern).search
            found |= {name for name in schema.tags if search(name)}
    return tuple(sorted(found))


def expand(fields: list[ast.Field], dimensions: tuple[ast.Expr, ...], schema: Schema) -> list[ast.Field]:
    """The columns with their wildcards and regular expressions replaced. Tags that are grouped by are not columns."""
    found: list[ast.Field] = []
    for item in fields:
        nodes = ast.walk(item.expr)
        if not any(isinstance(node, (ast.Wildcard, ast.Regex)) for node in nodes):
            found.append(item)
        elif isinstance(item.expr, (ast.Wildcard, ast.Regex)):
            found += [ast.Field(ref) for ref in _references(item.expr, dimensions, schema)]
        elif isinstance(item.expr, ast.Call):
            found += _expand_call(item, item.expr, schema)
        else:
            raise StatementError("a wildcard cannot be part of an expression")
    return found


def _references(expr: ast.Expr, dimensions: tuple[ast.Expr, ...], schema: Schema) -> list[ast.VarRef]:
    refs = [(name, "") for name in schema.types]
    if not any(isinstance(d, (ast.Wildcard, ast.Regex)) for d in dimensions):
        grouped = {d.name for d in dimensions if isinstance(d, ast.VarRef)}
        refs += [(name, "tag") for name in schema.tags - grouped]
    refs.sort()
    if isinstance(expr, ast.Regex):
        search = compile_regex(expr.pattern).search
        refs = [ref for ref in refs if search(ref[0])]
    elif isinstance(expr, ast.Wildcard) and expr.type:
        refs = [ref for ref in refs if (ref[1] == "tag") == (expr.type == "tag")]
    return [ast.VarRef(name, kind) for name, kind in refs]


def _expand_call(item: ast.Field, call: ast.Call, schema: Schema) -> list[ast.Field]:
    """`mean(*)` and the like, one column for each field of a type that the function takes."""
    path = [call]
    while path[-1].args and isinstance(path[-1].args[0], ast.Call):
        path.append(path[-1].args[0])
    inner = path[-1]
    target = inner.args[0] if inner.args else None
    if isinstance(target, ast.Wildcard) and target.type == "tag":
        raise StatementError(f"{inner.name}() cannot be used on tags")
    if not isinstance(target, (ast.Wildcard, ast.Regex)):
        raise StatementError("a wildcard cannot stand here")
    kinds = set(NUMERIC)
    if inner.name in ("count", "first", "last", "distinct", "elapsed", "mode", "sample"):
        kinds |= {"string", "boolean"}
    elif inner.name in ("min", "max"):
        kinds.add("boolean")
    elif inner.name.startswith("holt_winters"):
        kinds.discard("unsigned")
    search = compile_regex(target.pattern).search if isinstance(target, ast.Regex) else None
    found = []
    for name in sorted(schema.types):
        if schema.types[name] in kinds and (search is None or search(name)):
            expr: ast.Expr = ast.VarRef(name)
            for step in reversed(path):
                expr = ast.Call(step.name, (expr, *step.args[1:]))
            found.append(ast.Field(expr, f"{item.alias or call.name}_{name}"))
    return found
