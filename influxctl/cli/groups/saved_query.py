"""`influxctl saved-query`: queries with a name, kept in profiles.toml; `query --saved NAME` runs one."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.core.errors import NotFound, UsageError
from influxctl.output.columns import Column

COLUMNS = (Column("Name", "name"), Column("Query", "query"))
NameArgument = Annotated[str, Argument(metavar="NAME", help="Name of the query.")]

group = Group("saved-query", "Queries with a name.", columns=COLUMNS)


def saved_query(ctx: Context, name: str) -> str:
    """The text of a saved query."""
    queries = _read(ctx)
    if name not in queries:
        raise NotFound(f"no query is saved as {name!r}", hint="'influxctl saved-query list' shows what there is")
    return queries[name]


@group.command(name="list")
def list_(ctx: Context) -> None:
    """List saved queries."""
    rows = [{"name": name, "query": text} for name, text in sorted(_read(ctx).items())]
    if ctx.format in ("table", "csv"):
        rows = [row | {"query": " ".join(row["query"].split())} for row in rows]
    ctx.show(rows, COLUMNS)


@group.command()
def get(ctx: Context, name: NameArgument) -> None:
    """Print a saved query."""
    text = saved_query(ctx, name)
    if ctx.format == "table":
        ctx.stdout.write(text if text.endswith("\n") else text + "\n")
    else:
        ctx.show({"name": name, "query": text}, COLUMNS)


@group.command(name="set", aliases=("create", "update"))
def set_(
    ctx: Context,
    name: NameArgument,
    query: Annotated[str | None, Argument(metavar="[QUERY]", help="The query; - reads it from standard input.")] = None,
    file: Annotated[
        str | None, Option("--file", "-f", metavar="FILE", help="Read the query from a file; - is standard input.")
    ] = None,
) -> None:
    """Save a query under a name, in the place of one that has it."""
    if (query is None) == (file is None):
        raise UsageError("the query is needed, once", hint="give it as an argument or with --file")
    text = read_text(ctx, file or "-") if file or query == "-" else str(query)
    if not text.strip():
        raise UsageError("the query is empty")
    _edit(ctx, lambda profiles: profiles.queries.update({name: text}))
    ctx.note(f"Saved query {name!r}: influxctl query --saved {name}")


@group.command(aliases=("rm",))
def delete(ctx: Context, name: NameArgument) -> None:
    """Delete a saved query."""
    saved_query(ctx, name)
    _edit(ctx, lambda profiles: profiles.queries.pop(name, None))
    ctx.note(f"Deleted saved query {name!r}.")


def _read(ctx: Context) -> dict[str, str]:
    from influxctl.config.files import read_profiles
    from influxctl.config.paths import profiles_file

    return read_profiles(profiles_file(ctx.env)).queries


def _edit(ctx: Context, change: Any) -> None:
    from influxctl.config import paths
    from influxctl.config.files import edit_profiles

    edit_profiles(paths.profiles_file(ctx.env), change)
