"""`influxctl alias`: words of the user's own that stand for command lines, kept in profiles.toml."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.core.errors import Conflict, NotFound, UsageError
from influxctl.output.columns import Column

COLUMNS = (Column("Name", "name"), Column("Stands for", "command"))
NameArgument = Annotated[str, Argument(metavar="NAME", help="The word.")]

group = Group("alias", "Words of your own that stand for command lines.", columns=COLUMNS)


@group.command(name="list")
def list_(ctx: Context) -> None:
    """List your aliases."""
    from influxctl.config.files import read_profiles
    from influxctl.config.paths import profiles_file

    aliases = read_profiles(profiles_file(ctx.env)).aliases
    ctx.show([{"name": name, "command": command} for name, command in sorted(aliases.items())], COLUMNS)


@group.command(name="set", aliases=("create", "update"))
def set_(
    ctx: Context,
    name: NameArgument,
    command: Annotated[
        list[str],
        Argument(
            metavar="COMMAND...",
            help="What it stands for: one text, or words behind --. $1 to $9 and $@ are arguments.",
        ),
    ],
    force: Annotated[bool, Option("--force", help="Replace the alias that there is.")] = False,
) -> None:
    """Make a word stand for a command line: 'alias set big "bucket list --limit 5"'. Commands of influxctl cannot be replaced."""
    from influxctl.cli.tree import WORDS

    if name in WORDS or name == "help":
        raise UsageError(f"{name!r} is a command of influxctl", hint="choose another word")
    if not name.replace("-", "").replace("_", "").isalnum() or name.startswith("-"):
        raise UsageError(f"{name!r} cannot be an alias", hint="use letters, digits, '-' and '_'")
    text = command[0] if len(command) == 1 else shlex.join(command).replace("'$@'", "$@")
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"the quotes of {text!r} are not closed: {error}") from None
    if not words:
        raise UsageError("the alias stands for nothing")

    def change(profiles: Any) -> None:
        if name in profiles.aliases and profiles.aliases[name] != text and not force:
            raise Conflict(f"{name!r} stands for {profiles.aliases[name]!r} already", hint="--force replaces it")
        profiles.aliases[name] = text

    _edit(ctx, change)
    ctx.note(f"{name} stands for: influxctl {text}")


@group.command(aliases=("rm",))
def delete(ctx: Context, name: NameArgument) -> None:
    """Delete an alias."""

    def change(profiles: Any) -> None:
        if name not in profiles.aliases:
            raise NotFound(f"there is no alias {name!r}", hint="'influxctl alias list' shows them all")
        del profiles.aliases[name]

    _edit(ctx, change)
    ctx.note(f"Deleted alias {name}.")


def _edit(ctx: Context, change: Any) -> None:
    from influxctl.config import paths
    from influxctl.config.files import edit_profiles

    edit_profiles(paths.profiles_file(ctx.env), change)
