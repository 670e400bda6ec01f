"""`influxctl secret`: secrets of an organization; values are sent, never shown."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.cli.prompt import ask_password
from influxctl.core.errors import Forbidden, NotFound, Unauthorized, UsageError
from influxctl.output.columns import Column

COLUMNS = (Column("Key", "key"), Column("Organization ID", "orgID"))
Key = Annotated[str | None, Option("--key", "-k", metavar="KEY", help="Key, instead of the argument.")]

group = Group("secret", "Secrets of an organization.", id="secretID", columns=COLUMNS)


@group.command("GetOrgsIDSecrets", name="list")
def list_(ctx: Context) -> None:
    """List the keys of the secrets."""
    org = ctx.org_id()
    keys = ctx.call("GetOrgsIDSecrets", path={"orgID": org}).json().get("secrets") or []
    ctx.show([{"key": key, "orgID": org} for key in keys], COLUMNS)


@group.command("PatchOrgsIDSecrets", aliases=("create", "set"))
def update(
    ctx: Context,
    key: Annotated[str | None, Argument(metavar="[KEY]", help="Key of the secret.")] = None,
    key_option: Key = None,
    value: Annotated[
        str | None,
        Option("--value", "-v", metavar="TEXT", help="The value; asked for on a terminal, - reads standard input."),
    ] = None,
) -> None:
    """Create or change a secret."""
    wanted = _key(key, key_option)
    if value == "-" or (value is None and not ctx.stdin.isatty()):
        value = ctx.stdin.read().rstrip("\n")
    secret = value if value is not None else ask_password(ctx, f"Value of {wanted}", "--value")
    if not secret:
        raise UsageError("the value is empty")
    org = ctx.org_id()
    ctx.call("PatchOrgsIDSecrets", path={"orgID": org}, json={wanted: secret})
    ctx.show({"key": wanted, "orgID": org}, COLUMNS)


@group.command("GetOrgsIDSecrets", "DeleteOrgsIDSecretsID", "PostOrgsIDSecrets")
def delete(
    ctx: Context,
    keys: Annotated[list[str] | None, Argument(metavar="[KEY]...", help="Keys of secrets.")] = None,
    key_option: Key = None,
) -> None:
    """Delete secrets."""
    wanted = [*(keys or ()), *([key_option] if key_option else ())]
    if not wanted:
        raise UsageError("which secret?", hint="give its key")
    org = ctx.org_id()
    known = _known(ctx, org)
    if known is not None and (missing := [key for key in wanted if key not in known]):
        raise NotFound(f"there is no secret {', '.join(missing)}", hint="'influxctl secret list' shows what there is")
    ctx.confirm(f"Delete {', '.join(wanted)}?")
    if len(wanted) == 1:
        ctx.call("DeleteOrgsIDSecretsID", path={"orgID": org, "secretID": wanted[0]})
    else:
        ctx.call("PostOrgsIDSecrets", path={"orgID": org}, json={"secrets": wanted})
    ctx.note(f"Deleted {', '.join(wanted)}.")


def _known(ctx: Context, org: str) -> list[str] | None:
    """The keys that there are, because the server says yes to the deletion of any; None for a token that may not list them."""
    try:
        with ctx.lookups():
            return ctx.call("GetOrgsIDSecrets", path={"orgID": org}).json().get("secrets") or []
    except (Forbidden, Unauthorized):
        return None


def _key(key: str | None, option: str | None) -> str:
    wanted = key or option
    if not wanted:
        raise UsageError("which secret?", hint="give its key")
    return wanted
