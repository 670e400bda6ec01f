"""`influxctl plan`, `diff` and `sync`: resources as files and between servers, compared field by field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import check, command_of
from influxctl.cli.groups.template import (
    Encoding,
    EnvRef,
    File,
    Filter,
    Recurse,
    StackId,
    Url,
    dry_run_body,
    pairs,
    resource_id,
    skip_action,
)
from influxctl.core.errors import Exit, UsageError
from influxctl.output.columns import Column

if TYPE_CHECKING:
    from influxctl.offline.gitops import Change

COLUMNS = (
    Column("Action", "action"),
    Column("Kind", "kind"),
    Column("Name", "name"),
    Column("ID", "id"),
    Column(
        "Fields", "fields", lambda fields: ", ".join(one["path"] for one in fields) if isinstance(fields, list) else ""
    ),
)
KINDS = (
    "Bucket",
    "Check",
    "Dashboard",
    "Label",
    "NotificationEndpoint",
    "NotificationRule",
    "Task",
    "Telegraf",
    "Variable",
)
BY_NAME = (
    "Label",
    "Bucket",
    "Variable",
    "Check",
    "NotificationEndpoint",
)  # the server finds these by name, the others by their stack
_SIGNS = {"create": ("+", "32"), "change": ("~", "33"), "delete": ("-", "31"), "keep": (" ", "2")}
_STACK = "influxctl sync from {}"

Kind = Annotated[list[str] | None, Option("--kind", metavar="KIND", help="Only resources of this kind, such as Task.")]


def plan(
    ctx: Context, file: File = None, template_url: Url = None, recurse: Recurse = False, encoding: Encoding = None,
    stack_id: StackId = None, env_ref: EnvRef = None, filter: Filter = None,
    every: Annotated[bool, Option("--all", help="Show what stays as it is too.")] = False,
) -> int | None:  # fmt: skip
    """Show, field by field, what applying templates would change; exit 8 if it would change anything."""
    body = dry_run_body(ctx, file, template_url, recurse, encoding)
    if stack_id:
        body["stackID"] = stack_id
    if env_ref:
        body["envRefs"] = pairs(env_ref, "--env-ref")
    if filter:
        body["actions"] = [skip_action(text) for text in filter]
    check("TemplateApply", body)
    given = [doc for one in body.get("templates", ()) for doc in one["contents"]]
    return _report(ctx, _planned(ctx, ctx.call("ApplyTemplate", json=body).json(), given), every)


def _planned(ctx: Context, answer: dict[str, Any], given: Sequence[dict[str, Any]]) -> list[Change]:
    """The changes of a dry run. What exists is exported, so that both sides are templates."""
    from influxctl.offline.gitops import Change, FieldChange, compare, display_name, general, key_of

    diff = {group: items for group, items in (answer.get("diff") or {}).items() if group != "labelMappings"}
    entries = [item for items in diff.values() for item in items or ()]
    existing = {(general(e["kind"]), e["templateMetaName"]): e for e in entries if e["stateStatus"] == "exists"}
    wanted = {(general(str(d.get("kind"))), str((d.get("metadata") or {}).get("name"))): d for d in given}
    resources = [
        {"kind": kind, "id": resource_id(entry), "name": display_name(wanted[kind, meta])}
        for (kind, meta), entry in existing.items()
        if (kind, meta) in wanted
    ]
    exported = ctx.call("ExportTemplate", json={"resources": resources}).json() if resources else []
    changes = {(general(one.kind), one.name): one for one in compare(exported, given)}
    labels = _label_changes(answer)
    found = []
    for entry in entries:
        kind, status = entry["kind"], entry["stateStatus"]
        doc = wanted.get((general(kind), entry["templateMetaName"]))
        old = (entry.get("old") or {}).get("name", "")
        name = display_name(doc) if doc else (entry.get("new") or {}).get("name") or entry["templateMetaName"]
        if status == "remove":
            found.append(Change(kind, old or name, "delete", (), resource_id(entry)))
        elif status == "new":
            found.append(Change(kind, name, "create"))
        else:
            compared = changes.get(key_of(doc)) if doc else None
            fields = [one for one in (compared.fields if compared else ()) if one.path != "labels"]
            renamed = [FieldChange("name", old, name)] if old and old != name else []
            fields = [*renamed, *fields, *labels.get((general(kind), entry["templateMetaName"]), ())]
            found.append(Change(kind, name, "change" if fields else "keep", tuple(fields), resource_id(entry)))
    return found


def _label_changes(answer: dict[str, Any]) -> dict[tuple[str, str], list[Any]]:
    """Labels that come and go, by the resource that they are on."""
    from influxctl.offline.gitops import FieldChange

    kinds = {"telegrafs": "Telegraf"} | {f"{kind[0].lower()}{kind[1:]}s": kind for kind in KINDS}
    found: dict[tuple[str, str], list[Any]] = {}
    for one in (answer.get("diff") or {}).get("labelMappings") or ():
        key = kinds.get(one.get("resourceType", ""), ""), one.get("resourceTemplateMetaName", "")
        if one.get("stateStatus") == "new":
            found.setdefault(key, []).append(FieldChange("labels", None, one.get("labelName")))
        elif one.get("stateStatus") == "remove":
            found.setdefault(key, []).append(FieldChange("labels", one.get("labelName"), None))
    return found


def diff(
    ctx: Context,
    first: Annotated[str, Argument(metavar="PROFILE", help="What is.")],
    second: Annotated[str, Argument(metavar="PROFILE", help="What it is compared with.")],
    kind: Kind = None,
    every: Annotated[bool, Option("--all", help="Show what is equal too.")] = False,
) -> int | None:
    """Compare the resources of two servers, field by field; exit 8 if they differ."""
    from influxctl.offline.gitops import compare, general

    changes = compare(_resources(ctx, first, kind), _resources(ctx, second, kind))
    return _report(ctx, [one for one in changes if not kind or general(one.kind) in kind], every)


def sync(
    ctx: Context,
    source: Annotated[str, Argument(metavar="FROM", help="Profile of the server with the resources.")],
    target: Annotated[str, Argument(metavar="TO", help="Profile of the server that gets them.")],
    kind: Kind = None,
    preview: Annotated[bool, Option("--dry-run", help="Only show what would change.")] = False,
) -> int | None:
    """Bring the resources of one server to another: create, change, and delete what an earlier sync made and is gone.

    A stack on the second server keeps track of them. Resources of the same name are taken over, others are left alone.
    Data is not copied (see 'local push' and 'local mirror'), and secrets must be set on the second server.
    """
    from influxctl.offline.gitops import compare, general, stable

    docs = stable(_resources(ctx, source, kind))
    existing = _resources(ctx, target, kind)
    there = ctx.at(target)
    try:
        stack = _stack(there, source)
        body: dict[str, Any] = {"orgID": there.org_id(), "templates": [{"sources": [source], "contents": docs}]}
        gone = _gone(there, body | {"stackID": stack, "dryRun": True}) if stack else set()
        changes = [
            one for one in compare(existing, docs) if one.action != "delete" or (general(one.kind), one.name) in gone
        ]
        code = _report(ctx, changes, False)
        if preview or code is None:
            return code if preview else None
        if gone:
            ctx.confirm(f"Apply this to {target}?")
        stack = stack or str(
            there.call("CreateStack", json={"orgID": there.org_id(), "name": _STACK.format(source)}).json()["id"]
        )
        _adopt(there, stack, docs)
        done = there.call("ApplyTemplate", json=body | {"stackID": stack, "dryRun": False}).json()
        for secret in (done.get("summary") or {}).get("missingSecrets") or ():
            ctx.note(f"{target} lacks the secret {secret}: influxctl -c {target} secret set {secret}")
    finally:
        there.close()
    return None


def _gone(ctx: Context, body: dict[str, Any]) -> set[tuple[str, str]]:
    """What an earlier sync made and what does not come any more: (kind, name)."""
    from influxctl.offline.gitops import general

    diff = ctx.call("ApplyTemplate", json=body).json().get("diff") or {}
    items = [item for group, items in diff.items() if group != "labelMappings" for item in items or ()]
    return {
        (general(one["kind"]), (one.get("old") or {}).get("name", ""))
        for one in items
        if one["stateStatus"] == "remove"
    }


def _resources(ctx: Context, profile: str, kinds: list[str] | None) -> list[dict[str, Any]]:
    """All resources behind a profile as objects of a template."""
    for kind in kinds or ():
        if kind not in KINDS:
            raise UsageError(f"--kind {kind!r} is none of {', '.join(KINDS)}")
    there = ctx.at(profile)
    try:
        filters = {"resourceFilters": {"byResourceKind": kinds}} if kinds else {}
        found = there.call("ExportTemplate", json={"orgIDs": [{"orgID": there.org_id()} | filters]}).json()
    finally:
        there.close()
    return found if isinstance(found, list) else [found]


def _stack(ctx: Context, source: str) -> str:
    """The stack that keeps track of what came from a profile; empty if there is none."""
    org, name = ctx.org_id(), _STACK.format(source)
    for stack in ctx.call("ListStacks", query={"orgID": org, "name": name}).json().get("stacks") or ():
        last = (stack.get("events") or [stack])[-1]
        if last.get("name") == name and last.get("eventType") != "uninstall":
            return str(stack["id"])
    return ""


def _adopt(ctx: Context, stack: str, docs: Sequence[dict[str, Any]]) -> None:
    """Take resources into the stack that have the name of one that comes, and that the server would not find by name."""
    from influxctl.client.paging import pages
    from influxctl.offline.gitops import general, key_of

    shown = ctx.call("ReadStack", path={"stack_id": stack}).json()
    held = (shown.get("events") or [shown])[-1].get("resources") or ()
    known = {(str(one.get("kind")), str(one.get("templateMetaName"))) for one in held}
    more = []
    listed = {
        "Task": "GetTasks",
        "Dashboard": "GetDashboards",
        "Telegraf": "GetTelegrafs",
        "NotificationRule": "GetNotificationRules",
    }
    for kind, operation in listed.items():
        coming = {
            key_of(d)[1]: d
            for d in docs
            if general(str(d["kind"])) == kind and (kind, d["metadata"]["name"]) not in known
        }
        for one in pages(ctx.client, operation, {"orgID": ctx.org_id()}) if coming else ():
            doc = coming.pop(str(one.get("name")), None)
            if doc:
                more.append({"kind": kind, "resourceID": one["id"], "templateMetaName": doc["metadata"]["name"]})
    if more:
        ctx.call("UpdateStack", path={"stack_id": stack}, json={"additionalResources": more})


def _report(ctx: Context, changes: Sequence[Change], every: bool) -> int | None:
    """Print changes; the exit code."""
    shown = [one for one in changes if every or one.action != "keep"]
    if ctx.flags.get("output") or ctx.flags.get("select"):
        ctx.show([one.as_dict() for one in shown], COLUMNS)
    else:
        for one in shown:
            ctx.stdout.writelines(line + "\n" for line in _lines(ctx, one))
        counts = {action: sum(1 for one in changes if one.action == action) for action in _SIGNS}
        ctx.note(
            f"{counts['create']} to create, {counts['change']} to change, {counts['delete']} to delete, {counts['keep']} as they should be."
        )
    return Exit.FINDINGS if any(one.action != "keep" for one in changes) else None


def _lines(ctx: Context, change: Change) -> Iterable[str]:
    import json

    sign, color = _SIGNS[change.action]
    yield _tinted(ctx, f"{sign} {change.kind} {change.name}", color)
    for field in change.fields:
        if any(isinstance(one, str) and "\n" in one for one in (field.old, field.new)):
            yield f"    {field.path}:"
            yield from _text_diff(ctx, str(field.old or ""), str(field.new or ""))
            continue
        old, new = (_tinted(ctx, "(nothing)" if one is None else json.dumps(one, ensure_ascii=False), tint)
                    for one, tint in ((field.old, "31"), (field.new, "32")))  # fmt: skip
        yield f"    {field.path}: {old} → {new}"


def _text_diff(ctx: Context, old: str, new: str) -> Iterable[str]:
    from difflib import unified_diff

    for line in list(unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]:
        tint = {"+": "32", "-": "31", "@": "36"}.get(line[:1], "")
        yield "      " + (_tinted(ctx, line, tint) if tint else line)


def _tinted(ctx: Context, text: str, color: str) -> str:
    return f"\x1b[{color}m{text}\x1b[0m" if ctx.style.color else text


plan_command = command_of(plan, "plan", ["ApplyTemplate", "ExportTemplate"])
diff_command = command_of(diff, "diff", ["ExportTemplate"])
sync_command = command_of(sync, "sync", ["ExportTemplate", "ApplyTemplate"])
