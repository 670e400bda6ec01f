"""`secret`: the keys of an organization's secrets."""

from __future__ import annotations

from influxctl.cli.compat.call import Call
from influxctl.cli.compat.handlers import command

HEADINGS = ("Key", "Organization ID")


@command("secret list")
def list_(call: Call) -> None:
    """Print the keys. As JSON every one is an empty object: so it is in influx 2.8."""
    org = call.org_id()
    what = f'failed to list secrets for org "{org}"'
    keys = sorted(call.json(what, "GetOrgsIDSecrets", path={"orgID": org}).get("secrets") or [])
    if call.wants_json:
        call.print_json([{} for _ in keys])
    else:
        call.table(HEADINGS, [(key, org) for key in keys])


@command("secret update")
def update(call: Call) -> None:
    """Set a secret; without `--value` it is asked for."""
    key, org = call.flags.text("key"), call.org_id()
    value = call.flags.text("value") or call.ask_password("Please type your secret")
    call.api(f'failed to update secret with key "{key}"', "PatchOrgsIDSecrets", path={"orgID": org}, json={key: value})
    _show(call, key, org)


@command("secret delete")
def delete(call: Call) -> None:
    """Remove a secret; one that is not there is no failure."""
    key, org = call.flags.text("key"), call.org_id()
    failing = f'failed to delete secret with key "{key}"'
    call.api(failing, "DeleteOrgsIDSecretsID", path={"orgID": org, "secretID": key})
    _show(call, key, org, deleted=True)


def _show(call: Call, key: str, org: str, *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json({})
    elif deleted:
        call.table((*HEADINGS, "Deleted"), [(key, org, True)])
    else:
        call.table(HEADINGS, [(key, org)])
