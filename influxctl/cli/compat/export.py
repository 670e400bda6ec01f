"""`influx export`: resources as a template, chosen one by one, all of an organization, or those of a stack."""

from __future__ import annotations

from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.gotext import quoted
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.inputs import is_device
from influxctl.cli.compat.templatefiles import Output

# Flags with IDs and with names, and the kind they mean.
KINDS = {
    "buckets": ("bucket-names", "Bucket"),
    "checks": ("check-names", "Check"),
    "dashboards": ("dashboard-names", "Dashboard"),
    "labels": ("label-names", "Label"),
    "endpoints": ("endpoint-names", "NotificationEndpoint"),
    "rules": ("rule-names", "NotificationRule"),
    "tasks": ("task-names", "Task"),
    "telegraf-configs": ("telegraf-config-names", "Telegraf"),
    "variables": ("variable-names", "Variable"),
}


@command("export")
def export(call: Call) -> None:
    """Export the resources that flags and arguments name, and those of a stack."""
    flags = call.flags
    resources = []
    for ids, (names, kind) in KINDS.items():
        resources += [{"kind": kind, "id": each} for each in flags.text(ids).split(",") if flags.text(ids)]
        resources += [{"kind": kind, "name": each} for each in flags.text(names).split(",") if flags.text(names)]
    output = Output(call, flags.text("file"))
    kind = flags.text("resource-type")
    if kind:
        words = list(call.arguments)
        if not is_device(call.streams.stdin):
            words += call.read_stdin().split()
        resources += [{"kind": kind, "id": each} for each in words]
        resources += [{"kind": kind, "name": each} for each in words]  # influx sends them twice
    elif call.arguments:
        raise Failed("must specify --resource-type when passing IDs as args")
    body: dict[str, Any] = {"resources": resources}
    if flags.text("stack-id"):
        body["stackID"] = flags.text("stack-id")
    _export(call, "failed to export template", body, output)


@command("export all")
def export_all(call: Call) -> None:
    """Export everything of an organization, or what filters leave."""
    kinds, labels = [], []
    for text in call.flags.many("filter"):
        pieces = text.split("=")
        if len(pieces) != 2:
            raise Failed(f"invalid filter {quoted(text)}, must have format `type=example`")
        if pieces[0] == "labelName":
            labels.append(pieces[1])
        elif pieces[0] in ("kind", "resourceKind"):
            kinds.append(pieces[1])
        else:
            raise Failed(f"invalid filter provided {quoted(text)}; filter must be 1 in [labelName, resourceKind]")
    output = Output(call, call.flags.text("file"))
    org: dict[str, Any] = {"orgID": call.org_id()}
    if kinds or labels:
        filters = (("byLabel", labels), ("byResourceKind", kinds))
        org["resourceFilters"] = {name: values for name, values in filters if values}
    _export(call, "failed to export template", {"orgIDs": [org]}, output)


@command("export stack")
def export_stack(call: Call) -> None:
    """Export what a stack made."""
    if len(call.arguments) != 1:
        raise Failed("incorrect number of arguments, expected one for <stack-id>")
    output = Output(call, call.flags.text("file"))
    id = call.arguments[0]
    _export(call, f"failed to export stack {quoted(id)}", {"stackID": id}, output)


def _export(call: Call, failing: str, body: dict[str, Any], output: Output) -> None:
    answer = call.json(failing, "ExportTemplate", json=body, headers={"Accept": "application/json"})
    output.write(answer)
