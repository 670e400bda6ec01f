"""`influxctl query`: a Flux query, its tables streamed out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.core.errors import InfluxctlError, UsageError

DIALECT = {"annotations": ["group", "datatype", "default"], "delimiter": ",", "header": True}


def query(
    ctx: Context,
    script: Annotated[str | None, Argument(metavar="FLUX", help="The query; - reads it from standard input.")] = None,
    file: Annotated[
        str | None, Option("--file", "-f", metavar="FILE", help="Read the query from a file; - is standard input.")
    ] = None,
    raw: Annotated[bool, Option("--raw", "-r", help="The server's annotated CSV, byte for byte.")] = False,
    influxql: Annotated[
        bool, Option("--influxql", help="The query is InfluxQL, sent to the v1 API.", hidden=True)
    ] = False,
    now: Annotated[str | None, Option("--now", metavar="TIME", help="What now() is in the query (RFC 3339).")] = None,
    profilers: Annotated[
        str | None, Option("--profilers", "-p", metavar="NAMES", help="Profilers to switch on: query, operator.")
    ] = None,
) -> None:
    """Run a Flux query. Tables on a terminal, CSV in a pipe, or what --output says."""
    if script not in (None, "-") and file is not None:
        raise UsageError("the query is given twice, as an argument and with --file")
    text = (
        read_text(ctx, file) if file is not None else str(script) if script not in (None, "-") else _stdin(ctx, script)
    )
    if not text.strip():
        raise UsageError("the query is empty")
    body: dict[str, Any] = {"query": _profiled(text, profilers), "type": "flux", "dialect": DIALECT}
    if now:
        body["now"] = now
    answer = ctx.call("PostQuery", query=_org(ctx), json=body, stream=True)
    format = (
        "raw"
        if raw
        else str(ctx.flags.get("output") or ctx.settings.output or ("table" if ctx.stdout.isatty() else "csv"))
    )
    _print(ctx, answer.iter_bytes(), format)


def run_flux(ctx: Context, script: str) -> Iterator[dict[str, Any]]:
    """The rows of a query that a command makes for itself, typed."""
    from influxctl.output.query import rows_of, typed

    answer = ctx.call(
        "PostQuery", query=_org(ctx), json={"query": script, "type": "flux", "dialect": DIALECT}, stream=True
    )
    for schema, cells in rows_of(answer.iter_bytes()):
        columns = zip(schema.names, schema.types, cells, strict=False)
        yield {name: typed(kind, cell) for name, kind, cell in columns if name}


def _org(ctx: Context) -> dict[str, object]:
    """The organization as a query argument, unless none is configured and the token says which."""
    if ctx.settings.org_id:
        return {"orgID": ctx.settings.org_id}
    return {"org": ctx.settings.org} if ctx.settings.org else {"orgID": ctx.org_id()}


def _stdin(ctx: Context, script: str | None) -> str:
    if script is None and ctx.stdin.isatty():
        raise UsageError(
            "no query is given", hint="influxctl query 'from(bucket: \"b\") |> range(start: -1h)', or -f FILE"
        )
    return ctx.stdin.read()


def _profiled(text: str, profilers: str | None) -> str:
    """The query with the profiler package switched on for it."""
    if not profilers:
        return text
    names = ", ".join(f'"{name.strip()}"' for name in profilers.split(","))
    return f'import "profiler"\n\noption profiler.enabledProfilers = [{names}]\n\n{text}'


def _print(ctx: Context, chunks: Any, format: str) -> None:
    from influxctl.output.query import render_query, rows_of, typed

    if ctx.flags.get("select") or ctx.flags.get("fields"):
        if format == "raw":
            raise UsageError("--raw prints the answer as it is: --select and --fields cannot change it")
        rows = (
            {name: typed(kind, cell) for name, kind, cell in zip(s.names, s.types, cells, strict=False) if name}
            for s, cells in rows_of(chunks)
        )
        ctx.show(rows, ())
        return
    try:
        render_query(ctx.stdout, chunks, format=format, style=ctx.style, binary=getattr(ctx.stdout, "buffer", None))
    except InfluxctlError:
        ctx.stdout.flush()  # what arrived before the error stays readable in front of it
        raise


command = command_of(query, "query", ["PostQuery"])
