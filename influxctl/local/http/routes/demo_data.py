"""/api/v2/experimental/sampledata/buckets."""

from __future__ import annotations

from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.http.routes.views import bucket_view


@handles("GetDemoDataBuckets")
def find_buckets(request: Request) -> Response:
    """All demo buckets."""
    found = request.services.demo_data.find_buckets()
    links = {"self": "/api/v2/experimental/sampledata/buckets"}
    return answer({"links": links, "buckets": [bucket_view(bucket, []) for bucket in found]})


@handles("GetDemoDataBucketMembers")
def join(request: Request) -> Response:
    """Let the caller's organization read a demo bucket (a POST, whatever the operation's name says)."""
    request.services.demo_data.join(request.actor, request.id("bucketID"))
    return no_content()


@handles("DeleteDemoDataBucketMembers")
def leave(request: Request) -> Response:
    """The caller's organization reads it no longer."""
    request.services.demo_data.leave(request.actor, request.id("bucketID"))
    return no_content()
