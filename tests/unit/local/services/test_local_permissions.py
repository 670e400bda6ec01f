"""What a permission covers."""

from __future__ import annotations

import pytest

from influxctl.core.errors import Unauthorized
from influxctl.local.services.permissions import OPERATOR, Actor, Permission, member_permissions, owner_permissions

A, B = "00000000000000aa", "00000000000000bb"
BUCKET = "0000000000000001"


@pytest.mark.parametrize(
    ("held", "action", "type", "org_id", "id", "allowed"),
    [
        (Permission("read", "buckets"), "read", "buckets", A, BUCKET, True),
        (Permission("read", "buckets"), "write", "buckets", A, BUCKET, False),
        (Permission("read", "buckets"), "read", "tasks", A, None, False),
        (Permission("read", "buckets", A), "read", "buckets", A, BUCKET, True),
        (Permission("read", "buckets", A), "read", "buckets", B, BUCKET, False),
        (Permission("read", "buckets", A), "read", "buckets", A, None, True),
        (Permission("read", "buckets", A, BUCKET), "read", "buckets", A, BUCKET, True),
        (Permission("read", "buckets", A, BUCKET), "read", "buckets", A, B, False),
        (Permission("write", "buckets", A, BUCKET), "write", "buckets", A, None, False),
        (Permission("read", "orgs", A), "read", "orgs", None, A, False),
        (Permission("read", "orgs", None, A), "read", "orgs", None, A, True),
        (Permission("read", "users", A), "read", "users", None, BUCKET, False),
    ],
)
def test_a_permission_covers(
    held: Permission, action: str, type: str, org_id: str | None, id: str | None, allowed: bool
) -> None:
    assert Actor("u", (held,)).may(action, type, org_id, id) is allowed  # type: ignore[arg-type]


def test_a_refusal_names_the_resource() -> None:
    with pytest.raises(Unauthorized, match=f"read:orgs/{A}/buckets/{BUCKET} is unauthorized"):
        Actor("u", ()).check("read", "buckets", A, BUCKET)


def test_an_inactive_token_may_nothing_and_says_why() -> None:
    actor = Actor("u", OPERATOR.permissions, refusal="token is inactive")
    assert not actor.may("read", "buckets")
    with pytest.raises(Unauthorized, match="token is inactive"):
        actor.check("read", "buckets")


def test_owners_write_members_read_their_organization_only() -> None:
    owner, member = Actor("u", tuple(owner_permissions(A))), Actor("u", tuple(member_permissions(A)))
    assert owner.may("write", "buckets", A) and owner.may("write", "orgs", id=A)
    assert member.may("read", "buckets", A) and not member.may("write", "buckets", A)
    assert not owner.may("read", "buckets", B) and not owner.may("read", "orgs", id=B)


def test_system_buckets_are_read_by_readers_of_the_organization() -> None:
    bucket = {"id": BUCKET, "orgID": A, "type": "system", "name": "_tasks"}
    assert not Actor("u", (Permission("read", "buckets", A),)).may_doc("read", "buckets", bucket)
    assert Actor("u", (Permission("read", "orgs", None, A),)).may_doc("read", "buckets", bucket)


def test_a_token_gives_no_more_than_it_has() -> None:
    actor = Actor("u", (Permission("read", "buckets", A),))
    assert actor.covers(Permission("read", "buckets", A, BUCKET))
    assert not actor.covers(Permission("read", "buckets"))
    assert not actor.covers(Permission("write", "buckets", A, BUCKET))
