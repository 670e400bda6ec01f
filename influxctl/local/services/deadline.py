"""When a query is given up: after a time, or when nobody waits for its answer any more."""

from __future__ import annotations

import time
from collections.abc import Callable

from influxctl.core.errors import Unavailable

_LOOK_SECONDS = 0.2  # how often to look whether the client is still there


def deadline(seconds: float, alive: Callable[[], bool] | None) -> Callable[[], None]:
    """A check that raises `Unavailable` (503) when a run takes longer than `seconds`, or when the client is not `alive`; runs call it
    between blocks, and within what takes long."""
    started = looked = time.monotonic()

    def check() -> None:
        nonlocal looked
        now = time.monotonic()
        if now > started + seconds:
            raise Unavailable(f"the query ran longer than {seconds:g} s")
        if alive is not None and now > looked + _LOOK_SECONDS:
            looked = now
            if not alive():
                raise Unavailable("the client has gone away, or the server is shutting down")

    return check
