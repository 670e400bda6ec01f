"""Routes that are the same for many kinds: the labels, members and owners of a resource."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.core.ids import check_id
from influxctl.local.http.fields import ID
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.store.kinds import KINDS
from influxctl.local.store.resources import Doc


def label_answer(label: Doc, status: int = 200) -> Response:
    """One label."""
    return answer({"links": {"self": f"/api/v2/labels/{label['id']}"}, "label": label}, status)


def labels_answer(labels: list[Doc]) -> Response:
    """Several labels."""
    return answer({"links": {"self": "/api/v2/labels"}, "labels": labels})


def label_routes(kind: str, parameter: str, list_op: str, add_op: str, remove_op: str) -> None:
    """Register the handlers of `GET, POST /<kind>/{id}/labels` and `DELETE …/labels/{labelID}`."""
    if not KINDS[kind].labels:
        raise KeyError(f"{kind} have no labels")

    @handles(list_op)
    def find_labels(request: Request) -> Response:
        return labels_answer(request.services.labels.labels_on(request.actor, kind, request.id(parameter)))

    @handles(add_op)
    def add_label(request: Request) -> Response:
        id = request.id(parameter)
        label_id = request.json({"labelID": ID}).get("labelID")
        if label_id is None:
            raise Invalid("label id is required")
        return label_answer(request.services.labels.add_label(request.actor, kind, id, label_id), 201)

    @handles(remove_op)
    def remove_label(request: Request) -> Response:
        request.services.labels.remove_label(request.actor, kind, request.id(parameter), request.id("labelID"))
        return no_content()


def member_routes(kind: str, parameter: str, noun: str, *, logs: bool = False) -> None:
    """Register the handlers of `/<kind>/{id}/members[/{userID}]` and `…/owners[/{userID}]`.

    `noun` is the one in the operations' names (`GetBucketsIDMembers`: Buckets). `logs`: users carry a link to logs, as the older
    handlers of the reference answer.
    """
    if not KINDS[kind].members:
        raise KeyError(f"{kind} have no members")
    for role in ("member", "owner"):
        _role_routes(kind, parameter, noun, role, logs)


def _role_routes(kind: str, parameter: str, noun: str, role: str, logs: bool) -> None:
    plural = f"{role.capitalize()}s"

    def shown(user: Doc) -> Doc:
        links = {"logs": f"/api/v2/users/{user['id']}/logs"} if logs else {}
        return {"role": role, "links": {**links, "self": f"/api/v2/users/{user['id']}"}, **user}

    @handles(f"Get{noun}ID{plural}")
    def find(request: Request) -> Response:
        id = request.id(parameter)
        users = request.services.members.find_members(request.actor, kind, id, role)
        return answer({"links": {"self": f"/api/v2/{kind}/{id}/{role}s"}, "users": [shown(user) for user in users]})

    @handles(f"Post{noun}ID{plural}")
    def add(request: Request) -> Response:
        id = request.id(parameter)
        user_id = request.json({"id": str}).get("id")
        if user_id:
            check_id(user_id)
        return answer(shown(request.services.members.add_member(request.actor, kind, id, role, user_id)), 201)

    @handles(f"Delete{noun}ID{plural}ID")
    def remove(request: Request) -> Response:
        id, user_id = request.id(parameter), request.id("userID")
        request.services.members.remove_member(request.actor, kind, id, role, user_id)
        return no_content()
