"""Query results as line protocol: one line a row, for rows as storage gives them and for pivoted ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from influxctl.core.errors import InfluxctlError
from influxctl.core.lineprotocol import escape, format_key
from influxctl.core.times import parse_time
from influxctl.output.annotated import Schema

_OURS = frozenset({"", "result", "table", "_start", "_stop", "_time", "_measurement", "_field", "_value"})


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where the parts of a line stand in the rows under one header."""

    measurement: int
    time: int
    tags: list[int]
    fields: list[int]
    name: int | None  # the column that names the field of `_value`


def lines_of(rows: Iterable[tuple[Schema, list[str]]]) -> Iterator[str]:
    """The lines. Rows without any value are left out.

    With `_field` and `_value` the other string columns are tags. Without, the strings of the group key are tags and what is not in
    the group key are fields.
    """
    shapes: dict[int, tuple[Schema, _Shape]] = {}
    keys: dict[tuple[int, ...] | tuple[str, ...], str] = {}
    for schema, cells in rows:
        if id(schema) not in shapes:
            shapes[id(schema)] = (schema, _shape(schema))  # the schema is kept, so that no other gets its id
        shape = shapes[id(schema)][1]
        values = [
            (cells[shape.name] if shape.name is not None else schema.names[i], schema.types[i], cells[i])
            for i in shape.fields
            if cells[i] != "" or (schema.types[i] == "string" and shape.name is not None)
        ]
        fields = ",".join(f"{escape(name)}={_value(kind, cell)}" for name, kind, cell in values)
        if not fields:
            continue
        series = (str(id(schema)), cells[shape.measurement], *(cells[i] for i in shape.tags))
        key = keys.get(series)
        if key is None:
            tags = sorted((schema.names[i], cells[i]) for i in shape.tags if cells[i] != "")
            key = keys[series] = format_key(cells[shape.measurement], tags)
            if any(
                text.endswith("\\") or "\n" in text for pair in [(cells[shape.measurement], ""), *tags] for text in pair
            ):
                raise InfluxctlError(
                    f"line protocol cannot hold the series {key!r}: a name or value ends in a backslash or holds a line feed",
                    code="invalid",
                )
        yield f"{key} {fields} {parse_time(cells[shape.time])}"


def _shape(schema: Schema) -> _Shape:
    where = {name: i for i, name in enumerate(schema.names)}
    for needed in ("_measurement", "_time"):
        if needed not in where:
            raise InfluxctlError(
                f"the tables have no column {needed}, which line protocol needs",
                code="invalid",
                hint="add it with set() or map(), or choose another --output",
            )
    others = [i for name, i in where.items() if name not in _OURS]
    if "_field" in where and "_value" in where:
        tags = [i for i in others if schema.types[i] == "string"]
        return _Shape(where["_measurement"], where["_time"], tags, [where["_value"]], where["_field"])
    tags = [i for i in others if schema.groups[i] and schema.types[i] == "string"]
    fields = [i for i in others if i not in tags]
    if "_value" in where:
        fields.append(where["_value"])
    return _Shape(where["_measurement"], where["_time"], tags, fields, None)


def _value(kind: str, cell: str) -> str:
    """A field value as line protocol spells it."""
    if kind == "long":
        return cell + "i"
    if kind == "unsignedLong":
        return cell + "u"
    if kind == "boolean":
        return cell
    if kind == "double":
        if cell in ("NaN", "+Inf", "-Inf"):
            raise InfluxctlError(f"line protocol has no number {cell}", code="invalid", hint="filter such values out")
        return cell
    return '"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"'
