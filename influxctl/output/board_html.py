"""A dashboard as one HTML file that needs no network: plots by plotly, which comes with the extra `html`."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from influxctl.core.errors import UsageError
from influxctl.core.times import format_time
from influxctl.output.board import COLUMNS, Cell, stat
from influxctl.output.plot import Series, series_of

_UNIT = 90  # pixels of a unit of height
_STYLE = (
    "body{font-family:system-ui,sans-serif;margin:1rem;background:#f4f5f7;color:#222}"
    f".board{{display:grid;grid-template-columns:repeat({COLUMNS},1fr);grid-auto-rows:{_UNIT}px;gap:8px}}"
    ".cell{background:#fff;border-radius:6px;padding:8px;overflow:auto;box-shadow:0 1px 3px #0002}"
    ".cell h2{font-size:.9rem;margin:0 0 4px}.stat{font-size:2.2rem;text-align:center}"
    ".error{color:#b00020}"
    "table{border-collapse:collapse;font-size:.8rem}td,th{padding:2px 8px;text-align:left;border-bottom:1px solid #eee}"
)
_HIDDEN = frozenset({"", "result", "table", "_start", "_stop"})


def page(name: str, cells: Sequence[Cell]) -> str:
    """The whole page. The script of the plots stands in it once."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise UsageError("pages are drawn by plotly", hint="pip install 'influxctl[html]'") from None
    sections, title = "".join(_section(cell) for cell in cells), html.escape(name)
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title><style>{_STYLE}</style>"
        f"<script>{get_plotlyjs()}</script></head>"
        f"<body><h1>{title}</h1><div class='board'>{sections}</div></body></html>\n"
    )


def _section(cell: Cell) -> str:
    place = f"grid-column:{cell.x + 1}/span {cell.w};grid-row:{cell.y + 1}/span {cell.h}"
    title = f"<h2>{html.escape(cell.name)}</h2>" if cell.name else ""
    return f"<div class='cell' style='{place}'>{title}{_content(cell)}</div>"


def _content(cell: Cell) -> str:
    if cell.error:
        return f"<p class='error'>{html.escape(cell.error)}</p>"
    if cell.kind == "markdown":
        return f"<pre>{html.escape(str(cell.properties.get('note') or ''))}</pre>"
    series = series_of(cell.rows)
    if cell.kind in ("table", "simple-table") or not series:
        return _table(cell)
    if cell.kind in ("single-stat", "gauge"):
        return "".join(f"<p class='stat'>{html.escape(stat(cell.properties, one))}</p>" for one in series)
    head = (
        f"<p class='stat'>{html.escape(stat(cell.properties, series[0]))}</p>"
        if cell.kind == "line-plus-single-stat"
        else ""
    )
    return head + _plot(cell, series)


def _plot(cell: Cell, series: Sequence[Series]) -> str:
    from plotly import graph_objects

    def xs(one: Series) -> list[Any]:
        return [format_time(x) for x in one.xs] if one.timed else list(one.xs)

    figure = graph_objects.Figure()
    for one in series:
        if cell.kind == "histogram":
            figure.add_trace(graph_objects.Histogram(x=one.ys, name=one.label))
        elif cell.properties.get("geom") == "bar":
            figure.add_trace(graph_objects.Bar(x=xs(one), y=one.ys, name=one.label))
        else:
            mode = "markers" if cell.kind == "scatter" else "lines"
            figure.add_trace(graph_objects.Scatter(x=xs(one), y=one.ys, name=one.label, mode=mode))
    figure.update_layout(
        margin={"l": 40, "r": 10, "t": 10, "b": 30}, height=max(120, cell.h * _UNIT - 60), showlegend=len(series) > 1
    )
    return str(figure.to_html(full_html=False, include_plotlyjs=False))


def _table(cell: Cell) -> str:
    if not cell.rows:
        return "<p>no results</p>"
    schema = cell.rows[0][0]
    shown = [i for i, name in enumerate(schema.names) if name not in _HIDDEN]
    head = "".join(f"<th>{html.escape(schema.names[i])}</th>" for i in shown)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(row[i])}</td>' for i in shown)}</tr>"
        for s, row in cell.rows
        if s.names == schema.names
    )
    return f"<table><tr>{head}</tr>{body}</table>"
