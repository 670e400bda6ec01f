"""`influxctl local`: the embedded server as a process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.cli.groups import local_data
from influxctl.cli.groups.transfer import mirror, pull, push
from influxctl.core.errors import NotFound, UsageError
from influxctl.output.columns import Column

COLUMNS = (
    Column("Status", "status", kind="status"),
    Column("PID", "pid"),
    Column("URL", "url"),
    Column("Data", "data_dir"),
)
Port = Annotated[int, Option("--port", min=0, max=65535, metavar="PORT", help="Port; 0 takes a free one.")]
Bind = Annotated[str, Option("--bind", metavar="ADDRESS", help="Address to listen on.")]
DataDir = Annotated[str | None, Option("--data-dir", metavar="DIR", help="Folder of the data.")]
INBOX = (
    Column("ID", "id"),
    Column("Time", "time", kind="time"),
    Column("Method", "method"),
    Column("URL", "url"),
    Column("Body", "body"),
)
Catch = Annotated[
    bool,
    Option("--catch-notifications", help="Keep what tasks would send by HTTP; 'influxctl local inbox' shows it."),
]
AccessLog = Annotated[bool, Option("--access-log", help="Write a line for each request to standard error.")]

group = Group("local", "The embedded server.", columns=COLUMNS)
for transfer in (push, pull, mirror):
    group.command()(transfer)
for word, command in local_data.COMMANDS.items():
    group.command(name=word)(command)


@group.command()
def serve(
    ctx: Context,
    port: Port = 8086,
    bind: Bind = "127.0.0.1",
    data_dir: DataDir = None,
    limits: Annotated[
        str, Option("--limits", metavar="FILE", help="JSON file of limits as InfluxDB Cloud has them, or 'free'.")
    ] = "",
    access_log: AccessLog = False,
    catch_notifications: Catch = False,
    setup: Annotated[
        bool, Option("--setup", help="Set a fresh folder up first, as the variables DOCKER_INFLUXDB_INIT_* say.")
    ] = False,
    seed: Annotated[
        list[str] | None, Option("--seed", metavar="FILE", help="Template that a fresh folder begins with.")
    ] = None,
    data: Annotated[
        list[str] | None, Option("--data", metavar="FILE", help="Line protocol or CSV that a fresh folder begins with.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        Option(
            "--fault",
            metavar="[WHERE=]FAULTS",
            help="Misbehave: 429:0.1,latency:200ms,reset:0.01 (chances from 0 to 1).",
        ),
    ] = None,
    fault_seed: Annotated[
        int, Option("--fault-seed", metavar="N", help="Another draw of the requests that faults hit.")
    ] = 0,
    record: Annotated[
        Path | None, Option("--record", metavar="FILE", help="Write all exchanges there, tokens hidden.")
    ] = None,
    replay: Annotated[
        Path | None, Option("--replay", metavar="FILE", help="Answer from a recording; there is no data.")
    ] = None,
) -> int:
    """Serve a data folder in the foreground until SIGTERM or Ctrl-C. A fresh folder is not set up: 'influxctl setup' does that."""
    from influxctl.local.daemon import replay as replay_now
    from influxctl.local.daemon import serve as serve_now
    from influxctl.local.http.faults import parse_rule
    from influxctl.local.options import Options

    options = Options(
        lock_timeout=ctx.settings.lock_timeout,
        limits=limits,
        access_log=access_log,
        catch_notifications=catch_notifications,
        faults=tuple(fault or ()),
        fault_seed=fault_seed,
        record=record,
    )
    for text in options.faults:
        parse_rule(text)  # before anything is made
    if replay is not None:
        if setup or seed or data or record:
            raise UsageError("--replay has no data: it goes with neither --setup, --seed, --data nor --record")
        ctx.note(f"Replaying {replay} on http://{bind}:{port or '(a free port)'}; Ctrl-C stops it.")
        return replay_now(port, bind, replay, options)
    where = _dir(ctx, data_dir)
    if setup or seed or data:
        from influxctl.cli.seeding import prepare

        prepare(ctx, where, seed or (), data or ())
    ctx.note(f"Serving {where} on http://{bind}:{port or '(a free port)'}; Ctrl-C stops it.")
    return serve_now(port, bind, where, options)


@group.command()
def start(
    ctx: Context,
    port: Port = 0,
    bind: Bind = "127.0.0.1",
    data_dir: DataDir = None,
    access_log: AccessLog = False,
    catch_notifications: Catch = False,
) -> None:
    """Start the server in the background, set up and ready; the local profile gets its organization, bucket and token."""
    from influxctl.local.daemon import start as start_now

    where = _dir(ctx, data_dir)
    flags = (*(["--access-log"] if access_log else []), *(["--catch-notifications"] if catch_notifications else []))
    found = start_now(where, port, bind, flags)
    _keep(ctx, where)
    ctx.show({"status": "running", **found._asdict(), "data_dir": str(where)}, COLUMNS)


@group.command()
def stop(ctx: Context, data_dir: DataDir = None) -> None:
    """Stop the server in the background."""
    from influxctl.local.daemon import stop as stop_now

    found = stop_now(_dir(ctx, data_dir))
    ctx.note(f"Stopped process {found.pid}.")


@group.command()
def status(ctx: Context, data_dir: DataDir = None) -> int:
    """Say whether the server runs, and where; exit 3 if it does not."""
    from influxctl.local.daemon import status as status_now

    where = _dir(ctx, data_dir)
    found = status_now(where)
    shown: dict[str, Any] = {
        "status": "running" if found else "stopped",
        **(found._asdict() if found else {}),
        "data_dir": str(where),
    }
    ctx.show(shown, COLUMNS)
    return 0 if found else 3


@group.command()
def logs(
    ctx: Context,
    data_dir: DataDir = None,
    lines: Annotated[int, Option("--lines", "-n", min=1, metavar="N", help="The last so many lines.")] = 100,
) -> None:
    """Print what the server in the background wrote."""
    from influxctl.local.daemon import tail

    where = _dir(ctx, data_dir)
    if not where.exists():
        raise NotFound(f"there is no data in {where}")
    ctx.stdout.write(tail(where, lines))


@group.command()
def inbox(
    ctx: Context,
    data_dir: DataDir = None,
    clear: Annotated[bool, Option("--clear", help="Forget them after showing them.")] = False,
) -> None:
    """Show the notifications that were caught instead of sent: 'influxctl local start --catch-notifications'."""
    import contextlib

    from influxctl.local.store.db import Database
    from influxctl.local.store.inbox import Inbox

    where = _dir(ctx, data_dir)
    if not where.exists():
        raise NotFound(f"there is no data in {where}")
    with contextlib.closing(Database(where)) as database:
        caught = Inbox(database)
        ctx.show(caught.find(), INBOX)
        if clear:
            caught.clear()


@group.command()
def reset(ctx: Context, data_dir: DataDir = None) -> None:
    """Remove all data of the embedded server."""
    from influxctl.cli.prompt import confirm
    from influxctl.local.daemon import reset as reset_now

    where = _dir(ctx, data_dir)
    if not where.exists():
        raise NotFound(f"there is no data in {where}")
    confirm(ctx, f"Remove {where} with everything in it?", required=True)
    reset_now(where)
    _forget(ctx, where)
    ctx.note(f"Removed {where}.")


def _dir(ctx: Context, data_dir: str | None) -> Path:
    chosen = data_dir or ctx.flags.get("data_dir")
    return (Path(str(chosen)).expanduser() if chosen else ctx.settings.data_dir).absolute()


def _keep(ctx: Context, where: Path) -> None:
    """Organization, bucket and token of the folder in the profile `local`, if that is the folder that the profile means."""
    import json

    from influxctl.config import paths
    from influxctl.config.files import edit_profiles

    if where != paths.data_dir(ctx.env).absolute():
        return
    try:
        account = json.loads((where / "local.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # the folder was set up by somebody: their token is theirs
    values = {key: account[key] for key in ("org", "bucket", "token") if key in account}
    edit_profiles(paths.profiles_file(ctx.env), lambda profiles: profiles.update("local", values))


def _forget(ctx: Context, where: Path) -> None:
    """The profile `local` without the account that was removed."""
    from influxctl.config import paths
    from influxctl.config.files import edit_profiles, read_profiles

    file = paths.profiles_file(ctx.env)
    if where == paths.data_dir(ctx.env).absolute() and "local" in read_profiles(file).profiles:
        edit_profiles(file, lambda profiles: profiles.update("local", dict.fromkeys(("org", "bucket", "token"))))
