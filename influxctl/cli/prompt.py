"""Confirmations and passwords: asked only on a terminal, never echoed, never on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from influxctl.core.errors import Exit, InfluxctlError, UsageError

if TYPE_CHECKING:
    from influxctl.cli.context import Context


def interactive(ctx: Context) -> bool:
    """Whether there is somebody to ask."""
    return ctx.stdin.isatty() and ctx.stderr.isatty()


def confirm(ctx: Context, question: str, *, required: bool = False) -> None:
    """Go on only after a yes. Without a terminal: go on, or with `required` refuse unless `--yes` was given."""
    if ctx.flags.get("yes"):
        return
    if not interactive(ctx):
        if required:
            raise UsageError(
                f"{question} needs an answer and there is no terminal to ask on", hint="repeat it with --yes"
            )
        return
    ctx.stderr.write(f"{question} [y/N] ")
    ctx.stderr.flush()
    if ctx.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InfluxctlError("nothing was changed: the answer was not yes", exit=Exit.FAILED, code="invalid")


def ask(ctx: Context, question: str, option: str) -> str:
    """A line of text; without a terminal `UsageError` naming the option that gives it."""
    if not interactive(ctx):
        raise UsageError(f"{option} is missing", hint="there is no terminal to ask on")
    ctx.stderr.write(f"{question}: ")
    ctx.stderr.flush()
    return ctx.stdin.readline().strip()


def new_password(ctx: Context, given: str | None, question: str = "New password") -> str:
    """A password to be: the one given, `-` a line of standard input, else typed twice; of a length that servers take."""
    if given == "-":
        given = ctx.stdin.readline().rstrip("\n")
        if not given:
            raise UsageError("standard input holds no password")
    password = given if given is not None else ask_password(ctx, question, "--password", twice=True)
    if not 8 <= len(password.encode()) <= 72:
        raise UsageError("the password must have 8 to 72 characters")
    return password


def ask_password(ctx: Context, question: str, option: str, *, twice: bool = False) -> str:
    """A password, typed without echo, with `twice` a second time to be sure."""
    if not interactive(ctx):
        raise UsageError(f"{option} is missing", hint="there is no terminal to ask on")
    from getpass import getpass

    password = getpass(f"{question}: ", stream=ctx.stderr)
    if twice and getpass(f"{question} again: ", stream=ctx.stderr) != password:
        raise UsageError("the two passwords differ")
    return password
