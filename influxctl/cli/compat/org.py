"""`org`: organizations, and their members and owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command

HEADINGS = ("ID", "Name")


@command("org create")
def create(call: Call) -> None:
    """Make an organization."""
    name = call.flags.text("name")
    body = {"name": name}
    if call.flags.text("description"):
        body["description"] = call.flags.text("description")
    _show(call, call.json(f'failed to create org "{name}"', "PostOrgs", json=body))


@command("org list")
def list_(call: Call) -> None:
    """Print the organizations that name or ID select."""
    query = {"org": call.flags.text("name"), "orgID": call.flags.text("id")}
    found = call.json("failed to list orgs", "GetOrgs", query=query)["orgs"]
    if call.wants_json:
        call.print_json([_known(org) for org in found])
    else:
        call.table(HEADINGS, [(org["id"], org["name"]) for org in found])


@command("org update")
def update(call: Call) -> None:
    """Change name or description. A name from the environment is not a wish to rename."""
    id = call.flags.text("id")
    body = {key: call.flags.text(key) for key in ("name", "description") if key in call.flags.given}
    if call.flags.is_set("description"):
        body["description"] = call.flags.text("description")
    _show(call, call.json(f'failed to update org "{id}"', "PatchOrgsID", path={"orgID": id}, json=body))


@command("org delete")
def delete(call: Call) -> None:
    """Delete an organization; the ID must be on the command line."""
    if "id" not in call.flags.given:
        raise Failed("the organization to delete must be given with --id; INFLUX_ORG_ID alone does not delete one")
    id = call.flags.text("id")
    org = call.json(f'org "{id}" not found', "GetOrgsID", path={"orgID": id})
    call.api(f'failed to delete org "{id}"', "DeleteOrgsID", path={"orgID": id})
    _show(call, org, deleted=True)


def _known(org: Mapping[str, Any]) -> dict[str, Any]:
    """An organization without the link that influx 2.8 does not know."""
    links = {key: link for key, link in org.get("links", {}).items() if key != "logs"}
    return {**org, "links": links} if links else dict(org)


def _show(call: Call, org: Mapping[str, Any], *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json(_known(org))
    elif deleted:
        call.table((*HEADINGS, "Deleted"), [(org["id"], org["name"], True)])
    else:
        call.table(HEADINGS, [(org["id"], org["name"])])


@command("org members add")
def add_member(call: Call) -> None:
    """Make a user member or owner."""
    org, member = _org(call), call.flags.text("member")
    role, operation = (
        ("an owner", "PostOrgsIDOwners") if call.flags.switch("owner") else ("a member", "PostOrgsIDMembers")
    )
    failing = f'failed to add user "{member}" as {role} of org "{org}"'
    call.api(failing, operation, path={"orgID": org}, json={"id": member})
    call.print(f'user "{member}" has been added as {role} of org "{org}"\n')


@command("org members list")
def list_members(call: Call) -> None:
    """Print owners and members."""
    org = _org(call)
    owners = call.json("failed to list owners", "GetOrgsIDOwners", path={"orgID": org})["users"]
    members = call.json("failed to list members", "GetOrgsIDMembers", path={"orgID": org})["users"]
    found = [*owners, *members]
    if call.wants_json:
        call.print_json(found)
    else:
        rows = [(user["id"], user["name"], user["role"], user.get("status", "")) for user in found]
        call.table((*HEADINGS, "User Type", "Status"), rows)


@command("org members remove")
def remove_member(call: Call) -> None:
    """Take a user out: as a member, and as an owner."""
    org, member = _org(call), call.flags.text("member")
    failing = f'failed to remove user "{member}" from org "{org}"'
    for operation in ("DeleteOrgsIDMembersID", "DeleteOrgsIDOwnersID"):
        call.api(failing, operation, path={"orgID": org, "userID": member})
    call.print(f'user "{member}" has been removed from org "{org}"\n')


def _org(call: Call) -> str:
    """The organization: by `--id`, by `--name`, or that of the configuration."""
    if call.flags.text("id"):
        return call.flags.text("id")
    name = call.flags.text("name") or call.config.org
    if not name:
        raise Failed("must specify org ID or org name")
    return call.find_org(name)
