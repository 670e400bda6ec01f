"""`task`: tasks, their runs and logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from influxctl.cli.compat import clock
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command

HEADINGS = ("ID", "Name", "Organization ID", "Organization", "Status", "Every", "Cron", "ScriptID")
RUN = ("ID", "TaskID", "Status", "ScheduledFor", "StartedAt", "FinishedAt", "RequestedAt")
PAGE = 500  # the most tasks that a server gives at once


@command("task create")
def create(call: Call) -> None:
    """Make a task from a script: an argument, a file, standard input; or from a script that the server knows."""
    body: dict[str, object] = {}
    if call.flags.text("script-id") or call.flags.text("script-params"):
        body |= {key: call.flags.text(key) for key in ("name", "every", "cron") if call.flags.text(key)}
        body |= _script(call)
    else:
        body["flux"] = _flux(call)
    body |= call.org()
    _show(call, call.json("", "PostTasks", json=body))


@command("task list")
def list_(call: Call) -> None:
    """Print one task, or those that the filters select."""
    limit = call.flags.number("limit")
    if call.flags.text("id"):
        found = [call.json("", "GetTasksID", path={"taskID": call.flags.text("id")})]
    elif limit < 1:
        raise Failed(f"must specify a positive limit, not {limit}")
    else:
        query = {**call.org(), "user": call.flags.text("user-id"), "scriptID": call.flags.text("script-id")}
        found = _pages(call, query, limit)
    if call.wants_json:
        call.print_json(found)
    else:
        call.table(HEADINGS, _rows(found))


def _pages(call: Call, query: Mapping[str, object], limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: object = None
    while len(found) < limit:
        size = min(limit - len(found), PAGE)
        page = call.json("", "GetTasks", query={**query, "limit": size, "after": after})["tasks"]
        found += page
        if len(page) < size:
            break
        after = page[-1]["id"]
    return found


@command("task update")
def update(call: Call) -> None:
    """Change status or script."""
    body: dict[str, object] = {}
    if call.flags.text("status"):
        body["status"] = call.flags.text("status")
    if call.flags.text("file") or call.arguments:
        body["flux"] = _flux(call)
    body |= _script(call)
    _show(call, call.json("", "PatchTasksID", path={"taskID": call.flags.text("id")}, json=body))


@command("task delete")
def delete(call: Call) -> None:
    """Delete a task."""
    path = {"taskID": call.flags.text("id")}
    task = call.json("while finding task", "GetTasksID", path=path)
    call.api("while deleting task", "DeleteTasksID", path=path)
    _show(call, task)


def _flux(call: Call) -> str:
    """The script: of `--file`, of the argument, or of standard input for `-` and for nothing."""
    path = call.flags.text("file")
    if path and call.arguments:
        raise Failed("task can be specified as a CLI arg or passed in a file via flag, not both")
    if path:
        return call.read_file(path)
    if len(call.arguments) > 1:
        raise Failed(f'unknown command "{call.arguments[1]}" for "{call.command.words.split()[-1]}"')
    return call.arguments[0] if call.arguments and call.arguments[0] != "-" else call.read_stdin()


def _script(call: Call) -> dict[str, object]:
    body: dict[str, object] = {}
    if call.flags.text("script-id"):
        body["scriptID"] = call.flags.text("script-id")
    if call.flags.text("script-params"):
        import json

        try:
            body["scriptParameters"] = json.loads(call.flags.text("script-params"))
        except ValueError as error:
            raise Failed(f"--script-params is not JSON: {error}") from None
    return body


def _rows(tasks: Iterable[Mapping[str, Any]]) -> list[Sequence[object]]:
    keys = ("id", "name", "orgID", "org", "status", "every", "cron", "scriptID")
    return [[task.get(key, "") for key in keys] for task in tasks]


def _show(call: Call, task: Mapping[str, Any]) -> None:
    if call.wants_json:
        call.print_json(task)
    else:
        call.table(HEADINGS, _rows([task]))


@command("task run list")
def list_runs(call: Call) -> None:
    """Print one run of a task, or those that the filters select."""
    path = {"taskID": call.flags.text("task-id")}
    if call.flags.text("run-id"):
        found = [call.json("", "GetTasksIDRunsID", path={**path, "runID": call.flags.text("run-id")})]
    else:
        query = _window(call) | {"limit": call.flags.number("limit")}
        found = call.json("", "GetTasksIDRuns", path=path, query=query)["runs"]
    if call.wants_json:
        call.print_json([_known(run) for run in found])
        return
    keys = ("id", "taskID", "status", "scheduledFor", "startedAt", "finishedAt", "requestedAt")
    call.table(RUN, [[run.get(key, "") for key in keys] for run in found])


def _known(run: Mapping[str, Any]) -> dict[str, Any]:
    """A run without the link that influx 2.8 does not know."""
    links = {key: link for key, link in run.get("links", {}).items() if key != "logs"}
    return {**run, "links": links} if links else dict(run)


@command("task run retry")
def retry_run(call: Call) -> None:
    """Run a run again."""
    _retry(call, call.flags.text("task-id"), call.flags.text("run-id"))


def _retry(call: Call, task: str, run: str) -> None:
    made = call.json("", "PostTasksIDRunsIDRetry", path={"taskID": task, "runID": run}, json={})
    call.print(f"Retry for task {task}'s run {run} queued as run {made['id']}.\n")


@command("task log list")
def list_logs(call: Call) -> None:
    """Print the log of a task, or of one run."""
    path = {"taskID": call.flags.text("task-id")}
    if call.flags.text("run-id"):
        path["runID"] = call.flags.text("run-id")
        found = call.json("", "GetTasksIDRunsIDLogs", path=path).get("events")
    else:
        found = call.json("", "GetTasksIDLogs", path=path).get("events")
    if call.wants_json:
        call.print_json(found or None)
        return
    rows = [(event.get("runID", ""), event.get("time", ""), event.get("message", "")) for event in found or ()]
    call.table(("RunID", "Time", "Message"), rows)


@command("task retry-failed")
def retry_failed(call: Call) -> None:
    """Run the failed runs of a task, or of all tasks, again; with `--dry-run` say how many there are."""
    window = _window(call)
    if call.flags.text("id"):
        tasks = [call.flags.text("id")]
    else:
        tasks = [str(task["id"]) for task in _pages(call, call.org(), call.flags.number("task-limit"))]
    query = window | {"limit": call.flags.number("run-limit")}
    total = 0
    for task in tasks:
        runs = call.json("", "GetTasksIDRuns", path={"taskID": task}, query=query)["runs"]
        failed = [str(run["id"]) for run in runs if run["status"] == "failed"]
        total += len(failed)
        for run in failed:
            if call.flags.switch("dry-run"):
                call.print(f"Would retry for {run} run for Task {task}.\n")
            else:
                _retry(call, task, run)
    if call.flags.switch("dry-run"):
        call.print(f"Dry run complete. Found {len(tasks)} tasks with a total of {total} runs to be retried\n")
        call.print("Rerun without '--dry-run' to execute\n")


def _window(call: Call) -> dict[str, object]:
    """`--after` and `--before` as a query."""
    found: dict[str, object] = {}
    for flag, name in (("after", "afterTime"), ("before", "beforeTime")):
        given = call.flags.text(flag)
        if given:
            try:
                clock.check(given, clock.RFC3339)
            except ValueError as error:
                raise Failed(str(error)) from None
            found[name] = given
    return found
