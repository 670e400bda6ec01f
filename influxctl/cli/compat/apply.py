"""`influx apply`: shows what a template would change, asks, and applies it."""

from __future__ import annotations

from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.gotext import quoted
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.inputs import log
from influxctl.cli.compat.template import look_of, send
from influxctl.cli.compat.templatefiles import read_templates
from influxctl.cli.compat.templatemodels import diff_json, summary_json
from influxctl.cli.compat.templatetables import diff_tables, summary_tables


@command("apply")
def apply(call: Call) -> None:
    """Apply templates as one."""
    templates = read_templates(call, stdin=True)
    body: dict[str, Any] = {"templates": templates, "dryRun": True}
    body["envRefs"] = _pairs(call, "env-ref", "REF_KEY=REF_VALUE")
    body["secrets"] = _pairs(call, "secret", "SECRET_KEY=SECRET_VALUE")
    body["actions"] = [_skipped(text) for text in call.flags.many("filter")]
    forced = _forced(call)
    body["orgID"] = call.org_id()
    if call.flags.text("stack-id"):
        body["stackID"] = call.flags.text("stack-id")
    planned = send(call, "failed to check template impact: ", body)
    summary = planned["summary"]
    if call.interactive and (summary.get("missingEnvRefs") or summary.get("missingSecrets")):
        _ask_for_values(call, summary, body)
        planned = send(call, "failed to check template impact: ", body)
    quiet = call.flags.switch("quiet")
    if not quiet and call.wants_json:
        call.print_json(diff_json(planned["diff"]))
    elif not quiet:
        for table in diff_tables(planned["diff"], look_of(call)):
            call.print(table)
    if not forced and not call.confirm("Confirm application of the above resources"):
        raise Failed("aborted application of template")
    done = send(call, "failed to apply template: ", {**body, "dryRun": False})
    if not quiet:
        _show(call, done)


def _show(call: Call, done: dict[str, Any]) -> None:
    stack = done.get("stackID") or ""
    if call.wants_json:
        call.print_json({"stackID": stack, "Summary": summary_json(done["summary"])}, sort=False)  # as influx orders it
        return
    for table in summary_tables(done["summary"], look_of(call)):
        call.print(table)
    if stack:
        call.print(f"Stack ID: {stack}\n")


def _ask_for_values(call: Call, summary: dict[str, Any], body: dict[str, Any]) -> None:
    """Values of references and secrets that the template wants, from the person at the terminal."""
    for key in summary.get("missingEnvRefs") or ():
        body["envRefs"][key] = call.ask(f"Please provide environment reference value for key {key}")
    for key in summary.get("missingSecrets") or ():
        question = f"Please provide secret value for key {key} (optional, press enter to skip)"
        secret = call.ask_password(question)
        if secret:
            body["secrets"][key] = secret


def _pairs(call: Call, flag: str, form: str) -> dict[str, str]:
    pairs = {}
    for text in call.flags.many(flag):
        key, equals, value = text.partition("=")
        if not equals:
            raise Failed(f"{flag} {quoted(text)} has invalid format, must be `{form}`")
        pairs[key] = value
    return pairs


def _skipped(text: str) -> dict[str, Any]:
    """A filter as an action that leaves resources out."""
    pieces = text.split("=")
    if len(pieces) != 2:
        raise Failed(f"filter {quoted(text)} has invalid format, expected `resource=KIND:NAME` or `kind=KIND`")
    what, value = pieces
    if what.lower() == "kind":
        return {"action": "skipKind", "properties": {"kind": value}}
    if what.lower() != "resource":
        raise Failed(f"invalid filter type {quoted(what)}, supported values are `resource` and `kind`")
    names = value.split(":")
    if len(names) != 2:
        raise Failed(f"resource filter {quoted(value)} has invalid format, expected `resource=KIND:NAME")
    return {"action": "skipResource", "properties": {"kind": names[0], "resourceTemplateName": names[1]}}


def _forced(call: Call) -> bool:
    force = call.flags.text("force")
    if force in ("conflict", "true"):
        log(call, f"WARN: Passing '--force {force}' is deprecated, assuming '--force yes'")
    elif force not in ("", "yes"):
        raise Failed(f"invalid argument '--force {force}', should use '--force yes'")
    return bool(force)
