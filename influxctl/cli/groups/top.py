"""`influxctl top`: what a server is doing: requests by route, values written, tasks."""

from __future__ import annotations

import time
from typing import Annotated, Any

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.core.errors import InfluxctlError
from influxctl.core.metrics import read_metrics
from influxctl.output.columns import Column

ROUTES = (
    Column("Method", "method"),
    Column("Route", "route"),
    Column("Requests/s", "rate"),
    Column("Mean ms", "ms"),
    Column("Errors/s", "errors"),
    Column("Total", "total"),
)
TASKS = (
    Column("Task", "name"),
    Column("Status", "status", kind="status"),
    Column("Last run", "lastRunStatus", kind="status"),
    Column("Latest completed", "latestCompleted", kind="time"),
    Column("Every", "every"),
)
Sample = list[tuple[str, dict[str, str], float]]  # name, labels, value
_REQUESTS, _SECONDS = "http_api_requests_total", "http_api_request_duration_seconds_sum"


def top(
    ctx: Context,
    interval: Annotated[float, Option("--interval", min=0.1, metavar="SECONDS", help="How long to look.")] = 2.0,
    limit: Annotated[int, Option("--limit", min=1, metavar="N", help="At most so many routes and tasks.")] = 15,
) -> None:
    """Show what a server is doing: requests by route with rates and times, values written, tasks. --watch 2s repeats it."""
    before, begin = _sample(ctx), time.monotonic()
    ctx.pause(interval)
    after, seconds = _sample(ctx), max(time.monotonic() - begin, 1e-3)
    rows = routes(before, after, seconds)[:limit]
    if ctx.flags.get("output") or ctx.flags.get("select") or ctx.flags.get("fields"):
        ctx.show(rows, ROUTES)
        return
    total = sum(row["rate"] for row in rows)
    written = _delta(before, after, "storage_bucket_values_num").get((), 0.0) / seconds
    stored = summed(after, "storage_bucket_values_num").get((), 0.0)
    up = summed(after, "influxdb_uptime_seconds").get((), 0.0)
    ctx.stdout.write(
        f"up {up / 3600:.1f} h   {total:.1f} requests/s   {written:,.0f} values/s written   {stored:,.0f} values stored\n\n"
    )
    ctx.show(rows, ROUTES)
    tasks = _tasks(ctx, limit)
    if tasks:
        ctx.stdout.write("\n")
        ctx.show(tasks, TASKS)


def _sample(ctx: Context) -> Sample:
    return sample(ctx.call("GetMetrics").text)


def sample(text: str) -> Sample:
    """What a server's metrics say at a moment."""
    return [(name, labels, value) for name, labels, value, _ in read_metrics(text)]


def summed(metrics: Sample, name: str, *by: str) -> dict[tuple[str, ...], float]:
    """Samples of one name added up by some of their labels."""
    found: dict[tuple[str, ...], float] = {}
    for one, labels, value in metrics:
        if one == name:
            key = tuple(labels.get(label, "") for label in by)
            found[key] = found.get(key, 0.0) + value
    return found


def _delta(before: Sample, after: Sample, name: str, *by: str) -> dict[tuple[str, ...], float]:
    old = summed(before, name, *by)
    return {key: max(0.0, value - old.get(key, 0.0)) for key, value in summed(after, name, *by).items()}


def routes(before: Sample, after: Sample, seconds: float) -> list[dict[str, Any]]:
    """Requests between two samples by method and path, the most frequent first; what was asked before follows with a rate of 0."""
    totals = summed(after, _REQUESTS, "method", "path")
    counts, spent = (_delta(before, after, name, "method", "path") for name in (_REQUESTS, _SECONDS))
    all_spent = summed(after, _SECONDS, "method", "path")
    failed: dict[tuple[str, ...], float] = {}
    for (method, path, status), count in _delta(before, after, _REQUESTS, "method", "path", "status").items():
        if status[:1] in ("4", "5"):
            failed[method, path] = failed.get((method, path), 0.0) + count
    rows = []
    for key, total in totals.items():
        count = counts.get(key, 0.0)
        mean = spent.get(key, 0.0) / count if count else all_spent.get(key, 0.0) / total if total else 0.0
        rows.append({
            "method": key[0], "route": key[1], "rate": round(count / seconds, 2), "ms": round(mean * 1000, 2),
            "errors": round(failed.get(key, 0.0) / seconds, 2), "total": int(total)})  # fmt: skip
    return sorted(rows, key=lambda row: (-row["rate"], -row["total"], row["route"]))


def _tasks(ctx: Context, limit: int) -> list[dict[str, Any]]:
    """The tasks that ran last."""
    from influxctl.cli.lookup import every

    try:
        found = [dict(one) for one in every(ctx, "task")]
    except InfluxctlError as error:
        ctx.note(f"The tasks cannot be shown: {error.message}.")
        return []
    return sorted(found, key=lambda one: str(one.get("latestCompleted") or ""), reverse=True)[:limit]


command = command_of(top, "top", ["GetMetrics", "GetTasks"])
