"""`--watch`: a command that only reads, again and again until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from influxctl.cli.durations import span
from influxctl.core.errors import UsageError

if TYPE_CHECKING:
    from influxctl.cli.context import Context

LEAST = 0.1  # seconds
_QUERIES = frozenset({"PostQuery", "PostQueryV1"})
CLEAR = "\x1b[H\x1b[2J"


def watch(ctx: Context, interval: str, operations: Sequence[str], run: Callable[[], Any]) -> Any:
    """Run a command every so often; Ctrl-C is the end, and a good one. On a terminal each run has the screen to itself."""
    seconds = _seconds(interval)
    from influxctl.contract.operations import OPERATIONS

    if not operations or any(
        OPERATIONS[name].method not in ("GET", "HEAD") and name not in _QUERIES for name in operations
    ):
        raise UsageError("--watch is for commands that only read")
    result = None
    try:
        while True:
            if ctx.stdout.isatty():
                ctx.stdout.write(f"{CLEAR}Every {seconds:g} s: influxctl {' '.join(ctx.args)}\n\n")
            result = run()
            ctx.stdout.flush()
            ctx.pause(seconds)
            ctx.forget_time()
    except KeyboardInterrupt:
        return result


def _seconds(text: str) -> float:
    seconds = span(text, "--watch")
    if seconds < LEAST:
        raise UsageError(f"--watch {text!r} is too often", hint=f"the least is {LEAST:g} s")
    return seconds
