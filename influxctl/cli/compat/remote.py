"""`remote`: connections to other servers that data is replicated to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command

HEADINGS = ("ID", "Name", "Org ID", "Remote URL", "Remote Org ID", "Allow Insecure TLS")
_KEYS = ("id", "name", "orgID", "remoteURL", "remoteOrgID", "allowInsecureTLS")
_BODY = {
    "name": "name",
    "description": "description",
    "remote-url": "remoteURL",
    "remote-api-token": "remoteAPIToken",
    "remote-org-id": "remoteOrgID",
}


@command("remote create")
def create(call: Call) -> None:
    """Make a connection."""
    body = _body(call) | {"orgID": call.org_id(), "allowInsecureTLS": call.flags.switch("allow-insecure-tls")}
    failing = f'failed to create remote connection "{call.flags.text("name")}"'
    _show(call, call.json(failing, "PostRemoteConnection", json=body))


@command("remote update")
def update(call: Call) -> None:
    """Change a connection; what is not given stays."""
    id, body = call.flags.text("id"), _body(call)
    if call.flags.is_set("allow-insecure-tls"):
        body["allowInsecureTLS"] = call.flags.switch("allow-insecure-tls")
    failing = f'failed to update remote connection "{id}"'
    _show(call, call.json(failing, "PatchRemoteConnectionByID", path={"remoteID": id}, json=body))


@command("remote list")
def list_(call: Call) -> None:
    """Print connections; it fails when there are none."""
    query = {"orgID": call.org_id(), "name": call.flags.text("name"), "remoteURL": call.flags.text("remote-url")}
    found = call.json("failed to get remote connections", "GetRemoteConnections", query=query).get("remotes")
    if not found:
        raise Failed("no remote connections found for specified parameters")
    if call.wants_json:
        call.print_json([_known(item) for item in found])
    else:
        call.table(HEADINGS, _rows(found))


@command("remote delete")
def delete(call: Call) -> None:
    """Delete a connection, with `--delete-replications` after the replications that use it."""
    id = call.flags.text("id")
    failing = f'failed to find remote connection with ID "{id}"'
    item = call.json(failing, "GetRemoteConnectionByID", path={"remoteID": id})
    if call.flags.switch("delete-replications"):
        query = {"orgID": item["orgID"], "remoteID": id}
        found = call.json("failed to find replications", "GetReplications", query=query).get("replications")
        for stream in found or ():
            failing = f'failed to delete replication with ID "{stream["id"]}"'
            call.api(failing, "DeleteReplicationByID", path={"replicationID": stream["id"]})
    failing = f'failed to delete remote connection "{id}"'
    call.api(failing, "DeleteRemoteConnectionByID", path={"remoteID": id})
    _show(call, item, deleted=True)


def _body(call: Call) -> dict[str, object]:
    return {key: call.flags.text(flag) for flag, key in _BODY.items() if call.flags.text(flag)}


def _known(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value is not None and key != "links"}


def _rows(found: Iterable[Mapping[str, Any]]) -> list[Sequence[object]]:
    return [[item.get(key) for key in _KEYS] for item in found]


def _show(call: Call, item: Mapping[str, Any], *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json(_known(item))
    elif deleted:
        call.table((*HEADINGS, "Deleted"), [[*row, True] for row in _rows([item])])
    else:
        call.table(HEADINGS, _rows([item]))
