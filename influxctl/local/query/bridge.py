"""What a query sees of the server: `Source`, `Sink` and `Secrets` of `flux.world` over engine and store, with the caller's permissions.

Permissions are checked where a bucket is opened, by name or by ID, and again where points are read: an ID that was not found through
this bridge reads nothing (the reference has a hole there: server-behaviour.md, section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from influxctl.core.errors import Forbidden, Invalid, NotFound
from influxctl.core.ids import is_id
from influxctl.flux.world import BucketInfo
from influxctl.local.store.accounts import Accounts
from influxctl.local.store.resources import Doc, Resources

if TYPE_CHECKING:
    from influxctl.core.columns import Block
    from influxctl.core.readspec import Predicate, ReadSpec
    from influxctl.engine.engine import Engine
    from influxctl.local.services.permissions import Actor

_NS = 1_000_000_000


@dataclass(frozen=True)
class Access:
    """Who queries what: the caller, its organization, and where buckets and points are."""

    actor: Actor
    org: Doc
    resources: Resources
    engine: Callable[[], Engine]
    joined: Callable[[str], list[Doc]] = lambda org_id: []  # the demo buckets that an organization reads

    def bucket(self, name: str | None, id: str | None, org: str | None, org_id: str | None) -> Doc:
        """The bucket that a script names, if the caller may read it; else `NotFound`, which tells nobody whether it exists."""
        self._own_org(org, org_id)
        found = self.resources.peek("buckets", id) if id and is_id(id) else None
        if id is None and name is not None:
            found = self.resources.named("buckets", name, self.org["id"])
        if found is None and self.actor.may("read", "buckets", self.org["id"]):
            demos = self.joined(self.org["id"])
            found = next((demo for demo in demos if demo["id"] == id or (id is None and demo["name"] == name)), None)
            if found is not None:
                return found
        if found is None or found["orgID"] != self.org["id"] or not self.actor.may_doc("read", "buckets", found):
            raise NotFound(f'failed to initialize execute state: could not find bucket "{name if id is None else id}"')
        return found

    def _own_org(self, org: str | None, org_id: str | None) -> None:
        """A script reads and writes the organization of its request only."""
        if (org and org not in (self.org["name"], self.org["id"])) or (org_id and org_id != self.org["id"]):
            raise Invalid(f"a script can use the organization of its request only, not {org or org_id!r}")

    def check(self, bucket_id: str) -> None:
        """The caller may read the bucket with this ID."""
        self.bucket(None, bucket_id, None, None)


def _info(bucket: Doc) -> BucketInfo:
    return BucketInfo(bucket["id"], bucket["name"], bucket["orgID"], bucket["retentionRules"][0]["everySeconds"] * _NS)


class Source:
    """Buckets and points to read."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def find_bucket(
        self, *, name: str | None = None, id: str | None = None, org: str | None = None, org_id: str | None = None
    ) -> BucketInfo:
        """The bucket that `from()` names."""
        return _info(self.access.bucket(name, id, org, org_id))

    def list_buckets(self) -> Sequence[BucketInfo]:
        """What `buckets()` shows."""
        access = self.access
        found = access.actor.readable("buckets", access.resources.find("buckets", org_id=access.org["id"]))
        if not found:
            raise NotFound(f"no buckets found in organization {access.org['id']}")
        return sorted((_info(bucket) for bucket in found), key=lambda bucket: bucket.name)

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        """Points."""
        self.access.check(spec.bucket_id)
        return self.access.engine().read(spec)

    def measurements(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Names of measurements."""
        self.access.check(bucket_id)
        return self.access.engine().measurements(bucket_id, start, stop, predicate)

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Tag keys."""
        self.access.check(bucket_id)
        return self.access.engine().tag_keys(bucket_id, start, stop, predicate)

    def tag_values(self, bucket_id: str, tag: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Values of a tag."""
        self.access.check(bucket_id)
        return self.access.engine().tag_values(bucket_id, tag, start, stop, predicate)

    def cardinality(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> int:
        """Number of series: a measurement and a tag set, whatever fields they have (seen, 2.9.1)."""
        self.access.check(bucket_id)
        return len(self.access.engine().series(bucket_id, start, stop, predicate))


class Sink:
    """Where `to()` writes. The bucket is looked up with the permission to read it, as the reference does."""

    def __init__(self, access: Access, write: Callable[[Doc, bytes], None]) -> None:
        self.access = access
        self._write = write

    def find_bucket(
        self, *, name: str | None = None, id: str | None = None, org: str | None = None, org_id: str | None = None
    ) -> BucketInfo:
        """The bucket that `to()` names; `Forbidden` if the caller may not write it."""
        found = self.access.bucket(name, id, org, org_id)
        self._check(found)
        return _info(found)

    def _check(self, bucket: Doc) -> None:
        if not self.access.actor.may_doc("write", "buckets", bucket):
            raise Forbidden("failed to initialize execute state: user not authorized to write")

    def write(self, bucket_id: str, lines: bytes) -> None:
        """Line protocol with nanosecond times."""
        bucket = self.access.bucket(None, bucket_id, None, None)
        self._check(bucket)
        self._write(bucket, lines)


class Secrets:
    """The secrets of the organization, for callers who may read them."""

    def __init__(self, access: Access, accounts: Accounts) -> None:
        self.access = access
        self.accounts = accounts

    def get(self, key: str) -> str:
        """A secret's value, or `NotFound`."""
        org_id = self.access.org["id"]
        value = self.accounts.secret(org_id, key) if self.access.actor.may("read", "secrets", org_id) else None
        if value is None:
            raise NotFound("secret not found")
        return value
