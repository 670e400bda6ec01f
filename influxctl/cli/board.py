"""A dashboard with the data in it: cells in their places, queries run with the dashboard's variables.

Queries get `option v` as in the reference's user interface: `timeRangeStart`, `timeRangeStop`, `windowPeriod`, and a value for every
variable of the organization.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from influxctl.cli.context import Context
from influxctl.cli.groups.query import flux_rows
from influxctl.cli.lookup import every, find
from influxctl.core.errors import InfluxctlError, UsageError
from influxctl.core.fluxtext import flux_text
from influxctl.output.board import Cell

POINTS = 360  # how many windows a range is divided into
# What stands before the first statement: comments, the package clause and imports. Options come after it.
_HEAD = re.compile(r'(?:\s+|//[^\n]*\n|package\s+\w+|import\s+(?:\w+\s+)?"[^"]*")*')
_USED = re.compile(r"\bv\.(\w+)|\bv\[\"([^\"]+)\"\]")
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


@dataclass(slots=True)
class Board:
    """A dashboard."""

    name: str
    cells: list[Cell]
    values: dict[str, str]  # of its variables


def load(ctx: Context, dashboard: str, start: str, stop: str, given: Mapping[str, str]) -> Board:
    """The dashboard of that name or ID with its data. `given` are values of variables."""
    path = {"dashboardID": find(ctx, "dashboard", dashboard)}
    found = ctx.call("GetDashboardsID", path=path, query={"include": "properties"}).json()
    cells = [_cell(ctx, path["dashboardID"], one) for one in found.get("cells") or ()]
    scripts = [query for cell in cells for query in _scripts(cell)]
    values = _values(ctx, scripts, start, stop, given)
    for cell in cells:
        for script in _scripts(cell):
            try:
                cell.rows += flux_rows(ctx, with_variables(script, values, start, stop))
            except InfluxctlError as error:
                cell.error = error.message
    return Board(str(found.get("name", "")), cells, values)


def _cell(ctx: Context, dashboard: str, one: Mapping[str, Any]) -> Cell:
    properties = one.get("properties")
    name = str(one.get("name") or "")
    if not properties:
        view = ctx.call("GetDashboardsIDCellsIDView", path={"dashboardID": dashboard, "cellID": one["id"]}).json() or {}
        properties, name = view.get("properties") or {}, name or str(view.get("name") or "")
    x, y, w, h = (int(one.get(key) or 0) for key in "xywh")
    return Cell(x, y, w, h, name, dict(properties))


def _scripts(cell: Cell) -> list[str]:
    return [
        str(one["text"]) for one in cell.properties.get("queries") or () if isinstance(one, dict) and one.get("text")
    ]


def with_variables(script: str, values: Mapping[str, str], start: str, stop: str) -> str:
    """The script with `option v` behind its imports."""
    head = _HEAD.match(script)
    place = head.end() if head else 0
    fields = {"timeRangeStart": start, "timeRangeStop": stop, "windowPeriod": window_period(start, stop)}
    fields |= {name: flux_text(value) for name, value in values.items()}
    record = ", ".join(f"{name if name.isidentifier() else flux_text(name)}: {value}" for name, value in fields.items())
    return f"{script[:place]}\noption v = {{{record}}}\n{script[place:]}"


def window_period(start: str, stop: str) -> str:
    """The range divided by `POINTS`, at least a second; ten seconds where the range cannot be told from its text."""
    from influxctl.core.times import now_ns, parse_duration, parse_time

    now = now_ns()

    def moment(text: str) -> int:
        if text == "now()":
            return now
        return now - parse_duration(text[1:]).ns if text.startswith("-") else parse_time(text)

    try:
        seconds = max(1, (moment(stop) - moment(start)) // 10**9 // POINTS)
    except InfluxctlError:
        return "10s"
    unit, size = next((unit, size) for unit, size in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"


def _values(ctx: Context, scripts: Sequence[str], start: str, stop: str, given: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable that the scripts use: the one given, the selected one, or the first."""
    known: dict[str, dict[str, Any]] = {}
    for one in every(ctx, "variable"):
        arguments: Any = one.get("arguments") or {}
        known[str(one["name"])] = {**arguments, "selected": one.get("selected")}
    for name in given:
        if name not in known:
            raise UsageError(f"there is no variable {name!r}", hint="'influxctl variable list' shows what there is")
    values: dict[str, str] = {}

    def settle(name: str, waiting: tuple[str, ...]) -> None:
        if name in values or name not in known or name in waiting:
            return
        variable = known[name]
        inner = (variable.get("values") or {}).get("query", "") if variable.get("type") == "query" else ""
        for other in used(inner):
            settle(other, (*waiting, name))
        choices = list(_choices(ctx, variable, with_variables(inner, values, start, stop) if inner else ""))
        selected = [one for one in variable.get("selected") or () if one in [key for key, _ in choices]]
        wanted = given.get(name) or (selected[0] if selected else choices[0][0] if choices else "")
        values[name] = dict(choices).get(wanted, wanted)

    for script in scripts:
        for name in used(script):
            settle(name, ())
    return values


def used(script: str) -> list[str]:
    """The variables that a script reads from `v`."""
    return list(dict.fromkeys(first or second for first, second in _USED.findall(script)))


def _choices(ctx: Context, variable: Mapping[str, Any], script: str) -> list[tuple[str, str]]:
    """(what people choose, what the script gets)."""
    values = variable.get("values")
    if variable.get("type") == "map" and isinstance(values, dict):
        return [(str(key), str(value)) for key, value in values.items()]
    if variable.get("type") == "constant" and isinstance(values, list):
        return [(str(one), str(one)) for one in values]
    if not script:
        return []
    try:
        rows = list(flux_rows(ctx, script))
    except InfluxctlError:
        return []
    found = dict.fromkeys(cells[schema.names.index("_value")] for schema, cells in rows if "_value" in schema.names)
    return [(one, one) for one in found]
