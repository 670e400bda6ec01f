"""contrib/sranka/opsgenie: who is to be told."""

from __future__ import annotations

import json

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.values import Array

_KINDS = ("user", "team", "escalation", "schedule")


@builtin("contrib/sranka/opsgenie", "respondersToJSON")
@no_nulls
def responders_to_json(v: Array) -> str:
    """An array of objects: users by `username`, the others by `name`; `Invalid` without a kind in front."""
    made = []
    for responder in v:
        kind, colon, name = responder.partition(":")
        kind = "team" if kind == "teams" else kind
        if not colon or kind not in _KINDS:
            raise Invalid(
                f"unsupported responder {responder!r}: it must begin with user:, team:, escalation: or schedule:"
            )
        made.append({"type": kind, "username" if kind == "user" else "name": name})
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))
