"""`influxctl template`: templates applied and exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import Group, check
from influxctl.cli.lazy import Parameter, TyperArgument, TyperOption
from influxctl.cli.lookup import KINDS, find
from influxctl.core.errors import Exit, InfluxctlError, UsageError
from influxctl.output.columns import Column

SUFFIXES = (".json", ".jsonnet", ".yml", ".yaml")
SUMMARY = (Column("Kind", "kind"), Column("Action", "action"), Column("Name", "name"), Column("ID", "id"))
LINT = tuple(Column(name.capitalize(), name) for name in ("source", "kind", "name", "path", "rule", "message"))
TEMPLATE_KINDS = ("Bucket", "Check", "CheckDeadman", "CheckThreshold", "Dashboard", "Label", "NotificationEndpoint",
                  "NotificationRule", "Task", "Telegraf", "Variable")  # fmt: skip
NOUNS = {"bucket": "Bucket", "check": "Check", "dashboard": "Dashboard", "label": "Label", "task": "Task", "variable": "Variable",
         "telegraf": "Telegraf", "notification-rule": "NotificationRule", "notification-endpoint": "NotificationEndpoint"}  # fmt: skip

EXPORTED = {"buckets": "Bucket", "checks": "Check", "dashboards": "Dashboard", "endpoints": "NotificationEndpoint", "labels": "Label",
            "rules": "NotificationRule", "tasks": "Task", "telegraf_configs": "Telegraf", "variables": "Variable"}  # fmt: skip

group = Group("template", "Apply and export templates.", columns=SUMMARY)


File = Annotated[
    list[str] | None, Option("--file", "-f", metavar="FILE", help="Template, JSON or YAML; - is standard input.")
]
Url = Annotated[
    list[str] | None, Option("--template-url", "-u", metavar="URL", help="Template that the server fetches.")
]
Recurse = Annotated[bool, Option("--recurse", "-R", help="Read all templates of a folder and those in it.")]
Encoding = Annotated[
    str | None, Option("--encoding", "-e", help="json, jsonnet or yaml; told by the text here.", hidden=True)
]
NoColor = Annotated[bool, Option("--disable-color", help="Same as --no-color.", hidden=True)]
NoBorders = Annotated[bool, Option("--disable-table-borders", help="There are none here.", hidden=True)]
StackId = Annotated[str | None, Option("--stack-id", metavar="ID", help="Stack that the resources belong to.")]
Secret = Annotated[list[str] | None, Option("--secret", metavar="KEY=VALUE", help="Secret that the template asks for.")]
EnvRef = Annotated[
    list[str] | None, Option("--env-ref", metavar="KEY=VALUE", help="Value of an environment reference.")
]
Filter = Annotated[
    list[str] | None, Option("--filter", metavar="FILTER", help="Leave out: kind=Bucket, or resource=Bucket:name.")
]

group.bare = dict.fromkeys(("template", "templates"), ("summary", "summary"))


def dry_run_body(
    ctx: Context, file: list[str] | None, url: list[str] | None, recurse: bool, encoding: str | None = None
) -> dict[str, Any]:
    """The templates of a dry run. Standard input counts when nothing else is named and it is no terminal."""
    names = list(file or ())
    if not names and not url and not ctx.stdin.isatty():
        text = ctx.stdin.read()
        ctx.stdin = StringIO(text)
        names = ["-"] if text.strip() else []
    if not names and not url:
        raise UsageError("which template?", hint="give -f FILE or -u URL")
    body: dict[str, Any] = {"orgID": ctx.org_id(), "dryRun": True}
    if names:
        body["templates"] = [read_template(ctx, found, encoding) for found in template_files(names, recurse)]
    if url:
        body["remotes"] = [{"url": each} for each in url]
    return body


def template_files(names: Iterable[str], recurse: bool) -> Iterator[str]:
    """The files, and with `recurse` the templates in folders."""
    from pathlib import Path

    for name in names:
        folder = Path(name)
        if name == "-" or not folder.is_dir():
            yield name
        elif not recurse:
            raise UsageError(f"{name!r} is a folder", hint="--recurse reads the templates in it")
        else:
            yield from (str(path) for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES)


@group.command("ApplyTemplate")
def summary(ctx: Context, file: File = None, template_url: Url = None, recurse: Recurse = False, encoding: Encoding = None,
            disable_color: NoColor = False, disable_table_borders: NoBorders = False) -> None:  # fmt: skip
    """Show what templates would change, and change nothing."""
    body = dry_run_body(ctx, file, template_url, recurse, encoding)
    found = ctx.call("ApplyTemplate", json=body).json()
    ctx.show(found if ctx.format not in ("table", "csv") else list(_changes(found)), SUMMARY)


@group.command("ApplyTemplate")
def validate(
    ctx: Context, file: File = None, template_url: Url = None, recurse: Recurse = False, encoding: Encoding = None
) -> None:
    """Say whether templates are valid; print nothing if they are."""
    body = dry_run_body(ctx, file, template_url, recurse, encoding)
    ctx.call("ApplyTemplate", json=body)


@group.command()
def lint(
    ctx: Context,
    file: File = None,
    recurse: Recurse = False,
    encoding: Encoding = None,
    files: Annotated[
        list[str] | None, Argument(metavar="[FILE]...", help="Templates, or folders of them; - is standard input.")
    ] = None,
) -> int | None:
    """Examine templates offline: what the server would refuse, and what hardly anybody wants; exit 8 on findings."""
    from influxctl.offline.templatelint import findings

    names = [*(files or ()), *(file or ())] or ["-"]
    read = [
        (name, read_template(ctx, name, encoding)["contents"]) for name in template_files(names, recurse or bool(files))
    ]
    found = findings(read)
    if ctx.flags.get("output") or ctx.flags.get("select"):
        ctx.show([one.as_dict() for one in found], LINT)
    else:
        for one in found:
            ctx.stdout.write(
                f"{one.source}: {one.kind} {one.name}: {one.path + ': ' if one.path else ''}{one.rule}: {one.message}\n"
            )
    return Exit.FINDINGS if found else None


@group.command("ApplyTemplate")
def apply(
    ctx: Context, file: File = None, template_url: Url = None, recurse: Recurse = False, encoding: Encoding = None,
    stack_id: StackId = None, secret: Secret = None, env_ref: EnvRef = None, filter: Filter = None,
    preview: Annotated[bool, Option("--dry-run", help="Only show what would change.")] = False,
    force: Annotated[str | None, Option("--force", metavar="yes", help="Do not ask.")] = None,
    quiet: Annotated[bool, Option("-q", help="Same as --quiet.", hidden=True)] = False,
    disable_color: NoColor = False, disable_table_borders: NoBorders = False,
) -> None:  # fmt: skip
    """Apply templates: create or change the resources in them. Shows what changes and asks first on a terminal."""
    body = dry_run_body(ctx, file, template_url, recurse, encoding)
    if stack_id:
        body["stackID"] = stack_id
    if secret:
        body["secrets"] = pairs(secret, "--secret")
    if env_ref:
        body["envRefs"] = pairs(env_ref, "--env-ref")
    if filter:
        body["actions"] = [skip_action(text) for text in filter]
    check("TemplateApply", body)
    asks = force not in ("yes", "conflict", "true") and not ctx.flags.get("yes") and ctx.stdin.isatty()
    if preview or asks:
        planned = ctx.call("ApplyTemplate", json=body).json()
        if preview:
            ctx.show(planned if ctx.format not in ("table", "csv") else list(_changes(planned)), SUMMARY)
            return
        for change in _changes(planned):
            ctx.note(f"{change['action']:7} {change['kind']} {change['name']}")
        ctx.confirm("Apply this?")
    done = ctx.call("ApplyTemplate", json=body | {"dryRun": False}).json()
    if not quiet:
        ctx.show(done if ctx.format not in ("table", "csv") else list(_made(done)), SUMMARY)


def _export(
    ctx: Context, resources: tuple[str, ...], stack_id: str | None, label: tuple[str, ...], kind: tuple[str, ...],
    filter: tuple[str, ...], resource_type: str | None, file: str | None, stable: bool | None = None, skip_invalid: bool | None = None,
    **named: str | None,
) -> None:  # fmt: skip
    words = list(resources)
    first = words.pop(0) if words[:1] in (["all"], ["stack"]) else ""
    chosen = [_resource(ctx, text) for text in words] if first != "stack" else []
    for option, value in named.items():
        field = "name" if option.endswith("_names") else "id"
        chosen += [
            {"kind": EXPORTED[option.removesuffix("_names")], field: each} for each in (value or "").split(",") if each
        ]
    body: dict[str, Any] = {}
    if stack_id or first == "stack":
        body["stackID"] = stack_id or find(ctx, "stack", words[0] if words else "")
    elif chosen:
        body["resources"] = chosen
    else:
        pairs = [text.partition("=") for text in filter]
        labels = [*label, *(value for name, _, value in pairs if name == "labelName")]
        kinds = [*kind, *(value for name, _, value in pairs if name == "resourceKind")]
        filters = {k: v for k, v in (("byLabel", labels), ("byResourceKind", kinds)) if v}
        body["orgIDs"] = [{"orgID": ctx.org_id()} | ({"resourceFilters": filters} if filters else {})]
    partly: InfluxctlError | None = None
    if skip_invalid:
        from influxctl.cli.exporting import export_sound

        found, partly = export_sound(ctx, body, NOUNS)
    else:
        found = ctx.call("ExportTemplate", json=body, headers={"Accept": "application/json"}).json()
    if stable:
        from influxctl.offline.gitops import stable as made_stable

        found = made_stable(found if isinstance(found, list) else [found])
    if ctx.flags.get("output") in ("json", "jsonl") or (file or "").endswith(".json"):
        import json

        text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    else:
        import yaml

        text = yaml.safe_dump_all(found if isinstance(found, list) else [found], sort_keys=False, allow_unicode=True)
    if not file or file == "-":
        ctx.stdout.write(text)
    else:
        with open(file, "w", encoding="utf-8") as out:
            out.write(text)
        ctx.note(f"Wrote {file}.")
    if partly is not None:
        raise partly


def read_template(ctx: Context, file: str, encoding: str | None = None) -> dict[str, Any]:
    """A template file as the contract wants it: its documents under `contents`."""
    import json

    import yaml

    text = read_text(ctx, file)
    if file.endswith(".jsonnet") or encoding == "jsonnet":
        text = _evaluate(file, text)
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


def _evaluate(file: str, text: str) -> str:
    """Jsonnet as JSON. Imports are looked for beside the file."""
    try:
        import rjsonnet
    except ImportError:
        raise UsageError(f"{file!r} is Jsonnet", hint="pip install 'influxctl[jsonnet]' reads it") from None
    try:
        return rjsonnet.evaluate_snippet(file, text) if file == "-" else rjsonnet.evaluate_file(file)
    except RuntimeError as error:
        raise UsageError(f"{file!r}: {' '.join(str(error).split())}") from None


def pairs(texts: list[str], option: str) -> dict[str, Any]:
    """`KEY=VALUE` options as an object."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{option} {text!r} is not of the form KEY=VALUE")
        pairs[name] = value
    return pairs


def skip_action(text: str) -> dict[str, Any]:
    """A `--filter` as an action of a request to apply (contract schema TemplateApply)."""
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


def resource_id(item: dict[str, Any]) -> str:
    """The ID in an answer: InfluxDB OSS writes numbers, Cloud text."""
    found = item.get("id") or _inner(item).get("id") or ""
    return f"{found:016x}" if isinstance(found, int) else str(found)


def _inner(item: dict[str, Any]) -> dict[str, Any]:
    """Some kinds are one level deeper in summaries."""
    for key in ("check", "notificationEndpoint", "telegrafConfig"):
        if isinstance(item.get(key), dict):
            found: dict[str, Any] = item[key]
            return found
    return {}


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
                "id": resource_id(item),
            }


def _made(summary: dict[str, Any]) -> Any:
    """The resources of an applied template, one a row."""
    for items in (summary.get("summary") or {}).values():
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("kind"):
                yield {
                    "kind": item["kind"],
                    "action": "applied",
                    "name": item.get("name") or _inner(item).get("name") or item.get("templateMetaName", ""),
                    "id": resource_id(item),
                }


def _export_params() -> list[Parameter]:
    params: list[Parameter] = [
        TyperArgument(param_decls=["resources"], nargs=-1, metavar="[KIND=NAME]...",
                      help="Resources, such as bucket=cpu; everything if left out."),
        TyperOption(param_decls=["stack_id", "--stack-id"], metavar="ID", help="What belongs to this stack."),
        TyperOption(param_decls=["label", "--label"], multiple=True, metavar="NAME", help="Only resources with this label."),
        TyperOption(param_decls=["kind", "--kind"], multiple=True, metavar="KIND", help="Only resources of this kind, such as Bucket."),
        TyperOption(param_decls=["filter", "--filter"], multiple=True, metavar="FILTER", hidden=True,
                    help="labelName=NAME or resourceKind=KIND."),
        TyperOption(param_decls=["resource_type", "--resource-type"], metavar="KIND", help="Not needed: KIND=NAME.", hidden=True),
        TyperOption(param_decls=["skip_invalid", "--skip-invalid"], is_flag=True,
                    help="Leave out what the server cannot export, say so, and exit with 7."),
        TyperOption(param_decls=["stable", "--stable"], is_flag=True,
                    help="Names and order that do not depend on IDs: exports of the same resources are equal."),
        TyperOption(param_decls=["file", "--file", "-f"], metavar="FILE", help="Write to a file instead of standard output."),
    ]  # fmt: skip
    for option, kind in EXPORTED.items():
        for field, suffix in (("IDs", ""), ("names", "_names")):
            word = f"{option.removesuffix('s') if suffix else option}{suffix}".replace("_", "-")
            params.append(TyperOption(param_decls=[option + suffix, f"--{word}"], metavar="LIST", hidden=True,
                                      help=f"{kind} resources, their {field} separated by commas."))  # fmt: skip
    return params


group.add(
    "export",
    _export,
    _export_params(),
    "Export resources as a template: YAML, or JSON with --json.",
    ["ExportTemplate"],
)
apply_command = group.commands["apply"]
export_command = group.commands["export"]
