"""Which function runs which command: modules register theirs with `@command("org list")`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from influxctl.cli.compat import table

if TYPE_CHECKING:
    from influxctl.cli.compat.call import Call

Handler = Callable[["Call"], None]
_HANDLERS: dict[str, Handler] = {}


def command(words: str) -> Callable[[Handler], Handler]:
    """Registers the function below as the one that runs a command of the table."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[words] = handler
        return handler

    return register


def handler(words: str) -> Handler:
    """The function that runs a command; its module is imported now."""
    if words not in _HANDLERS:
        entry = table.group(words.split()[0])
        assert entry is not None
        import_module(f"influxctl.cli.compat.{entry.module}")
    return _HANDLERS[words]
