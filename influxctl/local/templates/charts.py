"""Charts of a dashboard template to view properties, and the errors of charts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Doc = dict[str, Any]
Report = Callable[[str, str, int], None]  # field of the chart, reason, number of the chart

_BUILDER = {"buckets": [], "tags": [], "functions": [], "aggregateWindow": {"period": "", "fillValues": False}}
_GEOMETRIES = ("bar", "line", "monotoneX", "monotoneY", "stacked", "step", "stepBefore", "stepAfter")
_TYPES = {
    "single_stat": "single-stat",
    "single_stat_plus_line": "line-plus-single-stat",
    "xy": "xy",
    "band": "band",
    "markdown": "markdown",
    "table": "table",
    "gauge": "gauge",
    "histogram": "histogram",
    "scatter": "scatter",
    "heatmap": "heatmap",
    "mosaic": "mosaic",
}
_PLOTS = ("xy", "line-plus-single-stat", "band")


def chart(spec: Doc, number: int, report: Report) -> Doc:
    """One chart as a cell: name, place, size and view properties."""
    type = _TYPES.get(str(spec.get("kind", "")).lower())
    if type is None:
        report("kind", "invalid chart kind provided", number)
        type = "markdown"
    cell = {
        "name": str(spec.get("name", "")),
        **{key: _int(spec, source) for key, source in (("x", "xPos"), ("y", "yPos"), ("w", "width"), ("h", "height"))},
    }
    return {**cell, "properties": _properties(type, spec, number, report)}


def _int(spec: Doc, name: str) -> int:
    value = spec.get(name, 0)
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0


def _text(spec: Doc, name: str) -> str:
    value = spec.get(name, "")
    return value if isinstance(value, str) else ""


def _queries(spec: Doc) -> list[Doc]:
    given = spec.get("queries")
    queries = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return [
        {"text": _text(one, "query"), "editMode": "advanced", "name": "", "builderConfig": _BUILDER} for one in queries
    ]


def _colors(spec: Doc) -> list[Doc] | None:
    given = spec.get("colors")
    colors = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return [
        {
            "id": _text(c, "id"),
            "type": _text(c, "type"),
            "hex": _text(c, "hex"),
            "name": _text(c, "name"),
            "value": c.get("value", 0),
        }
        for c in colors
    ] or None


def _decimals(spec: Doc) -> Doc:
    places = spec.get("decimalPlaces")
    return {"isEnforced": isinstance(places, int), "digits": places if isinstance(places, int) else 0}


def _axes(spec: Doc, number: int, report: Report) -> Doc:
    given = spec.get("axes")
    axes = {one.get("name"): one for one in given if isinstance(one, dict)} if isinstance(given, list) else {}
    out = {}
    for name in ("x", "y"):
        if name not in axes:
            report("axes", f'axis not found: "{name}"', number)
        axis = axes.get(name, {})
        bounds = axis.get("domain") or []
        texts = {key: _text(axis, key) for key in ("label", "prefix", "suffix", "base", "scale")}
        out[name] = {"bounds": [f"{bound:f}" for bound in bounds if isinstance(bound, (int, float))], **texts}
    return out


def _note(spec: Doc) -> Doc:
    return {"note": _text(spec, "note"), "showNoteWhenEmpty": spec.get("noteOnEmpty") is True}


def _affixes(spec: Doc) -> Doc:
    return {key: _text(spec, key) for key in ("prefix", "tickPrefix", "suffix", "tickSuffix")}


def _properties(type: str, spec: Doc, number: int, report: Report) -> Doc:
    """The view properties, with the keys that the reference answers."""
    head: Doc = {"shape": "chronograf-v2"}
    if type == "markdown":
        return {**head, "type": type, "note": _text(spec, "note")}
    if type in _PLOTS:
        return {**head, **_plot(type, spec, number, report)}
    body: Doc = {"type": type, "queries": _queries(spec)}
    if type == "table":
        return {
            **head,
            **body,
            "colors": _colors(spec),
            **_table(spec),
            "decimalPlaces": _decimals(spec),
            **_note(spec),
        }
    if type in ("single-stat", "gauge"):
        return {
            **head,
            **body,
            **_affixes(spec),
            "colors": _colors(spec),
            "decimalPlaces": _decimals(spec),
            **_note(spec),
        }
    columns = {
        key: _text(spec, source)
        for key, source in (("xColumn", "xCol"), ("yColumn", "yCol"), ("timeFormat", "timeFormat"))
    }
    size = (
        {"binSize": _int(spec, "binSize")}
        if type == "heatmap"
        else {"binCount": _int(spec, "binCount")}
        if type == "histogram"
        else {}
    )
    return {**head, **body, "colors": _colors(spec), **columns, **size, **_note(spec)}


def _table(spec: Doc) -> Doc:
    options = spec.get("tableOptions") if isinstance(spec.get("tableOptions"), dict) else {}
    assert isinstance(options, dict)
    fields = spec.get("fieldOptions")
    columns = [one for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
    return {
        "tableOptions": {
            "verticalTimeAxis": options.get("verticalTimeAxis") is True,
            "sortBy": {"internalName": _text(options, "sortBy"), "displayName": "", "visible": False},
            "wrapping": _text(options, "wrapping"),
            "fixFirstColumn": options.get("fixFirstColumn") is True,
        },
        "fieldOptions": [
            {
                "internalName": _text(c, "fieldName"),
                "displayName": _text(c, "displayName"),
                "visible": c.get("visible") is True,
            }
            for c in columns
        ],
        "timeFormat": _text(spec, "timeFormat"),
    }


def _plot(type: str, spec: Doc, number: int, report: Report) -> Doc:
    """A line plot, with or without a single figure in it."""
    axes = _axes(spec, number, report)
    geometry = _text(spec, "geom")
    if type in ("xy", "band") and geometry not in _GEOMETRIES:
        report("geom", f'type provided is not supported: "{geometry}"', number)
    figure = {**_affixes(spec), "decimalPlaces": _decimals(spec)} if type == "line-plus-single-stat" else {}
    return {
        "queries": _queries(spec),
        "axes": axes,
        "type": type,
        "staticLegend": {},
        **({"geom": geometry} if type != "line-plus-single-stat" else {}),
        "colors": _colors(spec),
        **_note(spec),
        **figure,
        **_ticks("x", spec),
        **_ticks("y", spec),
        "shadeBelow": spec.get("shade") is True,
        "position": _text(spec, "position"),
        "timeFormat": _text(spec, "timeFormat"),
        "hoverDimension": _text(spec, "hoverDimension"),
        "legendColorizeRows": spec.get("legendColorizeRows") is True,
        "legendHide": spec.get("legendHide") is True,
        "legendOpacity": spec.get("legendOpacity", 0),
        "legendOrientationThreshold": _int(spec, "legendOrientationThreshold"),
    }


def _ticks(axis: str, spec: Doc) -> Doc:
    generate = spec.get(f"generate{axis.upper()}AxisTicks")
    return {
        f"{axis}Column": _text(spec, f"{axis}Col"),
        f"generate{axis.upper()}AxisTicks": generate if isinstance(generate, list) else None,
        f"{axis}TotalTicks": _int(spec, f"{axis}TotalTicks"),
        f"{axis}TickStart": spec.get(f"{axis}TickStart", 0),
        f"{axis}TickStep": spec.get(f"{axis}TickStep", 0),
    }
