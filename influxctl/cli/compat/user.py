"""`user`: users and their passwords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command

HEADINGS = ("ID", "Name")


@command("user create")
def create(call: Call) -> None:
    """Make a user, put it into the organization, set its password. Nothing is left of it if the password is refused."""
    name, password = call.flags.text("name"), call.flags.text("password")
    org = call.org_id()
    user = call.json(f'failed to create user "{name}"', "PostUsers", json={"name": name})
    try:
        failing = f'failed adding user "{name}" to org "{org}"'
        call.api(failing, "PostOrgsIDMembers", path={"orgID": org}, json={"id": user["id"]})
        if password:
            _set_password(call, name, str(user["id"]), password)
        else:
            call.streams.note("WARN: initial password not set for user, use `influx user password` to set it")
    except Failed:
        call.api("failed to remove the user again", "DeleteUsersID", path={"userID": user["id"]})
        raise
    _show(call, user)


@command("user list")
def list_(call: Call) -> None:
    """Print the users that ID or name select."""
    query = {"id": call.flags.text("id"), "name": call.flags.text("name")}
    found = call.json("failed to list users", "GetUsers", query=query)["users"]
    if call.wants_json:
        call.print_json(found)
    else:
        call.table(HEADINGS, [(user["id"], user["name"]) for user in found])


@command("user update")
def update(call: Call) -> None:
    """Rename a user."""
    id = call.flags.text("id")
    body = {"name": call.flags.text("name")} if call.flags.is_set("name") else {}
    _show(call, call.json(f'failed to update user "{id}"', "PatchUsersID", path={"userID": id}, json=body))


@command("user delete")
def delete(call: Call) -> None:
    """Delete a user."""
    id = call.flags.text("id")
    user = call.json(f'user "{id}" not found', "GetUsersID", path={"userID": id})
    call.api(f'failed to delete user "{id}"', "DeleteUsersID", path={"userID": id})
    _show(call, user, deleted=True)


@command("user password")
def password(call: Call) -> None:
    """Set a password; without `--password` it is asked for."""
    id, name = call.flags.text("id"), call.flags.text("name")
    if not id and not name:
        raise Failed("must specify user ID or user name")
    if not id:
        failing = f'failed to find user "{name}"'
        found = call.json(failing, "GetUsers", query={"name": name})["users"]
        if not found:
            raise Failed(f"{failing}: 404 Not Found: user not found")
        id = str(found[0]["id"])
    shown = name or id
    new = call.flags.text("password") or new_password(call, f'Please type new password for "{shown}"')
    _set_password(call, shown, id, new)
    call.print(f'Successfully updated password for user "{shown}"\n')


def new_password(call: Call, question: str) -> str:
    """A password typed twice."""
    first = call.ask_password(question)
    if call.ask_password("Please type your password again") != first:
        raise Failed("passwords do not match")
    return first


def _set_password(call: Call, shown: str, id: str, password: str) -> None:
    failing = f'failed to set password for user "{shown}"'
    call.api(failing, "PostUsersIDPassword", path={"userID": id}, json={"password": password})


def _show(call: Call, user: Mapping[str, Any], *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json(user)
    elif deleted:
        call.table((*HEADINGS, "Deleted"), [(user["id"], user["name"], True)])
    else:
        call.table(HEADINGS, [(user["id"], user["name"])])
