"""Names to IDs: `find(ctx, kind, text)` takes either and answers the ID."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from influxctl.core.errors import NotFound, UsageError
from influxctl.core.ids import is_id

if TYPE_CHECKING:
    from influxctl.cli.context import Context


class Kind(NamedTuple):
    """How a kind of resource is found by name: the list operation, the query argument that filters (or ''), the
    fields.
    """

    noun: str
    operation: str
    filter: str = ""
    name: str = "name"
    id: str = "id"
    org: bool = True


KINDS: dict[str, Kind] = {
    "bucket": Kind("bucket", "GetBuckets", "name"),
    "org": Kind("organization", "GetOrgs", "org", org=False),
    "user": Kind("user", "GetUsers", org=False),
    "task": Kind("task", "GetTasks", "name"),
    "dashboard": Kind("dashboard", "GetDashboards"),
    "check": Kind("check", "GetChecks"),
    "notification-rule": Kind("notification rule", "GetNotificationRules"),
    "notification-endpoint": Kind("notification endpoint", "GetNotificationEndpoints"),
    "variable": Kind("variable", "GetVariables"),
    "label": Kind("label", "GetLabels"),
    "telegraf": Kind("Telegraf configuration", "GetTelegrafs"),
    "stack": Kind("stack", "ListStacks", "name"),
    "authorization": Kind("authorization", "GetAuthorizations", name="description"),
    "remote": Kind("remote", "GetRemoteConnections", "name"),
    "replication": Kind("replication", "GetReplications", "name"),
    "scraper": Kind("scraper", "GetScrapers", "name"),
    "source": Kind("source", "GetSources"),
    "v1 auth": Kind("v1 authorization", "GetLegacyAuthorizations", "token", name="token"),
    "document-template": Kind("template document", "GetDocumentsTemplates", name="meta.name"),
}


USERS_PAGE = 100  # the most that a server gives at once

# Operations that ask for an organization although the contract calls it optional (seen with InfluxDB 2.9.1).
NEEDS_ORG = frozenset({"GetDBRPs", "GetDBRPsID", "PatchDBRPID", "DeleteDBRPID"})


def find(ctx: Context, kind: str, text: str) -> str:
    """The ID of the resource of this kind that `text` names; an ID is taken as it is. NotFound, or UsageError if
    several match.
    """
    if is_id(text):
        return text
    if kind == "org":
        return find_org(ctx, text)
    found = list(named(ctx, kind, text))
    what = KINDS[kind]
    if not found:
        raise NotFound(f"no {what.noun} is called {text!r}", hint=f"'influxctl {kind} list' shows what there is")
    if len(found) > 1:
        ids = ", ".join(str(item[what.id]) for item in found)
        raise UsageError(f"{len(found)} {what.noun}s are called {text!r}", hint=f"give one of the IDs {ids}")
    return str(found[0][what.id])


def checked_id(text: str, option: str) -> str:
    """The ID that an option gives; a name there is a mistake that a server answers in words nobody understands."""
    if not is_id(text):
        raise UsageError(f"{option}: {text!r} is not an ID", hint="IDs have 16 digits, 0-9 and a-f")
    return text


def named(ctx: Context, kind: str, name: str) -> Iterator[Mapping[str, object]]:
    """The resources of a kind with exactly this name."""
    from influxctl.output.columns import lookup

    what = KINDS[kind]
    query: dict[str, object] = org_query(ctx, what.operation) if what.org else {}
    if what.filter:
        query[what.filter] = name
    yield from (item for item in _all(ctx, what.operation, query) if lookup(item, what.name) == name)


def every(ctx: Context, kind: str) -> Iterable[Mapping[str, object]]:
    """All resources of a kind."""
    what = KINDS[kind]
    return _all(ctx, what.operation, org_query(ctx, what.operation) if what.org else {})


def find_org(ctx: Context, org: str | None = None) -> str:
    """The ID of an organization; without a name that of the settings, or the only one that the token sees."""
    wanted = org or ctx.settings.org_id or ctx.settings.org or ctx.local_account.get("org")
    if wanted and is_id(wanted):
        return wanted
    if wanted not in ctx.orgs:
        ctx.orgs[wanted] = _look_up_org(ctx, wanted)
    return ctx.orgs[wanted]


def _look_up_org(ctx: Context, wanted: str | None) -> str:
    found = list(_all(ctx, "GetOrgs", {"org": wanted} if wanted else {}))
    if wanted:
        found = [item for item in found if item.get("name") == wanted]
        if not found:
            raise NotFound(
                f"no organization that the token may see is called {wanted!r}",
                hint="'influxctl org list' shows those it may; --org-id takes an ID",
            )
    elif len(found) != 1:
        raise UsageError(
            "no organization is given", hint="use --org, INFLUX_ORG or 'influxctl config set NAME --org ORG'"
        )
    return str(found[0]["id"])


def org_query(ctx: Context, operation: str) -> dict[str, object]:
    """The query arguments that name the organization, for an operation that takes them: its ID where one is known."""
    from influxctl.contract.operations import OPERATIONS

    names = {param.name: param for param in OPERATIONS[operation].query_params}
    wanted = ctx.settings.org_id or ctx.settings.org or ctx.local_account.get("org")
    needed = operation in NEEDS_ORG or any(names[n].required for n in ("org", "orgID") if n in names)
    if "orgID" in names and (needed or (wanted and (is_id(wanted) or "org" not in names))):
        return {"orgID": find_org(ctx)}
    if "org" in names and wanted:
        return {"org": wanted}
    return {}


def _all(ctx: Context, operation: str, query: Mapping[str, object]) -> Iterable[Mapping[str, object]]:
    from influxctl.client.paging import pages

    with ctx.lookups():
        return list(users(ctx) if operation == "GetUsers" else pages(ctx.client, operation, dict(query)))


def users(ctx: Context) -> Iterator[Mapping[str, object]]:
    """All users. InfluxDB OSS gives 20 unless asked for more, by arguments that the contract does not list for GetUsers."""
    from influxctl.client.paging import items_of

    offset, first = 0, None
    while True:
        page = items_of(ctx.call("GetUsers", query={"limit": USERS_PAGE, "offset": offset}).json())
        if not page or page[0] == first:  # the end, or a server without pages
            return
        yield from page
        if len(page) < USERS_PAGE:
            return
        offset, first = offset + len(page), page[0]
