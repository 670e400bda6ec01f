"""/api/v2/tasks."""

from __future__ import annotations

from urllib.parse import urlencode

from influxctl.core.times import MAX_TIME, MIN_TIME, parse_time
from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import MAX_JSON, Request
from influxctl.local.http.resource_routes import label_routes, member_routes
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.store.resources import Doc

_SHAPE = {
    "orgID": OPTIONAL_ID,
    **dict.fromkeys(("org", "flux", "status", "description", "name", "every", "cron", "offset"), str),
}
_LIST_LIMIT, _MOST = 100, 500
_TIMES = ("createdAt", "updatedAt")
_SHOWN_IF_SET = ("description", "every", "cron", "offset", "lastRunError")

label_routes("tasks", "taskID", "GetTasksIDLabels", "PostTasksIDLabels", "DeleteTasksIDLabelsID")
member_routes("tasks", "taskID", "Tasks", logs=True)


def task_view(request: Request, task: Doc, labels: list[Doc]) -> Doc:
    """A task with its labels and the name of its organization."""
    base = f"/api/v2/tasks/{task['id']}"
    links = {"self": base, **{part: f"{base}/{part}" for part in ("labels", "logs", "members", "owners", "runs")}}
    shown = {k: v for k, v in task.items() if not k.startswith("_") and (v or k not in _SHOWN_IF_SET)}
    return {"links": links, "labels": labels, "org": request.services.orgs.name_of(task["orgID"]), **shown}


def _basic(task: Doc) -> Doc:
    """A task in lists of `type=basic`: without script, times and the name of its organization."""
    return {key: "" if key in ("flux", "org") else value for key, value in task.items() if key not in _TIMES}


def _shown(request: Request, task: Doc, status: int = 200) -> Response:
    labels = request.services.resources.labels_of("tasks", task["id"])
    return answer(task_view(request, task, labels), status)


@handles("GetTasks")
def find_tasks(request: Request) -> Response:
    """The tasks that the caller may read, those of checks and rules aside."""
    services = request.services
    after, user, given_org = request.id_arg("after"), request.id_arg("user"), request.id_arg("orgID")
    limit = request.number("limit", _LIST_LIMIT, 1, _MOST)
    org_id = services.tasks.org_filter(given_org, request.arg("org"))
    found = services.tasks.find_tasks(
        request.actor,
        name=request.arg("name"),
        org_id=org_id,
        user_id=user,
        status=request.arg("status"),
        after=after,
    )[:limit]
    labels = services.resources.labels_of_all("tasks", [task["id"] for task in found])
    given = {"limit": limit, "org": request.arg("org"), "orgID": org_id, "user": user}

    def link(last: str | None) -> str:
        return (
            f"/api/v2/tasks?{urlencode(sorted((k, v) for k, v in {**given, 'after': last}.items() if v is not None))}"
        )

    links = {"self": link(after)}
    if len(found) == limit:
        links["next"] = link(found[-1]["id"])
    shown = [task_view(request, task, labels[task["id"]]) for task in found]
    if request.arg("type") == "basic":
        shown = [_basic(task) for task in shown]
    return answer({"links": links, "tasks": shown})


@handles("PostTasks")
def create_task(request: Request) -> Response:
    """A new task."""
    return _shown(request, request.services.tasks.create_task(request.actor, request.json(_SHAPE)), 201)


@handles("GetTasksID")
def get_task(request: Request) -> Response:
    """One task."""
    return _shown(request, request.services.tasks.get_task(request.actor, request.id("taskID")))


@handles("PatchTasksID")
def update_task(request: Request) -> Response:
    """Change what is given; runs that wait are cancelled (documented by the contract)."""
    id = request.id("taskID")
    task = request.services.tasks.update_task(request.actor, id, request.json(_SHAPE))
    request.services.runs.cancel_queued(id)
    return _shown(request, task)


@handles("DeleteTasksID")
def delete_task(request: Request) -> Response:
    """Remove a task."""
    request.services.tasks.delete_task(request.actor, request.id("taskID"))
    return no_content()


# Runs.


def _run_view(run: Doc) -> Doc:
    base = f"/api/v2/tasks/{run['taskID']}"
    own = f"{base}/runs/{run['id']}"
    return {"links": {"logs": f"{own}/logs", "retry": f"{own}/retry", "self": own, "task": base}, **run}


def _time(request: Request, name: str) -> int | None:
    text = request.arg(name)
    return None if text is None else max(MIN_TIME, min(MAX_TIME, parse_time(text)))


@handles("GetTasksIDRuns")
def find_runs(request: Request) -> Response:
    """The runs of a task."""
    id = request.id("taskID")
    found = request.services.runs.find_runs(
        request.actor,
        id,
        after=request.id_arg("after"),
        after_time=_time(request, "afterTime"),
        before_time=_time(request, "beforeTime"),
        limit=request.number("limit", _LIST_LIMIT, 1, _MOST),
    )
    links = {"self": f"/api/v2/tasks/{id}/runs", "task": f"/api/v2/tasks/{id}"}
    return answer({"links": links, "runs": [_run_view(run) for run in found]})


@handles("PostTasksIDRuns")
def force_run(request: Request) -> Response:
    """A run by hand; the body may be missing."""
    id = request.id("taskID")
    data = request.body(MAX_JSON)
    fields = request.decoded(data, {"scheduledFor": str}) if data.strip() else {}
    return answer(_run_view(request.services.runs.force_run(request.actor, id, fields.get("scheduledFor"))), 201)


@handles("GetTasksIDRunsID")
def get_run(request: Request) -> Response:
    """One run."""
    return answer(_run_view(request.services.runs.get_run(request.actor, request.id("taskID"), request.id("runID"))))


@handles("DeleteTasksIDRunsID")
def cancel_run(request: Request) -> Response:
    """Stop a run."""
    request.services.runs.cancel_run(request.actor, request.id("taskID"), request.id("runID"))
    return no_content()


@handles("PostTasksIDRunsIDRetry")
def retry_run(request: Request) -> Response:
    """Do a run once more."""
    return answer(_run_view(request.services.runs.retry_run(request.actor, request.id("taskID"), request.id("runID"))))


@handles("GetTasksIDLogs")
def find_task_logs(request: Request) -> Response:
    """What all runs of a task logged."""
    return answer({"events": request.services.runs.logs(request.actor, request.id("taskID")) or None})


@handles("GetTasksIDRunsIDLogs")
def find_run_logs(request: Request) -> Response:
    """What a run logged."""
    events = request.services.runs.logs(request.actor, request.id("taskID"), request.id("runID"))
    return answer({"events": events or None})
