"""Notification rules as Flux: the script of a rule's task, worded as the reference words it (2.9.1)."""

from __future__ import annotations

import re
from typing import Any

from influxctl.core.errors import Invalid
from influxctl.local.monitor.checks import import_lines, task_option, template
from influxctl.local.query.canonical import canonical, quoted

Doc = dict[str, Any]
_MONITOR, _SECRETS, _EXPERIMENTAL = "influxdata/influxdb/monitor", "influxdata/influxdb/secrets", "experimental"
_LEADING = re.compile(r"(\d+)([^\d]+)(.*)\Z", re.DOTALL)


def rule_script(rule: Doc, endpoint: Doc) -> str:
    """The script of a rule that has an ID and sends to this endpoint, which is of the rule's type."""
    if endpoint["type"] != rule["type"]:
        raise Invalid(f"a rule of type {rule['type']} cannot send to an endpoint of type {endpoint['type']}")
    imports, head, call = _SENDERS[rule["type"]](rule, endpoint)
    notification = (
        f'notification = {{_notification_rule_id: "{rule["id"]}", _notification_rule_name: {quoted(rule["name"])},'
        f' _notification_endpoint_id: "{endpoint["id"]}", _notification_endpoint_name: {quoted(endpoint["name"])}}}'
    )
    parts = [
        *import_lines(None, imports),
        task_option(rule),
        *head,
        notification,
        *_statuses(rule),
        f'all_statuses |> monitor["notify"](data: notification, endpoint: {call})',
    ]
    return canonical("\n".join(parts), generated=True)


# Which statuses.


def _statuses(rule: Doc) -> list[str]:
    """What is read from `_monitoring`: a little more than one interval, so that changes of level are seen."""
    tags = rule.get("tagRules") or []
    # The reference compares with == whatever the operator of a tag rule is (seen in 2.9.1).
    condition = " and ".join(f"r[{quoted(tag['key'])}] == {quoted(tag['value'])}" for tag in tags)
    narrowed = f", fn: (r) => {condition}" if condition else ""
    lines = [f'statuses = monitor["from"](start: -{longer(rule["every"])}{narrowed})']
    names = []
    for one in rule.get("statusRules") or []:
        current, previous = one["currentLevel"].lower(), one.get("previousLevel")
        if previous is None:
            name = current
            test = "true" if current == "any" else f'r["_level"] == "{current}"'
            lines.append(f"{name} = statuses |> filter(fn: (r) => {test})")
        else:
            name = f"{previous.lower()}_to_{current}"
            change = f'fromLevel: "{previous.lower()}", toLevel: "{current}"'
            lines.append(f'{name} = statuses |> monitor["stateChanges"]({change})')
        names.append(name)
    source = names[0] if len(names) == 1 else f'union(tables: [{", ".join(names)}]) |> sort(columns: ["_time"])'
    recent = f'r["_time"] >= experimental["subDuration"](from: now(), d: {rule["every"]})'
    return [*lines, f"all_statuses = {source} |> filter(fn: (r) => {recent})"]


def longer(duration: str) -> str:
    """A duration with one more of its first unit, or twice as much if that is seconds or less."""
    match = _LEADING.match(duration)
    if match is None:
        raise Invalid(f"invalid duration {duration}")
    count, unit, rest = int(match[1]), match[2], match[3]
    return f"{count * 2 if unit.endswith('s') else count + 1}{unit}{rest}"


# How they are sent: imports, statements before, and the call of the endpoint.

_Sender = tuple[list[str], list[str], str]


def _secret(endpoint: Doc, field: str) -> str:
    return f'secrets["get"](key: {quoted(secret_key(endpoint[field]))})'


def secret_key(shown: str) -> str:
    """The key in `secret: <key>`, as which endpoints show their secrets."""
    return shown.removeprefix("secret: ")


def _http(rule: Doc, endpoint: Doc) -> _Sender:
    imports = [_MONITOR, "http", "json", _EXPERIMENTAL]
    headers = ['"Content-Type": "application/json"']
    headers += [f"{quoted(key)}: {quoted(value)}" for key, value in (endpoint.get("headers") or {}).items()]
    if endpoint["authMethod"] == "bearer":
        imports.append(_SECRETS)
        headers.append(f'"Authorization": "Bearer " + {_secret(endpoint, "token")}')
    elif endpoint["authMethod"] == "basic":
        imports.append(_SECRETS)
        pair = f"u: {_secret(endpoint, 'username')}, p: {_secret(endpoint, 'password')}"
        headers.append(f'"Authorization": http["basicAuth"]({pair})')
    head = [f"headers = {{{', '.join(headers)}}}", f'endpoint = http["endpoint"](url: {quoted(endpoint["url"])})']
    body = 'body = {r with _version: 1}\nreturn {headers: headers, data: json["encode"](v: body)}'
    return imports, head, f"endpoint(mapFn: (r) => {{\n{body}\n}})"


def _slack(rule: Doc, endpoint: Doc) -> _Sender:
    imports = [_MONITOR, "slack", _SECRETS, _EXPERIMENTAL]
    arguments, head = [], []
    if endpoint.get("token"):
        head.append(f"slack_secret = {_secret(endpoint, 'token')}")
        arguments.append("token: slack_secret")
    if endpoint.get("url"):
        arguments.append(f"url: {quoted(endpoint['url'])}")
    head.append(f'slack_endpoint = slack["endpoint"]({", ".join(arguments)})')
    color = 'if r["_level"] == "crit" then "danger" else if r["_level"] == "warn" then "warning" else "good"'
    fields = f"channel: {quoted(rule.get('channel', ''))}, text: {template(rule['messageTemplate'])}, color: {color}"
    return imports, head, f"slack_endpoint(mapFn: (r) => ({{{fields}}}))"


def _pagerduty(rule: Doc, endpoint: Doc) -> _Sender:
    imports = [_MONITOR, "pagerduty", _SECRETS, _EXPERIMENTAL]
    head = [
        f"pagerduty_secret = {_secret(endpoint, 'routingKey')}",
        'pagerduty_endpoint = pagerduty["endpoint"]()',
    ]
    fields = (
        f'routingKey: pagerduty_secret, client: "influxdata", clientURL: {quoted(endpoint.get("clientURL", ""))},'
        ' class: r._check_name, group: r["_source_measurement"],'
        ' severity: pagerduty["severityFromLevel"](level: r["_level"]),'
        ' eventAction: pagerduty["actionFromLevel"](level: r["_level"]),'
        ' source: notification["_notification_rule_name"], summary: r["_message"],'
        ' timestamp: time(v: r["_source_timestamp"])'
    )
    return imports, head, f"pagerduty_endpoint(mapFn: (r) => ({{{fields}}}))"


def _telegram(rule: Doc, endpoint: Doc) -> _Sender:
    imports = [_MONITOR, "contrib/sranka/telegram", _SECRETS, _EXPERIMENTAL]
    mode = f", parseMode: {quoted(rule['parseMode'])}" if rule.get("parseMode") else ""
    preview = f"disableWebPagePreview: {str(rule.get('disableWebPagePreview', False)).lower()}"
    head = [
        f"telegram_secret = {_secret(endpoint, 'token')}",
        f'telegram_endpoint = telegram["endpoint"](token: telegram_secret{mode}, {preview})',
    ]
    silent = 'if r["_level"] == "crit" then true else if r["_level"] == "warn" then true else false'
    fields = f"channel: {quoted(endpoint['channel'])}, text: {template(rule['messageTemplate'])}, silent: {silent}"
    return imports, head, f"telegram_endpoint(mapFn: (r) => ({{{fields}}}))"


_SENDERS = {"http": _http, "slack": _slack, "pagerduty": _pagerduty, "telegram": _telegram}
