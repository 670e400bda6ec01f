"""SHOW, DELETE and DROP MEASUREMENT."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from influxctl.core.readspec import And, Compare, Predicate
from influxctl.core.regex import compile_regex
from influxctl.core.times import MAX_TIME, MIN_TIME, go_duration
from influxctl.influxql import ast
from influxctl.influxql.conditions import TimeRange, join_and, split_tags, split_time
from influxctl.influxql.errors import NotSupported, StatementError
from influxctl.influxql.plan import find_policy
from influxctl.influxql.source import RetentionPolicy, Session
from influxctl.influxql.vector import FROM_COLUMN

_SECOND = 1_000_000_000


@dataclass(slots=True)
class Listing:
    """One series of a SHOW: its name ("" for none), columns and rows."""

    name: str
    columns: list[str]
    rows: list[list[object]]


def show(statement: ast.Show, session: Session) -> list[Listing]:
    """The series of a SHOW statement; StatementError for one that the v2 API does not answer."""
    if statement.what.endswith("CARDINALITY"):
        return _cardinality(statement, session)
    run = _SHOWS.get(statement.what)
    if run is None:
        raise NotSupported(f"SHOW {statement.what}")
    return run(statement, session)


def _page(rows: list[list[object]], page: ast.Page) -> list[list[object]]:
    stop = page.offset + page.limit if page.limit else None
    return rows[page.offset : stop]


def _series_page(found: list[Listing], page: ast.Page) -> list[Listing]:
    """LIMIT and OFFSET for the rows of each series, SLIMIT and SOFFSET for the series."""
    for listing in found:
        listing.rows = _page(listing.rows, page)
    found = [listing for listing in found if listing.rows]
    return found[page.soffset : page.soffset + page.slimit if page.slimit else None]


def _databases(statement: ast.Show, session: Session) -> list[Listing]:
    names = dict.fromkeys(policy.database for policy in session.source.policies())
    return [Listing("databases", ["name"], [[name] for name in names])]


def _retention_policies(statement: ast.Show, session: Session) -> list[Listing]:
    database = statement.database or session.database
    if not database:
        raise StatementError("a database is needed: name one with db= or ON")
    rows: list[list[object]] = [
        [p.name, go_duration(p.duration // _SECOND), go_duration(p.shard_duration // _SECOND), 1, p.default]
        for p in session.source.policies(database)
    ]
    return [Listing("", ["name", "duration", "shardGroupDuration", "replicaN", "default"], rows)]


# -- what of a bucket is asked for -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Scope:
    """The bucket, time range and predicate of a SHOW."""

    policy: RetentionPolicy
    start: int
    stop: int
    predicate: Predicate | None
    names: Callable[[str], bool]

    def of(self, measurement: str) -> Predicate:
        """The predicate for one measurement."""
        only = Compare("_measurement", "==", measurement)
        return only if self.predicate is None else And(only, self.predicate)


def _scope(statement: ast.Show, session: Session) -> Scope:
    database = statement.database or session.database
    rp = "" if statement.database else session.policy
    for source in statement.sources:
        database, rp = source.database or database, source.rp or rp
    policy = find_policy(session, database, rp)
    condition, times = split_time(statement.condition, session.now, None)
    predicate, rest = split_tags(condition, ())
    if rest is not None:
        raise StatementError("WHERE takes tags only here")
    start = MIN_TIME if times.least is None else times.least
    stop = MAX_TIME if times.greatest is None else times.greatest
    return Scope(policy, start, stop + 1, predicate, _names(statement.sources))


def _names(sources: tuple[ast.Measurement, ...]) -> Callable[[str], bool]:
    plain = {source.name for source in sources if source.regex is None}
    patterns = [compile_regex(source.regex) for source in sources if source.regex is not None]
    return lambda name: not sources or name in plain or any(p.search(name) for p in patterns)


def _measurement_names(scope: Scope, session: Session) -> list[str]:
    found = session.source.measurements(scope.policy.bucket_id, scope.start, scope.stop, scope.predicate)
    return [name for name in found if scope.names(name)]


def _lenient(statement: ast.Show, session: Session) -> Scope | None:
    """The scope, or None where the database is not known: some SHOWs answer nothing then (recorded on 2.9.1)."""
    database = statement.database or session.database
    if database and not session.source.policies(database):
        return None
    return _scope(statement, session)


def _measurements(statement: ast.Show, session: Session) -> list[Listing]:
    scope = _lenient(statement, session)
    if scope is None:
        return []
    names = _measurement_names(scope, session)
    if statement.filter is not None:
        chosen = key_filter(statement.filter)
        names = [name for name in names if chosen(name)]
    rows = _page([[name] for name in names], statement.page)
    return [Listing("measurements", ["name"], rows)] if rows else []


def key_filter(found: ast.KeyFilter | None) -> Callable[[str], bool]:
    """Which names WITH KEY or WITH MEASUREMENT lets through."""
    if found is None:
        return lambda name: True
    if found.op in ("=~", "!~"):
        search = compile_regex(found.values[0]).search
        return lambda name: (search(name) is not None) == (found.op == "=~")
    wanted = found.op != "!="
    return lambda name: (name in found.values) == wanted


def _tag_keys_of(statement: ast.Show, session: Session) -> Iterator[tuple[str, list[str]]]:
    scope = _lenient(statement, session)
    if scope is None:
        return
    chosen = key_filter(statement.filter)
    for name in _measurement_names(scope, session):
        keys = session.source.tag_keys(scope.policy.bucket_id, scope.start, scope.stop, scope.of(name))
        yield name, [key for key in keys if chosen(key)]


def _tag_keys(statement: ast.Show, session: Session) -> list[Listing]:
    found = [Listing(name, ["tagKey"], [[key] for key in keys]) for name, keys in _tag_keys_of(statement, session)]
    return _series_page(found, replace(statement.page, slimit=0, soffset=0))


def _tag_values(statement: ast.Show, session: Session) -> list[Listing]:
    scope = _lenient(statement, session)
    if scope is None:
        return []
    found = []
    for name, keys in _tag_keys_of(statement, session):
        rows: list[list[object]] = []
        for key in keys:
            values = session.source.tag_values(scope.policy.bucket_id, key, scope.start, scope.stop, scope.of(name))
            rows += [[key, value] for value in values]
        found.append(Listing(name, ["key", "value"], rows))
    return _series_page(found, statement.page)


def _fields_of(statement: ast.Show, session: Session) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    scope = _scope(statement, session)
    for name in _measurement_names(scope, session):
        types = session.source.field_types(scope.policy.bucket_id, name)
        yield name, sorted((field, FROM_COLUMN[kind]) for field, kind in types.items())


def _field_keys(statement: ast.Show, session: Session) -> list[Listing]:
    found = [
        Listing(name, ["fieldKey", "fieldType"], [[field, kind] for field, kind in fields])
        for name, fields in _fields_of(statement, session)
    ]
    return _series_page(found, statement.page)


_ESCAPES = str.maketrans({",": "\\,", " ": "\\ ", "=": "\\="})
_NAME_ESCAPES = str.maketrans({",": "\\,", " ": "\\ "})


def series_key(measurement: str, tags: tuple[tuple[str, str], ...]) -> str:
    """A series as line protocol writes it."""
    return ",".join([measurement.translate(_NAME_ESCAPES), *(_pair(key, value) for key, value in tags)])


@lru_cache(maxsize=1 << 14)
def _pair(key: str, value: str) -> str:
    """A tag as line protocol writes it."""
    return f"{key.translate(_ESCAPES)}={value.translate(_ESCAPES)}"


def _series(statement: ast.Show, session: Session) -> list[Listing]:
    scope = _scope(statement, session)
    found = session.source.series(scope.policy.bucket_id, scope.start, scope.stop, scope.predicate)
    keys = sorted(series_key(name, tags) for name, tags in found if scope.names(name))
    rows = _page([[key] for key in keys], statement.page)
    return [Listing("", ["key"], rows)] if rows else []


_SHOWS: dict[str, Callable[[ast.Show, Session], list[Listing]]] = {
    "DATABASES": _databases,
    "RETENTION POLICIES": _retention_policies,
    "MEASUREMENTS": _measurements,
    "TAG KEYS": _tag_keys,
    "TAG VALUES": _tag_values,
    "FIELD KEYS": _field_keys,
    "SERIES": _series,
}


# -- cardinality -----------------------------------------------------------------------------------------------------------


def _cardinality(statement: ast.Show, session: Session) -> list[Listing]:
    what = statement.what.removesuffix(" CARDINALITY")
    plain = not statement.sources and statement.condition is None and not statement.dimensions
    if what in ("SERIES", "MEASUREMENT") and not statement.exact and plain:
        raise NotSupported(f"SHOW {statement.what}")
    if what == "MEASUREMENT":
        count = len(_measurement_names(_scope(statement, session), session))
        return [Listing("", ["count"], [[count]])] if count else []
    counts = {
        "SERIES": _count_series,
        "TAG KEY": _count_tag_keys,
        "TAG VALUES": _count_tag_values,
        "FIELD KEY": _count_fields,
    }[what](statement, session)
    found = [Listing(name, ["count"], [[count]]) for name, count in counts if count]
    return _series_page(found, statement.page)


def _count_series(statement: ast.Show, session: Session) -> list[tuple[str, int]]:
    scope = _scope(statement, session)
    counts: dict[str, int] = {}
    for name, _ in session.source.series(scope.policy.bucket_id, scope.start, scope.stop, scope.predicate):
        if scope.names(name):
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts.items())


def _count_tag_keys(statement: ast.Show, session: Session) -> list[tuple[str, int]]:
    return [(name, len(keys)) for name, keys in _tag_keys_of(statement, session)]


def _count_tag_values(statement: ast.Show, session: Session) -> list[tuple[str, int]]:
    scope = _scope(statement, session)
    found = []
    for name, keys in _tag_keys_of(statement, session):
        values: set[str] = set()
        for key in keys:
            values |= set(
                session.source.tag_values(scope.policy.bucket_id, key, scope.start, scope.stop, scope.of(name))
            )
        found.append((name, len(values)))
    return found


def _count_fields(statement: ast.Show, session: Session) -> list[tuple[str, int]]:
    return [(name, len(fields)) for name, fields in _fields_of(statement, session)]


# -- deletion --------------------------------------------------------------------------------------------------------------


def delete(statement: ast.Delete, session: Session) -> None:
    """DELETE: the points of these measurements (all, if none is named) that meet the condition, which is about tags and time."""
    policy = find_policy(session, session.database, session.policy)
    condition, times = split_time(statement.condition, session.now, None)
    names = session.source.measurements(policy.bucket_id, MIN_TIME, MAX_TIME + 1, None)
    chosen = _names(statement.sources)
    for name in names:
        if chosen(name):
            fields = session.source.field_types(policy.bucket_id, name)
            predicate, rest = split_tags(condition, fields)
            if rest is not None:
                raise StatementError("DELETE takes tags and time in WHERE, not fields")
            _delete(session, policy, times, join_and(Compare("_measurement", "==", name), predicate))


def _delete(session: Session, policy: RetentionPolicy, times: TimeRange, predicate: Predicate | None) -> None:
    least = MIN_TIME if times.least is None else times.least
    greatest = MAX_TIME if times.greatest is None else times.greatest
    session.source.delete(policy.bucket_id, least, greatest, predicate)


def drop_measurement(statement: ast.DropMeasurement, session: Session) -> None:
    """DROP MEASUREMENT: all of its points in the default policy of the database."""
    policy = find_policy(session, session.database, session.policy)
    _delete(session, policy, TimeRange(), Compare("_measurement", "==", statement.name))
