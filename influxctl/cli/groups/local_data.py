"""`influxctl local snapshot`, `restore`, `export`, `import`, `check` and `stats`: the data folder as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.durations import moment_ns
from influxctl.core.errors import InfluxctlError, NotFound, UsageError
from influxctl.output.columns import Column

DataDir = Annotated[str | None, Option("--data-dir", metavar="DIR", help="Folder of the data.")]
Since = Annotated[
    str | None, Option("--since", metavar="TIME", help="First time: RFC 3339, or a span back such as -30d.")
]
Until = Annotated[str | None, Option("--until", metavar="TIME", help="Up to this time, without it.")]
STATS = (
    Column("ID", "id", spare=True), Column("Bucket", "bucket"), Column("Organization", "org", spare=True),
    Column("Measurements", "measurements"),
    Column("Series", "series"), Column("Points", "points"), Column("Values", "values"), Column("Bytes", "bytes"),
    Column("First", "first", kind="time"), Column("Last", "last", kind="time"),
)  # fmt: skip
PROBLEMS = (Column("File", "file"), Column("Place", "place"), Column("What", "what"))


def snapshot(
    ctx: Context,
    target: Annotated[str, Argument(metavar="DIR", help="Folder to make.")],
    data_dir: DataDir = None,
) -> None:
    """Copy the data folder, also while its server runs: a folder that can be served or restored.

    Without a running server files are linked where the disk allows it, which takes no time and no space.
    """
    from influxctl.offline.snapshots import take

    where = _dir(ctx, data_dir)
    with _near(ctx, where) as near:
        take(where, Path(target).absolute(), near.client.call, ctx.settings.lock_timeout)
    ctx.note(f"Copied {where} to {target}.")


def restore(
    ctx: Context,
    source: Annotated[str, Argument(metavar="DIR", help="Snapshot.")],
    data_dir: DataDir = None,
) -> None:
    """Put a snapshot in the place of the data folder; what was there is removed. Everything in the snapshot is checked first."""
    from influxctl.cli.prompt import confirm
    from influxctl.offline.snapshots import restore as restore_now

    where, snapshot = _dir(ctx, data_dir), Path(source).absolute()
    if not snapshot.is_dir():
        raise NotFound(f"there is no folder {source}")
    if where.exists() and any(where.iterdir()):
        confirm(ctx, f"Replace everything in {where}?", required=True)
    restore_now(snapshot, where)
    ctx.note(f"Restored {where} from {source}.")


def export(
    ctx: Context,
    bucket: Annotated[str, Argument(metavar="BUCKET", help="Name or ID.")],
    target: Annotated[
        str, Argument(metavar="FILE", help="File, packed if it ends with .gz; a folder for Parquet.")
    ] = "-",
    format: Annotated[
        Literal["lp", "csv", "parquet"] | None, Option("--format", help="Told by the name of FILE if left out.")
    ] = None,
    measurement: Annotated[
        str | None, Option("--measurement", "-m", metavar="NAME", help="Only this measurement.")
    ] = None,
    since: Since = None,
    until: Until = None,
    data_dir: DataDir = None,
) -> None:
    """Write the points of a bucket as line protocol, annotated CSV, or Parquet with a file a measurement."""
    from influxctl.core.times import MAX_TIME, MIN_TIME
    from influxctl.offline.exports import Wanted, export, format_of
    from influxctl.offline.snapshots import opened

    chosen = format_of(target, format)
    start, stop = moment_ns(since, "--since", MIN_TIME), moment_ns(until, "--until", MAX_TIME + 1)
    where = _dir(ctx, data_dir)
    with (
        _near(ctx, where) as near,
        opened(where, near.client.call, [bucket], ctx.settings.lock_timeout) as (engine, found),
    ):
        wanted = Wanted(found[0]["id"], start, stop, measurement)
        if measurement is not None and not wanted.names(engine):
            raise NotFound(f"bucket {bucket!r} has no points of {measurement!r} in that time")
        count = export(engine, wanted, chosen, target, ctx.stdout)
    ctx.note(f"Exported {count} point{'s' * (count != 1)}{'' if target == '-' else f' to {target}'}.")


def import_(
    ctx: Context,
    files: Annotated[
        list[str],
        Argument(
            metavar="FILE...", help="Line protocol, CSV or Parquet; a folder of Parquet files; - is standard input."
        ),
    ],
    bucket: Annotated[str | None, Option("--bucket", "-b", metavar="BUCKET", help="Bucket, by name.")] = None,
    format: Annotated[
        Literal["lp", "csv", "parquet"] | None, Option("--format", help="Told by the names of the files if left out.")
    ] = None,
    measurement: Annotated[
        str | None,
        Option("--measurement", "-m", metavar="NAME", help="Measurement of Parquet files; their own name if left out."),
    ] = None,
    time_column: Annotated[
        str | None,
        Option("--time-column", metavar="NAME", help="Column of the times in Parquet files of other programs."),
    ] = None,
    errors_file: Annotated[
        str | None, Option("--errors-file", metavar="FILE", help="Write refused lines there, with number and reason.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write files into a bucket of the data folder, or of the server that holds it.

    Of Parquet files of other programs the columns of text become tags, those of numbers and booleans fields.
    """
    from influxctl.cli.writing import Delivery
    from influxctl.client.batch import BatchOptions
    from influxctl.local.onboard import read_account

    where = _dir(ctx, data_dir)
    with _near(ctx, where) as near:
        sources = _sources(near, files, format, measurement, time_column)
        org = near.org_id()  # sets a fresh folder up
        account = read_account(where)
        name = bucket or near.settings.bucket or (account.bucket if account else None)
        if not name:
            raise UsageError("which bucket?", hint="give --bucket NAME")
        target = {"bucket": name, "org": org}
        Delivery(near, sources, target, BatchOptions(gzip=False)).run(errors_file, resume=False)


def check(
    ctx: Context,
    repair: Annotated[bool, Option("--repair", help="Keep what is intact of what is damaged.")] = False,
    data_dir: DataDir = None,
) -> int:
    """Check every checksum and rule of the data folder while no server holds it; exit 1 if something is wrong.

    With --repair, lost catalogs are rebuilt, logs replayed as far as they go, damaged segments written anew from what is intact;
    the damaged files stay beside them with .damaged at their names. What is lost is listed.
    """
    from influxctl.offline.condition import examine
    from influxctl.offline.condition import repair as repair_now

    where = _dir(ctx, data_dir)
    if repair:
        found = repair_now(where)
        if found.problems:
            ctx.show([_problem(one) for one in found.problems], PROBLEMS)
        left = examine(where).problems
        ctx.note(f"Repaired: {len(found.problems)} losses, listed above." if found.problems else "Nothing was damaged.")
        if left:
            raise InfluxctlError(f"{left[0].file}: {left[0].what}", hint="restore that file from a snapshot")
        return 0
    found = examine(where)
    if found.problems:
        ctx.show([_problem(one) for one in found.problems], PROBLEMS)
        count = len(found.problems)
        raise InfluxctlError(
            f"{count} problem{'s' * (count != 1)} in {where}",
            hint="restore a snapshot, or keep what is intact with --repair",
        )
    ctx.note(
        f"All is well: {found.buckets} buckets, {found.segments} segments with {found.rows} rows, {found.log_records} log records."
    )
    return 0


def stats(ctx: Context, data_dir: DataDir = None) -> None:
    """Show of each bucket: series, points, values, bytes, first and last time."""
    from influxctl.offline.condition import figures

    where = _dir(ctx, data_dir)
    with _near(ctx, where) as near:
        ctx.show(figures(where, near.client.call, ctx.settings.lock_timeout), STATS)


COMMANDS: dict[str, Callable[..., int | None]] = {
    "snapshot": snapshot, "restore": restore, "export": export, "import": import_, "check": check, "stats": stats,
}  # fmt: skip


def _problem(one: Any) -> dict[str, str]:
    return {"file": one.file, "place": one.place, "what": one.what}


def _dir(ctx: Context, data_dir: str | None) -> Path:
    chosen = data_dir or ctx.flags.get("data_dir")
    return (Path(str(chosen)).expanduser() if chosen else ctx.settings.data_dir).absolute()


def _near(ctx: Context, where: Path) -> Any:
    """A context of the embedded server of a folder, whatever profile is active; closed at the end."""
    from contextlib import closing

    out = (
        "INFLUX_HOST",
        "INFLUX_ORG",
        "INFLUX_ORG_ID",
        "INFLUX_BUCKET_NAME",
        "INFLUXCTL_PROFILE",
        "INFLUX_ACTIVE_CONFIG",
    )
    own = ctx.settings.is_local and ctx.settings.data_dir.absolute() == where
    env = dict(ctx.env) if own else {k: v for k, v in ctx.env.items() if k not in (*out, "INFLUX_TOKEN")}
    near = Context(stdin=ctx.stdin, stdout=ctx.stdout, stderr=ctx.stderr, env=env)
    kept = ("timeout", "trace", "quiet", "configs_path", "lock_timeout", *(("org", "org_id", "token") if own else ()))
    near.flags = {key: ctx.flags[key] for key in kept if ctx.flags.get(key) is not None}
    near.flags |= {"data_dir": str(where)} if own else {"profile": "local", "data_dir": str(where)}
    return closing(near)


def _sources(
    ctx: Context, files: list[str], format: str | None, measurement: str | None, time_column: str | None
) -> list[Any]:
    """The inputs of an import."""
    from influxctl.cli.sources import open_sources
    from influxctl.client.csv2lp import CsvOptions

    found: list[Any] = []
    for name in files:
        path = Path(name)
        inside = sorted(path.glob("*.parquet")) if path.is_dir() else []
        if path.is_dir() and not inside:
            raise UsageError(f"there is no Parquet file in {name}")
        if format == "parquet" or inside or (format is None and path.suffix.lower() == ".parquet"):
            from influxctl.offline.imports import ParquetSource

            for one in inside or [path]:
                if not one.exists():
                    raise NotFound(f"there is no file {one}")
                found.append(ParquetSource(one, measurement, time_column))
            continue
        csv = CsvOptions(headers=(), skip=0, precision="ns", types_in_names=True)
        found += open_sources(ctx, [], [name], [], format=format, encoding="UTF-8", compression=None, csv=csv)
    return found
