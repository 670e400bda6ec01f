"""`v1`: what programs of InfluxDB 1 need: mappings of databases to buckets, user names with passwords, and an InfluxQL shell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from influxctl.cli.compat.auth import as_dict
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.permissions import of_buckets, shown
from influxctl.cli.compat.user import new_password

DBRP = ("ID", "Database", "Bucket ID", "Retention Policy", "Default", "Organization ID")
AUTH = ("ID", "Description", "Username", "v2 User Name", "v2 User ID", "Permissions")
VIRTUAL = "\nVIRTUAL DBRP MAPPINGS (READ-ONLY)\n----------------------------------\n"


@command("v1 dbrp list")
def list_dbrps(call: Call) -> None:
    """Print mappings: those that somebody made, then those that buckets have of themselves."""
    query: dict[str, object] = {"id": call.flags.text("id"), "bucketID": call.flags.text("bucket-id")}
    query |= {"db": call.flags.text("db"), "rp": call.flags.text("rp"), **call.org()}
    if call.flags.is_set("default"):
        query["default"] = call.flags.switch("default")
    found = call.json("failed to list dbrps", "GetDBRPs", query=query)["content"]
    if call.wants_json:
        call.print_json(found)
        return
    call.table(DBRP, _mappings(item for item in found if not item.get("virtual")))
    call.print(VIRTUAL)
    call.table(DBRP, _mappings(item for item in found if item.get("virtual")))


@command("v1 dbrp create")
def create_dbrp(call: Call) -> None:
    """Map a database and retention policy to a bucket."""
    body: dict[str, object] = {
        "bucketID": call.flags.text("bucket-id"),
        "database": call.flags.text("db"),
        "retention_policy": call.flags.text("rp"),
        "default": call.flags.switch("default"),
        **call.org(),
    }
    _show_dbrp(call, call.json("failed to create DBRP for bucket", "PostDBRP", json=body))


@command("v1 dbrp update")
def update_dbrp(call: Call) -> None:
    """Change the retention policy of a mapping, or make it the default."""
    id = call.flags.text("id")
    body: dict[str, object] = {}
    if call.flags.is_set("rp"):
        body["retention_policy"] = call.flags.text("rp")
    if call.flags.is_set("default"):
        body["default"] = call.flags.switch("default")
    failing = f'failed to update DBRP mapping "{id}"'
    made = call.json(failing, "PatchDBRPID", path={"dbrpID": id}, query=call.org(), json=body)
    _show_dbrp(call, made.get("content", made))


@command("v1 dbrp delete")
def delete_dbrp(call: Call) -> None:
    """Delete a mapping."""
    id, org = call.flags.text("id"), call.org()
    failing = f'failed to find DBRP mapping "{id}"'
    gone = call.json(failing, "GetDBRPsID", path={"dbrpID": id}, query=org)
    call.api(f'failed to delete DBRP mapping "{id}"', "DeleteDBRPID", path={"dbrpID": id}, query=org)
    _show_dbrp(call, gone.get("content", gone))


def _mappings(found: Iterable[Mapping[str, Any]]) -> list[Sequence[object]]:
    keys = ("id", "database", "bucketID", "retention_policy", "default", "orgID")
    return [[item.get(key) for key in keys] for item in found]


def _show_dbrp(call: Call, mapping: Mapping[str, Any]) -> None:
    known = {"virtual": False, **mapping}
    known.pop("links", None)
    if call.wants_json:
        call.print_json(known)
    else:
        call.table(DBRP, _mappings([known]))


@command("v1 shell")
def start_shell(call: Call) -> None:
    """InfluxQL line by line."""
    from influxctl.cli.compat.shell import shell

    shell(call)


@command("v1 auth create")
def create_auth(call: Call) -> None:
    """Make a user name with a password. Nothing is left of it if the password is refused."""
    name, password = call.flags.text("username"), call.flags.text("password")
    if password and call.flags.switch("no-password"):
        raise Failed("only one of --password and --no-password may be specified")
    if not password and not call.flags.switch("no-password"):
        password = new_password(call, "Please type your password")
    org = call.org_id()
    body: dict[str, object] = {"orgID": org, "description": call.flags.text("description"), "token": name}
    body |= {"permissions": of_buckets(call, org), "status": "active"}
    made = call.json("failed to create new authorization", "PostLegacyAuthorizations", json=body)
    if password:
        try:
            _set_password(call, made["id"], password, f'failed to set password for "{name}"')
        except Failed:
            call.api("failed to remove it again", "DeleteLegacyAuthorizationsID", path={"authID": made["id"]})
            raise
    _show_auth(call, made)


@command("v1 auth list")
def list_auths(call: Call) -> None:
    """Print user names and what they may do."""
    query = {
        "authID": call.flags.text("id"),
        "token": call.flags.text("username"),
        "user": call.flags.text("user"),
        "userID": call.flags.text("user-id"),
        **call.org(required=False),
    }
    failing = "could not find Authorizations for specified arguments"
    found = call.json(failing, "GetLegacyAuthorizations", query=query)["authorizations"]
    if not found and (query["token"] or query["authID"]):
        raise Failed(f"{failing}: 404 Not Found: authorization not found")
    if call.wants_json:
        call.print_json([as_dict(auth) for auth in found], sort=False)
    else:
        call.table(AUTH, [_row(auth) for auth in found])


@command("v1 auth delete")
def delete_auth(call: Call) -> None:
    """Delete a user name."""
    auth = _find(call)
    failing = f'failed to delete authorization "{auth["id"]}"'
    call.api(failing, "DeleteLegacyAuthorizationsID", path={"authID": auth["id"]})
    _show_auth(call, auth, deleted=True)


@command("v1 auth set-active")
def set_active(call: Call) -> None:
    """Let a user name count again."""
    _set_status(call, "active")


@command("v1 auth set-inactive")
def set_inactive(call: Call) -> None:
    """Let a user name not count."""
    _set_status(call, "inactive")


@command("v1 auth set-password")
def set_password(call: Call) -> None:
    """Set the password of a user name. It must be named: influx takes any if it is not."""
    auth = _find(call)
    password = call.flags.text("password") or new_password(call, "Please type your password")
    _set_password(call, auth["id"], password, "failed to set password")


def _find(call: Call) -> Mapping[str, Any]:
    """The authorization that ID or user name select."""
    id, name = call.flags.text("id"), call.flags.text("username")
    if id and name:
        raise Failed("specify id or username, not both")
    if not id and not name:
        raise Failed("must specify id or username")
    failing = "could not find Authorizations for specified arguments"
    found = call.json(failing, "GetLegacyAuthorizations", query={"authID": id, "token": name})["authorizations"]
    chosen = [auth for auth in found if auth["id"] == id or auth.get("token") == name]
    if not chosen:
        raise Failed(f"{failing}: 404 Not Found: authorization not found")
    return dict(chosen[0])


def _set_status(call: Call, status: str) -> None:
    auth = _find(call)
    failing = f"could not set authorization {status}"
    path = {"authID": auth["id"]}
    _show_auth(call, call.json(failing, "PatchLegacyAuthorizationsID", path=path, json={"status": status}))


def _set_password(call: Call, id: str, password: str, failing: str) -> None:
    call.api(failing, "PostLegacyAuthorizationsIDPassword", path={"authID": id}, json={"password": password})


def _row(auth: Mapping[str, Any]) -> Sequence[object]:
    known = as_dict(auth)
    permissions = f"[{' '.join(shown(auth.get('permissions')))}]"
    return [*(known[key] for key in ("id", "description", "token", "userName", "userID")), permissions]


def _show_auth(call: Call, auth: Mapping[str, Any], *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json(as_dict(auth), sort=False)
    elif deleted:
        call.table((*AUTH, "Deleted"), [[*_row(auth), True]])
    else:
        call.table(AUTH, [_row(auth)])
