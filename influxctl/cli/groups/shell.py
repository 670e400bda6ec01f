"""`influxctl shell`: Flux and InfluxQL line by line."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import command_of


def shell(
    ctx: Context,
    influxql: Annotated[bool, Option("--influxql", help="Begin with InfluxQL.")] = False,
    db: Annotated[str, Option("--db", metavar="NAME", help="Database of InfluxQL.")] = "",
    file: Annotated[
        str | None, Option("--file", "-f", metavar="FILE", help="Run a file instead; - is standard input.")
    ] = None,
) -> int | None:
    """Type Flux and InfluxQL with completion, history and plots; or run a script: a file, or standard input that is no terminal."""
    from influxctl.cli.shell.session import FLUX, INFLUXQL, Session

    session = Session(ctx, INFLUXQL if influxql else FLUX, db)
    if file is None and ctx.stdin.isatty() and ctx.stdout.isatty():
        from influxctl.cli.shell.terminal import interact

        interact(session)
        return None
    session.run_script(read_text(ctx, file) if file is not None else ctx.stdin.read())
    return session.exit


command = command_of(shell, "shell", ["PostQuery", "PostQueryV1"])
