"""`influxctl signin`: a session with user name and password, for the few operations that no token opens."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.cli.prompt import ask, ask_password


def signin(
    ctx: Context,
    username: Annotated[str | None, Option("--username", "-u", metavar="NAME", help="User name.")] = None,
    password: Annotated[
        str | None, Option("--password", "-p", metavar="TEXT", help="Password; - reads standard input.")
    ] = None,
) -> None:
    """Start a session and print its cookie, for use as --extra-http-header 'Cookie:COOKIE'."""
    name = username or ask(ctx, "User name", "--username")
    secret = (
        ctx.stdin.readline().rstrip("\n")
        if password == "-"
        else password or ask_password(ctx, "Password", "--password")
    )
    answer = ctx.call("PostSignin", auth=(name, secret))
    cookie = {key.lower(): value for key, value in answer.headers.items()}.get("set-cookie", "").partition(";")[0]
    if ctx.format in ("json", "jsonl", "yaml"):
        ctx.show({"cookie": cookie}, ())
    else:
        ctx.stdout.write(cookie + "\n")


command = command_of(signin, "signin", ["PostSignin"])
