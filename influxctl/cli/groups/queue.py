"""`influxctl queue`: what `write --offline` has queued, delivered, shown or dropped."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.core.errors import Exit, InfluxctlError, NotFound
from influxctl.output.columns import Column

COLUMNS = (
    Column("Profile", "profile"),
    Column("Bucket", "bucket"),
    Column("Batches", "batches"),
    Column("Lines", "lines"),
    Column("Bytes", "bytes"),
    Column("Oldest", "oldest", kind="time"),
)
Rate = Annotated[
    str | None, Option("--rate-limit", metavar="RATE", help="Send no faster, such as 5MB/5min or 100kB/s.")
]
BatchLines = Annotated[int, Option("--batch-lines", min=1, metavar="N", help="Lines in one request.")]

group = Group("queue", "Writes that wait on disk.", columns=COLUMNS)


@group.command("PostWrite")
def push(ctx: Context, rate_limit: Rate = None, batch_lines: BatchLines = 5000) -> None:
    """Deliver what waits for the profile, oldest first. What is delivered leaves the queue; exit 7 when lines were refused."""
    from influxctl.cli.writing import Report, near
    from influxctl.client.batch import BatchOptions, parse_rate
    from influxctl.client.transport import RetryPolicy
    from influxctl.offline.outbox import REFUSED

    box = outbox(ctx)
    rate = parse_rate(rate_limit) if rate_limit else None
    options = BatchOptions(lines=batch_lines, gzip=not near(ctx.client.base_url), rate=rate)
    ctx.client.write_retry = RetryPolicy(retries=3, base=0.3)  # what waits can wait for the next call
    report = Report(ctx, None)

    def reject(line: Any) -> None:
        report.row("queue", line.line, line.reason, line.text.decode("utf-8", "replace"))

    def progress(done: Any) -> None:
        ctx.progress(f"{done.written:,} lines delivered, {box.queue.waiting_bytes():,} bytes wait")

    try:
        done = box.deliver(ctx.client, ctx.org_id, options, reject, progress)
    except InfluxctlError as error:
        ctx.finish_line()
        if error.exit in (Exit.UNREACHABLE, Exit.RATE_LIMITED):
            error.hint = "nothing is lost: the same command goes on with what waits"
        raise
    ctx.finish_line()
    _tell_losses(ctx, box)
    ctx.note(f"Delivered {done.written:,} line{'s' * (done.written != 1)}." if done.batches else "Nothing waits.")
    if report.rejected:
        ctx.note(f"Refused lines are in {box.folder / REFUSED}.")
    report.finish(done.written, "delivered")


@group.command()
def status(ctx: Context) -> None:
    """Show what waits, for every profile."""
    from influxctl.cli.queueing import state
    from influxctl.core.times import format_time
    from influxctl.offline.outbox import outboxes

    rows = []
    for profile, box in outboxes(state(ctx)):
        rows += [{**row, "oldest": format_time(int(str(row["oldest"])))} for row in box.figures(profile)]
        _tell_losses(ctx, box)
    ctx.show(rows, COLUMNS)


@group.command()
def drop(ctx: Context) -> None:
    """Give up what waits for the profile."""
    from influxctl.cli.prompt import confirm

    box = outbox(ctx)
    if not box.waits:
        raise NotFound(f"nothing waits in {box.folder}", hint="'influxctl queue status' shows what there is")
    rows = list(box.figures(""))
    lines, size = (sum(int(str(row[key])) for row in rows) for key in ("lines", "bytes"))
    confirm(ctx, f"Drop {lines:,} line{'s' * (lines != 1)} ({size:,} bytes) of {box.folder}?", required=True)
    count = box.queue.drop()
    ctx.note(f"Dropped {count} batch{'es' * (count != 1)}.")


def outbox(ctx: Context) -> Any:
    """The queue of the chosen profile."""
    from influxctl.cli.queueing import outbox as of

    return of(ctx)


def _tell_losses(ctx: Context, box: Any) -> None:
    for loss in box.queue.losses:
        ctx.note(f"damaged: {loss}")
