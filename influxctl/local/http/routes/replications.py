"""/api/v2/remotes and /api/v2/replications. An empty list is null, as the reference answers it."""

from __future__ import annotations

from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.store.resources import Doc

_REMOTE = {
    **dict.fromkeys(("name", "description", "remoteURL", "remoteAPIToken"), str),
    "orgID": OPTIONAL_ID,
    "remoteOrgID": OPTIONAL_ID,
    "allowInsecureTLS": bool,
}
_REPLICATION = {
    **dict.fromkeys(("name", "description", "remoteBucketName"), str),
    **dict.fromkeys(("orgID", "remoteID", "localBucketID", "remoteBucketID"), OPTIONAL_ID),
    "maxQueueSizeBytes": int,
    "maxAgeSeconds": int,
    "dropNonRetryableData": bool,
}


def _remote(doc: Doc) -> Doc:
    """The token is never shown."""
    order = ("id", "orgID", "name", "description", "remoteURL", "remoteOrgID", "allowInsecureTLS")
    return {key: doc[key] for key in order if key in doc}


def _replication(request: Request, doc: Doc) -> Doc:
    """With its queue and what the remote said last."""
    return {**doc, **request.services.replications.figures(doc["id"])}


@handles("GetRemoteConnections")
def find_remotes(request: Request) -> Response:
    """The remote connections of an organization."""
    found = request.services.replications.find_remotes(
        request.actor, request.id_arg("orgID"), name=request.arg("name"), remoteURL=request.arg("remoteURL")
    )
    return answer({"remotes": [_remote(doc) for doc in found] or None})


@handles("PostRemoteConnection")
def create_remote(request: Request) -> Response:
    """A new remote connection."""
    return answer(_remote(request.services.replications.create_remote(request.actor, request.json(_REMOTE))), 201)


@handles("GetRemoteConnectionByID")
def get_remote(request: Request) -> Response:
    """One remote connection."""
    return answer(_remote(request.services.replications.get_remote(request.actor, request.id("remoteID"))))


@handles("PatchRemoteConnectionByID")
def update_remote(request: Request) -> Response:
    """Change what is given."""
    id = request.id("remoteID")
    return answer(_remote(request.services.replications.update_remote(request.actor, id, request.json(_REMOTE))))


@handles("DeleteRemoteConnectionByID")
def delete_remote(request: Request) -> Response:
    """Remove a remote connection."""
    request.services.replications.delete_remote(request.actor, request.id("remoteID"))
    return no_content()


@handles("GetReplications")
def find_replications(request: Request) -> Response:
    """The replications of an organization."""
    found = request.services.replications.find_replications(
        request.actor,
        request.id_arg("orgID"),
        name=request.arg("name"),
        remoteID=request.id_arg("remoteID"),
        localBucketID=request.id_arg("localBucketID"),
    )
    return answer({"replications": [_replication(request, doc) for doc in found] or None})


@handles("PostReplication")
def create_replication(request: Request) -> Response:
    """A new replication; `validate` checks it only."""
    fields = request.json(_REPLICATION)
    if request.flag("validate"):
        replications = request.services.replications
        replications.try_out(replications.check_new(request.actor, fields))
        return no_content()
    return answer(_replication(request, request.services.replications.create_replication(request.actor, fields)), 201)


@handles("GetReplicationByID")
def get_replication(request: Request) -> Response:
    """One replication."""
    return answer(
        _replication(request, request.services.replications.get_replication(request.actor, request.id("replicationID")))
    )


@handles("PatchReplicationByID")
def update_replication(request: Request) -> Response:
    """Change what is given; `validate` checks it only."""
    id, fields = request.id("replicationID"), request.json(_REPLICATION)
    if request.flag("validate"):
        replications = request.services.replications
        replications.try_out(replications.check_changed(request.actor, id, fields))
        return no_content()
    return answer(_replication(request, request.services.replications.update_replication(request.actor, id, fields)))


@handles("DeleteReplicationByID")
def delete_replication(request: Request) -> Response:
    """Remove a replication."""
    request.services.replications.delete_replication(request.actor, request.id("replicationID"))
    return no_content()


@handles("PostValidateReplicationByID")
def validate_replication(request: Request) -> Response:
    """Whether a stored replication still fits together and its remote takes writes."""
    replications = request.services.replications
    replications.try_out(replications.check_changed(request.actor, request.id("replicationID"), {}))
    return no_content()
