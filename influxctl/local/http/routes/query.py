"""/api/v2/query with its tools: ast, analyze, suggestions."""

from __future__ import annotations

import json

from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.local.http.fields import decode
from influxctl.local.http.request import MAX_JSON, Request
from influxctl.local.http.response import Response, answer
from influxctl.local.http.router import handles

_DIALECT = {"header": bool, "delimiter": str, "annotations": [str], "commentPrefix": str, "dateTimeFormat": str}
_SHAPE = {
    "query": str,
    "type": str,
    "ast": dict,
    "extern": object,
    "params": dict,
    "now": str,
    "dialect": _DIALECT,
    "bucket": str,
    "db": str,
    "rp": str,
    "org": str,
}
_BAD = "failed to decode request body: "
_ARROW = "application/vnd.influx.arrow"
CSV = "text/csv; charset=utf-8"


@handles("PostQuery")
def run_query(request: Request) -> Response:
    """Run a script; the answer is streamed as CSV."""
    query = request.services.query
    if request.header("Accept").strip() == _ARROW:
        raise InfluxctlError("this server answers queries as CSV, not as Arrow", code="not acceptable", status=406)
    org = query.org_of(request.arg("org"), request.arg("orgID"))
    request.org_id = org["id"]
    if request.media == "application/vnd.flux":
        question = query.plain_question(_script(request))
    else:
        question = query.question(_fields(request))
    limits = request.services.limits
    limits.check_read(org["id"])
    with limits.running(org["id"], "Read"):
        pieces = query.run(request.actor, org, question, request.environ.get("influxctl.alive"))
    return Response(200, limits.metered(org["id"], pieces), CSV)


def _script(request: Request) -> str:
    try:
        return request.body(MAX_JSON).decode()
    except UnicodeDecodeError:
        raise Invalid(f"{_BAD}the script is not UTF-8") from None


def _fields(request: Request) -> dict[str, object]:
    try:
        fields: dict[str, object] = decode(request.json(), _SHAPE)
    except Invalid as error:
        hint = "if you send a raw Flux script, set 'Content-Type: application/vnd.flux'"
        raise Invalid(f"{_BAD}{error.message}; {hint}") from None
    return fields


@handles("PostQueryAst")
def parse_query(request: Request) -> Response:
    """The AST of a script."""
    return answer({"ast": request.services.query.parse(request.json({"query": str}).get("query", ""))})


@handles("PostQueryAnalyze")
def analyze_query(request: Request) -> Response:
    """The syntax errors of a script."""
    fields = request.json({"query": str, "type": str, "dialect": dict, "params": dict, "extern": object, "now": str})
    if fields.get("type", "flux") != "flux":
        raise Invalid(f"unknown query type {json.dumps(fields['type'])}: only flux can be analyzed")
    if "query" not in fields:
        raise Invalid("the request has no query to analyze")
    return answer({"errors": request.services.query.analyze(fields["query"])})


@handles("GetQuerySuggestions")
def find_suggestions(request: Request) -> Response:
    """All functions with the kinds of their parameters."""
    return answer({"funcs": request.services.query.suggestions()})


@handles("GetQuerySuggestionsName")
def get_suggestion(request: Request) -> Response:
    """One function."""
    return answer(request.services.query.suggestion(request.path["name"]))
