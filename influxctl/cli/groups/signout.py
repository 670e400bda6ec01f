"""`influxctl signout`: the end of a session."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of


def signout(
    ctx: Context, cookie: Annotated[str, Option("--cookie", metavar="COOKIE", help="What signin printed.")] = ""
) -> None:
    """End a session."""
    ctx.call("PostSignout", headers={"Cookie": cookie} if cookie else {})
    ctx.note("Signed out.")


command = command_of(signout, "signout", ["PostSignout"])
