"""Commands and flags of the influx tool: organizations, members, users, tokens, version 1, secrets, configurations, set-up."""

from __future__ import annotations

from collections.abc import Iterator

from influxctl.cli.compat.flags import Flag, many, switch, text
from influxctl.cli.compat.table.model import ORG, ORG_ID, Command

# What `auth create` can grant, in the order of the help, and where it exists.
_EVERYWHERE = """
    authorizations buckets dashboards orgs tasks telegrafs users variables secrets labels views documents notificationRules
    notificationEndpoints checks dbrp annotations
"""
KINDS = {
    **dict.fromkeys(_EVERYWHERE.split(), ""),
    **dict.fromkeys(("sources", "scrapers", "notebooks", "remotes", "replications"), " (OSS only)"),
    **dict.fromkeys(("flows", "subscriptions"), " (Cloud only)"),
}
_NAMED = {"orgs": "organizations", "telegrafs": "telegraf configs"}


def _kinds() -> Iterator[Flag]:
    """Two flags for every kind."""
    for kind, where in KINDS.items():
        reads, writes = "read", "create" if kind in _NAMED else "create or update"
        what = _NAMED.get(kind, kind)
        if kind == "buckets":
            reads, writes, what = "perform read", "perform mutative", "actions against organization buckets"
        yield switch(f"read-{kind}", f"Grants the permission to {reads} {what}{where}")
        yield switch(f"write-{kind}", f"Grants the permission to {writes} {what}{where}")


COMMANDS = (
    Command(
        "org create",
        "Create organization",
        "HTCJ",
        text("name n", "Name to set on the new organization", required=True),
        text("description d", "Description to set on the new organization"),
    ),
    Command(
        "org delete",
        "Delete organization",
        "HTCJ",
        text("id i", "The organization ID", env="INFLUX_ORG_ID", required=True),
    ),
    Command(
        "org list",
        "List organizations",
        "HTCJ",
        text("name n", "The organization name", env="INFLUX_ORG"),
        text("id i", "The organization ID", env="INFLUX_ORG_ID"),
        aliases="find ls",
    ),
    Command(
        "org members add",
        "Add organization member",
        "HTC",
        text("member m", "The member ID", required=True),
        text("name n", "The organization name", env="INFLUX_ORG"),
        text("id i", "The organization ID", env="INFLUX_ORG_ID"),
        switch("owner", "Set new member as an owner"),
    ),
    Command(
        "org members list",
        "List organization members",
        "HTCJ",
        text("name n", "The organization name", env="INFLUX_ORG"),
        text("id i", "The organization ID", env="INFLUX_ORG_ID"),
        aliases="find ls",
    ),
    Command(
        "org members remove",
        "Remove organization member",
        "HTC",
        text("member m", "The member ID", required=True),
        text("name n", "The organization name", env="INFLUX_ORG"),
        text("id i", "The organization ID", env="INFLUX_ORG_ID"),
    ),
    Command(
        "org update",
        "Update organization",
        "HTCJ",
        text("id i", "The organization ID", env="INFLUX_ORG_ID", required=True),
        text("name n", "New name to set on the organization", env="INFLUX_ORG"),
        text("description d", "New description to set on the organization", env="INFLUX_ORG_DESCRIPTION"),
    ),
    Command(
        "user create",
        "Create user",
        "HTCJ",
        ORG_ID,
        ORG,
        text("name n", "The user name", env="INFLUX_NAME", required=True),
        text("password p", "The user password"),
    ),
    Command(
        "user delete",
        "Delete user",
        "HTCJ",
        text("id i", "The user ID", required=True),
    ),
    Command(
        "user list",
        "List users",
        "HTCJ",
        text("id i", "The user ID"),
        text("name n", "The user name"),
        aliases="find ls",
    ),
    Command(
        "user update",
        "",
        "HTCJ",
        text("id i", "The user ID", required=True),
        text("name n", "The user name"),
    ),
    Command(
        "user password",
        "Set a user password",
        "HTC",
        text("id i", "The user ID"),
        text("name n", "The user name"),
        text("password p", "The user password"),
    ),
    Command(
        "auth create",
        "Create authorization",
        "HTCJ",
        ORG_ID,
        ORG,
        text("user u", "The user name"),
        text("description d", "Token description"),
        many("write-bucket", "The bucket id"),
        many("read-bucket", "The bucket id"),
        switch("operator", "Grants all permissions in all organizations"),
        switch("all-access", "Grants all permissions in a single organization"),
        *_kinds(),
    ),
    Command(
        "auth delete",
        "Delete authorization",
        "HTCJ",
        text("id i", "The authorization ID (required)", required=True),
    ),
    Command(
        "auth list",
        "List authorizations",
        "HTCJ",
        ORG_ID,
        ORG,
        text("id i", "The authorization ID"),
        text("user u", "The user name"),
        text("user-id", "The user ID"),
        aliases="find ls",
    ),
    Command(
        "auth active",
        "Activate authorization",
        "HTCJ",
        text("id i", "The authorization ID (required)", required=True),
    ),
    Command(
        "auth inactive",
        "Inactivate authorization",
        "HTCJ",
        text("id i", "The authorization ID (required)", required=True),
    ),
    Command(
        "v1 dbrp list",
        "List database and retention policy mappings",
        "HTCJ",
        ORG_ID,
        ORG,
        text("bucket-id", "The ID of the bucket"),
        text("db", "The name of the database"),
        switch("default", "Only mappings that are the default of their database"),
        text("id", "The ID of the mapping"),
        text("rp", "The name of the retention policy"),
        aliases="find ls",
    ),
    Command(
        "v1 dbrp create",
        "Create a database and retention policy mapping to an existing bucket",
        "HTCJ",
        ORG_ID,
        ORG,
        text("bucket-id", "The ID of the bucket to be mapped", required=True),
        text("db", "The name of the database", required=True),
        switch("default", "Identify this retention policy as the default for the database"),
        text("rp", "The name of the retention policy", required=True),
    ),
    Command(
        "v1 dbrp delete",
        "Delete a database and retention policy mapping",
        "HTCJ",
        ORG_ID,
        ORG,
        text("id", "The ID of the mapping to delete", required=True),
    ),
    Command(
        "v1 dbrp update",
        "Update a database and retention policy mapping",
        "HTCJ",
        ORG_ID,
        ORG,
        text("id", "The ID of the mapping to update", required=True),
        switch("default", "Set this mapping's retention policy as the default for the mapping's database"),
        text("rp", "The updated name of the retention policy"),
    ),
    Command(
        "v1 auth create",
        "Create authorization",
        "HTCJ",
        ORG_ID,
        ORG,
        text("description d", "Token description"),
        text("username", "The username to identify this token", required=True),
        text("password", "The password to set on this token"),
        switch(
            "no-password",
            "Don't prompt for a password. You must use v1 auth set-password command before using the token.",
        ),
        many("read-bucket", "The bucket id"),
        many("write-bucket", "The bucket id"),
    ),
    Command(
        "v1 auth delete",
        "Delete authorization",
        "HTCJ",
        text("id", "The ID of the authorization"),
        text("username", "The username that identifies the token"),
    ),
    Command(
        "v1 auth list",
        "List authorizations",
        "HTCJ",
        ORG_ID,
        ORG,
        text("id", "The authorization ID"),
        text("username", "The username that identifies the token"),
        text("user u", "The user name"),
        text("user-id", "The user ID"),
        aliases="find ls",
    ),
    Command(
        "v1 auth set-active",
        "Change the status of an authorization to active",
        "HTCJ",
        text("id", "The ID of the authorization"),
        text("username", "The username that identifies the token"),
    ),
    Command(
        "v1 auth set-inactive",
        "Change the status of an authorization to inactive",
        "HTCJ",
        text("id", "The ID of the authorization"),
        text("username", "The username that identifies the token"),
    ),
    Command(
        "v1 auth set-password",
        "Set a password for an existing authorization",
        "HTC",
        text("id", "The ID of the authorization"),
        text("username", "The username that identifies the token"),
        text("password", "The password to set"),
    ),
    Command(
        "v1 shell",
        "Start an InfluxQL shell",
        "HTC",
        ORG_ID,
        ORG,
    ),
    Command(
        "config",
        "Config management commands",
        "J",
        arguments=True,
        takes="[config name]",
    ),
    Command(
        "config create",
        "Create config",
        "TJ",
        text("config-name n", "Name for the new config", required=True),
        text("host-url u", "Base URL of the InfluxDB server the new config should target", required=True),
        text("token t", "Auth token to use when communicating with the InfluxDB server"),
        text(
            "username-password p", "Username (and optionally password) to use for authentication. Only supported in OSS"
        ),
        text("org o", "Default organization name to use in the new config"),
        switch("active a", "Set the new config as active"),
    ),
    Command(
        "config rm",
        "Delete config",
        "J",
        aliases="delete remove",
        arguments=True,
    ),
    Command(
        "config set",
        "Update config",
        "TJ",
        text("config-name n", "Name of the config", required=True),
        text("host-url u", "Base URL of the InfluxDB server"),
        text("token t", "Auth token to use when communicating with the InfluxDB server"),
        text(
            "username-password p", "Username (and optionally password) to use for authentication. Only supported in OSS"
        ),
        text("org o", "Default organization name to use in the config"),
        switch("active a", "Set the config as active"),
        aliases="update",
    ),
    Command(
        "config ls",
        "List configs",
        "J",
        aliases="list",
    ),
    Command(
        "setup",
        "Setup instance with initial user, org, bucket",
        "HCJ",
        text("username u", "Name of initial user to create"),
        text("password p", "Password to set on initial user"),
        text("token t", "Auth token to set on the initial user", env="INFLUX_TOKEN"),
        text("org o", "Name of initial organization to create"),
        text("bucket b", "Name of initial bucket to create"),
        text("retention r", "Duration initial bucket will retain data, or 0 for infinite"),
        switch("force f", "Skip confirmation prompt"),
        text(
            "name n", "Name to set on CLI config generated for the InfluxDB instance, required if other configs exist"
        ),
    ),
    Command(
        "secret delete",
        "Delete secret",
        "HTCJ",
        ORG_ID,
        ORG,
        text("key k", "The secret key (required)", required=True),
    ),
    Command(
        "secret list",
        "List secrets",
        "HTCJ",
        ORG_ID,
        ORG,
        aliases="find ls",
    ),
    Command(
        "secret update",
        "Update secret",
        "HTCJ",
        ORG_ID,
        ORG,
        text("key k", "The secret key (required)", required=True),
        text(
            "value v",
            "Optional secret value for scripting convenience, using this might expose the secret to your local history",
        ),
    ),
)
