"""How `write --offline` and `queue` find the queue of a profile, and how a write falls back on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from influxctl.core.errors import Conflict, Exit, InfluxctlError

if TYPE_CHECKING:
    from influxctl.cli.context import Context
    from influxctl.client.batch import Writer
    from influxctl.offline.outbox import Outbox, Spool


def state(ctx: Context) -> Path:
    """The folder of what commands remember."""
    from influxctl.config.paths import state_dir

    return state_dir(ctx.env)


def outbox(ctx: Context) -> Outbox:
    """The queue of the chosen profile, or of the address that was given instead of one."""
    from influxctl.offline.outbox import Outbox, parse_size

    return Outbox.of(state(ctx), name(ctx), parse_size(str(ctx.settings.get("queue_size"))))


def name(ctx: Context) -> str:
    """What the queue is called: lines for one server must not go to another."""
    settings = ctx.settings
    return settings.profile if settings.is_local or settings.origin("url").startswith("profile") else settings.url


class Fallback:
    """The writers of one call of `write` that may queue."""

    def __init__(self, ctx: Context, *, always: bool) -> None:
        from influxctl.client.transport import RetryPolicy
        from influxctl.offline.outbox import Spool

        self._ctx, self._box = ctx, outbox(ctx)
        if not always:
            ctx.client.write_retry = RetryPolicy(retries=1, base=0.2)  # waiting is what the queue is for
        self._spool: Spool = Spool(self._box, open=always or self._blocked())

    def writer(self, *arguments: Any, **named: Any) -> Writer:
        """A writer that falls back on the queue."""
        from influxctl.offline.outbox import QueueWriter

        made = QueueWriter(*arguments, **named)
        made.spool = self._spool
        return made

    def _blocked(self) -> bool:
        """Whether earlier batches still wait: they are delivered first if that is possible now."""
        from influxctl.client.batch import BatchOptions

        if not self._box.waits:
            return False
        try:
            done = self._box.deliver(self._ctx.client, self._ctx.org_id, BatchOptions())
        except Conflict:
            return True  # another process delivers just now
        except InfluxctlError as error:
            if error.exit in (Exit.UNREACHABLE, Exit.RATE_LIMITED):
                return True
            raise
        self._ctx.note(f"Delivered {done.written:,} lines that waited.")
        if done.rejected:
            self._ctx.note(f"{done.rejected} of them were refused: see {self._box.folder}.")
        return False

    def finish(self) -> None:
        """Say what was queued."""
        count = self._spool.queued
        if count:
            self._ctx.note(
                f"Queued {count:,} line{'s' * (count != 1)} for {name(self._ctx)}: 'influxctl queue push' delivers."
            )
