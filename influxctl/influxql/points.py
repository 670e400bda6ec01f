"""A `Source` over an engine alone: fixed databases, no permissions. For queries over files, and for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from influxctl.core.columns import Block, ColumnType
from influxctl.core.readspec import Predicate, ReadSpec
from influxctl.influxql.source import RetentionPolicy, Series


class Points(Protocol):
    """The part of the engine that InfluxQL needs."""

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        """Points."""

    def measurements(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> list[str]:
        """Names of measurements."""

    def field_types(self, bucket_id: str, measurement: str) -> Mapping[str, ColumnType]:
        """The fields of a measurement."""

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> list[str]:
        """Tag keys."""

    def tag_values(
        self, bucket_id: str, tag: str, start: int, stop: int, predicate: Predicate | None = None
    ) -> list[str]:
        """Values of a tag."""

    def series(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> list[Series]:
        """Series."""

    def delete(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> None:
        """Delete points."""


class PointsSource:
    """All of an engine under the given databases."""

    def __init__(self, points: Points, policies: Sequence[RetentionPolicy]) -> None:
        self.points = points
        self._policies = list(policies)

    def policies(self, database: str | None = None) -> Sequence[RetentionPolicy]:
        """The policies of a database, or all."""
        return [policy for policy in self._policies if database in (None, policy.database)]

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        """Points."""
        return self.points.read(spec)

    def measurements(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Names of measurements."""
        return self.points.measurements(bucket_id, start, stop, predicate)

    def field_types(self, bucket_id: str, measurement: str) -> Mapping[str, ColumnType]:
        """The fields of a measurement."""
        return self.points.field_types(bucket_id, measurement)

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Tag keys."""
        return self.points.tag_keys(bucket_id, start, stop, predicate)

    def tag_values(self, bucket_id: str, tag: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Values of a tag."""
        return self.points.tag_values(bucket_id, tag, start, stop, predicate)

    def series(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[Series]:
        """Series."""
        return self.points.series(bucket_id, start, stop, predicate)

    def delete(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> None:
        """Delete points."""
        self.points.delete(bucket_id, start, stop, predicate)
