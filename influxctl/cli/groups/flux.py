"""`influxctl flux`: the server's view of a script: syntax tree, errors, functions."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.core.errors import Exit, InfluxctlError, UsageError
from influxctl.output.columns import Column

Script = Annotated[str | None, Argument(metavar="[FLUX]", help="The script; - reads it from standard input.")]
File = Annotated[
    str | None, Option("--file", "-f", metavar="FILE", help="Read the script from a file; - is standard input.")
]

group = Group("flux", "Analyze Flux on the server: syntax tree, errors, function list.")


@group.command("PostQueryAst")
def ast(ctx: Context, script: Script = None, file: File = None) -> None:
    """Print the syntax tree of a script as JSON."""
    import json

    tree = ctx.call("PostQueryAst", json={"query": _text(ctx, script, file)}).json()
    if ctx.flags.get("output") or ctx.flags.get("select"):
        ctx.show(tree, (Column("AST", "ast"),))
    else:
        ctx.stdout.write(json.dumps(tree, indent=2, ensure_ascii=False) + "\n")


@group.command("PostQueryAnalyze")
def analyze(ctx: Context, script: Script = None, file: File = None) -> None:
    """List the errors of a script, with line and column; exit 8 if there are any."""
    found: dict[str, Any] = ctx.call(
        "PostQueryAnalyze", json={"query": _text(ctx, script, file), "type": "flux"}
    ).json()
    errors = found.get("errors") or []
    ctx.show(errors, (Column("Line", "line"), Column("Column", "column"), Column("Message", "message")))
    if errors:
        raise InfluxctlError(
            f"the script has {len(errors)} error{'s' * (len(errors) > 1)}", code="invalid", exit=Exit.FINDINGS
        )


@group.command("GetQuerySuggestions", "GetQuerySuggestionsName")
def suggestions(
    ctx: Context, name: Annotated[str | None, Argument(metavar="[NAME]", help="One function.")] = None
) -> None:
    """List the functions that the server knows, or the parameters of one."""
    if name:
        found = ctx.call("GetQuerySuggestionsName", path={"name": name}).json()
        if ctx.format in ("table", "csv"):
            rows = [{"name": k, "type": v} for k, v in (found.get("params") or {}).items()]
            ctx.show(rows, (Column("Parameter", "name"), Column("Type", "type")))
        else:
            ctx.show(found, ())
        return
    columns = (
        Column("Name", "name"),
        Column("Parameters", "params", lambda p: ",".join(p) if isinstance(p, dict) else ""),
    )
    ctx.show(ctx.call("GetQuerySuggestions").json().get("funcs") or [], columns)


def _text(ctx: Context, script: str | None, file: str | None) -> str:
    if script not in (None, "-") and file is not None:
        raise UsageError("the script is given twice, as an argument and with --file")
    if script is None and file is None and ctx.stdin.isatty():
        raise UsageError("no script is given", hint="give it as an argument or with -f FILE")
    return read_text(ctx, file or "-") if script in (None, "-") else str(script)
