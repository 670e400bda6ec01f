"""`influxctl server`: what a server of InfluxDB OSS says about itself."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.core.errors import Exit, InfluxctlError
from influxctl.output.columns import Column

HEALTH = (
    Column("Name", "name"),
    Column("Status", "status", kind="status"),
    Column("Message", "message"),
    Column("Version", "version"),
)
READY = (Column("Status", "status", kind="status"), Column("Started", "started", kind="time"), Column("Up", "up"))

group = Group("server", "Health, readiness, metrics and configuration of a server.")


@group.command("GetHealth")
def health(ctx: Context) -> None:
    """Show whether the server is healthy; exit 6 if it is not."""
    found = ctx.call("GetHealth").json()
    ctx.show(found, HEALTH)
    if found.get("status") != "pass":
        raise InfluxctlError("the server is not healthy", exit=Exit.UNREACHABLE)


group.call("ready", "GetReady", "Show since when the server is ready.", columns=READY)


@group.command("GetMetrics")
def metrics(ctx: Context) -> None:
    """Print the server's metrics in the Prometheus text format."""
    ctx.stdout.write(ctx.call("GetMetrics").text)


@group.command("GetConfig")
def config(
    ctx: Context,
    toml: Annotated[bool, Option("--toml", help="Print it as TOML.")] = False,
    yaml: Annotated[bool, Option("--yaml", help="Print it as YAML.")] = False,
) -> None:
    """Show the configuration of the server (needs an operator token)."""
    found = ctx.call("GetConfig").json().get("config") or {}
    if toml:
        import tomli_w

        ctx.stdout.write(tomli_w.dumps({key: value for key, value in found.items() if value is not None}))
    elif yaml or ctx.format in ("json", "jsonl", "yaml"):
        if yaml:
            ctx.flags["output"] = "yaml"
        ctx.show(found, ())
    else:
        ctx.show(
            [{"name": k, "value": v} for k, v in found.items()], (Column("Name", "name"), Column("Value", "value"))
        )


config_command = group.commands["config"]
