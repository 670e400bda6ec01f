"""`delete`: points of a bucket in a range of time, those that a predicate selects."""

from __future__ import annotations

from influxctl.cli.compat import clock
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command


@command("delete")
def delete(call: Call) -> None:
    """Delete points; nothing is printed."""
    query = call.org() | call.bucket()
    body: dict[str, str] = {}
    for name in ("start", "stop"):
        given = call.flags.text(name)
        try:
            clock.check(given, clock.RFC3339_NANO)
        except ValueError as error:
            raise Failed(f'{name} time "{given}" cannot be parsed as RFC3339Nano: {error}') from None
        body[name] = given
    if call.flags.text("predicate"):
        body["predicate"] = call.flags.text("predicate")
    call.api("failed to delete data", "PostDelete", query=query, json=body)
