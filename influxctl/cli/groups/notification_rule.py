"""`influxctl notification-rule`: rules that turn statuses into notifications."""

from __future__ import annotations

from influxctl.cli.factories import DESCRIPTION, NAME, STATUS, Group
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Type", "type"),
    Column("Status", "status", kind="status"),
    Column("Every", "every"),
    Column("Endpoint ID", "endpointID"),
)

group = Group("notification-rule", "Rules that turn statuses into notifications.", id="ruleID", kind="notification-rule",
              columns=COLUMNS)  # fmt: skip
group.list("GetNotificationRules")
group.get("GetNotificationRulesID")
group.body(
    "create",
    "CreateNotificationRule",
    (NAME, DESCRIPTION, STATUS),
    org="orgID",
    help="Create a rule from a file; flags win over it.",
)
group.body(
    "replace",
    "PutNotificationRulesID",
    (NAME, DESCRIPTION, STATUS),
    org="orgID",
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
