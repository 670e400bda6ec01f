"""`influxctl wait`: until a server, a resource or a run is as it should be."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.durations import span
from influxctl.cli.factories import command_of
from influxctl.cli.lookup import KINDS, named
from influxctl.core.errors import Exit, InfluxctlError, NotFound, Unavailable, Unreachable, UsageError
from influxctl.core.ids import is_id
from influxctl.output.columns import as_text, lookup

Found = dict[str, Any] | None
ENDS = ("success", "failed", "canceled")


def wait(
    ctx: Context,
    what: Annotated[str, Argument(metavar="WHAT", help="server, run, or a kind of resource: bucket, task, org …")],
    names: Annotated[
        list[str] | None,
        Argument(metavar="[NAME]...", help="The resource, by name or ID; of a run the task and the run's ID."),
    ] = None,
    condition: Annotated[
        str | None,
        Option(
            "--for",
            metavar="CONDITION",
            help="exists, gone, ready (server), healthy (server), done (run), success (run), or PROPERTY=VALUE.",
        ),
    ] = None,
    within: Annotated[str, Option("--within", metavar="DURATION", help="Give up after so long; exit 1.")] = "60s",
    every: Annotated[str, Option("--every", metavar="DURATION", help="Look so often.")] = "1s",
) -> None:
    """Wait until something is as it should be; --output prints it. What does not answer yet is waited for too."""
    look, usual = _look(ctx, what, names or [])
    wanted = condition or usual
    test = _test(what, wanted)
    patience, pause = span(within, "--within"), span(every, "--every")
    until = monotonic() + patience
    while True:
        last: str | None = None
        try:
            found = look()
        except (Unreachable, Unavailable) as error:
            found, last = None, error.message
            good = False
        else:
            good = test(found)
        if good:
            break
        if monotonic() + pause > until:
            state = last or _state(found, wanted)
            name = " ".join([what, *(names or [])])
            raise InfluxctlError(
                f"gave up waiting for {name} ({wanted}) after {within}: {state}", code="invalid", exit=Exit.FAILED
            )
        ctx.pause(pause)
    asked = ctx.format != "table" or ctx.flags.get("fields") or ctx.flags.get("select")
    if found is not None and asked:
        ctx.show(found, ())


def _look(ctx: Context, what: str, names: list[str]) -> tuple[Callable[[], Found], str]:
    """How to look at it, and what is usually waited for."""
    if what == "server":
        return lambda: _server(ctx), "ready"
    if what == "run":
        if len(names) != 2:
            raise UsageError("a run is named by its task and its ID", hint="influxctl wait run TASK RUN")
        return lambda: _run(ctx, *names), "done"
    kind = what.removesuffix("s") if what not in KINDS else what
    if kind not in KINDS:
        raise UsageError(f"there is nothing called {what!r} to wait for", hint=f"server, run, {', '.join(KINDS)}")
    if len(names) != 1:
        raise UsageError(f"which {KINDS[kind].noun}?", hint="give its name or ID")
    return lambda: _resource(ctx, kind, names[0]), "exists"


def _server(ctx: Context) -> dict[str, Any]:
    health = ctx.call("GetHealth").json() or {}
    ready = ctx.call("GetReady").json() or {}
    return {
        "healthy": health.get("status") == "pass",
        "ready": ready.get("status") == "ready",
        "version": health.get("version"),
    }


def _run(ctx: Context, task: str, run: str) -> Found:
    from influxctl.cli.lookup import find

    try:
        path = {"taskID": find(ctx, "task", task), "runID": run}
        found: dict[str, Any] = ctx.call("GetTasksIDRunsID", path=path).json()
    except NotFound:
        return None
    return found


def _resource(ctx: Context, kind: str, name: str) -> Found:
    from influxctl.cli.lookup import every

    try:
        if is_id(name):
            return next((dict(item) for item in every(ctx, kind) if item.get(KINDS[kind].id) == name), None)
        return next((dict(item) for item in named(ctx, kind, name)), None)
    except NotFound:  # some lists answer so when the name that filters them is not there
        return None


def _test(what: str, wanted: str) -> Callable[[Found], bool]:
    if what == "run" and wanted in ("done", "success"):
        return lambda found: _ended(found, wanted)
    if what == "server" and wanted in ("ready", "healthy"):
        return lambda found: bool(found and found[wanted])
    if wanted == "exists":
        return lambda found: found is not None
    if wanted == "gone":
        return lambda found: found is None
    path, equals, value = wanted.partition("=")
    if not equals:
        raise UsageError(
            f"--for {wanted!r} is no condition of {what}", hint="write it like exists, gone or status=active"
        )
    return lambda found: found is not None and as_text(lookup(found, path)) == value


def _ended(found: Found, wanted: str) -> bool:
    """Whether a run has ended; one that ended otherwise than it should ends the waiting too."""
    status = found.get("status") if found else None
    if wanted == "success" and status in ENDS and status != "success":
        raise InfluxctlError(
            f"run {found['id'] if found else ''} ended as {status}", hint="'influxctl task run logs' says why"
        )
    return status in ENDS


def _state(found: Found, wanted: str) -> str:
    if found is None:
        return "there is none"
    path = wanted.partition("=")[0]
    shown = as_text(lookup(found, path if "=" in wanted else "status" if "status" in found else wanted))
    return f"{path} is {shown or 'empty'}" if "=" in wanted else shown or "it is there"


command = command_of(wait, "wait", ["GetHealth", "GetReady", "GetTasksIDRunsID"])
