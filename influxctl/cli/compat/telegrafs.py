"""`telegrafs`: Telegraf configurations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command

HEADINGS = ("ID", "OrgID", "Name", "Description")


@command("telegrafs")
def list_(call: Call) -> None:
    """Print one configuration, or all of the organization."""
    id = call.flags.text("id")
    if id:
        failing = f'failed to get telegraf config with ID "{id}"'
        headers = {"Accept": "application/json"}  # the API also gives the bare text
        _show(call, call.json(failing, "GetTelegrafsID", path={"telegrafID": id}, headers=headers))
        return
    org = call.org_id()
    found = call.json("failed to get telegraf configs", "GetTelegrafs", query={"orgID": org})
    if call.wants_json:
        call.print_json(found)
    else:
        call.table(HEADINGS, _rows(found["configurations"]))


@command("telegrafs create")
def create(call: Call) -> None:
    """Make a configuration from a file or standard input."""
    body = {"name": call.flags.text("name"), "config": _text(call), "orgID": call.org_id()}
    if call.flags.text("description"):
        body["description"] = call.flags.text("description")
    _show(call, call.json("failed to create telegraf config", "PostTelegrafs", json=body))


@command("telegrafs update")
def update(call: Call) -> None:
    """Replace a configuration: name and description become empty when they are not given, as in influx."""
    id = call.flags.text("id")
    failing = f'failed to get telegraf config with ID "{id}"'
    headers = {"Accept": "application/json"}
    old = call.json(failing, "GetTelegrafsID", path={"telegrafID": id}, headers=headers)
    body = {key: call.flags.text(key) for key in ("name", "description")}
    body |= {"config": _text(call), "orgID": old["orgID"]}
    failing = f'failed to update telegraf config with ID "{id}"'
    _show(call, call.json(failing, "PutTelegrafsID", path={"telegrafID": id}, json=body))


@command("telegrafs rm")
def remove(call: Call) -> None:
    """Delete configurations; nothing is printed."""
    for id in (*call.flags.many("id"), *call.arguments):
        call.api(f'failed to delete telegraf config with ID "{id}"', "DeleteTelegrafsID", path={"telegrafID": id})


def _text(call: Call) -> str:
    path = call.flags.text("file")
    if not path:
        return call.read_stdin()
    try:
        return call.read_file(path)
    except FileNotFoundError:
        reason = f"open {path}: no such file or directory"
        raise Failed(f'failed to read telegraf config from "{path}": {reason}') from None


def _rows(found: Iterable[Mapping[str, Any]]) -> list[Sequence[object]]:
    return [[item.get(key, "") for key in ("id", "orgID", "name", "description")] for item in found]


def _show(call: Call, item: Mapping[str, Any]) -> None:
    if call.wants_json:
        call.print_json(item)
    else:
        call.table(HEADINGS, _rows([item]))
