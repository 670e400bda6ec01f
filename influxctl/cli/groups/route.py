"""`influxctl route`: top-level routes of the API."""

from __future__ import annotations

from typing import Any

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.output.columns import Column

group = Group("route", "Top-level routes of the API.")


@group.command("GetRoutes", name="list")
def list_(ctx: Context) -> None:
    """List the routes that the server names."""
    ctx.show(list(_routes(ctx.call("GetRoutes").json(), "")), (Column("Name", "name"), Column("Path", "path")))


def _routes(value: dict[str, Any], prefix: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for name, path in value.items():
        if isinstance(path, dict):
            found += _routes(path, f"{prefix}{name}.")
        else:
            found.append({"name": prefix + name, "path": str(path)})
    return found
