"""`influxctl notification-rule`: rules that turn statuses into notifications."""

from __future__ import annotations

from typing import Any

from influxctl.cli.context import Context
from influxctl.cli.factories import DESCRIPTION, NAME, STATUS, Flag, Group
from influxctl.cli.lookup import find
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Type", "type"),
    Column("Status", "status", kind="status"),
    Column("Every", "every"),
    Column("Endpoint ID", "endpointID"),
)

ENDPOINT = Flag("endpointID", ("--endpoint",), "Where it sends to, by name or ID.", metavar="ENDPOINT")
EVERY = Flag("every", ("--every",), "How often it looks, such as 10m.", metavar="DURATION")


def _endpoint(ctx: Context, body: dict[str, Any]) -> None:
    """The endpoint by its ID."""
    if body.get("endpointID"):
        body["endpointID"] = find(ctx, "notification-endpoint", str(body["endpointID"]))


group = Group("notification-rule", "Rules that turn statuses into notifications.", id="ruleID", kind="notification-rule",
              columns=COLUMNS)  # fmt: skip
group.list("GetNotificationRules")
group.get("GetNotificationRulesID")
group.body(
    "create",
    "CreateNotificationRule",
    (NAME, DESCRIPTION, STATUS, ENDPOINT, EVERY),
    org="orgID",
    finish=_endpoint,
    help="Create a rule from a file; flags win over it.",
)
group.body(
    "replace",
    "PutNotificationRulesID",
    (NAME, DESCRIPTION, STATUS, ENDPOINT, EVERY),
    org="orgID",
    finish=_endpoint,
    help="Replace a rule by the one in a file.",
)
group.body(
    "update",
    "PatchNotificationRulesID",
    (NAME, DESCRIPTION, STATUS),
    help="Change a rule's name, description or status.",
)
group.edit("GetNotificationRulesID", "PutNotificationRulesID")
group.delete("DeleteNotificationRulesID")
group.call(
    "query",
    "GetNotificationRulesIDQuery",
    "Show the Flux script that the server made of a rule.",
    columns=(Column("Flux", "flux"),),
)
group.labels("NotificationRulesID", add="PostNotificationRuleIDLabels")
