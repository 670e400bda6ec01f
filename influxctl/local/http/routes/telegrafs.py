"""/api/v2/telegrafs and /api/v2/telegraf/plugins."""

from __future__ import annotations

from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.resource_routes import label_routes, member_routes
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.services.telegraf_plugins import find_plugins
from influxctl.local.store.resources import Doc

_CONTENT = {
    "name": str,
    "description": str,
    "config": str,
    "metadata": {"buckets": [str]},
    "agent": {"collectionInterval": int},
    "plugins": [{"type": str, "name": str, "comment": str, "config": dict}],
}
_SHAPE = {"orgID": OPTIONAL_ID, **_CONTENT}
_RAW = ("application/toml", "application/octet-stream")

label_routes("telegrafs", "telegrafID", "GetTelegrafsIDLabels", "PostTelegrafsIDLabels", "DeleteTelegrafsIDLabelsID")
member_routes("telegrafs", "telegrafID", "Telegrafs", logs=True)


def telegraf_view(telegraf: Doc, labels: list[Doc]) -> Doc:
    """A configuration with its labels."""
    base = f"/api/v2/telegrafs/{telegraf['id']}"
    links = {"self": base, **{part: f"{base}/{part}" for part in ("labels", "members", "owners")}}
    shown = {key: value for key, value in telegraf.items() if key != "config" or value}
    return {**shown, "labels": labels, "links": links}


def _shown(request: Request, telegraf: Doc, status: int = 200) -> Response:
    labels = request.services.resources.labels_of("telegrafs", telegraf["id"])
    return answer(telegraf_view(telegraf, labels), status)


@handles("GetTelegrafs")
def find_telegrafs(request: Request) -> Response:
    """The configurations that the caller may read; an unknown organization name filters nothing, as in the reference."""
    services = request.services
    org_id = request.id_arg("orgID")
    if org_id is None and (org := request.arg("org")):
        named = services.resources.named("orgs", org)
        org_id = named["id"] if named else None
    found = services.telegrafs.find_telegrafs(request.actor, org_id=org_id)
    labels = services.resources.labels_of_all("telegrafs", [telegraf["id"] for telegraf in found])
    return answer({"configurations": [telegraf_view(telegraf, labels[telegraf["id"]]) for telegraf in found]})


@handles("PostTelegrafs")
def create_telegraf(request: Request) -> Response:
    """A new configuration."""
    return _shown(request, request.services.telegrafs.create_telegraf(request.actor, request.json(_SHAPE)), 201)


@handles("GetTelegrafsID")
def get_telegraf(request: Request) -> Response:
    """One configuration: TOML unless JSON or bytes are asked for."""
    telegraf = request.services.telegrafs.get_telegraf(request.actor, request.id("telegrafID"))
    accepted = request.header("Accept").partition(",")[0].partition(";")[0].strip()
    if accepted == "application/json":
        return _shown(request, telegraf)
    media = accepted if accepted in _RAW else "application/toml"
    return Response(200, telegraf.get("config", "").encode(), f"{media}; charset=utf-8" if "toml" in media else media)


@handles("PutTelegrafsID")
def replace_telegraf(request: Request) -> Response:
    """Replace all but ID and organization."""
    id = request.id("telegrafID")
    return _shown(request, request.services.telegrafs.replace_telegraf(request.actor, id, request.json(_CONTENT)))


@handles("DeleteTelegrafsID")
def delete_telegraf(request: Request) -> Response:
    """Remove a configuration."""
    request.services.telegrafs.delete_telegraf(request.actor, request.id("telegrafID"))
    return no_content()


@handles("GetTelegrafPlugins")
def find_telegraf_plugins(request: Request) -> Response:
    """Plugins that configurations can name."""
    return answer(find_plugins(request.arg("type")))
