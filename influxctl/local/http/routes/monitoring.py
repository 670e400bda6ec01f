"""/api/v2/checks, /api/v2/notificationEndpoints and /api/v2/notificationRules."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import Invalid
from influxctl.core.ids import check_id
from influxctl.local.http.fields import OPTIONAL_ID, decode
from influxctl.local.http.request import Page, Request
from influxctl.local.http.resource_routes import label_routes
from influxctl.local.http.response import Response, answer, no_content, page_links
from influxctl.local.http.router import handles
from influxctl.local.store.resources import Doc

_BASE: Doc = {
    "orgID": OPTIONAL_ID,
    **dict.fromkeys(("type", "name", "description", "status"), str),
}
_PATCH = dict.fromkeys(("name", "description", "status"), str)
_CHECK = {
    **_BASE,
    **dict.fromkeys(("every", "offset", "statusMessageTemplate", "timeSince", "staleTime", "level"), str),
    "reportZero": bool,
    "tags": [{"key": str, "value": str}],
    "thresholds": [
        {"type": str, "level": str, "allValues": bool, "value": float, "min": float, "max": float, "within": bool}
    ],
    "query": {
        "text": str,
        "editMode": str,
        "name": str,
        "builderConfig": {
            "buckets": [str],
            "tags": [{"key": str, "values": [str], "aggregateFunctionType": str}],
            "functions": [{"name": str}],
            "aggregateWindow": {"period": str, "fillValues": bool},
        },
    },
}
_ENDPOINT = {
    **_BASE,
    **dict.fromkeys(("url", "token", "username", "password", "authMethod", "method", "contentTemplate"), str),
    **dict.fromkeys(("clientURL", "routingKey", "channel"), str),
    "headers": dict,
}
_RULE = {
    **_BASE,
    "endpointID": OPTIONAL_ID,
    **dict.fromkeys(("every", "offset", "runbookLink", "channel", "messageTemplate", "parseMode"), str),
    "disableWebPagePreview": bool,
    "sleepUntil": str,
    **dict.fromkeys(("limit", "limitEvery"), int),
    "tagRules": [{"key": str, "value": str, "operator": str}],
    "statusRules": [{"currentLevel": str, "previousLevel": str}],
}

label_routes("checks", "checkID", "GetChecksIDLabels", "PostChecksIDLabels", "DeleteChecksIDLabelsID")
label_routes(
    "notificationEndpoints",
    "endpointID",
    "GetNotificationEndpointsIDLabels",
    "PostNotificationEndpointIDLabels",
    "DeleteNotificationEndpointsIDLabelsID",
)
label_routes(
    "notificationRules",
    "ruleID",
    "GetNotificationRulesIDLabels",
    "PostNotificationRuleIDLabels",
    "DeleteNotificationRulesIDLabelsID",
)


def _org_filter(request: Request) -> str | None:
    """The organization of a list: `orgID`, or `org`, a name."""
    org_id = request.arg("orgID")
    if org_id is not None:
        try:
            return check_id(org_id)
        except Invalid as error:
            raise Invalid(f"orgID is invalid: {error.message}") from None
    org = request.arg("org")
    return str(request.services.orgs.by_name(org)["id"]) if org else None


def _links(request: Request, path: str, page: Page, count: int, **more: Any) -> dict[str, str]:
    given = {"descending": str(page.descending).lower(), "org": request.arg("org"), "orgID": request.arg("orgID")}
    return page_links(path, {**given, **more}, page.limit, page.given_offset, count)


def _parts(base: str, *names: str) -> dict[str, str]:
    return {"self": base, **{name: f"{base}/{name}" for name in names}}


# Checks.


def check_view(request: Request, check: Doc, labels: list[Doc]) -> Doc:
    """A check with its labels and what its task says."""
    links = _parts(f"/api/v2/checks/{check['id']}", "labels", "members", "owners", "query")
    return {**request.services.checks.with_task(check), "labels": labels, "links": links}


def _check(request: Request, check: Doc, status: int = 200) -> Response:
    labels = request.services.resources.labels_of("checks", check["id"])
    return answer(check_view(request, check, labels), status)


@handles("GetChecks")
def find_checks(request: Request) -> Response:
    """The checks that the caller may read."""
    page = request.page()
    found = page.cut(request.services.checks.find_checks(request.actor, _org_filter(request)))
    labels = request.services.resources.labels_of_all("checks", [check["id"] for check in found])
    shown = [check_view(request, check, labels[check["id"]]) for check in found]
    return answer({"checks": shown, "links": _links(request, "/api/v2/checks", page, len(found))})


@handles("CreateCheck")
def create_check(request: Request) -> Response:
    """A new check."""
    return _check(request, request.services.checks.create_check(request.actor, request.json(_CHECK)), 201)


@handles("GetChecksID")
def get_check(request: Request) -> Response:
    """One check."""
    return _check(request, request.services.checks.get_check(request.actor, request.id("checkID")))


@handles("PatchChecksID")
def update_check(request: Request) -> Response:
    """Change name, description or status."""
    id = request.id("checkID")
    return _check(request, request.services.checks.update_check(request.actor, id, request.json(_PATCH)))


@handles("PutChecksID")
def replace_check(request: Request) -> Response:
    """Put another check under the ID."""
    id = request.id("checkID")
    return _check(request, request.services.checks.replace_check(request.actor, id, request.json(_CHECK)))


@handles("DeleteChecksID")
def delete_check(request: Request) -> Response:
    """Remove a check."""
    request.services.checks.delete_check(request.actor, request.id("checkID"))
    return no_content()


@handles("GetChecksIDQuery")
def get_check_query(request: Request) -> Response:
    """The Flux of a check."""
    return answer({"flux": request.services.checks.script(request.actor, request.id("checkID"))})


# Endpoints.


def endpoint_view(endpoint: Doc, labels: list[Doc]) -> Doc:
    """An endpoint with its labels."""
    links = _parts(f"/api/v2/notificationEndpoints/{endpoint['id']}", "labels", "members", "owners")
    return {**endpoint, "labels": labels, "links": links}


def _endpoint(request: Request, endpoint: Doc, status: int = 200) -> Response:
    labels = request.services.resources.labels_of("notificationEndpoints", endpoint["id"])
    return answer(endpoint_view(endpoint, labels), status)


def _endpoint_fields(request: Request) -> Doc:
    fields: Doc = request.json(_ENDPOINT)
    if "headers" in fields:
        fields["headers"] = decode(fields["headers"], dict.fromkeys(fields["headers"], str), "headers")
    return fields


@handles("GetNotificationEndpoints")
def find_endpoints(request: Request) -> Response:
    """The endpoints that the caller may read."""
    page = request.page()
    found = page.cut(request.services.endpoints.find_endpoints(request.actor, _org_filter(request)))
    labels = request.services.resources.labels_of_all("notificationEndpoints", [one["id"] for one in found])
    links = _links(request, "/api/v2/notificationEndpoints", page, len(found))
    return answer({"notificationEndpoints": [endpoint_view(one, labels[one["id"]]) for one in found], "links": links})


@handles("CreateNotificationEndpoint")
def create_endpoint(request: Request) -> Response:
    """A new endpoint."""
    endpoint = request.services.endpoints.create_endpoint(request.actor, _endpoint_fields(request))
    return _endpoint(request, endpoint, 201)


@handles("GetNotificationEndpointsID")
def get_endpoint(request: Request) -> Response:
    """One endpoint."""
    return _endpoint(request, request.services.endpoints.get_endpoint(request.actor, request.id("endpointID")))


@handles("PatchNotificationEndpointsID")
def update_endpoint(request: Request) -> Response:
    """Change name, description or status."""
    id = request.id("endpointID")
    return _endpoint(request, request.services.endpoints.update_endpoint(request.actor, id, request.json(_PATCH)))


@handles("PutNotificationEndpointsID")
def replace_endpoint(request: Request) -> Response:
    """Put another endpoint under the ID."""
    id = request.id("endpointID")
    fields = _endpoint_fields(request)
    return _endpoint(request, request.services.endpoints.replace_endpoint(request.actor, id, fields))


@handles("DeleteNotificationEndpointsID")
def delete_endpoint(request: Request) -> Response:
    """Remove an endpoint."""
    request.services.endpoints.delete_endpoint(request.actor, request.id("endpointID"))
    return no_content()


# Rules.


def rule_view(request: Request, rule: Doc, labels: list[Doc]) -> Doc:
    """A rule with its labels and what its task says."""
    links = _parts(f"/api/v2/notificationRules/{rule['id']}", "labels", "members", "owners", "query")
    return {**request.services.checks.with_task(rule), "labels": labels, "links": links}


def _rule(request: Request, rule: Doc, status: int = 200) -> Response:
    labels = request.services.resources.labels_of("notificationRules", rule["id"])
    return answer(rule_view(request, rule, labels), status)


@handles("GetNotificationRules")
def find_rules(request: Request) -> Response:
    """The rules that the caller may read. `checkID`, and tags that are no `key:value`, filter nothing, as in the reference."""
    page = request.page()
    tags = [(key, value) for key, colon, value in (t.partition(":") for t in request.query.get("tag", [])) if colon]
    found = page.cut(request.services.rules.find_rules(request.actor, _org_filter(request), tags))
    labels = request.services.resources.labels_of_all("notificationRules", [rule["id"] for rule in found])
    shown = [rule_view(request, rule, labels[rule["id"]]) for rule in found]
    links = _links(
        request, "/api/v2/notificationRules", page, len(found), tag=[f"{k}:{v}" for k, v in tags] if tags else None
    )
    return answer({"notificationRules": shown, "links": links})


@handles("CreateNotificationRule")
def create_rule(request: Request) -> Response:
    """A new rule."""
    return _rule(request, request.services.rules.create_rule(request.actor, request.json(_RULE)), 201)


@handles("GetNotificationRulesID")
def get_rule(request: Request) -> Response:
    """One rule."""
    return _rule(request, request.services.rules.get_rule(request.actor, request.id("ruleID")))


@handles("PatchNotificationRulesID")
def update_rule(request: Request) -> Response:
    """Change name, description or status."""
    id = request.id("ruleID")
    return _rule(request, request.services.rules.update_rule(request.actor, id, request.json(_PATCH)))


@handles("PutNotificationRulesID")
def replace_rule(request: Request) -> Response:
    """Put another rule under the ID."""
    id = request.id("ruleID")
    return _rule(request, request.services.rules.replace_rule(request.actor, id, request.json(_RULE)))


@handles("DeleteNotificationRulesID")
def delete_rule(request: Request) -> Response:
    """Remove a rule."""
    request.services.rules.delete_rule(request.actor, request.id("ruleID"))
    return no_content()


@handles("GetNotificationRulesIDQuery")
def get_rule_query(request: Request) -> Response:
    """The Flux of a rule."""
    return answer({"flux": request.services.rules.script(request.actor, request.id("ruleID"))})
