"""Resources as objects of a template. What is empty, zero or false is left out, as the reference does.

Names inside the template are made from kind and ID: the same resource always gets the same one. Those of a stack keep the names that
its template gave them.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2s
from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.core.times import NS, parse_duration
from influxctl.local.templates.charts import Doc
from influxctl.local.templates.parse import API_VERSION, go_span

_SECRET = "secret: "
_CHARTS = {
    "single-stat": "Single_Stat",
    "line-plus-single-stat": "Single_Stat_Plus_Line",
    "xy": "Xy",
    "band": "Band",
    "markdown": "Markdown",
    "table": "Table",
    "gauge": "Gauge",
    "histogram": "Histogram",
    "scatter": "Scatter",
    "heatmap": "Heatmap",
    "mosaic": "Mosaic",
}
# Names of view properties in templates, where they differ.
_RENAMED = {"showNoteWhenEmpty": "noteOnEmpty", "xColumn": "xCol", "yColumn": "yCol", "shadeBelow": "shade"}
_KEPT = (
    *(
        "note",
        "showNoteWhenEmpty",
        "prefix",
        "tickPrefix",
        "suffix",
        "tickSuffix",
        "geom",
        "xColumn",
        "yColumn",
        "shadeBelow",
    ),
    *(
        "position",
        "timeFormat",
        "hoverDimension",
        "legendColorizeRows",
        "legendHide",
        "legendOpacity",
        "binSize",
        "binCount",
    ),
    *(
        "legendOrientationThreshold",
        "generateXAxisTicks",
        "generateYAxisTicks",
        "xTotalTicks",
        "yTotalTicks",
        "xTickStart",
    ),
    *("xTickStep", "yTickStart", "yTickStep"),
)
ORDER = (
    *(
        "Label",
        "Bucket",
        "CheckDeadman",
        "CheckThreshold",
        "Check",
        "Dashboard",
        "NotificationEndpointHTTP",
        "NotificationEndpointPagerDuty",
    ),
    *("NotificationEndpointSlack", "NotificationEndpoint", "NotificationRule", "Task", "Telegraf", "Variable"),
)


Names = Callable[[str, str], str]  # group and ID of a resource to its name in the template


def meta_name(group: str, id: str) -> str:
    """What a template calls a resource."""
    return f"{group.lower()}-{blake2s(id.encode()).hexdigest()[:9]}"


def _kept(fields: Doc) -> Doc:
    return {key: value for key, value in sorted(fields.items()) if value not in (None, "", 0, False, [])}


def exported(
    group: str,
    doc: Doc,
    labels: list[Doc],
    name: str = "",
    views: dict[str, Doc] | None = None,
    names: Names = meta_name,
) -> Doc:
    """One resource as an object; `name` is another name for it, `views` those of a dashboard by cell."""
    kind: str
    spec: Doc
    if group == "dashboards":
        kind, spec = "Dashboard", {"charts": [_chart(cell, (views or {}).get(cell["id"], {})) for cell in doc["cells"]]}
    else:
        kind, spec = _SPECS[group](doc)
    if group == "notificationRules":
        spec["endpointName"] = names("notificationEndpoints", doc["endpointID"])
    spec = _kept(
        {
            **spec,
            "name": name or doc.get("name", ""),
            "description": spec.get("description", doc.get("description", "")),
        }
    )
    if labels:
        spec["associations"] = [{"kind": "Label", "name": names("labels", label["id"])} for label in labels]
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": names(group, doc["id"])},
        "spec": dict(sorted(spec.items())),
    }


def _span(text: object) -> str:
    """A duration as Go prints it."""
    try:
        found = parse_duration(str(text or ""))
    except InfluxctlError:
        return ""
    return go_span(found.ns + found.months * 30 * NS["d"]) if found.ns or found.months else ""


def _label(doc: Doc) -> tuple[str, Doc]:
    properties = doc.get("properties", {})
    return "Label", {"color": properties.get("color", ""), "description": properties.get("description", "")}


def _bucket(doc: Doc) -> tuple[str, Doc]:
    seconds = doc["retentionRules"][0]["everySeconds"]
    return "Bucket", {"retentionRules": [{"type": "expire", "everySeconds": seconds}] if seconds else []}


def _variable(doc: Doc) -> tuple[str, Doc]:
    arguments = doc["arguments"]
    values = arguments["values"]
    spec = {"type": arguments["type"], "selected": doc.get("selected") or []}
    return "Variable", {**spec, **values} if arguments["type"] == "query" else {**spec, "values": values}


def _telegraf(doc: Doc) -> tuple[str, Doc]:
    return "Telegraf", {"config": doc.get("config", "")}


def _task(doc: Doc) -> tuple[str, Doc]:
    """`query` is the script without its option, which the caller took off."""
    return "Task", {
        "cron": doc.get("cron", ""),
        "every": doc.get("every", ""),
        "offset": _span(doc.get("offset")),
        "query": doc["query"],
    }


def _check(doc: Doc) -> tuple[str, Doc]:
    if doc["type"] not in (
        "deadman",
        "threshold",
    ):  # templates have no custom checks: name and state are all that is told
        return "Check", {"status": doc.get("status")}
    spec = {"every": _span(doc.get("every")), "offset": _span(doc.get("offset")), "query": doc["query"]["text"]}
    spec |= {key: doc.get(key) for key in ("status", "statusMessageTemplate", "tags")}
    if doc["type"] != "threshold":
        spans = {key: _span(doc.get(key)) for key in ("timeSince", "staleTime")}
        return "CheckDeadman", {**spec, **spans, "level": doc.get("level"), "reportZero": doc.get("reportZero")}
    return "CheckThreshold", {**spec, "thresholds": [_threshold(one) for one in doc.get("thresholds") or []]}


def _threshold(one: Doc) -> Doc:
    if one["type"] != "range":
        return {
            **_kept({"allValues": one.get("allValues")}),
            "level": one["level"],
            "type": one["type"],
            "value": one.get("value", 0),
        }
    type = "inside_range" if one.get("within") else "outside_range"
    bounds = {"min": one.get("min", 0), "max": one.get("max", 0)}
    return {**_kept({"allValues": one.get("allValues")}), "level": one["level"], "type": type, **bounds}


def _endpoint(doc: Doc) -> tuple[str, Doc]:
    kinds = {"http": "HTTP", "slack": "Slack", "pagerduty": "PagerDuty"}
    if doc["type"] not in kinds:  # nor Telegram
        return "NotificationEndpoint", {"status": doc["status"]}
    spec: Doc = {"status": doc["status"], "url": doc.get("url", "") or doc.get("clientURL", "")}
    if doc["type"] == "http":
        spec |= {"type": doc["authMethod"], "method": doc["method"]}
    for key in ("token", "username", "password", "routingKey"):
        if str(doc.get(key) or "").startswith(_SECRET):
            spec[key] = {"secretRef": {"key": doc[key].removeprefix(_SECRET)}}
    return f"NotificationEndpoint{kinds[doc['type']]}", spec


def _rule(doc: Doc) -> tuple[str, Doc]:
    spec = {key: doc.get(key) for key in ("messageTemplate", "channel")}
    spec |= {"every": _span(doc.get("every")), "offset": _span(doc.get("offset"))}
    spec["statusRules"] = [_kept(rule) for rule in doc.get("statusRules") or []]
    spec["tagRules"] = [_kept(rule) for rule in doc.get("tagRules") or []]
    return "NotificationRule", spec


def _chart(cell: Doc, view: Doc) -> Doc:
    properties = view.get("properties") or {}
    type = properties.get("type", "")
    chart: Doc = {_RENAMED.get(key, key): properties.get(key) for key in _KEPT}
    chart |= {
        "xPos": cell["x"],
        "yPos": cell["y"],
        "width": cell["w"],
        "height": cell["h"],
        "name": view.get("name", ""),
    }
    chart["kind"] = _CHARTS.get(type, "Markdown")
    chart["queries"] = [
        {"query": query.get("text", "")} for query in properties.get("queries") or [] if isinstance(query, dict)
    ]
    chart["colors"] = [_kept(color) for color in properties.get("colors") or [] if isinstance(color, dict)]
    places = properties.get("decimalPlaces") or {}
    if places.get("isEnforced"):
        chart["decimalPlaces"] = places.get("digits")
    if isinstance(properties.get("axes"), dict):
        chart["axes"] = [
            _axis(name, axis) for name, axis in sorted(properties["axes"].items()) if isinstance(axis, dict)
        ]
    if type == "table":
        chart |= _table(properties)
    return {**_kept(chart), "staticLegend": {}}


def _axis(name: str, axis: Doc) -> Doc:
    bounds = [
        float(bound) for bound in axis.get("bounds") or [] if str(bound).replace(".", "").replace("-", "").isdigit()
    ]
    return _kept(
        {
            "name": name,
            "domain": bounds,
            **{key: axis.get(key) for key in ("label", "prefix", "suffix", "base", "scale")},
        }
    )


def _table(properties: Doc) -> Doc:
    options: Any = properties.get("tableOptions") or {}
    sort = (options.get("sortBy") or {}).get("internalName", "")
    fields = [
        _kept(
            {"fieldName": one.get("internalName"), "displayName": one.get("displayName"), "visible": one.get("visible")}
        )
        for one in properties.get("fieldOptions") or []
    ]
    return {"tableOptions": _kept({**options, "sortBy": sort}) or None, "fieldOptions": fields}


_SPECS = {
    "labels": _label,
    "buckets": _bucket,
    "variables": _variable,
    "telegrafConfigs": _telegraf,
    "tasks": _task,
    "checks": _check,
    "notificationEndpoints": _endpoint,
    "notificationRules": _rule,
}
