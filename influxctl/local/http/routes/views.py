"""How stored resources are shown: field order, links, labels."""

from __future__ import annotations

from influxctl.local.store.resources import Doc


def user_view(user: Doc) -> Doc:
    """A user."""
    return {"links": {"self": f"/api/v2/users/{user['id']}"}, **user}


def org_view(org: Doc) -> Doc:
    """An organization; names stand in its links as they are."""
    base, name = f"/api/v2/orgs/{org['id']}", org["name"]
    links = {
        "buckets": f"/api/v2/buckets?org={name}",
        "dashboards": f"/api/v2/dashboards?org={name}",
        **{part: f"{base}/{part}" for part in ("labels", "logs", "members", "owners", "secrets")},
        "self": base,
        "tasks": f"/api/v2/tasks?org={name}",
    }
    return {"links": links, **org}


def bucket_view(bucket: Doc, labels: list[Doc]) -> Doc:
    """A bucket with its labels."""
    id, org_id = bucket["id"], bucket["orgID"]
    base = f"/api/v2/buckets/{id}"
    links = {
        "labels": f"{base}/labels",
        "members": f"{base}/members",
        "org": f"/api/v2/orgs/{org_id}",
        "owners": f"{base}/owners",
        "self": base,
        "write": f"/api/v2/write?org={org_id}&bucket={id}",
    }
    order = (
        "id",
        "orgID",
        "type",
        "schemaType",
        "description",
        "name",
        "rp",
        "retentionRules",
        "createdAt",
        "updatedAt",
    )
    shown = {key: bucket[key] for key in order if key in bucket and (bucket[key] or key not in ("description", "rp"))}
    return {**shown, "links": links, "labels": labels}


def authorization_view(authorization: Doc, token: str = "") -> Doc:
    """An authorization; the token is only known when it is made."""
    id, user_id = authorization["id"], authorization["userID"]
    order = ("status", "description", "orgID", "org", "userID", "user", "permissions")
    return {
        "id": id,
        "token": token,
        **{key: authorization[key] for key in order if key in authorization},
        "links": {"self": f"/api/v2/authorizations/{id}", "user": f"/api/v2/users/{user_id}"},
        "createdAt": authorization["createdAt"],
        "updatedAt": authorization["updatedAt"],
    }
