"""`influx template` and `template validate`: what a template holds, and whether it is sound."""

from __future__ import annotations

from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.gotext import quoted
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.templatefiles import read_templates
from influxctl.cli.compat.templatemodels import summary_json
from influxctl.cli.compat.templatetables import Look, summary_tables


@command("template")
def summarize(call: Call) -> None:
    """Print what a template holds, without applying it."""
    summary = _dry_run(call, "failed to summarize template: ")["summary"]
    if call.wants_json:
        call.print_json(summary_json(summary))
        return
    for table in summary_tables(summary, look_of(call)):
        call.print(table)


@command("template validate")
def validate(call: Call) -> None:
    """Fail if a template is not sound; print nothing if it is."""
    _dry_run(call, "template failed validation:\n\t")


def look_of(call: Call) -> Look:
    """How the flags want tables."""
    env, flags = call.streams.env, call.flags
    plain = "NO_COLOR" in env or env.get("TERM") == "dumb"
    return Look(
        colours=not flags.switch("disable-color"),
        borders=not flags.switch("disable-table-borders"),
        terminal=call.streams.out.isatty() and not plain,
    )


def send(call: Call, failing: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to templates; `failing` begins the message, which says what is wrong with which object."""
    try:
        found: dict[str, Any] = call.json("", "ApplyTemplate", json=body)
    except Failed as error:
        details = getattr(error.__cause__, "details", {})
        wrong = [f"kind={one['kind']} field= reason={quoted(one['reason'])}" for one in details.get("errors", ())]
        raise Failed(failing + ("\n\t".join(wrong) or str(error))) from error
    return found


def _dry_run(call: Call, failing: str) -> dict[str, Any]:
    return send(call, failing, {"dryRun": True, "orgID": call.org_id(), "templates": read_templates(call)})
