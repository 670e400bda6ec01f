"""The generic store: kinds, unique names, cascades, transactions, migrations."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from influxctl.core.errors import Conflict, InternalError, NotFound, Unavailable
from influxctl.local.store.db import Database
from influxctl.local.store.migrations import MIGRATIONS
from influxctl.local.store.resources import Resources

ORG = "00000000000000aa"


@pytest.fixture
def resources(tmp_path: Path) -> Iterator[Resources]:
    db = Database(tmp_path)
    yield Resources(db)
    db.close()


@pytest.mark.parametrize(
    ("kind", "first", "second", "taken"),
    [
        ("buckets", {"orgID": "1", "name": "b"}, {"orgID": "1", "name": "b"}, True),
        ("buckets", {"orgID": "1", "name": "b"}, {"orgID": "2", "name": "b"}, False),
        ("buckets", {"orgID": "1", "name": "b"}, {"orgID": "1", "name": "B"}, False),
        ("orgs", {"name": "o"}, {"name": "o"}, True),
        ("labels", {"orgID": "1", "name": "Home"}, {"orgID": "1", "name": " hOME "}, True),
        ("dashboards", {"orgID": "1", "name": "d"}, {"orgID": "1", "name": "d"}, False),
    ],
)
def test_names_are_taken_within_the_scope_of_the_kind(
    resources: Resources, kind: str, first: dict[str, str], second: dict[str, str], taken: bool
) -> None:
    resources.create(kind, first)
    if taken:
        with pytest.raises(Conflict):
            resources.create(kind, second)
        assert resources.count(kind) == 1
    else:
        resources.create(kind, second)
        assert resources.count(kind) == 2


def test_renaming_to_a_taken_name_changes_nothing(resources: Resources) -> None:
    resources.create("users", {"name": "a"})
    other = resources.create("users", {"name": "b"})
    with pytest.raises(Conflict):
        resources.update("users", {**other, "name": "a"})
    assert resources.get("users", other["id"])["name"] == "b"


def test_lists_are_in_the_order_of_ids_and_continue_after_one(resources: Resources) -> None:
    ids = [resources.create("tasks", {"orgID": ORG, "name": "t"})["id"] for _ in range(5)]
    assert [doc["id"] for doc in resources.find("tasks", org_id=ORG)] == ids
    assert [doc["id"] for doc in resources.find("tasks", after=ids[2])] == ids[3:]
    assert [doc["id"] for doc in resources.find("tasks", descending=True, limit=2)] == ids[:2:-1]


def test_deleting_takes_labels_members_and_children_along(resources: Resources) -> None:
    bucket = resources.create("buckets", {"orgID": ORG, "name": "b"})["id"]
    label = resources.create("labels", {"orgID": ORG, "name": "l"})["id"]
    user = resources.create("users", {"name": "u"})["id"]
    child = resources.create("measurementSchemas", {"orgID": ORG, "name": "m"}, parent_id=bucket)["id"]
    resources.add_label("buckets", bucket, label)
    resources.add_member("buckets", bucket, user, "owner")
    resources.delete("buckets", bucket)
    assert resources.roles_of(user, "buckets") == []
    assert resources.labels_of("buckets", bucket) == []
    assert resources.peek("measurementSchemas", child) is None
    assert resources.dropped_buckets() == [bucket]
    with pytest.raises(NotFound):
        resources.delete("buckets", bucket)


def test_deleting_an_organization_deletes_what_is_in_it_and_nothing_else(resources: Resources) -> None:
    org = resources.create("orgs", {"name": "o"})["id"]
    inside = resources.create("buckets", {"orgID": org, "name": "b"})["id"]
    schema = resources.create("measurementSchemas", {"orgID": org, "name": "m"}, parent_id=inside)["id"]
    outside = resources.create("buckets", {"orgID": ORG, "name": "b"})["id"]
    assert resources.delete_org(org) == [inside]
    assert resources.peek("buckets", inside) is None
    assert resources.peek("measurementSchemas", schema) is None
    assert resources.peek("buckets", outside) is not None


def test_a_label_disappears_from_everything(resources: Resources) -> None:
    bucket = resources.create("buckets", {"orgID": ORG, "name": "b"})["id"]
    label = resources.create("labels", {"orgID": ORG, "name": "l"})["id"]
    resources.add_label("buckets", bucket, label)
    assert resources.labels_of_all("buckets", [bucket]) == {bucket: [resources.get("labels", label)]}
    resources.delete("labels", label)
    assert resources.labels_of("buckets", bucket) == []


def test_a_transaction_is_all_or_nothing(resources: Resources) -> None:
    with pytest.raises(Conflict), resources.db.transaction():
        resources.create("orgs", {"name": "a"})
        assert resources.count("orgs") == 1
        resources.create("orgs", {"name": "a"})
    assert resources.count("orgs") == 0


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    db = Database(tmp_path)
    assert stat.S_IMODE(db.path.stat().st_mode) == 0o600
    db.close()


def test_a_file_of_a_newer_version_is_refused_by_name(tmp_path: Path) -> None:
    Database(tmp_path).close()
    with sqlite3.connect(tmp_path / "influxctl.sqlite") as raw:
        raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    raw.close()
    with pytest.raises(InternalError, match="newer influxctl"):
        Database(tmp_path)


def test_threads_that_come_and_go_leave_nothing_open(tmp_path: Path) -> None:
    db = Database(tmp_path)

    def look() -> None:
        assert db.row("SELECT 1") == (1,)

    def opened() -> int:
        return sum("influxctl.sqlite" in os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.exists())

    look()
    before = opened()
    for _ in range(20):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert opened() <= before + 3  # SQLite keeps a descriptor for the next connection while others have locks
    db.close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    db = Database(tmp_path)
    db.close()
    with pytest.raises(Unavailable), db.transaction():
        raise AssertionError


def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    first = Resources(Database(tmp_path))
    made = first.create("orgs", {"name": "Räume & Co"})
    first.db.close()
    again = Resources(Database(tmp_path))
    assert again.get("orgs", made["id"]) == made
    again.db.close()
