"""`influxctl query`: a Flux or InfluxQL query, of a server or of files, its tables streamed out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.durations import moment
from influxctl.cli.factories import command_of
from influxctl.core.errors import InfluxctlError, UsageError

if TYPE_CHECKING:
    from influxctl.output.annotated import Schema

DIALECT = {"annotations": ["group", "datatype", "default"], "delimiter": ",", "header": True}
DataOption = Annotated[
    list[str] | None,
    Option(
        "--data",
        metavar="[BUCKET=]FILE",
        help="Query a file (line protocol, CSV, Parquet) instead of a server; every bucket that the script names is it.",
    ),
]


def query(
    ctx: Context,
    script: Annotated[str | None, Argument(metavar="QUERY", help="The query; - reads it from standard input.")] = None,
    file: Annotated[
        str | None, Option("--file", "-f", metavar="FILE", help="Read the query from a file; - is standard input.")
    ] = None,
    saved: Annotated[
        str | None, Option("--saved", metavar="NAME", help="Run a saved query; 'influxctl saved-query set' saves one.")
    ] = None,
    raw: Annotated[bool, Option("--raw", "-r", help="The server's answer, byte for byte.")] = False,
    influxql: Annotated[bool, Option("--influxql", help="The query is InfluxQL.")] = False,
    db: Annotated[
        str | None, Option("--db", metavar="NAME", help="Database of InfluxQL; the default bucket if left out.")
    ] = None,
    rp: Annotated[str | None, Option("--rp", metavar="NAME", help="Retention policy of InfluxQL.")] = None,
    epoch: Annotated[
        Literal["ns", "us", "ms", "s", "m", "h"] | None,
        Option("--epoch", help="Times of InfluxQL as numbers of this unit; RFC 3339 if left out."),
    ] = None,
    data: DataOption = None,
    plot: Annotated[
        Literal["line", "scatter", "bar", "heat", "spark"] | None,
        Option("--plot", help="Draw the numbers instead of printing tables."),
    ] = None,
    now: Annotated[str | None, Option("--now", metavar="TIME", help="What now() is in the query (RFC 3339).")] = None,
    profilers: Annotated[
        str | None, Option("--profilers", "-p", metavar="NAMES", help="Profilers to switch on: query, operator.")
    ] = None,
) -> None:
    """Run a query, in Flux unless --influxql says otherwise. Tables on a terminal, CSV in a pipe, or what --output says."""
    text = _text(ctx, script, file, saved)
    if not text.strip():
        raise UsageError("the query is empty")
    if not influxql and (db or rp or epoch):
        raise UsageError("--db, --rp and --epoch belong to InfluxQL", hint="add --influxql")
    if influxql and (now or profilers):
        raise UsageError("--now and --profilers belong to Flux", hint="leave out --influxql")
    if raw and plot:
        raise UsageError("--raw and --plot exclude one another")
    format = "raw" if raw else _PLOT + plot if plot else _format(ctx)
    with _files(ctx, data, text, influxql, db) if data else nullcontext(text) as text:
        if influxql:
            _run_influxql(ctx, text, db or (ALONE if data else None), rp, epoch, format)
            return
        body: dict[str, Any] = {"query": _profiled(text, profilers), "type": "flux", "dialect": DIALECT}
        if now:
            body["now"] = moment(now, "--now")
        answer = ctx.call("PostQuery", query=_org(ctx), json=body, stream=True)
        if format == "raw" or (format == "csv" and not (ctx.flags.get("select") or ctx.flags.get("fields"))):
            _print_bytes(ctx, answer.iter_bytes(), format)
        else:
            from influxctl.output.annotated import rows_of

            _print(ctx, rows_of(answer.iter_bytes()), format)


_PLOT = "plot "  # in front of a kind of picture, where a format is wanted
ALONE = "data"  # the bucket of files that are given without one


def flux_rows(ctx: Context, script: str) -> Iterator[tuple[Schema, list[str]]]:
    """The rows of a query that a command makes for itself, each with its header."""
    from influxctl.output.annotated import rows_of

    body = {"query": script, "type": "flux", "dialect": DIALECT}
    return rows_of(ctx.call("PostQuery", query=_org(ctx), json=body, stream=True).iter_bytes())


def run_flux(ctx: Context, script: str) -> Iterator[dict[str, Any]]:
    """The same rows, typed."""
    from influxctl.output.annotated import typed

    for schema, cells in flux_rows(ctx, script):
        columns = zip(schema.names, schema.types, cells, strict=False)
        yield {name: typed(kind, cell) for name, kind, cell in columns if name}


def _format(ctx: Context) -> str:
    return str(ctx.flags.get("output") or ctx.settings.output or ("table" if ctx.stdout.isatty() else "csv"))


def _files(ctx: Context, data: list[str], text: str, influxql: bool, db: str | None) -> Any:
    """The script to run, while the files are open as the server that the context talks to."""
    from influxctl.cli.filequery import opened

    return opened(ctx, data, text, influxql=influxql, bucket=db or ALONE)


def _run_influxql(ctx: Context, text: str, db: str | None, rp: str | None, epoch: str | None, format: str) -> None:
    """Send InfluxQL to the v1 API, in the form that servers of 1.x read too."""
    from urllib.parse import urlencode

    from influxctl.output.influxql import rows_of_documents

    where = db or ctx.settings.bucket or ctx.local_account.get("bucket")
    fields = {"q": text, "db": where, "rp": rp, "epoch": epoch, "chunked": None if format == "raw" else "true"}
    form = urlencode({name: value for name, value in fields.items() if value}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ctx.call("PostQueryV1", body=form, headers=headers, stream=True)
    if format == "raw":
        _print_bytes(ctx, answer.iter_bytes(), format)
    else:
        _print(ctx, rows_of_documents(answer.iter_lines()), format)


def _org(ctx: Context) -> dict[str, object]:
    """The organization as a query argument, unless none is configured and the token says which."""
    if ctx.settings.org_id:
        return {"orgID": ctx.settings.org_id}
    name = ctx.settings.org or ctx.local_account.get("org")  # a token that may read a bucket only sees no organization
    return {"org": name} if name else {"orgID": ctx.org_id()}


def _text(ctx: Context, script: str | None, file: str | None, saved: str | None) -> str:
    """The query, from the one place that is named."""
    given = [
        name
        for name, value in (("as an argument", script), ("with --file", file), ("with --saved", saved))
        if value not in (None, "-")
    ]
    if len(given) > 1 or (saved is not None and script == "-"):
        raise UsageError(f"the query is given twice, {' and '.join(given)}")
    if saved is not None:
        from influxctl.cli.groups.saved_query import saved_query

        return saved_query(ctx, saved)
    if file is not None:
        return read_text(ctx, file)
    return script if script is not None and script != "-" else _stdin(ctx, script)


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


def _print_bytes(ctx: Context, chunks: Iterator[bytes], format: str) -> None:
    """Print an answer in which no row has to be looked at."""
    from influxctl.output.query import render_query

    if ctx.flags.get("select") or ctx.flags.get("fields"):
        raise UsageError("--raw prints the answer as it is: --select and --fields cannot change it")
    try:
        render_query(ctx.stdout, chunks, format=format, style=ctx.style, binary=getattr(ctx.stdout, "buffer", None))
    except InfluxctlError:
        ctx.stdout.flush()  # what arrived before the error stays readable in front of it
        raise


def _print(ctx: Context, rows: Iterator[tuple[Schema, list[str]]], format: str) -> None:
    from influxctl.output.annotated import typed
    from influxctl.output.query import render_rows

    if format.startswith(_PLOT):
        from influxctl.output.plot import draw, series_of

        width, height = ctx.style.size
        ctx.stdout.write(draw(series_of(rows), format.removeprefix(_PLOT), width, height, color=ctx.style.color))
        return
    if ctx.flags.get("select") or ctx.flags.get("fields"):
        objects = (
            {name: typed(kind, cell) for name, kind, cell in zip(s.names, s.types, cells, strict=False) if name}
            for s, cells in rows
        )
        ctx.show(objects, ())
        return
    try:
        render_rows(ctx.stdout, rows, format=format, style=ctx.style, binary=getattr(ctx.stdout, "buffer", None))
    except InfluxctlError:
        ctx.stdout.flush()  # what arrived before the error stays readable in front of it
        raise


command = command_of(query, "query", ["PostQuery", "PostQueryV1"])
