"""`influxctl extension`: programs called `influxctl-NAME` on PATH, which run as `influxctl NAME`."""

from __future__ import annotations

from influxctl.cli.context import Context
from influxctl.cli.extend import programs
from influxctl.cli.factories import Group
from influxctl.cli.tree import WORDS
from influxctl.output.columns import Column

COLUMNS = (Column("Name", "name"), Column("Program", "path"), Column("Note", "note"))

group = Group("extension", "Programs called influxctl-NAME on PATH.", columns=COLUMNS)


@group.command(name="list")
def list_(ctx: Context) -> None:
    """List the programs on PATH that run as 'influxctl NAME'. Commands of influxctl win over them."""
    ctx.show(
        [
            {"name": name, "path": str(path), "note": f"hidden by 'influxctl {name}'" if name in WORDS else ""}
            for name, path in sorted(programs(ctx.env))
        ],
        COLUMNS,
    )
