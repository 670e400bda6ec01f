"""`influxctl task`: tasks, their runs and logs, labels, members and owners."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.durations import moment
from influxctl.cli.factories import Group
from influxctl.cli.options import Description, Id
from influxctl.cli.trial import Expected, Now, Points, TrialBucket, TrialFile, judge, moment_of, read_points
from influxctl.core.errors import InfluxctlError, UsageError
from influxctl.core.fluxtext import flux_text
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Status", "status", kind="status"),
    Column("Every", "every"),
    Column("Cron", "cron"),
    Column("Last run", "lastRunStatus", kind="status"),
    Column("Latest completed", "latestCompleted", kind="time"),
    Column("Organization ID", "orgID", spare=True),
)
RUN_COLUMNS = (
    Column("ID", "id"),
    Column("Task ID", "taskID", spare=True),
    Column("Status", "status", kind="status"),
    Column("Scheduled for", "scheduledFor", kind="time"),
    Column("Started at", "startedAt", kind="time"),
    Column("Finished at", "finishedAt", kind="time"),
    Column("Requested at", "requestedAt", kind="time"),
)
LOG_COLUMNS = (Column("Run ID", "runID"), Column("Time", "time"), Column("Message", "message"))
FOLLOW = 2.0  # seconds between two looks at the logs
_OPTION = re.compile(r"^\s*option\s+task\s*=", re.MULTILINE)
TaskArgument = Annotated[str | None, Argument(metavar="[TASK]", help="The task, by name or ID.")]
RunArgument = Annotated[str | None, Argument(metavar="[RUN]", help="The run, by ID.")]
TaskOption = Annotated[str | None, Option("--task-id", "--id", "-i", metavar="ID", help="The task, by ID.")]
RunOption = Annotated[str | None, Option("--run-id", "-r", metavar="ID", help="The run, by ID.")]

group = Group("task", "Tasks, their runs and logs.", id="taskID", kind="task", columns=COLUMNS)
group.list("GetTasks")
group.get("GetTasksID")


@group.command("PostTasks")
def create(
    ctx: Context,
    flux: Annotated[str | None, Argument(metavar="[FLUX]", help="The script; - reads it from standard input.")] = None,
    file: Annotated[
        str | None, Option("--file", "-f", metavar="FILE", help="Read the script from a file; - is standard input.")
    ] = None,
    name: Annotated[
        str | None, Option("--name", "-n", metavar="NAME", help="Name, for a script without 'option task'.")
    ] = None,
    every: Annotated[
        str | None, Option("--every", "-e", metavar="DURATION", help="Run every so often, such as 1h.")
    ] = None,
    cron: Annotated[str | None, Option("--cron", "-r", metavar="CRON", help="Run by a cron expression.")] = None,
    offset: Annotated[
        str | None, Option("--offset", metavar="DURATION", help="Wait so long after the scheduled time.")
    ] = None,
    inactive: Annotated[bool, Option("--inactive", help="Do not run it yet.")] = False,
    description: Description = None,
) -> None:
    """Create a task from a Flux script. --name with --every or --cron stand for 'option task' in the script."""
    if (flux in (None, "-")) == (file is None) and not (flux is None and file is None and not ctx.stdin.isatty()):
        raise UsageError("the script is needed, once", hint="give it as an argument, with --file, or on standard input")
    script = read_text(ctx, file) if file else str(flux) if flux not in (None, "-") else ctx.stdin.read()
    if not script.strip():
        raise UsageError("the script is empty")
    body: dict[str, Any] = {"flux": _with_option(script, name, every, cron, offset), "orgID": ctx.org_id()}
    if inactive:
        body["status"] = "inactive"
    if description is not None:
        body["description"] = description
    ctx.show(ctx.call("PostTasks", json=body).json(), COLUMNS)


@group.command()
def test(
    ctx: Context,
    file: TrialFile,
    data: Points = None,
    now: Now = None,
    expect: Expected = None,
    bucket: TrialBucket = None,
) -> int | None:
    """Run a task's script once, offline, on points of your own; exit 1 if it does not give what is expected."""
    from influxctl.offline.tasktest import try_task

    points, moment = read_points(ctx, data), moment_of(now)
    return judge(ctx, try_task(read_text(ctx, file), points, moment, bucket or ""), expect)


def _with_option(script: str, name: str | None, every: str | None, cron: str | None, offset: str | None) -> str:
    """The script with an `option task` made of the flags, where it has none."""
    if _OPTION.search(script):
        if name or every or cron or offset:
            raise UsageError(
                "the script has 'option task' and flags say the same",
                hint="leave out --name, --every, --cron, --offset",
            )
        return script
    if not name or not (every or cron):
        raise UsageError("the script has no 'option task'", hint="give --name, and --every or --cron")
    if every and cron:
        raise UsageError("--every and --cron exclude one another")
    parts = [f"name: {flux_text(name)}", f"every: {every}" if every else f'cron: "{cron}"']
    if offset:
        parts.append(f"offset: {offset}")
    return f"option task = {{{', '.join(parts)}}}\n\n{script}"


@group.command("PatchTasksID")
def update(
    ctx: Context,
    task: TaskArgument = None,
    flux: Annotated[str | None, Argument(metavar="[FLUX]", help="New script; - reads it from standard input.")] = None,
    id: Id = None,
    file: Annotated[
        str | None, Option("--file", "-f", metavar="FILE", help="Read the new script from a file; - is standard input.")
    ] = None,
    status: Annotated[Literal["active", "inactive"] | None, Option("--status", help="Whether it runs.")] = None,
    name: Annotated[str | None, Option("--name", "-n", metavar="NAME", help="New name.")] = None,
    every: Annotated[
        str | None, Option("--every", "-e", metavar="DURATION", help="Run every so often, such as 1h.")
    ] = None,
    cron: Annotated[str | None, Option("--cron", "-r", metavar="CRON", help="Run by a cron expression.")] = None,
    offset: Annotated[
        str | None, Option("--offset", metavar="DURATION", help="Wait so long after the scheduled time.")
    ] = None,
    description: Description = None,
) -> None:
    """Change a task: its script, schedule, name, status or description."""
    if id and task and flux is None:
        task, flux = None, task
    if flux is not None and file is not None:
        raise UsageError("the script is given twice, as an argument and with --file")
    script = read_text(ctx, file or "-") if file or flux == "-" else flux
    if script is not None and not script.strip():
        raise UsageError("the script is empty")
    values = {
        "flux": script,
        "status": status,
        "name": name,
        "every": every,
        "cron": cron,
        "offset": offset,
        "description": description,
    }
    body = {key: value for key, value in values.items() if value is not None}
    if not body:
        raise UsageError("nothing to change", hint="give a script, --status, --every, --name or the like")
    ctx.show(ctx.call("PatchTasksID", path={"taskID": _task(ctx, task, id)}, json=body).json(), COLUMNS)


group.edit("GetTasksID", "PatchTasksID")
group.delete("DeleteTasksID")
group.labels("TasksID")
group.members("TasksID")
group.owners("TasksID")

runs = group.sub("run", "Runs of a task.", columns=RUN_COLUMNS, aliases=("runs",))
logs = group.sub("log", "Logs of a task.", columns=LOG_COLUMNS, aliases=("logs",))
logs.bare = {"log": ("list", "list"), "logs": ("list", "list")}  # `task log TASK --follow`


def _task(ctx: Context, task: str | None, task_id: str | None) -> str:
    return group.resolve(ctx, task, task_id)


def _run(ctx: Context, task: str | None, run: str | None, task_id: str | None, run_id: str | None) -> dict[str, str]:
    """The path of a run: both by position, or the task by option and the run by position."""
    if task_id and task and not run and not run_id:
        task, run = None, task
    chosen = run_id or run
    if not chosen:
        raise UsageError("which run?", hint="give the task and the ID of the run")
    return {"taskID": _task(ctx, task, task_id), "runID": chosen}


def _between(after: str | None, after_option: str, before: str | None, before_option: str) -> dict[str, object]:
    """The query arguments for runs scheduled in a range of time."""
    times = (("afterTime", after, after_option), ("beforeTime", before, before_option))
    return {key: moment(text, option) for key, text, option in times if text}


@runs.command("GetTasksIDRuns", "GetTasksIDRunsID", name="list")
def list_runs(
    ctx: Context, task: TaskArgument = None, task_id: TaskOption = None, run_id: RunOption = None,
    after: Annotated[str | None, Option("--after", metavar="ID", help="Start after this run.")] = None,
    after_time: Annotated[str | None, Option("--after-time", metavar="TIME", help="Only runs after a time (or -1h).")] = None,
    before_time: Annotated[str | None, Option("--before-time", "--before", metavar="TIME", help="Only runs before a time.")] = None,
    limit: Annotated[int | None, Option("--limit", min=1, metavar="N", help="At most so many.")] = None,
) -> None:  # fmt: skip
    """List the runs of a task."""
    from influxctl.client.paging import pages

    found = _task(ctx, task, task_id)
    times = _between(after_time, "--after-time", before_time, "--before-time")
    if run_id:
        ctx.show([ctx.call("GetTasksIDRunsID", path={"taskID": found, "runID": run_id}).json()], RUN_COLUMNS)
        return
    rows = pages(
        ctx.client, "GetTasksIDRuns", times | ({"after": after} if after else {}), limit, path={"taskID": found}
    )
    ctx.show(rows, RUN_COLUMNS)


@runs.command("GetTasksIDRunsID")
def get(
    ctx: Context,
    task: TaskArgument = None,
    run: RunArgument = None,
    task_id: TaskOption = None,
    run_id: RunOption = None,
) -> None:
    """Show one run."""
    ctx.show(ctx.call("GetTasksIDRunsID", path=_run(ctx, task, run, task_id, run_id)).json(), RUN_COLUMNS)


@runs.command("PostTasksIDRuns", "GetTasksIDRunsID", "GetTasksIDRunsIDLogs")
def start(
    ctx: Context, task: TaskArgument = None, task_id: TaskOption = None,
    scheduled_for: Annotated[str | None, Option("--scheduled-for", metavar="TIME", help="What now() is for the run.")] = None,
    wait: Annotated[bool, Option("--wait", help="Wait until the run ends; exit 1 if it failed.")] = False,
    show_logs: Annotated[bool, Option("--logs", help="Print the logs of the run on stderr when it ended.")] = False,
) -> None:  # fmt: skip
    """Run a task now."""
    found = _task(ctx, task, task_id)
    body = {"scheduledFor": moment(scheduled_for, "--scheduled-for")} if scheduled_for else {}
    run = ctx.call("PostTasksIDRuns", path={"taskID": found}, json=body).json()
    if wait or show_logs:
        run = _wait(ctx, {"taskID": found, "runID": run["id"]})
    if show_logs:
        path = {"taskID": found, "runID": run["id"]}
        for event in ctx.call("GetTasksIDRunsIDLogs", path=path).json().get("events") or []:
            ctx.note(f"{event.get('time', '')} {event.get('message', '')}")
    ctx.show(run, RUN_COLUMNS)
    if run.get("status") in ("failed", "canceled") and wait:
        raise InfluxctlError(f"run {run['id']} ended as {run['status']}", hint="'influxctl task run logs' says why")


def _wait(ctx: Context, path: dict[str, str]) -> dict[str, Any]:
    while True:
        run: dict[str, Any] = ctx.call("GetTasksIDRunsID", path=path).json()
        if run.get("status") in ("success", "failed", "canceled"):
            return run
        ctx.pause(0.5)


@runs.command("DeleteTasksIDRunsID", aliases=("delete",))
def cancel(
    ctx: Context,
    task: TaskArgument = None,
    run: RunArgument = None,
    task_id: TaskOption = None,
    run_id: RunOption = None,
) -> None:
    """Cancel a run that is going on."""
    path = _run(ctx, task, run, task_id, run_id)
    ctx.call("DeleteTasksIDRunsID", path=path)
    ctx.note(f"Canceled run {path['runID']}.")


@runs.command("PostTasksIDRunsIDRetry")
def retry(
    ctx: Context,
    task: TaskArgument = None,
    run: RunArgument = None,
    task_id: TaskOption = None,
    run_id: RunOption = None,
) -> None:
    """Run again what a run did, with the same time."""
    ctx.show(
        ctx.call("PostTasksIDRunsIDRetry", path=_run(ctx, task, run, task_id, run_id), json={}).json(), RUN_COLUMNS
    )


@runs.command("GetTasksIDRunsIDLogs", name="logs", aliases=("log",))
def run_logs(
    ctx: Context,
    task: TaskArgument = None,
    run: RunArgument = None,
    task_id: TaskOption = None,
    run_id: RunOption = None,
) -> None:
    """Show the logs of one run."""
    answer = ctx.call("GetTasksIDRunsIDLogs", path=_run(ctx, task, run, task_id, run_id)).json()
    ctx.show(answer.get("events") or [], LOG_COLUMNS)


@logs.command("GetTasksIDLogs", "GetTasksIDRunsIDLogs", name="list")
def list_logs(
    ctx: Context,
    task: TaskArgument = None,
    task_id: TaskOption = None,
    run_id: RunOption = None,
    follow: Annotated[
        bool, Option("--follow", "-F", help="Go on with what is logged from now on, until Ctrl-C.")
    ] = False,
) -> None:
    """Show the logs of a task, or with --run-id of one run."""
    path = {"taskID": _task(ctx, task, task_id)} | ({"runID": run_id} if run_id else {})
    operation = "GetTasksIDRunsIDLogs" if run_id else "GetTasksIDLogs"
    if follow:
        _follow(ctx, operation, path)
        return
    ctx.show(ctx.call(operation, path=path).json().get("events") or [], LOG_COLUMNS)


def _follow(ctx: Context, operation: str, path: dict[str, str]) -> None:
    """A line an event, oldest first; each once."""
    import json

    as_json = ctx.format in ("json", "jsonl")
    shown: set[tuple[str, ...]] = set()
    try:
        while True:
            events = ctx.call(operation, path=path).json().get("events") or []
            for event in sorted(events, key=lambda event: str(event.get("time", ""))):
                key = tuple(str(event.get(name, "")) for name in ("time", "runID", "message"))
                if key not in shown:
                    shown.add(key)
                    ctx.stdout.write((json.dumps(event, ensure_ascii=False) if as_json else " ".join(key)) + "\n")
            ctx.stdout.flush()
            ctx.pause(FOLLOW)
    except KeyboardInterrupt:
        return


@group.command("GetTasks", "GetTasksIDRuns", "PostTasksIDRunsIDRetry", name="retry-failed")
def retry_failed(
    ctx: Context, task: TaskArgument = None, id: Id = None,
    after: Annotated[str | None, Option("--after", metavar="TIME", help="Only runs scheduled after this time.")] = None,
    before: Annotated[str | None, Option("--before", metavar="TIME", help="Only runs before this time (or -1h).")] = None,
    preview: Annotated[bool, Option("--dry-run", help="Only list the runs that would be retried.")] = False,
    task_limit: Annotated[int, Option("--task-limit", min=1, metavar="N", help="At most so many tasks.")] = 100,
    run_limit: Annotated[int, Option("--run-limit", min=1, metavar="N", help="At most so many runs of a task.")] = 100,
) -> None:  # fmt: skip
    """Retry the failed runs of a task, or of all tasks."""
    from influxctl.cli.lookup import org_query
    from influxctl.client.paging import pages

    query = _between(after, "--after", before, "--before")
    if task or id:
        tasks = [_task(ctx, task, id)]
    else:
        tasks = [str(found["id"]) for found in pages(ctx.client, "GetTasks", org_query(ctx, "GetTasks"), task_limit)]
    retried = []
    for each in tasks:
        for run in pages(ctx.client, "GetTasksIDRuns", query, run_limit, path={"taskID": each}):
            if run.get("status") != "failed":
                continue
            if not preview:
                run = ctx.call("PostTasksIDRunsIDRetry", path={"taskID": each, "runID": str(run["id"])}, json={}).json()
            retried.append(run)
    ctx.show(retried, RUN_COLUMNS)
