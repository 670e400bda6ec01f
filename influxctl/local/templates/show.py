"""Objects of templates as differences and summaries show them. IDs are numbers there, 0 for what does not exist yet (InfluxDB 2.9.1)."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.core.times import parse_duration
from influxctl.local.templates.charts import Doc
from influxctl.local.templates.parse import Item, Template, go_span

NEVER = "0001-01-01T00:00:00Z"
DIFF_KEYS = (
    "buckets", "checks", "dashboards", "labels", "labelMappings", "notificationEndpoints", "notificationRules", "tasks",
    "telegrafConfigs", "variables",
)  # fmt: skip
_BUILDER = {"buckets": [], "tags": [], "functions": [], "aggregateWindow": {"period": "", "fillValues": False}}
_QUERY = {"editMode": "", "name": "", "builderConfig": _BUILDER}
_SUMMARY_KEYS = {"tasks": "summaryTask"}
_ENDPOINT_FIELDS = {
    "http": ("url", "token", "username", "password", "authMethod", "method", "contentTemplate"),
    "slack": ("url", "token"),
    "pagerduty": ("clientURL", "routingKey"),
}


def number(id: str) -> int:
    """An ID as templates write it."""
    return int(id, 16) if id else 0


class Show:
    """One template's objects with the IDs of what they are (`ids`: (group, meta name) to ID); `applied`: they have been stored."""

    def __init__(
        self, template: Template, org_id: str, ids: dict[tuple[str, str], str], *, applied: bool, secrets: Doc
    ) -> None:
        self.template = template
        self.org_id = org_id
        self.ids = ids
        self.applied = applied
        self.endpoint_secrets = secrets  # endpoint ID to what is shown of its secrets

    def id(self, item: Item) -> str:
        """The ID of an object, empty if it does not exist."""
        return self.ids.get((item.group, item.meta), "")

    # Differences.

    def new(self, item: Item) -> Doc:
        """What an object will be, in a difference."""
        return getattr(self, f"_new_{item.group}")(item)  # type: ignore[no-any-return]

    @staticmethod
    def _described(item: Item) -> Doc:
        return {"name": item.name, "description": item.values["description"]}

    def _new_labels(self, item: Item) -> Doc:
        return {"name": item.name, **item.values}

    def _new_buckets(self, item: Item) -> Doc:
        return {**self._described(item), "retentionRules": item.values["retentionRules"]}

    def _new_variables(self, item: Item) -> Doc:
        return {**self._described(item), "args": item.values["arguments"]}

    def _new_dashboards(self, item: Item) -> Doc:
        return {**self._described(item), "charts": [_chart(cell, placed=False) for cell in item.values["cells"]]}

    def _new_tasks(self, item: Item) -> Doc:
        return {"name": item.name, **item.values}

    def _new_telegrafConfigs(self, item: Item) -> Doc:
        more = {"description": item.values["description"]} if item.values["description"] else {}
        return {"name": item.name, **more, "config": item.values["config"]}

    def _new_checks(self, item: Item) -> Doc:
        values = dict(item.values)
        values.pop("status")
        description = values.pop("description")
        id = {"id": number(self.id(item))} if self.applied else {}
        return {
            **_hex(id),
            "name": item.name,
            **({"description": description} if description else {}),
            "orgID": self.org_id,
            **values,
            "query": {"text": values["query"], **_QUERY},
            "createdAt": NEVER,
            "updatedAt": NEVER,
            "type": "threshold" if item.kind == "CheckThreshold" else "deadman",
        }

    def _new_notificationEndpoints(self, item: Item) -> Doc:
        values = item.values
        id = self.id(item)
        shown = dict(self.endpoint_secrets.get(id, {})) if self.applied else {}
        if values["type"] == "pagerduty":
            values = {**values, "clientURL": values["url"]}
        out: Doc = {
            "name": item.name,
            "status": values["status"],
            "createdAt": NEVER,
            "updatedAt": NEVER,
            "type": values["type"],
        }
        if values["description"]:
            out["description"] = values["description"]
        for key in _ENDPOINT_FIELDS[values["type"]]:
            value = values.get(key) or ""
            secret = key in ("token", "username", "password", "routingKey")
            out[key] = shown.get(key, value if not secret or value.startswith("secret: ") else "")
        if id:
            out["id"] = id
        return {**out, "orgID": self.org_id} if self.applied else out

    def _new_notificationRules(self, item: Item) -> Doc:
        rule = self._rule(item)
        rule["endpointName"] = item.values["endpointName"]
        return rule

    def _rule(self, item: Item) -> Doc:
        values = item.values
        endpoint = self.template.named("notificationEndpoints", values["endpointName"])
        return {
            "name": item.name,
            "description": values["description"],
            "endpointID": number(self.id(endpoint)) if endpoint else 0,
            "endpointType": endpoint.values["type"] if endpoint else "",
            **{key: values[key] for key in ("every", "offset", "messageTemplate", "statusRules", "tagRules")},
        }

    # Summaries.

    def summary(self, mappings: list[Doc], missing_secrets: list[str]) -> Doc:
        """All objects as they are or would be."""
        out: Doc = {_SUMMARY_KEYS.get(group, group): [] for group in DIFF_KEYS}
        for group in DIFF_KEYS:
            if group != "labelMappings":
                out[_SUMMARY_KEYS.get(group, group)] = [self._summed(item) for item in self.template.of(group)]
        kept = (
            "resourceID",
            "resourceTemplateMetaName",
            "resourceName",
            "resourceType",
            "labelTemplateMetaName",
            "labelName",
            "labelID",
        )
        out["labelMappings"] = [
            {"status": one["stateStatus"], **{key: one[key] for key in kept}}
            for one in mappings
            if one["stateStatus"] != "remove"
        ]
        return {**out, "missingEnvRefs": sorted(self.template.missing), "missingSecrets": missing_secrets}

    def _summed(self, item: Item) -> Doc:
        head = {"kind": item.kind, "templateMetaName": item.meta, "envReferences": item.references}
        body: Doc = getattr(self, f"_sum_{item.group}")(item)
        if item.group == "labels":
            return {**head, **body}
        labels = [label for meta in item.labels if (label := self.template.named("labels", meta)) is not None]
        return {**head, **body, "labelAssociations": [self._summed(label) for label in labels]}

    def _known(self, item: Item) -> Doc:
        return {"id": number(self.id(item))} if self.id(item) else {}

    def _sum_labels(self, item: Item) -> Doc:
        return {"id": number(self.id(item)), "orgID": number(self.org_id), "name": item.name, "properties": item.values}

    def _sum_buckets(self, item: Item) -> Doc:
        rules = item.values["retentionRules"] or [{"everySeconds": 0}]
        period = rules[0]["everySeconds"] * 10**9
        return {**self._known(item), "orgID": number(self.org_id), **self._described(item), "retentionPeriod": period}

    def _sum_variables(self, item: Item) -> Doc:
        org = {"orgID": number(self.org_id)} if self.applied else {}
        more = {"variables": item.values["selected"], "arguments": item.values["arguments"]}
        return {**self._known(item), **org, **self._described(item), **more}

    def _sum_dashboards(self, item: Item) -> Doc:
        charts = [_chart(cell, placed=True) for cell in item.values["cells"]]
        return {"id": number(self.id(item)), "orgID": number(self.org_id), **self._described(item), "charts": charts}

    def _sum_tasks(self, item: Item) -> Doc:
        return {"id": number(self.id(item)), **self._new_tasks(item)}

    def _sum_telegrafConfigs(self, item: Item) -> Doc:
        id = {"id": self.id(item)} if self.id(item) else {}
        return {"telegrafConfig": {**id, "orgID": self.org_id, **self._new_telegrafConfigs(item)}}

    def _sum_checks(self, item: Item) -> Doc:
        return {"check": self._new_checks(item), "status": item.values["status"]}

    def _sum_notificationEndpoints(self, item: Item) -> Doc:
        return {"notificationEndpoint": self._new_notificationEndpoints(item)}

    def _sum_notificationRules(self, item: Item) -> Doc:
        more = {"endpointTemplateMetaName": item.values["endpointName"], "status": item.values["status"]}
        return {"id": number(self.id(item)), **self._rule(item), **more}


def _hex(fields: Doc) -> Doc:
    """IDs as text: resources inside a difference have them so."""
    return {key: f"{value:016x}" if isinstance(value, int) else value for key, value in fields.items()}


def _chart(cell: Doc, *, placed: bool) -> Doc:
    """A chart; differences do not tell where it lies."""
    x, y = (cell["x"], cell["y"]) if placed else (0, 0)
    return {"properties": cell["properties"], "xPos": x, "yPos": y, "height": cell["h"], "width": cell["w"]}


def _offset(text: object) -> str:
    """An offset as Go prints it, also if there is none."""
    try:
        found = parse_duration(str(text or "0s"))
    except InfluxctlError:
        return ""
    return go_span(found.ns)


def old(group: str, doc: Doc) -> Any:
    """What is there, in a difference."""
    if group == "labels":
        properties = doc.get("properties", {})
        return {
            "name": doc["name"],
            "color": properties.get("color", ""),
            "description": properties.get("description", ""),
        }
    head = {"name": doc.get("name", ""), "description": doc.get("description", "")}
    if group == "buckets":
        seconds = doc["retentionRules"][0]["everySeconds"]
        return {**head, "retentionRules": [{"type": "expire", "everySeconds": seconds}] if seconds else None}
    if group == "variables":
        return {**head, "args": doc["arguments"]}
    if group == "checks":
        return {key: value for key, value in doc.items() if key != "status"}
    if group == "tasks":
        fields = {key: doc.get(key, "") for key in ("cron", "every", "status")}
        return {**head, **fields, "offset": _offset(doc.get("offset")), "query": doc["flux"]}
    if group == "dashboards":
        charts = [_chart({**cell, "properties": {"shape": "empty"}}, placed=True) for cell in doc["cells"]]
        return {**head, "charts": charts}
    if group == "notificationRules":
        rule = {key: doc.get(key) for key in ("every", "offset", "messageTemplate", "statusRules", "tagRules")}
        return {**head, "endpointID": number(doc["endpointID"]), "endpointType": doc["type"], **rule}
    return {**head, "config": doc["config"]} if group == "telegrafConfigs" else doc


EMPTY_NEW: dict[str, Doc] = {
    "labels": {"color": "", "description": ""},
    "buckets": {"description": "", "retentionRules": None},
    "variables": {"description": "", "args": None},
}
