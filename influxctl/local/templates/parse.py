"""Templates read: objects of every kind with their references, and the errors with kind, path, place and reason.

What is demanded of each kind is recorded in scenarios/templates_errors (InfluxDB 2.9.1). `fields` is the path of an error, `idxs` the
number in the list at each step of the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.core.times import NS, go_duration, parse_duration
from influxctl.local.templates.charts import Doc, chart

API_VERSION = "influxdata.com/v2alpha1"
# Kinds in the order in which the reference reads them; the group is the key in differences and summaries.
GROUPS = {
    "Label": "labels",
    "Variable": "variables",
    "Bucket": "buckets",
    "CheckDeadman": "checks",
    "CheckThreshold": "checks",
    "Dashboard": "dashboards",
    "NotificationEndpointHTTP": "notificationEndpoints",
    "NotificationEndpointPagerDuty": "notificationEndpoints",
    "NotificationEndpointSlack": "notificationEndpoints",
    "NotificationRule": "notificationRules",
    "Task": "tasks",
    "Telegraf": "telegrafConfigs",
}
KINDS = (*GROUPS, "Check", "NotificationEndpoint")
_META = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
# The wording of Kubernetes, which the reference passes on; clients show it as it is.
_DNS_LABEL = (
    "a DNS-1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
    " (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_TWO = ("Label", "Bucket", "Dashboard")  # kinds whose names have at least two characters
_LEVELS = ("CRIT", "WARN", "INFO", "OK")
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_THRESHOLDS = {"greater": "greater", "lesser": "lesser", "inside_range": "range", "outside_range": "range"}


@dataclass
class Item:
    """One object of a template: `name` is what the resource is called, `meta` what the template calls it, `values` its other fields."""

    kind: str
    meta: str
    name: str
    number: int
    values: Doc = field(default_factory=dict)
    references: list[Doc] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    @property
    def group(self) -> str:
        """The key of its kind in differences and summaries."""
        return GROUPS[self.kind]


@dataclass
class Template:
    """What was read."""

    items: list[Item] = field(default_factory=list)
    errors: list[Doc] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    skipped: set[tuple[str, str]] = field(default_factory=set)  # group and meta name of what actions leave out
    skipped_secrets: set[str] = field(
        default_factory=set
    )  # those that it refers to: the reference counts them all the same

    def of(self, group: str) -> list[Item]:
        """The objects of a group, by the names that the template gives them."""
        return sorted((item for item in self.items if item.group == group), key=lambda item: item.meta)

    def named(self, group: str, meta: str) -> Item | None:
        """The object of a group that the template calls so."""
        return next((item for item in self.items if item.group == group and item.meta == meta), None)

    @property
    def secrets(self) -> list[str]:
        """The secrets that objects refer to."""
        return sorted(self.skipped_secrets | {key for item in self.items for key in item.secrets})


def read(contents: Iterable[Any], references: Doc, skipped_kinds: set[str], skipped: set[tuple[str, str]]) -> Template:
    """Read objects. `references` are the values of environment references; what is skipped is not even checked."""
    template = Template()
    objects = [one if isinstance(one, dict) else {} for one in contents]
    for kind in (*GROUPS, None):
        seen: set[str] = set()
        for number, one in enumerate(objects):
            given = one.get("kind", "")
            if kind is None and given not in KINDS:
                name, reason = (given, "unsupported kind provided") if given else ("unknown", "invalid kind")
                template.errors.append(_error(name, ["kind"], [number, None], reason))
            if given == kind and kind is not None:
                _Reader(template, one, number, references, skipped, skipped_kinds).read(kind, seen)
    _check_associations(template)
    return template


def _error(kind: str, path: list[str], idxs: list[int | None], reason: str) -> Doc:
    return {"kind": kind, "fields": ["root", *path], "idxs": idxs, "reason": reason}


def _check_associations(template: Template) -> None:
    for item in template.items:
        item.labels = [label for label in item.labels if ("labels", label) not in template.skipped]
        for number, label in enumerate(item.labels):
            if template.named("labels", label) is None:
                reason = f'label "{label}" does not exist in pkg'
                template.errors.append(_error(item.kind, ["associations"], [item.number, number], reason))
        endpoint = item.values.get("endpointName") if item.kind == "NotificationRule" else None
        if endpoint and template.named("notificationEndpoints", endpoint) is None:
            reason = f'notification endpoint "{endpoint}" does not exist in pkg'
            template.errors.append(_error(item.kind, ["spec", "endpointName"], [item.number, None, None], reason))


class _Reader:
    """Reads one object."""

    def __init__(
        self,
        template: Template,
        one: Doc,
        number: int,
        references: Doc,
        skipped: set[tuple[str, str]],
        skipped_kinds: set[str],
    ) -> None:
        self.template = template
        self.one = one
        self.number = number
        self.given = references
        self.skipped = skipped
        self.skipped_kinds = skipped_kinds
        self.errors: list[Doc] = []
        self.references: list[Doc] = []
        self.secrets: list[str] = []
        spec = one.get("spec")
        self.spec: Doc = spec if isinstance(spec, dict) else {}

    def wrong(self, path: list[str], reason: str, idxs: list[int | None] | None = None) -> None:
        """Note an error of the spec."""
        where = [self.number, *(idxs if idxs is not None else [None] * len(path))]
        self.errors.append(_error(self.one["kind"], path, where, reason))

    def read(self, kind: str, seen: set[str]) -> None:
        metadata = self.one.get("metadata")
        meta = self.resolved((metadata if isinstance(metadata, dict) else {}).get("name", ""), "metadata.name")
        if kind in self.skipped_kinds or (kind, meta) in self.skipped:
            self.template.skipped.add((GROUPS[kind], meta))
            for name in self.spec:
                self.secret(name)
            self.template.skipped_secrets.update(self.secrets)
            return
        if not _META.match(meta):
            self.wrong(["metadata", "name"], f'name "{meta}" is invalid; {_DNS_LABEL}')
        elif meta in seen:
            self.wrong(["metadata", "name"], f"duplicate name: {meta}")
        duplicate = bool(self.errors)
        seen.add(meta)
        name = self.resolved(self.spec.get("name", ""), "spec.name") or meta
        item = Item(kind, meta, name, self.number)
        if not duplicate:
            if kind in _TWO and len(name) < 2:
                self.wrong(["spec", "name"], "must be a string of at least 2 chars in length")
            item.values = getattr(self, f"_{_SHAPES[kind]}")(kind)
            item.labels = self._labels()
        item.references, item.secrets = self.references, self.secrets
        self.template.errors += self.errors
        if not self.errors:
            self.template.items.append(item)

    def resolved(self, value: object, place: str) -> str:
        """A text, or what an environment reference stands for."""
        if not isinstance(value, dict) or not isinstance(value.get("envRef"), dict):
            return value if isinstance(value, str) else ""
        reference = value["envRef"]
        key, default = str(reference.get("key", "")), reference.get("default")
        found = self.given.get(key)
        self.references.append(
            {"resourceField": place, "envRefKey": key, "valueType": "", "value": found, "defaultValue": default}
        )
        if found is None:
            self.template.missing.add(key)
        chosen = found if found is not None else default
        return f"env-{key}" if chosen is None else str(chosen)

    def secret(self, name: str) -> str | None:
        """A secret as `secret: key` when the spec refers to one, its plain value, or None."""
        value = self.spec.get(name)
        if isinstance(value, dict) and isinstance(value.get("secretRef"), dict):
            key = str(value["secretRef"].get("key", ""))
            self.secrets.append(key)
            return f"secret: {key}"
        return value if isinstance(value, str) and value else None

    def text(self, name: str) -> str:
        value = self.spec.get(name, "")
        return value if isinstance(value, str) else ""

    def items(self, name: str) -> list[Doc]:
        value = self.spec.get(name)
        return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

    def duration(self, name: str) -> int:
        """Nanoseconds; 0 for what is no duration."""
        try:
            span = parse_duration(self.text(name))
        except InfluxctlError:
            return 0
        return span.ns + span.months * 30 * NS["d"]

    def span(self, name: str) -> str:
        """A duration as Go prints it, empty if there is none."""
        ns = self.duration(name)
        return go_span(ns) if ns else ""

    def status(self) -> str:
        status = self.text("status") or "active"
        if status not in ("active", "inactive"):
            self.wrong(["spec", "status"], "must be 1 of [active, inactive]")
        return status

    def _labels(self) -> list[str]:
        return sorted(str(one.get("name", "")) for one in self.items("associations") if one.get("kind") == "Label")

    # Kinds.

    def _label(self, kind: str) -> Doc:
        return {"color": self.text("color"), "description": self.text("description")}

    def _variable(self, kind: str) -> Doc:
        type, values = self.text("type"), self.spec.get("values")
        arguments: Doc | None = {"type": type, "values": None} if type else None
        if type == "constant":
            texts = [str(one) for one in values] if isinstance(values, list) else []
            if not texts:
                self.wrong(["spec", "values"], "constant variable must have a least 1 value provided")
            arguments = {"type": type, "values": texts}
        elif type == "map":
            if not isinstance(values, dict) or not values:
                self.wrong(["spec", "values"], "map variable must have at least 1 key/val pair")
            arguments = {"type": type, "values": values}
        elif type == "query":
            if not self.text("query"):
                self.wrong(["spec", "query"], "query variable must provide a query string")
            if self.text("language") not in ("flux", "influxql"):
                self.wrong(["spec", "language"], 'query variable language must be either "influxql" or "flux"')
            arguments = {"type": type, "values": {"query": self.text("query"), "language": self.text("language")}}
        selected = self.spec.get("selected")
        chosen = [str(one) for one in selected] if isinstance(selected, list) else []
        return {"description": self.text("description"), "arguments": arguments, "selected": chosen}

    def _bucket(self, kind: str) -> Doc:
        rules = []
        for number, rule in enumerate(self.items("retentionRules")):
            if rule.get("type") != "expire":
                self.wrong(["spec", "retentionRules", "type"], 'type must be "expire"', [None, number, None])
            seconds = rule.get("everySeconds", 0)
            rules.append({"type": "expire", "everySeconds": seconds if isinstance(seconds, int) else 0})
        return {"description": self.text("description"), "retentionRules": rules or None}

    def _check(self, kind: str) -> Doc:
        if self.duration("every") < 5 * NS["s"]:
            self.wrong(["spec", "every"], "duration value must be provided that is >= 5s (seconds)")
        if not self.text("query"):
            self.wrong(["spec", "query"], "must provide a non zero value")
        status = self.status()
        if not self.text("statusMessageTemplate"):
            self.wrong(
                ["spec", "statusMessageTemplate"],
                'must provide a template; ex. "Check: ${ r._check_name } is: ${ r._level }"',
            )
        tags = [{"key": str(one.get("key", "")), "value": str(one.get("value", ""))} for one in self.items("tags")]
        values: Doc = {
            "description": self.text("description"),
            "query": self.text("query"),
            "statusMessageTemplate": self.text("statusMessageTemplate"),
            "every": self.span("every"),
            "offset": self.span("offset") or "0s",
            "tags": tags or None,
            "status": status,
        }
        if kind == "CheckThreshold":
            return {**values, "thresholds": self._thresholds()}
        level = self.text("level").upper()
        if level not in _LEVELS:
            self.wrong(["spec", "level"], f'must be 1 in [CRIT, WARN, INFO, OK]; got="{self.text("level")}"')
        spans = {name: self.span(name) or "0s" for name in ("timeSince", "staleTime")}
        return {**values, **spans, "reportZero": self.spec.get("reportZero") is True, "level": level}

    def _thresholds(self) -> list[Doc]:
        given = self.items("thresholds")
        if not given:
            self.wrong(["spec", "thresholds"], "must provide at least 1 threshold entry")
        out = []
        for number, one in enumerate(given):
            type = str(one.get("type", "")).lower()
            if type not in _THRESHOLDS:
                reason = f'must be 1 in [Lesser, Greater, Inside_Range, Outside_Range]; got="{type}"'
                self.wrong(["spec", "type"], reason, [None, number])
                continue
            level = str(one.get("level", "")).upper()
            if level not in _LEVELS:
                self.wrong(
                    ["spec", "level"],
                    f'must be 1 in [CRIT, WARN, INFO, OK]; got="{one.get("level", "")}"',
                    [None, number],
                )
            head = {"allValues": one.get("allValues") is True, "level": level}
            if _THRESHOLDS[type] == "range":
                bounds = {"min": one.get("min", 0), "max": one.get("max", 0), "within": type == "inside_range"}
                out.append({**head, **bounds, "type": "range"})
            else:
                out.append({**head, "value": one.get("value", 0), "type": type})
        return out

    def _dashboard(self, kind: str) -> Doc:
        def report(name: str, reason: str, number: int) -> None:
            self.wrong(["spec", "charts", name], reason, [None, number, None])

        cells = [chart(one, number, report) for number, one in enumerate(self.items("charts"))]
        return {"description": self.text("description"), "cells": cells}

    def _endpoint(self, kind: str) -> Doc:
        status = self.status()
        url = self.text("url")
        values: Doc = {"status": status, "description": self.text("description"), "url": url}
        if kind != "NotificationEndpointPagerDuty" and "://" not in url:
            self.wrong(["spec", "url"], "must be valid url")
        if kind == "NotificationEndpointSlack":
            return {**values, "type": "slack", "token": self.secret("token")}
        if kind == "NotificationEndpointPagerDuty":
            key = self.secret("routingKey")
            if key is None:
                self.wrong(["spec", "routingKey"], "must be provide")
            return {**values, "type": "pagerduty", "routingKey": key}
        return {**values, "type": "http", **self._http()}

    def _http(self) -> Doc:
        method, auth = self.text("method").upper(), self.text("type").lower()
        if method not in _METHODS:
            self.wrong(["spec", "method"], "http method must be a valid HTTP verb")
        if auth not in ("none", "basic", "bearer"):
            self.wrong(["spec", "type"], f'invalid type provided "{auth}"; valid type is 1 in [basic, bearer, none]')
        values: Doc = {"method": method, "authMethod": auth}
        for name in {"basic": ("username", "password"), "bearer": ("token",)}.get(auth, ()):
            values[name] = self.secret(name)
            if values[name] is None:
                self.wrong(["spec", name], "must provide non empty string")
        return values

    def _rule(self, kind: str) -> Doc:
        if not self.text("endpointName"):
            self.wrong(["spec", "endpointName"], "must be provided")
        if not self.duration("every"):
            self.wrong(["spec", "every"], "must be provided")
        status = self.status()
        rules = self.items("statusRules")
        if not rules:
            self.wrong(["spec", "statusRules"], "must provide at least 1")
        for number, rule in enumerate(rules):
            for name in ("currentLevel", "previousLevel"):
                level = str(rule.get(name, "")).upper()
                if level not in (*_LEVELS, "ANY") and (level or name == "currentLevel"):
                    reason = f'must be 1 in [CRIT, WARN, INFO, OK]; got="{rule.get(name, "")}"'
                    self.wrong(["spec", "statusRules", name], reason, [None, None, number])
        tags = self.items("tagRules")
        for number, tag in enumerate(tags):
            if str(tag.get("operator", "")).lower() not in ("equal", "notequal", "equalregex", "notequalregex"):
                reason = f'must be 1 in [equal]; got="{tag.get("operator", "")}"'
                self.wrong(["spec", "tagRules", "operator"], reason, [None, None, number])
        texts = {name: self.text(name) for name in ("description", "endpointName", "messageTemplate", "channel")}
        return {
            **texts,
            "every": self.span("every"),
            "offset": self.span("offset") or "0s",
            "status": status,
            "statusRules": [
                {
                    "currentLevel": str(r.get("currentLevel", "")).upper(),
                    "previousLevel": str(r.get("previousLevel", "")).upper(),
                }
                for r in rules
            ],
            "tagRules": [{key: str(t.get(key, "")) for key in ("key", "value", "operator")} for t in tags],
        }

    def _task(self, kind: str) -> Doc:
        cron = self.text("cron")
        if not cron and not self.duration("every"):
            self.wrong(["spec", "every"], "must provide if cron field is not provided")
            self.wrong(["spec", "cron"], "must provide if every field is not provided")
        if not self.text("query"):
            self.wrong(["spec", "query"], "must provide a non zero value")
        spans = {"every": self.span("every"), "offset": self.span("offset")}
        return {
            "cron": cron,
            "description": self.text("description"),
            **spans,
            "query": self.text("query"),
            "status": self.status(),
        }

    def _telegraf(self, kind: str) -> Doc:
        if not self.text("config"):
            self.wrong(["spec", "config"], "no config provided")
        return {"description": self.text("description"), "config": self.text("config")}


_SHAPES = {
    "Label": "label",
    "Variable": "variable",
    "Bucket": "bucket",
    "CheckDeadman": "check",
    "CheckThreshold": "check",
    "Dashboard": "dashboard",
    "NotificationEndpointHTTP": "endpoint",
    "NotificationEndpointPagerDuty": "endpoint",
    "NotificationEndpointSlack": "endpoint",
    "NotificationRule": "rule",
    "Task": "task",
    "Telegraf": "telegraf",
}


def go_span(ns: int) -> str:
    """Nanoseconds as Go prints a duration: `1m30s`, `10m0s`, `1.5s`."""
    seconds, rest = divmod(ns, NS["s"])
    text = go_duration(seconds)
    return f"{text[:-1]}.{rest:09d}".rstrip("0") + "s" if rest else text
