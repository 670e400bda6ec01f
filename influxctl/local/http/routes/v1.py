"""/query and /write of the v1 API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs

from influxctl.core.errors import Invalid
from influxctl.local.http.request import MAX_JSON, Request
from influxctl.local.http.response import Response
from influxctl.local.http.router import handles
from influxctl.local.services.deadline import deadline
from influxctl.local.services.influxql import PRECISIONS

_FORM = "application/x-www-form-urlencoded"
_INFLUXQL = "application/vnd.influxql"


def _form(request: Request) -> Mapping[str, str]:
    """The fields of a body that is a form."""
    if request.method in ("GET", "HEAD"):
        return {}
    if request.media == _FORM:
        text = request.body(MAX_JSON).decode("utf-8", "replace")
        return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
    if request.media == "multipart/form-data":
        head = f"Content-Type: {request.header('Content-Type')}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + request.body(MAX_JSON))
        found = {}
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            data = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(data, bytes):
                found[name] = data.decode("utf-8", "replace")
        return found
    return {}


def _text(request: Request, form: Mapping[str, str]) -> str:
    """The query: `q` of form or address, or a body of its own media type. A request that announces no body must have `q`."""
    text = (form.get("q") or request.arg("q") or "").strip()
    if text:
        return text
    if not request.media:
        raise Invalid("the request has no query: give it as q, or as a body of application/vnd.influxql")
    if request.media == _INFLUXQL:
        return request.body(MAX_JSON).decode("utf-8", "replace").strip()
    return ""


def _params(text: str | None) -> Mapping[str, object] | None:
    """The values of `$name`."""
    if not text:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("params is not JSON") from None
    if not isinstance(found, dict):
        raise Invalid("params must be a JSON object")
    return found


@handles("GetQueryV1", "PostQueryV1")
def run_query(request: Request) -> Response:
    """Run InfluxQL; the answer is JSON, CSV or MessagePack as Accept asks."""
    from influxctl.influxql.response import DEFAULT_CHUNK, Format, epoch_unit, media_type, write

    influxql = request.services.influxql
    form = _form(request)

    def arg(name: str) -> str:
        return form.get(name) or request.arg(name) or ""

    text = _text(request, form)
    media = media_type(request.header("Accept"))
    org_id = influxql.org_of(request.actor, request.arg("org"), request.arg("orgID"))
    request.org_id = org_id
    size = arg("chunk_size")
    chunk = int(size) if size.isdigit() and 0 < int(size) < 1 << 62 else DEFAULT_CHUNK
    shape = Format(media, epoch_unit(arg("epoch")), arg("pretty") == "true", chunk if arg("chunked") == "true" else 0)
    statements = influxql.parse(text, _params(arg("params")))
    check = deadline(request.services.options.query_seconds, request.environ.get("influxctl.alive"))
    pieces = write(influxql.run(request.actor, org_id, statements, arg("db"), arg("rp"), check), shape)
    return Response(200, pieces if shape.chunk else b"".join(pieces), media)


@handles("PostWriteV1")
def write_points(request: Request) -> Response:
    """Write line protocol to the bucket of a database and policy; `consistency` means nothing here."""
    influxql = request.services.influxql
    database = request.arg("db")
    if database is None:
        raise Invalid("the request names no database: give db")
    org_id = influxql.org_of(request.actor, request.arg("org"), request.arg("orgID"))
    bucket = influxql.write_target(request.actor, org_id, database, request.arg("rp") or "")
    request.org_id = bucket["orgID"]
    precision = PRECISIONS.get(request.arg("precision") or "", "ns")
    return Response(204, after=request.services.write.begin_points(bucket, request.body(), precision))
