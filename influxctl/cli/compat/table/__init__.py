"""The table of all commands of influx 2.8: words, aliases, help and flags; a module an area, loaded when its group is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from influxctl.cli.compat.table.model import Command, Node


class Group(NamedTuple):
    """A word that may stand first: its aliases, its help, where its commands are listed, and the module that runs them."""

    name: str
    about: str
    table: str
    module: str
    aliases: tuple[str, ...] = ()


GROUPS: tuple[Group, ...] = (
    Group("version", "Print the influx CLI version", "data", "server"),
    Group("write", "Write points to InfluxDB", "data", "write"),
    Group("bucket", "Bucket management commands", "resources", "bucket"),
    Group("completion", "Generates completion scripts", "data", "completion"),
    Group("query", "Execute a Flux query", "data", "query"),
    Group("config", "Config management commands", "accounts", "config"),
    Group("org", "Organization management commands", "accounts", "org", ("organization",)),
    Group("delete", "Delete points from InfluxDB", "data", "delete"),
    Group("user", "User management commands", "accounts", "user"),
    Group("task", "Task management commands", "resources", "task"),
    Group("telegrafs", "List Telegraf configuration(s). Subcommands manage Telegraf configurations.", "resources", "telegrafs"),
    Group("dashboards", "List Dashboard(s).", "resources", "dashboards"),
    Group("export", "Export existing resources as a template", "templates", "export"),
    Group("secret", "Secret management commands", "accounts", "secret"),
    Group("v1", "InfluxDB v1 management commands", "accounts", "v1"),
    Group("auth", "Authorization management commands", "accounts", "auth", ("authorization",)),
    Group("apply", "Apply a template to manage resources", "templates", "apply"),
    Group("stacks", "List stack(s) and associated templates. Subcommands manage stacks.", "templates", "stacks"),
    Group("template", "Summarize the provided template", "templates", "template"),
    Group("bucket-schema", "Bucket schema management commands", "resources", "schema"),
    Group("scripts", "Scripts management commands", "resources", "scripts"),
    Group("ping", "Check the InfluxDB /health endpoint", "data", "server"),
    Group("setup", "Setup instance with initial user, org, bucket", "accounts", "setup"),
    Group("backup", "Backup database", "data", "backup"),
    Group("restore", "Restores a backup directory to InfluxDB", "data", "restore"),
    Group("remote", "Remote connection management commands", "resources", "remote"),
    Group("replication", "Replication stream management commands", "resources", "replication"),
    Group("server-config", "Display server config", "data", "server"),
)  # fmt: skip

# Groups inside groups.
INNER = {
    "org members": Node("org members", "Organization membership commands"),
    "v1 dbrp": Node("v1 dbrp", "Commands to manage database and retention policy mappings for v1 APIs"),
    "v1 auth": Node("v1 auth", "Authorization management commands for v1 APIs", ("authorization",)),
    "task run": Node("task run", "Run related commands"),
    "task log": Node("task log", "Log related commands"),
}


def group(word: str) -> Group | None:
    """The group that a first word means."""
    return next((entry for entry in GROUPS if word == entry.name or word in entry.aliases), None)


def tree(entry: Group) -> Node:
    """A group with all its commands."""
    commands: tuple[Command, ...] = import_module(f"{__name__}.{entry.table}").COMMANDS
    nodes: dict[str, Node] = {entry.name: Node(entry.name, entry.about, entry.aliases)}
    for command in commands:
        words = command.words.split()
        if words[0] != entry.name:
            continue
        for length in range(2, len(words)):
            inner = " ".join(words[:length])
            if inner not in nodes:
                nodes[inner] = INNER[inner].copy()
                nodes[" ".join(words[: length - 1])].children.append(nodes[inner])
        if command.words in nodes:
            nodes[command.words].command = command
            continue
        nodes[command.words] = Node(command.words, command.about, command.aliases, command)
        nodes[" ".join(words[:-1])].children.append(nodes[command.words])
    return nodes[entry.name]
