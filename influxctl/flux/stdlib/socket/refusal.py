"""socket: refused when the query starts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from influxctl.core.errors import InternalError, Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.tables import Stream

_SCHEMES = ("tcp", "unix", "udp")


@builtin("socket", "from")
@no_nulls
def from_(url: str, decoder: str = "csv") -> Stream:
    """A stream that cannot start; `Invalid` at once for a scheme or decoder that is unknown."""
    if urlsplit(url).scheme not in _SCHEMES:
        raise Invalid(f"unknown scheme for socket: {url}")
    if decoder not in ("csv", "line"):
        raise Invalid(f"unknown decoder type: {decoder}")

    def refuse() -> list[Any]:
        raise InternalError(
            f"failed to initialize execute state: error in creating socket source: dial {url}: sockets are not opened here"
        )

    return Stream("socket", refuse, (), {"prepare": refuse, "plain_errors": True})
