"""`influxctl notification-endpoint`: where notifications go."""

from __future__ import annotations

from influxctl.cli.factories import DESCRIPTION, NAME, STATUS, Flag, Group
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Type", "type"),
    Column("Status", "status", kind="status"),
    Column("URL", "url"),
)
KIND = Flag("type", ("--type",), "What it sends to.", choices=("slack", "pagerduty", "http", "telegram"))
FLAGS = (
    NAME, DESCRIPTION, STATUS, KIND,
    Flag("url", ("--url",), "URL that is called.", metavar="URL"),
    Flag("method", ("--method",), "HTTP method of type http.", choices=("POST", "GET", "PUT")),
    Flag("authMethod", ("--auth-method",), "Authentication of type http.", choices=("none", "basic", "bearer")),
)  # fmt: skip

group = Group(
    "notification-endpoint", "Where notifications go.", id="endpointID", kind="notification-endpoint", columns=COLUMNS
)
group.list("GetNotificationEndpoints")
group.get("GetNotificationEndpointsID")
group.body("create", "CreateNotificationEndpoint", FLAGS, org="orgID", fixed={"status": "active"},
           help="Create an endpoint from flags or a file.")  # fmt: skip
group.body(
    "replace", "PutNotificationEndpointsID", FLAGS, org="orgID", help="Replace an endpoint by the one in a file."
)
group.body(
    "update",
    "PatchNotificationEndpointsID",
    (NAME, DESCRIPTION, STATUS),
    help="Change an endpoint's name, description or status.",
)
group.edit("GetNotificationEndpointsID", "PutNotificationEndpointsID")
group.delete("DeleteNotificationEndpointsID")
group.labels("NotificationEndpointsID", add="PostNotificationEndpointIDLabels")
