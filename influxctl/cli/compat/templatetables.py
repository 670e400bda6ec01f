"""The tables of `apply`, `template` and their kin: summaries of templates, and what applying one would change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from influxctl.cli.compat.asciitable import Align, Table, coloured
from influxctl.cli.compat.gotext import duration, quoted
from influxctl.cli.compat.templatemodels import diff_json, summary_json

Object = Mapping[str, Any]

TITLE, ADDED, REMOVED = "33;1", "92;1", "31;1"
HEADING, FOOTER = "96;1", "94;1"
NO_ID = "0" * 16
DESCRIPTION_WIDTH = 30


@dataclass(frozen=True)
class Look:
    """How tables are drawn; titles are coloured on terminals only."""

    colours: bool = True
    borders: bool = True
    terminal: bool = False

    def title(self, text: str, codes: str = TITLE) -> str:
        """A title, in colour where it may."""
        return coloured(text, codes) if self.colours and self.terminal else text

    def codes(self, codes: str) -> str:
        """Colour codes of a cell."""
        return codes if self.colours else ""


def hex_id(value: object) -> str:
    """An ID of an answer (a number there) as it is written elsewhere."""
    if isinstance(value, int):
        return f"{value:016x}"
    return str(value or NO_ID)


def _footer(columns: int, total: int) -> list[str]:
    if columns == 1:
        return [f"TOTAL: {total}"]
    return [*[""] * (columns - 2), "TOTAL", str(total)]


# -- summaries -------------------------------------------------------------------------------------------------------

_SUMMARY_TITLES = {
    "labels": ("LABELS", ("Description", "Color")),
    "buckets": ("BUCKETS", ("Retention", "Description", "Schema Type")),
    "checks": ("CHECKS", ("Description",)),
    "dashboards": ("DASHBOARDS", ("Description",)),
    "notificationEndpoints": ("NOTIFICATION ENDPOINTS", ("Description", "Status")),
    "notificationRules": (
        "NOTIFICATION RULES", ("Description", "Every", "Offset", "Endpoint Name", "Endpoint ID", "Endpoint Type"),
    ),
    "telegrafConfigs": ("TELEGRAF CONFIGS", ("Description",)),
    "variables": ("VARIABLES", ("Description", "Arg Type", "Arg Values")),
}  # fmt: skip


def summary_tables(summary: Object, look: Look) -> Iterator[str]:
    """One table a kind of resource, then label associations and missing secrets."""
    known = summary_json(summary)
    for kind, (title, headings) in _SUMMARY_TITLES.items():
        rows = [_summary_row(kind, item) for item in known[kind] or ()]
        if rows:
            yield _summary_table(title, ("Package Name", "ID", "Resource Name", *headings), rows, look)
    mappings = [
        (m["resourceType"], m["resourceName"], hex_id(m["resourceID"]), m["labelName"], hex_id(m["labelID"]))
        for m in known["labelMappings"] or ()
    ]
    if mappings:
        headings = ("Resource Type", "Resource Name", "Resource ID", "Label Name", "Label ID")
        yield _summary_table("LABEL ASSOCIATIONS", headings, mappings, look)
    secrets = [(key,) for key in known["missingSecrets"] or ()]
    if secrets:
        yield _summary_table("MISSING SECRETS", ("Secret Key",), secrets, look)


def _summary_row(kind: str, item: Object) -> tuple[str, ...]:
    described = item.get("description") or ""
    start = (item["templateMetaName"], hex_id(item.get("id")), item.get("name") or "")
    match kind:
        case "labels":
            return (*start, item["properties"].get("description") or "", item["properties"]["color"])
        case "buckets":
            period = item["retentionPeriod"]
            return (*start, duration(period) if period else "inf", described, item.get("schemaType") or "implicit")
        case "notificationEndpoints":
            return (*start, described, item["status"])
        case "notificationRules":
            endpoint = (item["endpointTemplateMetaName"], hex_id(item["endpointID"]), item["endpointType"])
            return (*start, described, item["every"], item["offset"], *endpoint)
        case "telegrafConfigs":
            config = item["telegrafConfig"]
            return (item["templateMetaName"], config["id"], config["name"], config.get("description") or "")
        case "variables":
            arguments = item.get("arguments")
            return (*start, described, (arguments or {}).get("type", ""), arguments_text(arguments))
    return (*start, described)


def _summary_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], look: Look) -> str:
    described = [index for index, heading in enumerate(headings) if heading == "Description"]
    aligns: list[Align] = ["left" if index in described else "centre" for index in range(len(headings))]
    table = Table(
        headings,
        borders=look.borders,
        aligns=aligns,
        least=dict.fromkeys(described, DESCRIPTION_WIDTH),
        heading_codes=look.codes(HEADING),
        footer_codes=look.codes(FOOTER),
        footer=_footer(len(headings), len(rows)),
    )
    for row in rows:
        table.add(row)
    return f"{look.title(title)}\n{table.render()}\n"


def arguments_text(arguments: Object | None) -> str:
    """The values of a variable in one cell."""
    if arguments is None:
        return "<nil>"
    values = arguments.get("values")
    match arguments.get("type"):
        case "map":
            text = json.dumps(values, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
            return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        case "constant":
            return f"[{' '.join(quoted(str(value)) for value in values or ())}]" if isinstance(values, list) else "[]"
        case "query":
            found = values if isinstance(values, Mapping) else {}
            return f"language={quoted(str(found.get('language', '')))} query={quoted(str(found.get('query', '')))}"
    return "unknown variable argument"


# -- differences -----------------------------------------------------------------------------------------------------

_DIFF_TITLES: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "labels": ("Labels", ("Color", "Description"), False),
    "buckets": ("Buckets", ("Retention Period", "Description", "Schema Type", "Num Measurements"), False),
    "checks": ("Checks", ("Description",), True),
    "dashboards": ("Dashboards", ("Description", "Num Charts"), True),
    "notificationEndpoints": ("Notification Endpoints", (), True),
    "notificationRules": (
        "Notification Rules", ("Description", "Every", "Offset", "Endpoint Name", "Endpoint ID", "Endpoint Type"), True,
    ),
    "telegrafConfigs": ("Telegraf Configurations", ("Description",), True),
    "tasks": ("Tasks", ("Description", "Cycle"), True),
    "variables": ("Variables", ("Description", "Arg Type", "Arg Values"), False),
}  # fmt: skip


def diff_tables(diff: Object, look: Look) -> Iterator[str]:
    """One table a kind of resource: what is added, removed, changed or stays. The kinds whose fields are only partly known are
    shown as changed even if the rows are equal."""
    known = diff_json(diff)
    for kind, (title, headings, opaque) in _DIFF_TITLES.items():
        items = known[kind] or ()
        if not items:
            continue
        table = _Differences(title, ("Metadata Name", "ID", "Resource Name", *headings), look)
        for item in items:
            start = (item["templateMetaName"], hex_id(item["id"]))
            old, new = item.get("old"), item.get("new")
            table.add(
                (*start, *_diff_row(kind, old)) if old is not None else None,
                (*start, *_diff_row(kind, new)) if new is not None else None,
                opaque,
            )
        yield table.render() + "\n"
    mappings = known["labelMappings"] or ()
    if mappings:
        headings = (
            "Resource Type", "Resource Meta Name", "Resource Name", "Resource ID", "Label Package Name", "Label Name", "Label ID",
        )  # fmt: skip
        table = _Differences("Label Associations", headings, look)
        for m in mappings:  # one cell less than headings, as influx has it
            row = (
                m["resourceType"], m["resourceName"], hex_id(m["resourceID"]), m["labelTemplateMetaName"], m["labelName"],
                hex_id(m["labelID"]),
            )  # fmt: skip
            state = m["stateStatus"]
            table.add(None if state == "new" else row, None if state == "remove" else row, False)
        yield table.render()


def _diff_row(kind: str, fields: Object) -> tuple[str, ...]:
    name, described = fields["name"], fields.get("description") or ""
    match kind:
        case "labels":
            return name, fields["color"], described
        case "buckets":
            rules = fields["retentionRules"] or ()
            period = duration(int(rules[0].get("everySeconds", 0)) * 1_000_000_000) if rules else "0s"
            measurements = str(len(fields["measurementSchemas"] or ()))
            return name, period, described, fields.get("schemaType") or "implicit", measurements
        case "dashboards":
            return name, described, str(len(fields["charts"] or ()))
        case "notificationEndpoints":
            return (name,)
        case "notificationRules":
            endpoint = (fields["endpointName"], hex_id(fields["endpointID"]), fields["endpointType"])
            return name, described, fields["every"], fields["offset"], *endpoint
        case "tasks":
            cron = fields.get("cron")
            if cron is None:  # a task of an answer always has it, be it empty
                cron = f"every: {fields.get('every') or ''} offset: {fields.get('offset') or '0s'}"
            return name, described, cron
        case "variables":
            arguments = fields.get("args")
            return name, described, (arguments or {}).get("type", ""), arguments_text(arguments)
    return name, described


class _Differences:
    """A table of differences, with a sign before each row and a line between resources."""

    def __init__(self, title: str, headings: Sequence[str], look: Look) -> None:
        self._title, self._look, self._count = title, look, 0
        self._columns = len(headings) + 1
        self._table = Table(
            ("+/-", *headings),
            borders=look.borders,
            heading_codes=look.codes(HEADING),
            footer_codes=look.codes(FOOTER),
        )

    def add(self, old: Sequence[str] | None, new: Sequence[str] | None, opaque: bool) -> None:
        """One resource: `old` is what is there, `new` what shall be."""
        if self._count:
            self._table.add(())
        self._count += 1
        added, removed = self._look.codes(ADDED), self._look.codes(REMOVED)
        if new is None or old is None:
            row, sign, codes = (old, "-", removed) if new is None else (new, "+", added)
            cells = (sign, *(row or ()))
            self._table.add(cells, [codes] * len(cells))
            return
        changed = [before != after for before, after in zip(old, new, strict=True)]
        if not (opaque or any(changed)):
            self._table.add(("", *new))
            return
        marks = [True, *changed]
        self._table.add(("-", *old), [removed if mark else "" for mark in marks])
        self._table.add(("+", *new), [added if mark else "" for mark in marks])

    def render(self) -> str:
        """The table with its title and legend."""
        look = self._look
        title = look.title(self._title.upper())
        legend = f"{look.title('+add', ADDED)} | {look.title('-remove', REMOVED)} | unchanged"
        self._table.footer = _footer(self._columns, self._count)
        return f"{title}    {legend}\n{self._table.render()}"
