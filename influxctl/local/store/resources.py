"""Generic create, find, update and delete over a kind; labels and members of anything; cascades.

A resource is a JSON object (wire names) with at least `id`; `orgID` and `name` are copied into columns to be found by. Lists are in
the order of their IDs: time of creation for most kinds, stable for the random ones.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from influxctl.core.errors import Conflict, NotFound
from influxctl.core.ids import ordered_id, random_id
from influxctl.local.store.db import Database
from influxctl.local.store.kinds import KINDS, Kind

Doc = dict[str, Any]


def _pack(doc: Doc) -> str:
    return json.dumps(doc, ensure_ascii=False, separators=(",", ":"))


def _unpack_all(texts: list[str]) -> list[Doc]:
    """Many stored objects by one call of the parser, which costs a third of a call for each."""
    docs: list[Doc] = json.loads(f"[{','.join(texts)}]")
    return docs


def fold(name: str) -> str:
    """The form in which names of folding kinds are compared: trimmed, without case."""
    return name.strip().casefold()


def _unique_key(kind: Kind, doc: Doc) -> str | None:
    if not kind.unique:
        return None
    name = doc.get("name", "")
    scope = doc.get("orgID", "") if kind.unique == "org" else ""
    return f"{scope}/{fold(name) if kind.fold else name}"


class Resources:
    """All resources of the server."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.before_create: Callable[[str, Doc], None] | None = None  # may refuse: quotas

    def create(self, kind: str, doc: Doc, *, parent_id: str = "") -> Doc:
        """Store a new resource and return it with its `id` (kept if given); `Conflict` when its name or ID is taken."""
        rule = KINDS[kind]
        if self.before_create is not None:
            self.before_create(kind, doc)
        if not doc.get("id"):
            doc = {"id": random_id() if rule.random_id else ordered_id(), **{k: v for k, v in doc.items() if k != "id"}}
        row = (kind, doc["id"], doc.get("orgID", ""), parent_id, doc.get("name"), _unique_key(rule, doc), _pack(doc))
        try:
            with self.db.transaction() as tx:
                tx.execute(
                    "INSERT INTO resource (kind, id, org_id, parent_id, name, unique_key, doc) VALUES (?,?,?,?,?,?,?)",
                    row,
                )
        except sqlite3.IntegrityError:
            raise Conflict(f"{rule.noun} with name {doc.get('name', '')} already exists") from None
        return doc

    def get(self, kind: str, id: str) -> Doc:
        """The resource, or `NotFound`."""
        doc = self.peek(kind, id)
        if doc is None:
            raise NotFound(f"{KINDS[kind].noun} not found")
        return doc

    def peek(self, kind: str, id: str) -> Doc | None:
        """The resource, or None."""
        row = self.db.row("SELECT doc FROM resource WHERE kind = ? AND id = ?", (kind, id))
        return None if row is None else json.loads(row[0])

    def named(self, kind: str, name: str, org_id: str | None = None) -> Doc | None:
        """The resource with this name (exact spelling), the one made first if several have it, or None."""
        found = self.find(kind, name=name, org_id=org_id, limit=1)
        return found[0] if found else None

    def find(
        self,
        kind: str,
        *,
        org_id: str | None = None,
        name: str | None = None,
        parent_id: str | None = None,
        after: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Doc]:
        """The resources that match, in the order of their IDs."""
        where, values = ["kind = ?"], [kind]
        conditions = (("org_id = ?", org_id), ("name = ?", name), ("parent_id = ?", parent_id))
        for condition, value in (*conditions, ("id < ?" if descending else "id > ?", after)):
            if value is not None:
                where.append(condition)
                values.append(value)
        order = "DESC" if descending else "ASC"
        sql = f"SELECT doc FROM resource WHERE {' AND '.join(where)} ORDER BY id {order}"
        if limit is not None:
            sql += f" LIMIT {int(limit)}"
        return _unpack_all([row[0] for row in self.db.rows(sql, values)])

    def prefixed(self, kind: str, prefix: str, org_id: str) -> list[Doc]:
        """The resources of an organization whose names begin with `prefix`, in the order of their names."""
        sql = "SELECT doc FROM resource WHERE kind = ? AND org_id = ? AND substr(name, 1, ?) = ? ORDER BY name"
        return [json.loads(row[0]) for row in self.db.rows(sql, (kind, org_id, len(prefix), prefix))]

    def count(self, kind: str, org_id: str | None = None) -> int:
        """How many there are."""
        if org_id is None:
            row = self.db.row("SELECT count(*) FROM resource WHERE kind = ?", (kind,))
        else:
            row = self.db.row("SELECT count(*) FROM resource WHERE kind = ? AND org_id = ?", (kind, org_id))
        return int(row[0]) if row else 0

    def update(self, kind: str, doc: Doc) -> Doc:
        """Replace the stored resource of the same ID; `NotFound`, or `Conflict` when its new name is taken."""
        rule = KINDS[kind]
        values = (doc.get("orgID", ""), doc.get("name"), _unique_key(rule, doc), _pack(doc), kind, doc["id"])
        try:
            with self.db.transaction() as tx:
                done = tx.execute(
                    "UPDATE resource SET org_id = ?, name = ?, unique_key = ?, doc = ? WHERE kind = ? AND id = ?",
                    values,
                )
        except sqlite3.IntegrityError:
            raise Conflict(f"{rule.noun} with name {doc.get('name', '')} already exists") from None
        if done.rowcount == 0:
            raise NotFound(f"{rule.noun} not found")
        return doc

    def delete(self, kind: str, id: str) -> None:
        """Remove the resource with its labels, members and children; `NotFound` if it is not there."""
        with self.db.transaction() as tx:
            children = tx.execute("SELECT kind, id FROM resource WHERE parent_id = ?", (id,)).fetchall()
            if tx.execute("DELETE FROM resource WHERE kind = ? AND id = ?", (kind, id)).rowcount == 0:
                raise NotFound(f"{KINDS[kind].noun} not found")
            self._forget(tx, kind, id)
            for child_kind, child_id in children:
                self.delete(child_kind, child_id)

    def _forget(self, tx: sqlite3.Connection, kind: str, id: str) -> None:
        """Remove what only makes sense while the resource exists."""
        tx.execute("DELETE FROM label_mapping WHERE resource_kind = ? AND resource_id = ?", (kind, id))
        tx.execute("DELETE FROM member WHERE resource_kind = ? AND resource_id = ?", (kind, id))
        if kind == "labels":
            tx.execute("DELETE FROM label_mapping WHERE label_id = ?", (id,))
        elif kind == "users":
            tx.execute("DELETE FROM member WHERE user_id = ?", (id,))
            tx.execute("DELETE FROM password WHERE owner_id = ?", (id,))
            tx.execute("DELETE FROM session WHERE user_id = ?", (id,))
        elif kind in ("authorizations", "legacyAuthorizations"):
            tx.execute("DELETE FROM token WHERE authorization_id = ?", (id,))
            tx.execute("DELETE FROM password WHERE owner_id = ?", (id,))
        elif kind == "buckets":
            tx.execute("INSERT OR IGNORE INTO dropped_bucket (bucket_id) VALUES (?)", (id,))
        elif kind == "tasks":
            tx.execute("DELETE FROM task_run WHERE task_id = ?", (id,))

    def delete_org(self, org_id: str) -> list[str]:
        """Remove an organization with everything in it; the IDs of its buckets, whose points are to be dropped."""
        with self.db.transaction() as tx:
            inside = tx.execute("SELECT kind, id FROM resource WHERE org_id = ?", (org_id,)).fetchall()
            self.delete("orgs", org_id)
            for kind, id in inside:
                if self.peek(kind, id) is not None:  # a child may have gone with its parent
                    self.delete(kind, id)
            tx.execute("DELETE FROM secret WHERE org_id = ?", (org_id,))
            tx.execute("DELETE FROM usage WHERE org_id = ?", (org_id,))
        return [id for kind, id in inside if kind == "buckets"]

    # Buckets whose points still have to be dropped: the engine may be closed or held by another process when a bucket is deleted.

    def dropped_buckets(self) -> list[str]:
        """Buckets that are gone while their points may still be on the disk."""
        return [row[0] for row in self.db.rows("SELECT bucket_id FROM dropped_bucket")]

    def bucket_dropped(self, bucket_id: str) -> None:
        """The points of this bucket are gone too."""
        with self.db.transaction() as tx:
            tx.execute("DELETE FROM dropped_bucket WHERE bucket_id = ?", (bucket_id,))

    # Labels.

    def labels_of(self, kind: str, id: str) -> list[Doc]:
        """The labels of a resource, in the order of their IDs."""
        sql = (
            "SELECT r.doc FROM label_mapping m JOIN resource r ON r.kind = 'labels' AND r.id = m.label_id"
            " WHERE m.resource_kind = ? AND m.resource_id = ? ORDER BY r.id"
        )
        return _unpack_all([row[0] for row in self.db.rows(sql, (kind, id))])

    def labels_of_all(self, kind: str, ids: Iterable[str]) -> dict[str, list[Doc]]:
        """The labels of many resources of a kind, by resource ID: one query for a whole list."""
        wanted = set(ids)
        out: dict[str, list[Doc]] = {id: [] for id in wanted}
        sql = (
            "SELECT m.resource_id, r.doc FROM label_mapping m JOIN resource r ON r.kind = 'labels' AND r.id = m.label_id"
            " WHERE m.resource_kind = ? ORDER BY r.id"
        )
        for resource_id, doc in self.db.rows(sql, (kind,)):
            if resource_id in wanted:
                out[resource_id].append(json.loads(doc))
        return out

    def add_label(self, kind: str, id: str, label_id: str) -> None:
        """Put a label on a resource; `Conflict` if it has it already."""
        try:
            with self.db.transaction() as tx:
                tx.execute("INSERT INTO label_mapping VALUES (?, ?, ?)", (kind, id, label_id))
        except sqlite3.IntegrityError:
            raise Conflict("the resource has this label already") from None

    def remove_label(self, kind: str, id: str, label_id: str) -> None:
        """Take a label off a resource; nothing happens if it is not there."""
        with self.db.transaction() as tx:
            tx.execute(
                "DELETE FROM label_mapping WHERE resource_kind = ? AND resource_id = ? AND label_id = ?",
                (kind, id, label_id),
            )

    # Members and owners.

    def members_of(self, kind: str, id: str, role: str) -> list[Doc]:
        """The users who are `member` or `owner` of a resource, in the order of their IDs."""
        sql = (
            "SELECT r.doc FROM member m JOIN resource r ON r.kind = 'users' AND r.id = m.user_id"
            " WHERE m.resource_kind = ? AND m.resource_id = ? AND m.role = ? ORDER BY r.id"
        )
        return _unpack_all([row[0] for row in self.db.rows(sql, (kind, id, role))])

    def add_member(self, kind: str, id: str, user_id: str, role: str) -> None:
        """Make a user `member` or `owner`; `Conflict` if the user is either already."""
        try:
            with self.db.transaction() as tx:
                tx.execute("INSERT INTO member VALUES (?, ?, ?, ?)", (kind, id, user_id, role))
        except sqlite3.IntegrityError:
            raise Conflict("the user is a member or an owner of this resource already") from None

    def remove_member(self, kind: str, id: str, user_id: str, role: str) -> None:
        """End a membership; nothing happens if there is none."""
        with self.db.transaction() as tx:
            tx.execute(
                "DELETE FROM member WHERE resource_kind = ? AND resource_id = ? AND user_id = ? AND role = ?",
                (kind, id, user_id, role),
            )

    def any_members(self, kind: str) -> bool:
        """Whether anything of a kind has a member or an owner."""
        return self.db.row("SELECT 1 FROM member WHERE resource_kind = ? LIMIT 1", (kind,)) is not None

    def roles_of(self, user_id: str, kind: str) -> list[tuple[str, str]]:
        """(resource ID, role) of everything of a kind that the user is a member or an owner of."""
        sql = "SELECT resource_id, role FROM member WHERE user_id = ? AND resource_kind = ? ORDER BY resource_id"
        return [(row[0], row[1]) for row in self.db.rows(sql, (user_id, kind))]
