"""The table of resource kinds: what the generic store, the label and member routes and the permissions need to know of each.

A kind's `type` is its word in permissions and in paths (`/api/v2/<type>`), and the key of its rows in the table `resource`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource.

    `noun`: in messages ("bucket not found"). `permission`: the type checked in tokens, if it is not `type`.
    `unique`: within what a name is taken. `fold`: names are compared trimmed and without case.
    `random_id`: IDs do not grow with time (orgs and buckets of the reference). `labels`, `members`: may have them.
    `children`: kinds whose rows carry this one's ID as `parent_id` and die with it.
    """

    type: str
    noun: str
    permission: str = ""
    unique: Literal["", "org", "everywhere"] = ""
    fold: bool = False
    random_id: bool = False
    labels: bool = False
    members: bool = False


_ALL = (
    Kind("orgs", "organization", unique="everywhere", random_id=True, members=True),
    Kind("users", "user", unique="everywhere"),
    Kind("buckets", "bucket", unique="org", random_id=True, labels=True, members=True),
    Kind("authorizations", "authorization"),
    Kind("legacyAuthorizations", "authorization", permission="authorizations", unique="everywhere"),
    Kind("labels", "label", unique="org", fold=True),
    Kind("dashboards", "dashboard", labels=True, members=True),
    Kind("views", "view", permission="dashboards"),
    Kind("variables", "variable", unique="org", fold=True, labels=True),
    Kind("telegrafs", "telegraf configuration", labels=True, members=True),
    Kind("tasks", "task", labels=True, members=True),
    Kind("checks", "check", unique="org", labels=True),
    Kind("notificationRules", "notification rule", labels=True),
    Kind("notificationEndpoints", "notification endpoint", unique="org", labels=True),
    Kind("dbrps", "dbrp mapping", permission="dbrp"),
    Kind("documents", "document", labels=True),
    Kind("sources", "source"),
    Kind("scrapers", "scraper target", labels=True, members=True),
    Kind("remotes", "remote connection"),
    Kind("replications", "replication"),
    Kind("stacks", "stack"),
    Kind("measurementSchemas", "measurement schema", permission="buckets", random_id=True),
)

KINDS: dict[str, Kind] = {kind.type: kind for kind in _ALL}
