"""`influx stacks`: what templates left behind, listed, made, changed and removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.gotext import quoted
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.templatefiles import Output

HEADINGS = (
    "ID",
    "OrgID",
    "Active",
    "Name",
    "Description",
    "Num Resources",
    "Sources",
    "URLs",
    "Created At",
    "Updated At",
)
_EVENT = ("eventType", "name", "description", "sources", "resources", "urls", "updatedAt")


@command("stacks")
def list_(call: Call) -> None:
    """List stacks, all or those of the given IDs or names."""
    query = {
        "orgID": call.org_id(), "name": call.flags.many("stack-name"), "stackID": call.flags.many("stack-id"),
    }  # fmt: skip
    found = call.json("failed to list stacks", "ListStacks", query=query)["stacks"] or []
    if call.wants_json:
        call.print_json([_known(stack) for stack in found])
    else:
        _table(call, found)


@command("stacks init")
def init(call: Call) -> None:
    """Make a stack."""
    name = call.flags.text("stack-name")
    body: dict[str, Any] = {"orgID": call.org_id(), "name": name, "urls": call.flags.many("template-url")}
    if call.flags.text("stack-description"):
        body["description"] = call.flags.text("stack-description")
    _show(call, call.json(f"failed to create stack {quoted(name)}", "CreateStack", json=body))


@command("stacks rm")
def remove(call: Call) -> None:
    """Remove stacks with everything they made, each after a question."""
    org = call.org_id()
    query = {"orgID": org, "stackID": call.flags.many("stack-id")}
    for stack in call.json("failed to look up stacks", "ListStacks", query=query)["stacks"] or ():
        _show(call, stack)
        question = f"Confirm removal of the stack[{stack['id']}] and all associated resources"
        if call.flags.switch("force") or call.confirm(question):
            path = {"stack_id": stack["id"]}
            call.api(f"failed to delete stack {quoted(stack['id'])}", "DeleteStack", path=path, query={"orgID": org})


@command("stacks update")
def update(call: Call) -> None:
    """Change a stack, add resources to it, and offer to export its template then."""
    flags, id = call.flags, call.flags.text("stack-id")
    added = []
    for text in flags.many("addResource"):
        pieces = text.split("=")
        if len(pieces) != 2:
            raise Failed(f"invalid resource specification {quoted(text)}, must have format `KIND=ID`")
        added.append({"kind": pieces[0], "resourceID": pieces[1]})
    output = Output(call, flags.text("export-file"))
    body: dict[str, Any] = {"additionalResources": added}
    for flag, name in (("stack-name", "name"), ("stack-description", "description")):
        if flags.is_set(flag):
            body[name] = flags.text(flag)
    if flags.is_set("template-url"):
        body["templateURLs"] = flags.many("template-url")
    stack = call.json(f"failed to update stack {quoted(id)}", "UpdateStack", path={"stack_id": id}, json=body)
    _show(call, stack)
    if added and call.confirm(
        "Your stack now differs from your template. Applying an outdated template will revert these updates.\n"
        "Export a new template with these updates to prevent accidental changes?"
    ):
        failing = f"failed to export stack {quoted(stack['id'])}"
        output.write(call.json(failing, "ExportTemplate", json={"stackID": stack["id"]}))


def _show(call: Call, stack: dict[str, Any]) -> None:
    if call.wants_json:
        call.print_json(_known(stack))
    else:
        _table(call, [stack])


def _events(stack: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(stack.get("events") or (), key=lambda event: str(event.get("updatedAt", "")))


def _known(stack: dict[str, Any]) -> dict[str, Any]:
    """A stack with the fields that influx knows."""
    events = []
    for event in stack.get("events") or ():
        known = {name: event.get(name) for name in _EVENT if name != "description" or event.get(name) is not None}
        events.append(known)
    return {"id": stack["id"], "orgID": stack["orgID"], "createdAt": stack["createdAt"], "events": events}


def _table(call: Call, stacks: Sequence[dict[str, Any]]) -> None:
    rows = []
    for stack in stacks:
        last = _events(stack)[-1] if stack.get("events") else {}
        rows.append(
            (
                stack["id"], stack["orgID"], last.get("eventType") != "uninstall", last.get("name", ""),
                last.get("description") or "", len(last.get("resources") or ()), f"[{' '.join(last.get('sources') or ())}]",
                f"[{' '.join(last.get('urls') or ())}]", _time(stack["createdAt"]), _time(last.get("updatedAt")),
            )
        )  # fmt: skip
    call.table(HEADINGS, rows)


def _time(text: str | None) -> str:
    """A time as Go prints it; the zero time for none."""
    if not text:
        return "0001-01-01 00:00:00 +0000 UTC"
    date, _, clock = text.removesuffix("Z").partition("T")
    if not text.endswith("Z"):
        return f"{date} {clock[:-6]} {clock[-6:].replace(':', '')} {clock[-6:].replace(':', '')}"
    return f"{date} {clock} +0000 UTC"
