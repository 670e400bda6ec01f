"""Scraper targets: stored and listed; this server does not scrape."""

from __future__ import annotations

from influxctl.core.errors import Invalid, NotFound
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

_FIELDS = ("name", "type", "url", "allowInsecure")


class Scrapers:
    """The scraper targets of all organizations."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def _stored(self, id: str) -> Doc:
        doc = self.resources.peek("scrapers", id)
        if doc is None:
            raise NotFound("scraper target is not found")
        return doc

    def find_scrapers(self, actor: Actor, *, org_id: str | None, name: str | None, ids: list[str]) -> list[Doc]:
        """The targets that the caller may read."""
        found = self.resources.find("scrapers", org_id=org_id, name=name)
        return actor.readable("scrapers", [doc for doc in found if not ids or doc["id"] in ids])

    def get_scraper(self, actor: Actor, id: str) -> Doc:
        """One target."""
        doc = self._stored(id)
        actor.check_doc("read", "scrapers", doc)
        return doc

    def create_scraper(self, actor: Actor, fields: Doc) -> Doc:
        """A new target, which writes to a bucket of its organization."""
        for name in ("orgID", "bucketID"):
            if not fields.get(name):
                raise Invalid(f"{name} is required")
        self._check(fields)
        actor.check("write", "scrapers", fields["orgID"])
        bucket = self.resources.get("buckets", fields["bucketID"])
        if bucket["orgID"] != fields["orgID"]:
            raise NotFound("bucket not found")
        actor.check_doc("write", "buckets", bucket)
        doc = {key: fields.get(key, "") for key in ("name", "type", "url")}
        if fields.get("allowInsecure"):
            doc["allowInsecure"] = True
        return self.resources.create("scrapers", {**doc, "orgID": fields["orgID"], "bucketID": fields["bucketID"]})

    @staticmethod
    def _check(fields: Doc) -> None:
        if fields.get("type", "prometheus") != "prometheus":
            raise Invalid(f"unknown type of scraper {fields['type']!r}: it is prometheus")

    def update_scraper(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Replace name, type and URL: what is not given becomes empty (recorded: oss_extras). Org and bucket stay."""
        self._check(fields)
        doc = self._stored(id)
        actor.check_doc("write", "scrapers", doc)
        changed = {key: fields.get(key, "") for key in ("name", "type", "url")}
        return self.resources.update("scrapers", {**doc, **changed})

    def delete_scraper(self, actor: Actor, id: str) -> None:
        """Remove a target."""
        doc = self._stored(id)
        actor.check_doc("write", "scrapers", doc)
        self.resources.delete("scrapers", id)

    def described(self, doc: Doc) -> Doc:
        """The target with the names of its organization and bucket."""
        org, bucket = self.resources.peek("orgs", doc["orgID"]), self.resources.peek("buckets", doc["bucketID"])
        return {**doc, "org": org["name"] if org else "", "bucket": bucket["name"] if bucket else ""}
