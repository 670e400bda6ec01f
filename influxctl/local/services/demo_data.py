"""Sample-data buckets: real data that ships in the package, kept once and readable by every organization that asked for it.

A demo bucket belongs to no organization of the server. Joining is a row in the table of members with the organization in the user's
place. Its points are written when the first organization joins. Nobody can write to it.
"""

from __future__ import annotations

import csv
from importlib import resources as packages

from influxctl.core.errors import NotFound
from influxctl.core.times import parse_time
from influxctl.local.services.permissions import Actor
from influxctl.local.services.points import Points
from influxctl.local.store.resources import Doc, Resources

_KIND = "demodata"  # of memberships
OWNER = "00000000000da7a0"  # stands where the organization of a bucket stands
SEATTLE = "00000000005ea771"
_FOREVER = [{"type": "expire", "everySeconds": 0, "shardGroupDurationSeconds": 604_800 * 52}]
CATALOGUE: dict[str, Doc] = {
    SEATTLE: {
        "id": SEATTLE,
        "orgID": OWNER,
        "type": "demodata",
        "name": "Seattle weather",
        "description": "Daily weather of Seattle, 2012 to 2015 (NOAA, public domain)",
        "retentionRules": _FOREVER,
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
    }
}


def _lines() -> bytes:
    """The daily weather as line protocol."""
    text = packages.files("influxctl").joinpath("cli/demo/seattle-weather.csv").read_text(encoding="utf-8")
    out = []
    for row in csv.DictReader(text.splitlines()):
        values = ",".join(f"{name}={row[name]}" for name in ("precipitation", "temp_max", "temp_min", "wind"))
        moment = parse_time(row["date"].replace("/", "-")[:10])
        out.append(f'weather,city=Seattle,state=Washington {values},weather="{row["weather"]}" {moment}')
    return "\n".join(out).encode()


class DemoData:
    """The catalogue of demo buckets, and which organizations read them."""

    def __init__(self, resources: Resources, points: Points) -> None:
        self.resources = resources
        self.points = points

    def find_buckets(self) -> list[Doc]:
        """All demo buckets; everybody may know of them."""
        return list(CATALOGUE.values())

    @staticmethod
    def _bucket(bucket_id: str) -> Doc:
        bucket = CATALOGUE.get(bucket_id)
        if bucket is None:
            raise NotFound("bucket not found")
        return bucket

    def join(self, actor: Actor, bucket_id: str) -> None:
        """Let the caller's organizations read a bucket."""
        bucket = self._bucket(bucket_id)
        engine = self.points.engine
        if engine.stats(bucket_id).rows == 0:
            engine.write(self.points.rules(bucket), _lines())
        with self.resources.db.transaction() as tx:
            for org_id in self._orgs(actor):
                tx.execute("INSERT OR IGNORE INTO member VALUES (?, ?, ?, 'member')", (_KIND, bucket_id, org_id))

    def leave(self, actor: Actor, bucket_id: str) -> None:
        """The caller's organizations may read the bucket no longer."""
        self._bucket(bucket_id)
        for org_id in self._orgs(actor):
            self.resources.remove_member(_KIND, bucket_id, org_id, "member")

    def _orgs(self, actor: Actor) -> list[str]:
        """The organization of a token; of a session all that its user belongs to."""
        if actor.org_id:
            found = [actor.org_id]
        else:
            found = [org_id for org_id, _ in self.resources.roles_of(actor.user_id, "orgs")]
        for org_id in found:
            actor.check("write", "buckets", org_id)
        return found

    def joined(self, org_id: str) -> list[Doc]:
        """The demo buckets that an organization reads."""
        return [CATALOGUE[id] for id, _ in self.resources.roles_of(org_id, _KIND) if id in CATALOGUE]
