"""sql: queries to SQLite through the standard library; other drivers are refused when the query starts."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import InfluxctlError, InternalError, Invalid
from influxctl.core.times import format_time, parse_time
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import Table, read_tables
from influxctl.flux.tables import Stream

_KNOWN = ("mysql", "postgres", "snowflake", "mssql", "sqlserver", "awsathena", "bigquery", "hdb", "vertica", "vertigo")
_FLUX_TYPES: dict[str, ColumnType] = {
    **dict.fromkeys(("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BOOL", "BOOLEAN"), "int"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "REAL"), "float"),
    **dict.fromkeys(("DATETIME", "TIMESTAMP", "DATE"), "time"),
}
_COLUMN_TYPES = {"int": "INT", "uint": "INT", "float": "FLOAT", "string": "TEXT", "bool": "INT", "time": "DATETIME"}


def _connect(source: str) -> sqlite3.Connection:
    """A connection that other connections with `cache=shared` see the memory of."""
    return sqlite3.connect(source, uri=source.startswith("file:"))


def _check_driver(driver: str) -> None:
    if driver in _KNOWN:
        raise InternalError(f"failed to initialize execute state: sql driver {driver} has no client here; sqlite3 does")
    if driver != "sqlite3":
        raise Invalid(f"failed to initialize execute state: sql driver {driver} not supported")


@builtin("sql", "from")
@no_nulls
def from_(driverName: str, dataSourceName: str, query: str) -> Stream:
    """The rows of a query in one table without group key."""

    def transform() -> Iterator[Block]:
        _check_driver(driverName)
        try:
            connection = _connect(dataSourceName)
            try:
                table = _read(connection.execute(query), _declared(connection, query))
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise InternalError(f"failed to initialize execute state: {error}") from None
        yield table.block()

    return Stream("sql.from", transform, (), {"prepare": lambda: _check_driver(driverName), "plain_errors": True})


def _declared(connection: sqlite3.Connection, query: str) -> list[str]:
    """The declared types of the columns of a query, "" for what is computed: those that a view of it has."""
    try:
        connection.execute(f'CREATE TEMP VIEW "influxctl query" AS {query.rstrip().rstrip(";")}')
        try:
            return [row[2] for row in connection.execute('PRAGMA temp.table_info("influxctl query")')]
        finally:
            connection.execute('DROP VIEW temp."influxctl query"')
    except sqlite3.Error:
        return []  # not a query that can be a view


def _read(cursor: sqlite3.Cursor, declared: list[str]) -> Table:
    """The rows as a table: a column has its declared type, a computed one that of its values."""
    rows = cursor.fetchall()
    labels = [column[0] for column in cursor.description or ()]
    columns: dict[str, ColumnType] = {}
    values: dict[str, list[Any]] = {}
    for place, label in enumerate(labels):
        cells = [row[place] for row in rows]
        name = re.match(r"\w*", declared[place]) if len(declared) == len(labels) else None
        kind = _kind(cells, name.group().upper() if name else "")
        columns[label] = kind
        values[label] = [_cell(cell, kind) for cell in cells]
    return Table(columns, values)


def _kind(cells: list[Any], declared: str) -> ColumnType:
    present = [cell for cell in cells if cell is not None]
    wanted = _FLUX_TYPES.get(declared, "string")
    if all(isinstance(cell, int) for cell in present) and (present or wanted == "int"):
        return "float" if wanted == "float" else "int"
    if all(isinstance(cell, int | float) for cell in present) and (present or wanted == "float"):
        return "float"
    return "time" if wanted == "time" and all(_is_time(cell) for cell in present) else "string"


def _is_time(cell: Any) -> bool:
    if not isinstance(cell, str):
        return False
    try:
        parse_time(_rfc(cell))
    except InfluxctlError:
        return False
    return True


def _rfc(text: str) -> str:
    stamped = text.replace(" ", "T", 1)
    return (
        stamped
        if len(stamped) == 10 or stamped[-1] in "Zz" or re.search(r"[+-][\d:]+\Z", stamped[10:])
        else stamped + "Z"
    )


def _cell(cell: Any, kind: ColumnType) -> Any:
    if cell is None:
        return None
    if kind == "time":
        return parse_time(_rfc(cell))
    if kind == "float":
        return float(cell)
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell) if kind == "string" else cell


@builtin("sql", "to")
@no_nulls
def to(tables: Stream, driverName: str, dataSourceName: str, table: str, batchSize: int = 10000) -> Stream:
    """The rows written in batches, each table of the stream in a transaction of its own."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        _check_driver(driverName)
        connection = _connect(dataSourceName)
        try:
            for block in blocks:
                for part in read_tables([block]):
                    _write(connection, table, part, max(batchSize, 1))
                yield block
        except sqlite3.Error as error:
            raise InternalError(str(error)) from None
        finally:
            connection.close()

    return tables.then("sql.to", transform, prepare=lambda: _check_driver(driverName))


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _write(connection: sqlite3.Connection, name: str, part: Table, batch: int) -> None:
    columns = ", ".join(f"{_name(label)} {_COLUMN_TYPES[kind]}" for label, kind in part.columns.items())
    with connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_name(name)} ({columns})")
        marks = ", ".join("?" * len(part.columns))
        labels = ", ".join(_name(label) for label in part.columns)
        rows = list(zip(*(_stored(part, label, kind) for label, kind in part.columns.items()), strict=True))
        for at in range(0, len(rows), batch):
            connection.executemany(f"INSERT INTO {_name(name)} ({labels}) VALUES ({marks})", rows[at : at + batch])


def _stored(part: Table, label: str, kind: ColumnType) -> list[Any]:
    values = part.values[label]
    if kind == "time":
        return [None if v is None else format_time(v) for v in values]
    return [None if v is None else int(v) for v in values] if kind in ("bool", "uint") else values
