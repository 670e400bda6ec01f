"""/api/v2/buckets with labels, members and owners."""

from __future__ import annotations

from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.resource_routes import label_routes, member_routes
from influxctl.local.http.response import Response, answer, no_content, page_links
from influxctl.local.http.router import handles
from influxctl.local.http.routes.views import bucket_view
from influxctl.local.onboard import follow_rename
from influxctl.local.store.resources import Doc

_RULE = {"type": str, "everySeconds": int, "shardGroupDurationSeconds": int}
_SHAPE = {
    "orgID": OPTIONAL_ID,
    "name": str,
    "description": str,
    "rp": str,
    "schemaType": str,
    "retentionRules": [_RULE],
}

label_routes("buckets", "bucketID", "GetBucketsIDLabels", "PostBucketsIDLabels", "DeleteBucketsIDLabelsID")
member_routes("buckets", "bucketID", "Buckets")


def _shown(request: Request, bucket: Doc, status: int = 200) -> Response:
    return answer(bucket_view(bucket, request.services.resources.labels_of("buckets", bucket["id"])), status)


@handles("GetBuckets")
def find_buckets(request: Request) -> Response:
    """The buckets that the caller may read."""
    page = request.page()
    services = request.services
    name, org, org_id = request.arg("name"), request.arg("org"), request.id_arg("orgID")
    found_org = services.orgs.resolve(name=org) if org and not org_id else None
    found = services.buckets.find_buckets(
        request.actor,
        id=request.id_arg("id"),
        name=name,
        org_id=org_id or (found_org["id"] if found_org else None),
        org_named=bool(org or org_id),
        after=page.after,
        descending=page.descending,
    )
    buckets = page.cut(found)
    labels = services.resources.labels_of_all("buckets", [bucket["id"] for bucket in buckets])
    given = {
        "after": page.after,
        "bucket": name,
        "descending": str(page.descending).lower(),
        "id": request.arg("id"),
        "org": org,
        "orgID": org_id,
    }
    links = page_links("/api/v2/buckets", given, page.limit, page.given_offset, len(buckets))
    return answer({"links": links, "buckets": [bucket_view(bucket, labels[bucket["id"]]) for bucket in buckets]})


@handles("PostBuckets")
def create_bucket(request: Request) -> Response:
    """A new bucket."""
    return _shown(request, request.services.buckets.create_bucket(request.actor, request.json(_SHAPE)), 201)


@handles("GetBucketsID")
def get_bucket(request: Request) -> Response:
    """One bucket."""
    return _shown(request, request.services.buckets.get_bucket(request.actor, request.id("bucketID")))


@handles("PatchBucketsID")
def update_bucket(request: Request) -> Response:
    """Change name, description or retention."""
    id = request.id("bucketID")
    before = request.services.resources.peek("buckets", id)
    made = request.services.buckets.update_bucket(request.actor, id, request.json(_SHAPE))
    org = request.services.resources.peek("orgs", made["orgID"])
    if before is not None and org is not None:
        follow_rename(request.services, "bucket", org["name"], before["name"], made["name"])
    return _shown(request, made)


@handles("DeleteBucketsID")
def delete_bucket(request: Request) -> Response:
    """Remove a bucket and its points."""
    request.services.buckets.delete_bucket(request.actor, request.id("bucketID"))
    return no_content()
