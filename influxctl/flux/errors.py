"""Errors of Flux scripts: a place and a message each, and how the server joins several into one answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from influxctl.core.errors import Invalid

if TYPE_CHECKING:
    from influxctl.flux.source import SourceLocation


class FluxError(NamedTuple):
    """One thing wrong with a script, and where."""

    location: SourceLocation
    message: str

    def __str__(self) -> str:
        """`error @1:14-1:15: message`; without the position where there is none."""
        if not self.location.start.line:
            return f"error: {self.message}"
        return f"error @{self.location}: {self.message}"


class FluxErrors(Invalid):
    """A script that was refused before it ran: status 400. `errors` has each finding with its place.

    The message is the stage's prefix and all errors, joined by a blank line (seen on the reference server, 2.9.1).
    """

    def __init__(self, errors: Iterable[FluxError], prefix: str = "") -> None:
        self.errors = list(errors)
        super().__init__(prefix + "\n\n".join(str(error) for error in self.errors))
