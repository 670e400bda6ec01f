"""Properties of views: which fields each type has, their types, and what stands for a field that was not given.

The order of fields and the defaults are those that the reference answers (2.9.1, tests/data: dashboard_views); types are the contract's
schemas `XYViewProperties`, `GaugeViewProperties` … Fields that a type does not know are dropped.
"""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import Invalid
from influxctl.local.store.resources import Doc

EMPTY: Doc = {"shape": "empty"}  # a cell that shows nothing yet
SHAPE = "chronograf-v2"

TEXT, NUMBER, FLAG, TEXTS, ITEMS, ANY = "text", "number", "flag", "texts", "items", "any"
_DEFAULTS: dict[str, object] = {TEXT: "", NUMBER: 0, FLAG: False, TEXTS: None, ITEMS: None, ANY: None}
Field = str | dict[str, Any] | list[Any]

_QUERY = {
    "text": TEXT,
    "editMode": TEXT,
    "name": TEXT,
    "builderConfig": {
        "buckets": TEXTS,
        "tags": [{"key": TEXT, "values": TEXTS, "aggregateFunctionType": TEXT}],
        "functions": [{"name": TEXT}],
        "aggregateWindow": {"period": TEXT, "fillValues": FLAG},
    },
}
_AXIS = {"bounds": TEXTS, "label": TEXT, "prefix": TEXT, "suffix": TEXT, "base": TEXT, "scale": TEXT}
_COLOR = {"id": TEXT, "type": TEXT, "hex": TEXT, "name": TEXT, "value": NUMBER}
_DECIMALS = {"isEnforced": FLAG, "digits": NUMBER}
_FIELD = {"internalName": TEXT, "displayName": TEXT, "visible": FLAG}
_HEAD = {"shape": TEXT, "type": TEXT, "queries": [_QUERY]}
_NOTE = {"note": TEXT, "showNoteWhenEmpty": FLAG}
_LEGEND = {
    "legendColorizeRows": FLAG,
    "legendHide": FLAG,
    "legendOpacity": NUMBER,
    "legendOrientationThreshold": NUMBER,
}


def _ticks(axis: str) -> dict[str, Field]:
    upper = axis.upper()
    return {
        f"{axis}Column": TEXT,
        f"generate{upper}AxisTicks": TEXTS,
        f"{axis}TotalTicks": NUMBER,
        f"{axis}TickStart": NUMBER,
        f"{axis}TickStep": NUMBER,
    }


_AXES = {"axes": ANY, "staticLegend": ANY}
_LABELS = {"xDomain": ITEMS, "yDomain": ITEMS, "xAxisLabel": TEXT, "yAxisLabel": TEXT, "xPrefix": TEXT, "xSuffix": TEXT,
           "yPrefix": TEXT, "ySuffix": TEXT}  # fmt: skip
_STAT = {
    "prefix": TEXT,
    "tickPrefix": TEXT,
    "suffix": TEXT,
    "tickSuffix": TEXT,
    "colors": [_COLOR],
    "decimalPlaces": _DECIMALS,
}
_LAYER = {
    "type": TEXT, "radiusField": TEXT, "colorField": TEXT, "intensityField": TEXT, "colors": [_COLOR], "radius": NUMBER,
    "blur": NUMBER, "radiusDimension": _AXIS, "colorDimension": _AXIS, "intensityDimension": _AXIS, "interpolateColors": FLAG,
    "trackWidth": NUMBER, "speed": NUMBER, "randomColors": FLAG, "isClustered": FLAG,
}  # fmt: skip

TYPES: dict[str, dict[str, Any]] = {
    "xy": {
        **_HEAD, **_AXES, "geom": TEXT, "colors": [_COLOR], **_NOTE, **_ticks("x"), **_ticks("y"), "shadeBelow": FLAG,
        "position": TEXT, "timeFormat": TEXT, "hoverDimension": TEXT, **_LEGEND,
    },
    "line-plus-single-stat": {
        **_HEAD, **_AXES, "colors": [_COLOR], "prefix": TEXT, "suffix": TEXT, "decimalPlaces": _DECIMALS, **_NOTE, **_ticks("x"),
        **_ticks("y"), "shadeBelow": FLAG, "position": TEXT, "timeFormat": TEXT, "hoverDimension": TEXT, **_LEGEND,
    },
    "band": {
        **_HEAD, **_AXES, "geom": TEXT, "colors": [_COLOR], **_NOTE, "timeFormat": TEXT, "hoverDimension": TEXT, **_ticks("x"),
        **_ticks("y"), "upperColumn": TEXT, "mainColumn": TEXT, "lowerColumn": TEXT, **_LEGEND,
    },
    "single-stat": {**_HEAD, **_STAT, **_NOTE},
    "gauge": {**_HEAD, **_STAT, **_NOTE},
    "histogram": {
        **_HEAD, "colors": [_COLOR], "xColumn": TEXT, "fillColumns": TEXTS, "xDomain": ITEMS, "xAxisLabel": TEXT, "position": TEXT,
        "binCount": NUMBER, **_NOTE, **_LEGEND,
    },
    "table": {
        **_HEAD, "colors": [_COLOR],
        "tableOptions": {"verticalTimeAxis": FLAG, "sortBy": _FIELD, "wrapping": TEXT, "fixFirstColumn": FLAG},
        "fieldOptions": [_FIELD], "timeFormat": TEXT, "decimalPlaces": _DECIMALS, **_NOTE,
    },
    "simple-table": {**_HEAD, "showAll": FLAG, **_NOTE},
    "markdown": {"shape": TEXT, "type": TEXT, "note": TEXT},
    "scatter": {
        **_HEAD, "colors": TEXTS, "fillColumns": TEXTS, "symbolColumns": TEXTS, **_ticks("x"), **_ticks("y"), **_LABELS, **_NOTE,
        "timeFormat": TEXT, **_LEGEND,
    },
    "heatmap": {
        **_HEAD, "colors": TEXTS, "binSize": NUMBER, **_ticks("x"), **_ticks("y"), **_LABELS, **_NOTE, "timeFormat": TEXT, **_LEGEND,
    },
    "mosaic": {
        **_HEAD, "colors": TEXTS, "fillColumns": TEXTS, **_ticks("x"), "yLabelColumnSeparator": TEXT, "yLabelColumns": TEXTS,
        "ySeriesColumns": TEXTS, **_LABELS, **_NOTE, "timeFormat": TEXT, "hoverDimension": TEXT, **_LEGEND,
    },
    "geo": {
        **_HEAD, "center": {"lat": NUMBER, "lon": NUMBER}, "zoom": NUMBER, "mapStyle": TEXT, "allowPanAndZoom": FLAG,
        "detectCoordinateFields": FLAG, "colors": [_COLOR], "layers": [_LAYER], **_NOTE,
    },
    "check": {"shape": TEXT, "type": TEXT, "checkID": TEXT, "queries": [_QUERY], "colors": TEXTS, **_LEGEND},
}  # fmt: skip
_PYTHON: dict[str, tuple[type, ...]] = {
    TEXT: (str,),
    NUMBER: (int, float),
    FLAG: (bool,),
    ITEMS: (list,),
    TEXTS: (list,),
}


def normalize(properties: Doc) -> Doc:
    """The properties as they are stored; `Invalid` for an unknown type or shape and for a field of a wrong type."""
    if properties == EMPTY or not properties:
        return dict(EMPTY)
    kind = properties.get("type")
    if properties.get("shape") != SHAPE or not isinstance(kind, str) or kind not in TYPES:
        raise Invalid(f"unknown kind of view: shape {properties.get('shape')!r}, type {kind!r}")
    out: Doc = {}
    for name, field in TYPES[kind].items():
        if field == ANY:
            value = properties.get(name)
            if value is not None and not isinstance(value, dict):
                raise Invalid(f"{name} of a view must be an object")
            out[name] = value if value is not None else {}
        else:
            out[name] = _value(properties.get(name), field, name)
    return out


def _value(value: object, field: Field, where: str) -> object:
    if isinstance(field, dict):
        if value is not None and not isinstance(value, dict):
            raise Invalid(f"{where} of a view must be an object")
        given: dict[str, object] = value or {}
        return {name: _value(given.get(name), inner, f"{where}.{name}") for name, inner in field.items()}
    if isinstance(field, list):
        if value is None:
            return None
        if not isinstance(value, list):
            raise Invalid(f"{where} of a view must be a list")
        return [_value(item, field[0], f"{where}[{number}]") for number, item in enumerate(value)]
    if value is None:
        return _DEFAULTS[field]
    fits = isinstance(value, _PYTHON[field]) and isinstance(value, bool) == (field == FLAG)
    if not fits or (field == TEXTS and isinstance(value, list) and not all(isinstance(item, str) for item in value)):
        raise Invalid(f"{where} of a view must be {'a list of texts' if field == TEXTS else f'a {field}'}")
    return value
