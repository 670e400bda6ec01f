"""Measurement schemas of buckets made with `schemaType: explicit`; the engine enforces them on writes."""

from __future__ import annotations

import hashlib
import json
import re

from influxctl.core.errors import Conflict, Invalid, NotFound
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.permissions import Actor
from influxctl.local.services.points import Points
from influxctl.local.store.resources import Doc, Resources

_NAME = re.compile(r"[^_0-9'\"][^'\"]{0,127}\Z", re.DOTALL)
_TYPES = ("timestamp", "tag", "field")
_DATA_TYPES = ("integer", "float", "boolean", "string", "unsigned")


def etag(value: object) -> str:
    """A mark of a content that changes with it."""
    return f'"{hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]}"'


def check_columns(columns: list[Doc]) -> list[Doc]:
    """The columns of a schema, checked; a field without a data type is a string."""
    if not columns:
        raise Invalid("columns is required")
    out = []
    for column in columns:
        name, type = column.get("name", ""), column.get("type", "")
        if type not in _TYPES:
            raise Invalid(f"column {name!r}: the type is one of {', '.join(_TYPES)}")
        if not _NAME.match(name):
            raise Invalid(f"column name {name!r} is invalid")
        kept = {"name": name, "type": type}
        if type == "field":
            kept["dataType"] = column.get("dataType", "string")
            if kept["dataType"] not in _DATA_TYPES:
                raise Invalid(f"column {name!r}: the data type is one of {', '.join(_DATA_TYPES)}")
        elif "dataType" in column:
            raise Invalid(f"column {name!r}: only fields have a data type")
        out.append(kept)
    if sum(column["type"] == "timestamp" for column in out) != 1 or not any(
        c == {"name": "time", "type": "timestamp"} for c in out
    ):
        raise Invalid("Timestamp column is required")
    if len({column["name"] for column in out}) < len(out):
        raise Invalid("Duplicate column names")
    if not any(column["type"] == "field" for column in out):
        raise Invalid("At least one field column is required")
    return out


class BucketSchemas:
    """The schemas of all buckets."""

    def __init__(self, resources: Resources, points: Points) -> None:
        self.resources = resources
        self.points = points

    def _bucket(self, actor: Actor, action: str, bucket_id: str, org_id: str | None = None) -> Doc:
        """The bucket, if the caller may look at it or change it; 404 otherwise, so that nobody learns that it exists."""
        bucket = self.resources.peek("buckets", bucket_id)
        allowed = bucket is not None and actor.may_doc("write" if action == "write" else "read", "buckets", bucket)
        if bucket is None or not allowed or org_id not in (None, bucket["orgID"]):
            raise NotFound("bucket not found")
        return bucket

    def find_schemas(self, actor: Actor, bucket_id: str, *, org_id: str | None, name: str | None) -> list[Doc]:
        """The schemas of a bucket, by name."""
        self._bucket(actor, "read", bucket_id, org_id)
        found = self.resources.find("measurementSchemas", parent_id=bucket_id, name=name)
        return sorted(found, key=lambda schema: str(schema["name"]))

    def create_schema(self, actor: Actor, bucket_id: str, fields: Doc, org_id: str | None) -> Doc:
        """A new schema for a measurement that has none."""
        bucket = self._bucket(actor, "write", bucket_id, org_id)
        name = fields.get("name", "")
        if not _NAME.match(name):
            raise Invalid("name is invalid")
        columns = check_columns(fields.get("columns", []))
        if bucket.get("schemaType") != "explicit":
            raise Invalid("the bucket was not made with schemaType explicit")
        with self.resources.db.transaction():
            if self.resources.find("measurementSchemas", parent_id=bucket_id, name=name):
                raise Conflict(f"measurement {name} has a schema already")
            now = format_time(now_ns())
            doc = {"orgID": bucket["orgID"], "bucketID": bucket_id, "name": name, "columns": columns}
            made = self.resources.create(
                "measurementSchemas", {**doc, "createdAt": now, "updatedAt": now}, parent_id=bucket_id
            )
        self.points.changed(bucket)
        return made

    def get_schema(self, actor: Actor, bucket_id: str, id: str, org_id: str | None) -> Doc:
        """One schema."""
        self._bucket(actor, "read", bucket_id, org_id)
        return self._schema(bucket_id, id)

    def _schema(self, bucket_id: str, id: str) -> Doc:
        doc = self.resources.get("measurementSchemas", id)
        if doc["bucketID"] != bucket_id:
            raise NotFound("measurement schema not found")
        return doc

    def update_schema(self, actor: Actor, bucket_id: str, id: str, fields: Doc, org_id: str | None) -> Doc:
        """Add columns: those that are there stay as they are and come first."""
        bucket = self._bucket(actor, "write", bucket_id, org_id)
        doc = self._schema(bucket_id, id)
        columns = check_columns(fields.get("columns", []))
        if any(column not in columns for column in doc["columns"]):
            raise Invalid("Unable to delete columns from schema")
        columns = doc["columns"] + [column for column in columns if column not in doc["columns"]]
        doc = self.resources.update(
            "measurementSchemas", {**doc, "columns": columns, "updatedAt": format_time(now_ns())}
        )
        self.points.changed(bucket)
        return doc
