"""Runs of tasks: started by hand or by the schedule, done with the rights of the task's owner, logged, retried and cancelled."""

from __future__ import annotations

import functools
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from influxctl.core.errors import InfluxctlError, Invalid, NotFound, Unavailable
from influxctl.core.times import MAX_TIME, MIN_TIME, format_time, now_ns, parse_time
from influxctl.local.services.permissions import Actor
from influxctl.local.services.tasks import RESUMED
from influxctl.local.store.inbox import Inbox
from influxctl.local.store.resources import Doc
from influxctl.local.store.runs import UNFINISHED, TaskRuns
from influxctl.local.tasks.executor import Executor, Job
from influxctl.local.tasks.options import TaskOptions, task_options
from influxctl.local.tasks.scheduler import Scheduler

if TYPE_CHECKING:
    from influxctl.flux import ast
    from influxctl.local.services import Services

_SHOWN = 200  # characters of a script that a log quotes

_options = functools.lru_cache(maxsize=1024)(task_options)


class Runs:
    """The runs of all tasks."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.store = TaskRuns(services.db)
        self.executor = Executor(self._work)
        self.scheduler = Scheduler(self._scheduled_tasks, self._start)

    # Reading.

    def find_runs(
        self,
        actor: Actor,
        task_id: str,
        *,
        after: str | None = None,
        after_time: int | None = None,
        before_time: int | None = None,
        limit: int | None = None,
    ) -> list[Doc]:
        """The runs of a task."""
        self.services.tasks.get_task(actor, task_id)
        return self.store.find(task_id, after=after, after_time=after_time, before_time=before_time, limit=limit)

    def get_run(self, actor: Actor, task_id: str, id: str) -> Doc:
        """One run."""
        self.services.tasks.get_task(actor, task_id)
        return self.store.get(task_id, id)

    def logs(self, actor: Actor, task_id: str, run_id: str | None = None) -> list[Doc]:
        """What a run, or all runs of a task, logged."""
        runs = self.find_runs(actor, task_id) if run_id is None else [self.get_run(actor, task_id, run_id)]
        return [event for run in runs for event in run.get("log", [])]

    # By hand.

    def force_run(self, actor: Actor, task_id: str, scheduled_for: str | None) -> Doc:
        """A run that is queued now; `scheduled_for` is what `now()` gives in it."""
        task = self.services.tasks.writable(actor, task_id)
        if task["status"] != "active":
            raise Invalid("failed to force run: inactive task")
        now = now_ns() // 10**9 * 10**9
        moment = format_time(now if scheduled_for is None else check_time(scheduled_for))
        return self._queue(task, moment, requestedAt=format_time(now))

    def retry_run(self, actor: Actor, task_id: str, id: str) -> Doc:
        """A new run for the same time."""
        task = self.services.tasks.writable(actor, task_id)
        if task["status"] != "active":
            raise Invalid("failed to retry run: inactive task")
        old = self.store.get(task_id, id)
        return self._queue(task, old["scheduledFor"], requestedAt=format_time(now_ns() // 10**9 * 10**9))

    def cancel_run(self, actor: Actor, task_id: str, id: str) -> None:
        """Stop a run that waits or runs; `NotFound` when it is over."""
        self.services.tasks.writable(actor, task_id)
        run = self.store.get(task_id, id)
        if run["status"] not in UNFINISHED or not self.executor.cancel(task_id, id):
            raise NotFound("run not found")

    def cancel_queued(self, task_id: str) -> None:
        """Stop the runs of a task that wait: its script has changed."""
        self.executor.cancel(task_id, queued_only=True)

    def _queue(self, task: Doc, moment: str, **fields: str) -> Doc:
        run = self.store.add(task["id"], moment, **fields)
        self.executor.submit(Job(task["id"], run["id"], _options(task["flux"]).concurrency))
        return run

    # By the schedule.

    def start_schedule(self) -> None:
        """Run tasks in the background. What fell due while no server ran is passed over, as in the reference; queued runs are done."""
        for run in self.store.unfinished():
            if run["status"] == "scheduled":
                task = self.services.resources.peek("tasks", run["taskID"])
                if task is not None:
                    self.executor.submit(Job(task["id"], run["id"], _options(task["flux"]).concurrency))
            else:
                self._log(run, "the server stopped during this run")
                self.store.update({**run, "status": "failed", "finishedAt": format_time(now_ns())})
        now = format_time(now_ns() // 10**9 * 10**9)
        for task in self.services.resources.find("tasks"):
            if task["status"] == "active":
                self.services.resources.update("tasks", {**task, RESUMED: now})
        self.scheduler.run_in_background()

    def _scheduled_tasks(self) -> Iterator[tuple[Doc, TaskOptions]]:
        for task in self.services.resources.find("tasks"):
            if task["status"] == "active":
                try:
                    yield task, _options(task["flux"])
                except Invalid:  # stored by another version; it fails when it is run by hand, too
                    continue

    def _start(self, task: Doc, moment: int) -> None:
        with self.services.db.transaction():
            self._touch(task["id"], {"latestScheduled": format_time(moment)})
            run = self.store.add(task["id"], format_time(moment))
        self.executor.submit(Job(task["id"], run["id"], _options(task["flux"]).concurrency))

    def _touch(self, task_id: str, fields: Doc, later: dict[str, str] | None = None) -> None:
        """Change fields of a task, if it is still there; times in `later` only move forward."""
        with self.services.db.transaction():
            task = self.services.resources.peek("tasks", task_id)
            if task is None:
                return
            moved = {k: v for k, v in (later or {}).items() if k not in task or parse_time(v) > parse_time(task[k])}
            self.services.resources.update("tasks", {**task, **fields, **moved})

    # Doing.

    def _work(self, job: Job) -> None:
        """One run from its start to its end; whatever happens is in its log."""
        try:
            run = self.store.get(job.task_id, job.run_id)
            task = self.services.resources.get("tasks", job.task_id)
        except InfluxctlError:  # the task was deleted in the meantime
            return
        if job.cancelled.is_set():
            self._finish(task, run, "canceled", "the run was canceled before it began")
            return
        run |= {"status": "started", "startedAt": format_time(now_ns())}
        self._log(run, f"Started task from script: {json.dumps(task['flux'][:_SHOWN])}")
        self.store.update(run)
        started = time.monotonic()
        try:
            self._execute(task, run, job)
        except InfluxctlError as error:
            if job.cancelled.is_set():
                self._finish(task, run, "canceled", "the run was canceled")
                return
            self._log(run, f"{error.code}: {error.message}")
            self._log(run, f"The run ended after {time.monotonic() - started:.3f} s")
            self._finish(task, run, "failed", error.message)
        except Exception:
            sys.stderr.write(f"run {run['id']} of task {task['id']} failed:\n{traceback.format_exc()}")
            self._finish(task, run, "failed", "an internal error has occurred; the log of the server has the details")
        else:
            self._finish(task, run, "success", "")

    def _execute(self, task: Doc, run: Doc, job: Job) -> None:
        from influxctl.flux.run import run as run_script
        from influxctl.local.query.network import Catching, Network, Retrying

        actor = Actor(task["ownerID"], self.services.users.session_permissions(task["ownerID"]), "session")
        org = self.services.resources.get("orgs", task["orgID"])
        world = self.services.query.world(actor, org)
        http = Catching(Inbox(self.services.db)) if self.services.options.catch_notifications else Retrying(Network())
        world = replace(world, check=_watched(world.check, job), http=http)
        moment = parse_time(run["scheduledFor"])
        for result in run_script(task["flux"], world, now=moment, extern=_extern(task)):
            for _ in result.blocks:
                world.check()

    def _finish(self, task: Doc, run: Doc, status: str, message: str) -> None:
        now = format_time(now_ns())
        self._log(run, f"Completed({status})" + (f": {message}" if status == "canceled" else ""))
        run |= {"status": status, "finishedAt": now}
        self.store.update(run)
        fields: Doc = {"lastRunStatus": status, "lastRunError": message if status == "failed" else ""}
        latest = {"success": ("latestCompleted", "latestSuccess"), "failed": ("latestCompleted", "latestFailure")}
        moment: str = run["scheduledFor"]
        later: dict[str, str] = dict.fromkeys(latest.get(status, ()), moment)
        self._touch(task["id"], fields, later)
        try:
            self._record(task, run)
        except InfluxctlError as error:
            sys.stderr.write(f"run {run['id']} could not be recorded in _tasks: {error.message}\n")

    @staticmethod
    def _log(run: Doc, message: str) -> None:
        event = {"runID": run["id"], "time": format_time(now_ns()), "message": message}
        run["log"] = [*run.get("log", []), event]

    def _record(self, task: Doc, run: Doc) -> None:
        """The finished run as a point of the system bucket `_tasks`, shaped as the reference does."""
        bucket = self.services.resources.named("buckets", "_tasks", task["orgID"])
        if bucket is None:
            return
        values = {key: run.get(key, "") for key in ("scheduledFor", "startedAt", "finishedAt", "requestedAt")}
        values |= {"runID": run["id"], "name": task["name"], "logs": json.dumps(run.get("log", []))}
        fields = ",".join(f"{key}={_field(value)}" for key, value in values.items())
        line = f"runs,status={run['status']},taskID={task['id']} {fields} {parse_time(run['finishedAt'])}"
        self.services.write.write_points(bucket, line.encode(), "ns")

    def close(self) -> None:
        """Stop the schedule. Without one (a command in process) the queued runs are done first."""
        self.scheduler.close()
        self.executor.close(drain=not self.services.options.tasks)


def check_time(text: str) -> int:
    """An RFC 3339 time that points can have, in nanoseconds; `Invalid`."""
    moment = parse_time(text)
    if not MIN_TIME <= moment <= MAX_TIME:
        raise Invalid(f"{text!r} is out of the range of times in nanoseconds: 1677 to 2262")
    return moment


def _field(value: str) -> str:
    """A text field of line protocol."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _watched(check: Callable[[], None], job: Job) -> Callable[[], None]:
    def both() -> None:
        if job.cancelled.is_set():
            raise Unavailable("the run was canceled")
        check()

    return both


def _extern(task: Doc) -> ast.File | None:
    """What the server tells a script of its past: the time of the last successful run."""
    from influxctl.flux.parser import parse

    if "influxdata/influxdb/tasks" not in task["flux"] or not task.get("latestSuccess"):
        return None
    return parse(f'import "influxdata/influxdb/tasks"\noption tasks.lastSuccessTime = {task["latestSuccess"]}\n')
