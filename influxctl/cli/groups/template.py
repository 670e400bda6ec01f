"""`influxctl template`: templates applied and exported."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import Group, check
from influxctl.cli.lookup import KINDS, find
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

SUMMARY = (Column("Kind", "kind"), Column("Action", "action"), Column("Name", "name"), Column("ID", "id"))
TEMPLATE_KINDS = ("Bucket", "Check", "CheckDeadman", "CheckThreshold", "Dashboard", "Label", "NotificationEndpoint",
                  "NotificationRule", "Task", "Telegraf", "Variable")  # fmt: skip
NOUNS = {"bucket": "Bucket", "check": "Check", "dashboard": "Dashboard", "label": "Label", "task": "Task", "variable": "Variable",
         "telegraf": "Telegraf", "notification-rule": "NotificationRule", "notification-endpoint": "NotificationEndpoint"}  # fmt: skip

group = Group("template", "Apply and export templates.", columns=SUMMARY)


@group.command("ApplyTemplate")
def apply(
    ctx: Context,
    file: Annotated[
        list[str] | None, Option("--file", "-f", metavar="FILE", help="Template, JSON or YAML; - is standard input.")
    ] = None,
    template_url: Annotated[
        list[str] | None, Option("--template-url", "-u", metavar="URL", help="Template that the server fetches.")
    ] = None,
    stack_id: Annotated[
        str | None, Option("--stack-id", metavar="ID", help="Stack that the resources belong to.")
    ] = None,
    secret: Annotated[
        list[str] | None, Option("--secret", metavar="KEY=VALUE", help="Secret that the template asks for.")
    ] = None,
    env_ref: Annotated[
        list[str] | None, Option("--env-ref", metavar="KEY=VALUE", help="Value of an environment reference.")
    ] = None,
    filter: Annotated[
        list[str] | None, Option("--filter", metavar="FILTER", help="Leave out: kind=Bucket, or resource=Bucket:name.")
    ] = None,
    preview: Annotated[bool, Option("--dry-run", help="Only show what would change.")] = False,
    force: Annotated[bool, Option("--force", help="Do not ask.")] = False,
) -> None:
    """Apply templates: create or change the resources in them. Shows what changes and asks first on a terminal."""
    body: dict[str, Any] = {"orgID": ctx.org_id(), "dryRun": True}
    if stack_id:
        body["stackID"] = stack_id
    if file:
        body["templates"] = [_read(ctx, name) for name in file]
    if template_url:
        body["remotes"] = [{"url": url} for url in template_url]
    if not file and not template_url:
        raise UsageError("which template?", hint="give -f FILE or -u URL")
    if secret:
        body["secrets"] = _pairs(secret, "--secret")
    if env_ref:
        body["envRefs"] = _pairs(env_ref, "--env-ref")
    if filter:
        body["actions"] = [_action(text) for text in filter]
    check("TemplateApply", body)
    asks = not force and not ctx.flags.get("yes") and ctx.stdin.isatty()
    if preview or asks:
        summary = ctx.call("ApplyTemplate", json=body).json()
        if preview:
            ctx.show(summary if ctx.format not in ("table", "csv") else list(_changes(summary)), SUMMARY)
            return
        for change in _changes(summary):
            ctx.note(f"{change['action']:7} {change['kind']} {change['name']}")
        ctx.confirm("Apply this?")
    summary = ctx.call("ApplyTemplate", json=body | {"dryRun": False}).json()
    ctx.show(summary if ctx.format not in ("table", "csv") else list(_made(summary)), SUMMARY)


@group.command("ExportTemplate")
def export(
    ctx: Context,
    resources: Annotated[
        list[str] | None, Argument(metavar="[KIND=NAME]...", help="Resources, such as bucket=cpu; all if left out.")
    ] = None,
    stack_id: Annotated[str | None, Option("--stack-id", metavar="ID", help="What belongs to this stack.")] = None,
    label: Annotated[
        list[str] | None, Option("--label", metavar="NAME", help="Only resources with this label.")
    ] = None,
    kind: Annotated[
        list[str] | None, Option("--kind", metavar="KIND", help="Only resources of this kind, such as Bucket.")
    ] = None,
    file: Annotated[
        str | None, Option("--file", "-f", metavar="FILE", help="Write to a file instead of standard output.")
    ] = None,
) -> None:
    """Export resources as a template: YAML, or JSON with --json."""
    body: dict[str, Any] = {}
    if stack_id:
        body["stackID"] = stack_id
    elif resources:
        body["resources"] = [_resource(ctx, text) for text in resources]
    else:
        filters = {k: v for k, v in (("byLabel", label), ("byResourceKind", kind)) if v}
        body["orgIDs"] = [{"orgID": ctx.org_id()} | ({"resourceFilters": filters} if filters else {})]
    found = ctx.call("ExportTemplate", json=body, headers={"Accept": "application/json"}).json()
    if ctx.flags.get("output") in ("json", "jsonl") or (file or "").endswith(".json"):
        import json

        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    else:
        import yaml

        text = yaml.safe_dump_all(found if isinstance(found, list) else [found], sort_keys=False, allow_unicode=True)
    if not file or file == "-":
        ctx.stdout.write(text)
        return
    with open(file, "w", encoding="utf-8") as out:
        out.write(text)
    ctx.note(f"Wrote {file}.")


def _read(ctx: Context, file: str) -> dict[str, Any]:
    """A template file as the contract wants it: its documents under `contents`."""
    import json

    import yaml

    text = read_text(ctx, file)
    try:
        documents = (
            json.loads(text)
            if text.lstrip()[:1] in ("{", "[")
            else [d for d in yaml.safe_load_all(text) if d is not None]
        )
    except (ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{file!r} is neither JSON nor YAML: {' '.join(str(error).split())}") from None
    contents = documents if isinstance(documents, list) else [documents]
    if not contents or not all(isinstance(each, dict) for each in contents):
        raise UsageError(f"{file!r} holds no template: it needs objects with apiVersion, kind, metadata and spec")
    return {"sources": ["stdin" if file == "-" else file], "contents": contents}


def _pairs(texts: list[str], option: str) -> dict[str, Any]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{option} {text!r} is not of the form KEY=VALUE")
        pairs[name] = value
    return pairs


def _action(text: str) -> dict[str, Any]:
    what, _, rest = text.partition("=")
    if what == "kind" and rest:
        return {"action": "skipKind", "properties": {"kind": rest}}
    kind, colon, name = rest.partition(":")
    if what == "resource" and colon:
        return {"action": "skipResource", "properties": {"kind": kind, "resourceTemplateName": name}}
    raise UsageError(f"--filter {text!r} is neither kind=KIND nor resource=KIND:NAME")


def _resource(ctx: Context, text: str) -> dict[str, str]:
    kind, equals, name = text.partition("=")
    if not equals or kind not in NOUNS or kind not in KINDS:
        raise UsageError(f"{text!r} is not of the form KIND=NAME", hint=f"kinds are {', '.join(NOUNS)}")
    return {"kind": NOUNS[kind], "id": find(ctx, kind, name)}


def _changes(summary: dict[str, Any]) -> Any:
    """The differences of a dry run, one a row."""
    for items in (summary.get("diff") or {}).values():
        for item in items or ():
            old, new = item.get("old"), item.get("new")
            action = str(item.get("stateStatus") or "")
            yield {
                "kind": item.get("kind", ""),
                "action": {"new": "create", "exists": "keep" if old == new else "change"}.get(action, action),
                "name": item.get("templateMetaName") or (new or old or {}).get("name", ""),
                "id": item.get("id") or "",
            }


def _made(summary: dict[str, Any]) -> Any:
    """The resources of an applied template, one a row."""
    for items in (summary.get("summary") or {}).values():
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("kind"):
                ident = item.get("id") or item.get("orgID", "")
                yield {
                    "kind": item["kind"],
                    "action": "applied",
                    "name": item.get("name") or item.get("templateMetaName", ""),
                    "id": ident,
                }


apply_command = group.commands["apply"]
export_command = group.commands["export"]
