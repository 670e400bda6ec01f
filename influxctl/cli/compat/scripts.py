"""`scripts`: invokable scripts of InfluxDB Cloud. OSS has none and answers that the path is not found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.contract.model import Answer, Operation, Param

_PATH = "/api/v2/scripts"
_ID = Param("scriptID", "path", required=True)
_PAGE = (Param("limit", "query", "integer"), Param("offset", "query", "integer"))
LIST = Operation("GetScripts", "GET", _PATH, ("Scripts",), _PAGE)
CREATE = Operation("PostScripts", "POST", _PATH, ("Scripts",))
RETRIEVE = Operation("GetScriptsID", "GET", f"{_PATH}/{{scriptID}}", ("Scripts",), (_ID,))
UPDATE = Operation("PatchScriptsID", "PATCH", f"{_PATH}/{{scriptID}}", ("Scripts",), (_ID,))
DELETE = Operation("DeleteScriptsID", "DELETE", f"{_PATH}/{{scriptID}}", ("Scripts",), (_ID,))
INVOKE = Operation(
    "PostScriptsIDInvoke", "POST", f"{_PATH}/{{scriptID}}/invoke", ("Scripts",), (_ID,), answers=(Answer("200", ("text/csv",)),)
)  # fmt: skip
HEADINGS = ("ID", "Name", "Description", "Organization ID", "Language")


@command("scripts list")
def list_(call: Call) -> None:
    """Print the scripts."""
    query = {name: call.flags.number(name) or None for name in ("limit", "offset")}
    found = call.json("failed to list scripts", LIST, query=query)["scripts"]
    if call.wants_json:
        call.print_json(found)
    else:
        call.table(HEADINGS, _rows(found))


@command("scripts create")
def create(call: Call) -> None:
    """Make a script from an argument or a file."""
    body = _body(call, "name", "description", "language")
    path, script = call.flags.text("file"), call.flags.text("script")
    if bool(path) == bool(script):
        raise Failed("specify either the script or a file with --file")
    body["script"] = script or call.read_file(path)
    _show(call, call.json("failed to create script", CREATE, json=body))


@command("scripts retrieve")
def retrieve(call: Call) -> None:
    """Print a script."""
    _show(call, call.json("failed to retrieve script", RETRIEVE, path=_path(call)))


@command("scripts update")
def update(call: Call) -> None:
    """Change a script; what is not given stays."""
    body = _body(call, "name", "description", "script")
    _show(call, call.json("failed to update script", UPDATE, path=_path(call), json=body))


@command("scripts delete")
def delete(call: Call) -> None:
    """Delete a script; nothing is printed."""
    call.api("failed to delete script", DELETE, path=_path(call))


@command("scripts invoke")
def invoke(call: Call) -> None:
    """Run a script and print its answer."""
    text, path = call.flags.text("params"), call.flags.text("file")
    if text and path:
        raise Failed("specify either parameters or a file, not both")
    try:
        params = json.loads(call.read_file(path) if path else text or "{}")
    except ValueError as error:
        raise Failed(f"the parameters are not JSON: {error}") from None
    answer = call.api("failed to invoke script", INVOKE, path=_path(call), json={"params": params})
    if call.wants_json:
        call.print_json(answer.text)
    else:
        call.print(answer.text)


def _path(call: Call) -> dict[str, str]:
    return {"scriptID": call.flags.text("scriptID")}


def _body(call: Call, *names: str) -> dict[str, object]:
    return {name: call.flags.text(name) for name in names if call.flags.text(name)}


def _rows(found: Iterable[Mapping[str, Any]]) -> list[Sequence[object]]:
    return [[item.get(key, "") for key in ("id", "name", "description", "orgID", "language")] for item in found]


def _show(call: Call, item: Mapping[str, Any]) -> None:
    if call.wants_json:
        call.print_json(item)
    else:
        call.table(HEADINGS, _rows([item]))
