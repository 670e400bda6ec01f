"""What `task test` and `check test` share: the options of a trial, and the verdict."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.core.errors import Exit, Invalid, UsageError
from influxctl.core.times import now_ns, parse_time

TrialFile = Annotated[str, Argument(metavar="FILE", help="The script (task) or the JSON of the API (check).")]
Points = Annotated[str | None, Option("--data", metavar="FILE", help="Points in line protocol, times in nanoseconds.")]
Now = Annotated[str | None, Option("--now", metavar="TIME", help="The time at which it runs, RFC 3339; default: now.")]
Expected = Annotated[str | None, Option("--expect", metavar="FILE", help="CSV that it should give.")]
TrialBucket = Annotated[
    str | None, Option("--bucket", "-b", metavar="BUCKET", help="Where the points are; default: the first one named.")
]


def read_points(ctx: Context, path: str | None) -> bytes:
    """The points of a trial."""
    return b"" if path is None else read_text(ctx, path).encode()


def moment_of(text: str | None) -> int:
    """The time of a trial in nanoseconds."""
    if text is None:
        return now_ns()
    try:
        return parse_time(text)
    except Invalid as error:
        raise UsageError(f"--now: {error.message}", hint=error.hint) from None


def judge(ctx: Context, result: str, expect: str | None) -> int | None:
    """Print the result, or how it differs from what is expected; the exit code."""
    from influxctl.offline.tasktest import differences

    if expect is None:
        ctx.stdout.write(result.replace("\r\n", "\n"))
        return None
    found = differences(result, read_text(ctx, expect))
    ctx.stdout.write("".join(f"{line}\n" for line in found))
    ctx.note("It gives what is expected." if not found else f"{len(found)} lines differ (- expected, + given).")
    return Exit.FAILED if found else None
