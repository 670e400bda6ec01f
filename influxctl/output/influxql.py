"""Answers of InfluxQL as rows: v1 JSON, in one document or in chunks, with a header for each series as `annotated` makes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.output.annotated import Schema

_TIME = "dateTime:RFC3339"


def rows_of_documents(lines: Iterable[str]) -> Iterator[tuple[Schema, list[str]]]:
    """Every row with its header. The name of the series is the column `measurement`, its tags are columns; both are the group key.

    An error of a statement is raised after the rows that came before it.
    """
    at: tuple[object, ...] | None = None
    schema = Schema([], [], [], [])
    for line in lines:
        if not line.strip():
            continue
        document = json.loads(line)
        if document.get("error"):
            raise InfluxctlError(f"the query failed: {document['error']}", code="invalid")
        for result in document.get("results") or ():
            for series in result.get("series") or ():
                values = series.get("values") or ()
                where = (
                    result.get("statement_id"),
                    series.get("name"),
                    str(series.get("tags")),
                    str(series.get("columns")),
                )
                if where != at:
                    at, schema = where, _schema(series, values)
                else:
                    _widen(schema, values, len(schema.names) - len(series["columns"]))
                key = [cell for cell, grouped in zip(_key(series), schema.groups, strict=False) if grouped]
                for row in values:
                    yield schema, [*key, *map(_text, row)]
            if result.get("error"):
                raise InfluxctlError(f"the query failed: {result['error']}", code="invalid")


def _key(series: dict[str, Any]) -> list[str]:
    name = [series["name"]] if series.get("name") else []
    return [*name, *(series.get("tags") or {}).values()]


def _schema(series: dict[str, Any], values: Iterable[list[Any]]) -> Schema:
    columns = list(series["columns"])
    tags = list(series.get("tags") or {})
    # SHOW DATABASES and the like call their series after what they list: that is no measurement
    heading = ["result" if "name" in columns else "measurement"] if series.get("name") else []
    key = [*heading, *tags]
    schema = Schema(
        [*key, *columns], ["string"] * len(key) + [""] * len(columns), [True] * len(key) + [False] * len(columns), []
    )
    _widen(schema, values, len(key))
    return schema


def _widen(schema: Schema, values: Iterable[list[Any]], start: int) -> None:
    """The types of columns that had no value yet."""
    open_columns = {i for i, kind in enumerate(schema.types) if kind == ""}
    for row in values:
        if not open_columns:
            return
        for i in list(open_columns):
            value = row[i - start]
            if value is not None:
                schema.types[i] = _kind(schema.names[i], value)
                open_columns.discard(i)


def _kind(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "long" if name == "time" else "number"
    return _TIME if name == "time" else "string"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
