"""`influx template` and `template validate`: what a template holds, and whether it is sound."""

from __future__ import annotations

from typing import Any

from influxctl.cli.compat.call import Call
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.templatefiles import read_templates
from influxctl.cli.compat.templatemodels import summary_json
from influxctl.cli.compat.templatetables import Look, summary_tables


@command("template")
def summarize(call: Call) -> None:
    """Print what a template holds, without applying it."""
    summary = _dry_run(call, "failed to summarize template")["summary"]
    if call.wants_json:
        call.print_json(summary_json(summary))
        return
    for table in summary_tables(summary, look_of(call)):
        call.print(table)


@command("template validate")
def validate(call: Call) -> None:
    """Fail if a template is not sound; print nothing if it is."""
    _dry_run(call, "template failed validation")


def look_of(call: Call) -> Look:
    """How the flags want tables."""
    env, flags = call.streams.env, call.flags
    plain = "NO_COLOR" in env or env.get("TERM") == "dumb"
    return Look(
        colours=not flags.switch("disable-color"),
        borders=not flags.switch("disable-table-borders"),
        terminal=call.streams.out.isatty() and not plain,
    )


def _dry_run(call: Call, failing: str) -> dict[str, Any]:
    body = {"dryRun": True, "orgID": call.org_id(), "templates": read_templates(call)}
    found: dict[str, Any] = call.json(failing, "ApplyTemplate", json=body)
    return found
