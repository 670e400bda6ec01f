"""`influxctl remote`: remote servers that data is replicated to."""

from __future__ import annotations

from influxctl.cli.factories import DESCRIPTION, NAME, Flag, Group
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Remote URL", "remoteURL"),
    Column("Remote organization ID", "remoteOrgID"),
    Column("Insecure TLS", "allowInsecureTLS"),
)
FLAGS = (
    NAME,
    DESCRIPTION,
    Flag("remoteURL", ("--remote-url",), "URL of the remote server.", metavar="URL"),
    Flag("remoteAPIToken", ("--remote-api-token",), "Token for the remote server.", metavar="TOKEN"),
    Flag("remoteOrgID", ("--remote-org-id",), "Organization on the remote server.", metavar="ID"),
    Flag("allowInsecureTLS", ("--allow-insecure-tls",), "Do not check the remote server's certificate.", type=bool),
)

group = Group("remote", "Remote servers that data is replicated to.", id="remoteID", kind="remote", columns=COLUMNS)
group.list("GetRemoteConnections")
group.get("GetRemoteConnectionByID")
group.body(
    "create", "PostRemoteConnection", FLAGS, org="orgID", fixed={"allowInsecureTLS": False}, help="Create a remote."
)
group.body("update", "PatchRemoteConnectionByID", FLAGS, help="Change a remote.")
group.edit("GetRemoteConnectionByID", "PatchRemoteConnectionByID")
group.delete("DeleteRemoteConnectionByID")
