"""InfluxQL and v1 writes: databases and policies to buckets, with the caller's permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from influxctl.core.errors import Forbidden, NotFound
from influxctl.core.times import MIN_TIME, now_ns
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc

if TYPE_CHECKING:
    from influxctl.core.columns import Block, ColumnType
    from influxctl.core.readspec import Predicate, ReadSpec
    from influxctl.engine.engine import Engine
    from influxctl.influxql.ast import Statement
    from influxctl.influxql.execute import Result
    from influxctl.influxql.source import RetentionPolicy, Series
    from influxctl.local.services import Services

_NS = 1_000_000_000
# All other words are taken as nanoseconds without a complaint (recorded on 2.9.1).
PRECISIONS = {"n": "ns", "ns": "ns", "us": "us", "ms": "ms", "s": "s"}


@dataclass
class Source:
    """`influxql.source.Source` over engine and store for one caller and its organization."""

    services: Services
    actor: Actor
    org_id: str
    _policies: dict[str | None, list[RetentionPolicy]] = field(default_factory=dict)

    def policies(self, database: str | None = None) -> Sequence[RetentionPolicy]:
        """The databases and policies whose buckets the caller may read."""
        from influxctl.influxql.source import RetentionPolicy

        found = self._policies.get(database)
        if found is None:
            found = []
            for doc, bucket in self.services.dbrps.mappings(self.actor, self.org_id, database):
                rule = bucket["retentionRules"][0]
                duration, shard = rule["everySeconds"] * _NS, rule["shardGroupDurationSeconds"] * _NS
                found.append(
                    RetentionPolicy(
                        doc["database"], doc["retention_policy"], bucket["id"], doc["default"], duration, shard
                    )
                )
            self._policies[database] = found
        return found

    @property
    def _engine(self) -> Engine:
        return self.services.points.engine

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        """Points."""
        return self._engine.read(spec)

    def measurements(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Names of measurements."""
        return self._engine.measurements(bucket_id, start, stop, predicate)

    def field_types(self, bucket_id: str, measurement: str) -> Mapping[str, ColumnType]:
        """The fields of a measurement."""
        return self._engine.field_types(bucket_id, measurement)

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Tag keys."""
        return self._engine.tag_keys(bucket_id, start, stop, predicate)

    def tag_values(self, bucket_id: str, tag: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Values of a tag."""
        return self._engine.tag_values(bucket_id, tag, start, stop, predicate)

    def series(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[Series]:
        """Series."""
        return self._engine.series(bucket_id, start, stop, predicate)

    def delete(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> None:
        """Delete points; `Forbidden` without the permission to write the bucket."""
        bucket = self.services.resources.get("buckets", bucket_id)
        if not self.actor.may_doc("write", "buckets", bucket):
            raise Forbidden("insufficient permissions to delete")
        self.services.write.delete_points(bucket, max(start, MIN_TIME), stop, predicate)


@dataclass
class InfluxQL:
    """The language behind /query, and the databases behind /write."""

    services: Services

    def org_of(self, actor: Actor, org: str | None, org_id: str | None) -> str:
        """The organization of a request: that of the token, whatever the request names; of a session, the one named or its only one."""
        if actor.org_id:
            return actor.org_id
        if org or org_id:
            return str(self.services.write.org_of(org, org_id)["id"])
        readable = actor.readable("orgs", self.services.resources.find("orgs"))
        return str(readable[0]["id"]) if readable else ""

    def parse(self, text: str, params: Mapping[str, object] | None) -> tuple[Statement, ...]:
        """The statements of a query; `Invalid` (400) if the text cannot be parsed."""
        from influxctl.influxql.parser import parse

        return parse(text, params)

    def run(
        self, actor: Actor, org_id: str, statements: Sequence[Statement], database: str, rp: str, check: Callable[[], None]
    ) -> Iterator[Result]:  # fmt: skip
        """The results of the statements."""
        from influxctl.influxql.execute import execute
        from influxctl.influxql.source import Session

        return execute(statements, Session(Source(self.services, actor, org_id), database, rp, now_ns(), check))

    def write_target(self, actor: Actor, org_id: str, database: str, rp: str) -> Doc:
        """The bucket that a database and policy (the default, if none is named) stand for; `NotFound`, or `Forbidden`."""
        for doc, bucket in self._writable(actor, org_id, database):
            if doc["retention_policy"] == rp if rp else doc["default"]:
                self.services.write.check_write(actor, bucket)
                return bucket
        raise NotFound(f"no mapping of the database {database}{f' and policy {rp}' if rp else ''} was found")

    def _writable(self, actor: Actor, org_id: str, database: str) -> list[tuple[Doc, Doc]]:
        """All mappings of a database: a token that may only write must find its bucket too."""
        from influxctl.local.services.permissions import OPERATOR

        found = self.services.dbrps.mappings(OPERATOR, org_id, database)
        return [
            (doc, bucket)
            for doc, bucket in found
            if actor.may_doc("read", "buckets", bucket) or actor.may_doc("write", "buckets", bucket) or actor.refusal
        ]
