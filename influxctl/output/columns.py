"""Column: a heading, the path of a value inside an object, and how a table shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from influxctl.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `path` is dotted (`status`, `user.name`, `retentionRules.0.everySeconds`).

    `show` turns the value into text; without it scalars are printed as they are, lists joined by commas and objects as
    JSON.
    `kind` says what a terminal may do with it: ages for times, colours for a status. A `spare` one, the same in every row,
    is the first that a narrow terminal goes without.
    """

    header: str
    path: str
    show: Callable[[object], str] | None = None
    kind: Literal["text", "time", "status"] = "text"
    spare: bool = False

    def text(self, row: Mapping[str, object]) -> str:
        """The value of this column in `row`, as text."""
        value = lookup(row, self.path)
        return self.show(value) if self.show is not None else as_text(value)


def lookup(row: object, path: str) -> object:
    """The value at a dotted path of objects and lists; None where there is none. `@` is the row itself."""
    if path == "@":
        return row
    value = row
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def as_text(value: object) -> str:
    """A JSON value as a table or CSV cell shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        return ",".join(as_text(item) for item in value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def pick(columns: Sequence[Column], name: str, rows: Sequence[Mapping[str, object]]) -> Column:
    """The column called `name` (heading in any spelling, or path), or a new one for a path that some row has."""
    wanted = _plain(name)
    for column in columns:
        if wanted in (_plain(column.header), _plain(column.path)):
            return column
    if rows and not any(lookup(row, name) is not None or name in row for row in rows):
        known = dict.fromkeys([*(c.path for c in columns), *sorted({key for row in rows for key in row})])
        raise UsageError(f"no field is called {name!r}", hint=f"the fields are {', '.join(known)}")
    return Column(name, name)


def _plain(name: str) -> str:
    return name.lower().replace(" ", "").replace("-", "").replace("_", "")
