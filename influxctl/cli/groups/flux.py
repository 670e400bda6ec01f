"""`influxctl flux`: tools for Flux scripts. Most need no server: they read files, folders or standard input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.core.errors import Exit, InfluxctlError, UsageError
from influxctl.output.columns import Column

if TYPE_CHECKING:
    from influxctl.offline.fluxtools import Diagnostic, Script

Text = Annotated[str | None, Argument(metavar="[FLUX]", help="The script; - reads it from standard input.")]
File = Annotated[
    str | None, Option("--file", "-f", metavar="FILE", help="Read the script from a file; - is standard input.")
]
Files = Annotated[
    list[str] | None,
    Argument(metavar="[FILE]...", help="Files, or folders of .flux files; - or none reads standard input."),
]
Code = Annotated[str | None, Option("--code", "-c", metavar="FLUX", help="The script itself instead of files.")]

group = Group("flux", "Format, check, lint and explain Flux scripts, offline; the server's view of a script.")


# ---------------------------------------------------------------- offline


@group.command()
def fmt(
    ctx: Context,
    files: Files = None,
    code: Code = None,
    write: Annotated[bool, Option("--write", "-w", help="Rewrite the files.")] = False,
    check: Annotated[bool, Option("--check", help="Only say which files are not in canonical form: exit 8.")] = False,
    diff: Annotated[bool, Option("--diff", help="Show what would change.")] = False,
) -> int | None:
    """Print scripts in canonical form, or rewrite them."""
    from influxctl.offline.fluxtools import difference, format_script

    changed = 0
    for script in _scripts(ctx, files, code):
        text = format_script(script)
        if not (write or check or diff):
            ctx.stdout.write(text)
        if text == script.text:
            continue
        changed += 1
        if diff:
            ctx.stdout.write(difference(script, text))
        if check:
            ctx.stdout.write(f"{script.name}\n")
        if write:
            _rewrite(script.name, text)
            ctx.note(f"Formatted {script.name}.")
    return Exit.FINDINGS if check and changed else None


@group.command()
def check(ctx: Context, files: Files = None, code: Code = None) -> int | None:
    """Find what keeps scripts from running: syntax, names and types, with the place; exit 8 if there is anything."""
    from influxctl.offline.fluxtools import errors_of

    return _report(ctx, [found for script in _scripts(ctx, files, code) for found in errors_of(script)])


@group.command()
def lint(ctx: Context, files: Files = None, code: Code = None) -> int | None:
    """Find errors, unused names, missing ranges, slow and deprecated forms; exit 8 if there is anything."""
    from influxctl.offline.fluxtools import findings_of

    return _report(ctx, [found for script in _scripts(ctx, files, code) for found in findings_of(script)])


@group.command()
def ast(ctx: Context, files: Files = None, code: Code = None) -> None:
    """Print the syntax tree of a script as JSON, as the API shows it; errors stand in the tree."""
    import json

    from influxctl.offline.fluxtools import tree

    for script in _scripts(ctx, files, code):
        found = tree(script)
        if ctx.flags.get("output") or ctx.flags.get("select"):
            ctx.show({"ast": found}, (Column("AST", "ast"),))
        else:
            ctx.stdout.write(json.dumps({"ast": found}, indent=2, ensure_ascii=False) + "\n")


@group.command()
def types(ctx: Context, files: Files = None, code: Code = None) -> None:
    """Print the type of every name that a script assigns."""
    from influxctl.offline.fluxtools import types as types_of

    rows = [row for script in _scripts(ctx, files, code) for row in types_of(script)]
    ctx.show(rows, (Column("Name", "name"), Column("Type", "type")))


@group.command()
def test(
    ctx: Context,
    files: Files = None,
    name: Annotated[
        list[str] | None, Option("--name", metavar="CASE", help="Run only this case; can be repeated.")
    ] = None,
    tag: Annotated[
        list[str] | None, Option("--tag", metavar="TAG", help="Run cases with this tag too; can be repeated.")
    ] = None,
) -> int | None:
    """Run the testcase blocks of files, offline; exit 1 if one fails."""
    from influxctl.offline.casetest import run_cases

    found = list(run_cases(_scripts(ctx, files, None), name or (), tag or ()))
    failed = [one for one in found if not one.passed and not one.skipped]
    if ctx.flags.get("output") or ctx.flags.get("select"):
        ctx.show(
            [one.to_json() for one in found],
            [Column(label.title(), label) for label in ("file", "name", "state", "problem")],
        )
    else:
        for one in found:
            ctx.stdout.write(f"{'skip' if one.skipped else 'ok' if one.passed else 'FAIL':4}  {one.file}: {one.name}\n")
            ctx.stdout.write("".join(f"      {line}\n" for line in ([one.problem] if one.problem else []) + one.rows))
        passed = sum(one.passed for one in found)
        ctx.stdout.write(f"{passed} passed, {len(failed)} failed, {len(found) - passed - len(failed)} skipped\n")
    return Exit.FAILED if failed else None


@group.command()
def doc(
    ctx: Context,
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="A function, package.function, or a package; none lists packages.")
    ] = None,
) -> None:
    """Explain a function of the library: type, parameters, defaults. Or list packages and what is in one."""
    from influxctl.core.errors import NotFound
    from influxctl.offline.fluxtools import contents, documentation

    if name is None:
        ctx.show(contents(), (Column("Package", "package"), Column("Names", "names")))
        return
    try:
        pages = documentation(name)
    except NotFound:
        try:
            rows = contents(name)
        except NotFound:
            rows = []
        if not rows:
            raise
        ctx.show(rows, (Column("Package", "package"), Column("Name", "name"), Column("Type", "type")))
        return
    if ctx.flags.get("output") or ctx.flags.get("select"):
        ctx.show([page.to_json() for page in pages], (Column("Package", "package"), Column("Name", "name")))
    else:
        ctx.stdout.write("\n\n".join(page.to_text() for page in pages) + "\n")


def _scripts(ctx: Context, files: list[str] | None, code: str | None) -> list[Script]:
    from influxctl.offline.fluxtools import Script, scripts_of

    if code is not None:
        if files:
            raise UsageError("the script is given twice, with --code and as a file")
        return [Script("<code>", code)]
    if not files and ctx.stdin.isatty():
        raise UsageError("no script is given", hint="name files or folders, or use --code")
    found = []
    for name in files or ["-"]:
        if name == "-":
            found.append(Script("<stdin>", ctx.stdin.read()))
        else:
            found += [Script(str(path), read_text(ctx, str(path))) for path in scripts_of([Path(name)])]
    return found


def _report(ctx: Context, found: list[Diagnostic]) -> int | None:
    if ctx.flags.get("output") or ctx.flags.get("select"):
        columns = [Column(label, label.lower()) for label in ("File", "Line", "Column", "Rule", "Message", "Better")]
        ctx.show([one.to_json() for one in found], columns)
    else:
        for one in found:
            ctx.stdout.write(one.to_text() + "\n")
    return Exit.FINDINGS if found else None


def _rewrite(name: str, text: str) -> None:
    """Replace a file by a temporary one beside it, so that it is never half written."""
    if name.startswith("<"):
        raise UsageError("--write needs files")
    import os
    import tempfile

    path = Path(name)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(text)
    os.chmod(file.name, path.stat().st_mode & 0o777)
    os.replace(file.name, path)


# ---------------------------------------------------------------- the server's view


@group.command("PostQueryAst", name="parse")
def parse(ctx: Context, script: Text = None, file: File = None) -> None:
    """Ask the server for the syntax tree of a script."""
    import json

    tree = ctx.call("PostQueryAst", json={"query": _text(ctx, script, file)}).json()
    if ctx.flags.get("output") or ctx.flags.get("select"):
        ctx.show(tree, (Column("AST", "ast"),))
    else:
        ctx.stdout.write(json.dumps(tree, indent=2, ensure_ascii=False) + "\n")


@group.command("PostQueryAnalyze")
def analyze(ctx: Context, script: Text = None, file: File = None) -> None:
    """Ask the server for the errors of a script, with line and column; exit 8 if there are any."""
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
