"""`influxctl examples`: recipes, offline."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.core.errors import NotFound
from influxctl.output.columns import Column

COLUMNS = (Column("Name", "name"), Column("What it does", "title"))


def examples(
    ctx: Context,
    name: Annotated[str | None, Argument(metavar="[NAME]", help="The recipe; without it all are listed.")] = None,
    script: Annotated[bool, Option("--script", help="Only the commands, for a shell.")] = False,
) -> None:
    """Show recipes: what people do, with the commands and what they print. All of them ran as they stand."""
    from influxctl.cli.cookbook import recipes

    found = recipes()
    if name is None:
        ctx.show([{"name": one.name, "title": one.title} for one in found], COLUMNS)
        return
    one = next((one for one in found if one.name == name), None)
    if one is None:
        raise NotFound(f"there is no recipe {name!r}", hint="'influxctl examples' lists them")
    lines = one.script() if script else (f"# {one.title}", *one.session())
    ctx.stdout.writelines(line + "\n" for line in lines)


command = command_of(examples, "examples", [])
