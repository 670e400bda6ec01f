"""`auth`: tokens and what they permit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.permissions import Permission, all_access, of_buckets, of_kind, operator, shown

HIDDEN = ("instance",)  # kinds of the server that influx 2.8 does not know
HEADINGS = ("ID", "Description", "Token", "User Name", "User ID", "Permissions")


@command("auth create")
def create(call: Call) -> None:
    """Make a token with the permissions that the flags name; only now the token itself is shown."""
    org = call.org_id()
    user = _user(call)
    body: dict[str, object] = {"orgID": org, "description": call.flags.text("description")}
    body["permissions"] = _permissions(call, org, user)
    if user:
        body["userID"] = user
    made = call.json("could not write auth with provided arguments", "PostAuthorizations", json=body)
    _show(call, made)


def _permissions(call: Call, org: str, user: str | None) -> list[Permission]:
    from influxctl.cli.compat.table.accounts import KINDS

    chosen = [
        of_kind(action, kind, org)
        for kind in KINDS
        for action in ("read", "write")
        if call.flags.switch(f"{action}-{kind}")
    ]
    buckets = of_buckets(call, org)
    for flag, name in (("all-access", "all access"), ("operator", "operator")):
        if not call.flags.switch(flag):
            continue
        other = "all-access" if flag == "operator" else "operator"
        if chosen or buckets or call.flags.switch(other):
            raise Failed(f"cannot compose other permissions with {name} permissions")
        kinds = [kind for kind in call.json("failed to list resources", "GetResources") if kind not in HIDDEN]
        if flag == "operator":
            return operator(kinds)
        own = user or str(call.json("could not find the user of the token", "GetMe")["id"])
        return all_access(kinds, org, own)
    return buckets + chosen


def _user(call: Call) -> str | None:
    """The ID of the user whose token it becomes, if that is another than the caller."""
    name = call.flags.text("user")
    if not name:
        return None
    failing = f'could not find user with name "{name}"'
    found = call.json(failing, "GetUsers", query={"name": name})["users"]
    if not found:
        raise Failed(f"{failing}: 404 Not Found: user not found")
    return str(found[0]["id"])


@command("auth list")
def list_(call: Call) -> None:
    """Print one token, or all that the caller may see: influx does not send its other filters."""
    id = call.flags.text("id")
    if id:
        failing = f'could not find authorization with ID "{id}"'
        one = call.json(failing, "GetAuthorizationsID", path={"authID": id})
        _show(call, one)
        return
    found = call.json("could not find authorization with given parameters", "GetAuthorizations")["authorizations"]
    if call.wants_json:
        call.print_json([as_dict(auth) for auth in found], sort=False)
    else:
        call.table(HEADINGS, [_row(auth) for auth in found])


@command("auth delete")
def delete(call: Call) -> None:
    """Delete a token."""
    id = call.flags.text("id")
    failing = f'could not find auth with ID "{id}"'
    auth = call.json(failing, "GetAuthorizationsID", path={"authID": id})
    call.api(f'failed to delete authorization "{id}"', "DeleteAuthorizationsID", path={"authID": id})
    _show(call, auth, deleted=True)


@command("auth active")
def activate(call: Call) -> None:
    """Let a token count again."""
    _set_status(call, "active")


@command("auth inactive")
def inactivate(call: Call) -> None:
    """Let a token not count."""
    _set_status(call, "inactive")


def _set_status(call: Call, status: str) -> None:
    id = call.flags.text("id")
    failing = f'could not find authorization with ID "{id}"'
    call.api(failing, "GetAuthorizationsID", path={"authID": id})
    failing = f'could not update status of authorization with ID "{id}" to {status}'
    body = {"status": status}
    _show(call, call.json(failing, "PatchAuthorizationsID", path={"authID": id}, json=body))


def as_dict(auth: Mapping[str, Any]) -> dict[str, object]:
    """A token in the order in which influx prints it."""
    return {
        "id": auth["id"],
        "description": auth.get("description", ""),
        "token": auth.get("token", ""),
        "status": auth.get("status", ""),
        "userName": auth.get("user", ""),
        "userID": auth.get("userID", ""),
        "permissions": shown(auth.get("permissions")),
    }


def _row(auth: Mapping[str, Any]) -> Sequence[object]:
    known = as_dict(auth)
    known["permissions"] = f"[{' '.join(shown(auth.get('permissions')))}]"
    return [known[key] for key in ("id", "description", "token", "userName", "userID", "permissions")]


def _show(call: Call, auth: Mapping[str, Any], *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json(as_dict(auth), sort=False)
    elif deleted:
        call.table((*HEADINGS, "Deleted"), [[*_row(auth), True]])
    else:
        call.table(HEADINGS, [_row(auth)])
