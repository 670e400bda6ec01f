"""/api/v2/write and /api/v2/delete."""

from __future__ import annotations

import re

from influxctl.core.errors import InfluxctlError, Invalid, TooLarge
from influxctl.core.times import MAX_TIME, MIN_TIME, parse_time
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, no_content
from influxctl.local.http.router import handles
from influxctl.local.services.delete_predicate import parse_predicate
from influxctl.local.services.limits import MAX_SENT, MAX_UNPACKED
from influxctl.local.services.write import PRECISIONS

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
_ARROW = "application/vnd.influx.arrow"


@handles("PostWrite")
def write_points(request: Request) -> Response:
    """Write line protocol. Everything about the target is checked before the body is read."""
    write = request.services.write
    precision = request.query.get("precision", [""])[0]
    bucket = write.target(request.actor, request.arg("org"), request.arg("orgID"), request.arg("bucket"))
    request.org_id = bucket["orgID"]
    if precision not in PRECISIONS:
        raise Invalid("invalid precision; valid precision units are ns, us, ms, and s")
    if request.media == _ARROW:
        raise InfluxctlError("this server takes line protocol, not Arrow", code="unsupported media type")
    limits = request.services.limits
    with limits.running(bucket["orgID"], "Write"):
        body = request.body(MAX_UNPACKED if limits.limits is not None else None)
        if limits.limits is not None and request.sent > MAX_SENT:
            raise TooLarge(f"a write may have {MAX_SENT} bytes as sent")
        limits.spend_write(bucket["orgID"], len(body))
        begun = write.begin_points(bucket, body, precision)
        if limits.limits is not None:  # it runs until it is done
            begun.finish()
            return no_content()
    return Response(204, after=begun)


@handles("PostDelete")
def delete_points(request: Request) -> Response:
    """Delete points of a range of times, narrowed by a predicate."""
    fields = request.json({"start": str, "stop": str, "predicate": str})
    start, stop = (_moment(fields, name) for name in ("start", "stop"))
    predicate = parse_predicate(fields.get("predicate", ""))
    bucket = request.services.write.delete_target(
        request.actor, request.arg("org"), request.arg("orgID"), request.arg("bucket"), request.arg("bucketID")
    )
    limits = request.services.limits
    limits.check_delete(bucket["orgID"])
    with limits.running(bucket["orgID"], "Delete"):
        request.services.write.delete_points(bucket, start, stop, predicate)
    return no_content()


def _moment(fields: dict[str, str], name: str) -> int:
    """A time with a zone, cut to what a point can have."""
    text = fields.get(name, "")
    if not _MOMENT.match(text):
        raise Invalid(f"{name} must be an RFC 3339 time with a zone, such as 2009-01-02T23:00:00Z")
    return min(max(parse_time(text), MIN_TIME), MAX_TIME)
