"""The rules of each resource: validation, permission, defaults, cascades. They know no HTTP.

`Services` holds one object a tag; each is made, and its module imported, when it is first used.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from influxctl.local.options import Options
from influxctl.local.services.metering import Metering
from influxctl.local.services.points import Points
from influxctl.local.store.accounts import Accounts
from influxctl.local.store.db import Database
from influxctl.local.store.resources import Resources

if TYPE_CHECKING:
    from influxctl.local.replicate.streams import Streams
    from influxctl.local.services.authorizations import Authorizations
    from influxctl.local.services.backup import Backup
    from influxctl.local.services.bucket_schemas import BucketSchemas
    from influxctl.local.services.buckets import Buckets
    from influxctl.local.services.checks import Checks
    from influxctl.local.services.credentials import Credentials
    from influxctl.local.services.dashboards import Dashboards
    from influxctl.local.services.dbrps import DBRPs
    from influxctl.local.services.demo_data import DemoData
    from influxctl.local.services.documents import Documents
    from influxctl.local.services.endpoints import Endpoints
    from influxctl.local.services.influxql import InfluxQL
    from influxctl.local.services.labels import Labels
    from influxctl.local.services.limits import Limits
    from influxctl.local.services.members import Members
    from influxctl.local.services.onboarding import Onboarding
    from influxctl.local.services.orgs import Orgs
    from influxctl.local.services.query import Query
    from influxctl.local.services.replications import Replications
    from influxctl.local.services.rules import Rules
    from influxctl.local.services.runs import Runs
    from influxctl.local.services.scrapers import Scrapers
    from influxctl.local.services.sources import Sources
    from influxctl.local.services.stacks import Stacks
    from influxctl.local.services.tasks import Tasks
    from influxctl.local.services.telegrafs import Telegrafs
    from influxctl.local.services.template_export import TemplateExport
    from influxctl.local.services.templates import Templates
    from influxctl.local.services.usage import Usage
    from influxctl.local.services.users import Users
    from influxctl.local.services.variables import Variables
    from influxctl.local.services.write import Write


class Services:
    """All services of one server."""

    def __init__(self, directory: Path, options: Options) -> None:
        self.options = options
        self.db = Database(directory)
        self.resources = Resources(self.db)
        self.accounts = Accounts(self.db, options.password_cost)
        self.metering = Metering(self.db)
        self.points = Points(directory / "engine", options.lock_timeout, self.resources)
        if options.limits:
            _ = self.limits  # hooks itself into the store

    def close(self) -> None:
        """Close engine and store."""
        try:
            if "runs" in self.__dict__:
                self.runs.close()
            if "streams" in self.__dict__:
                self.streams.close()
            self.metering.flush()
            self.points.close()
        finally:
            self.db.close()

    @cached_property
    def users(self) -> Users:
        """Users and passwords."""
        from influxctl.local.services.users import Users

        return Users(self.resources, self.accounts)

    @cached_property
    def buckets(self) -> Buckets:
        """Buckets."""
        from influxctl.local.services.buckets import Buckets

        return Buckets(self.resources, self._drop_bucket, self.points.changed, self.demo_data.joined)

    def _drop_bucket(self, bucket_id: str) -> bool:
        """What hangs on a bucket that was deleted: replications, points."""
        self.streams.bucket_gone(bucket_id)
        return self.points.drop(bucket_id)

    @cached_property
    def streams(self) -> Streams:
        """The queues of replications."""
        from influxctl.local.replicate.streams import Streams

        return Streams(self.db.path.parent / "replications", self.resources)

    @cached_property
    def orgs(self) -> Orgs:
        """Organizations and secrets."""
        from influxctl.local.services.orgs import Orgs

        return Orgs(self.resources, self.accounts, self.buckets)

    @cached_property
    def labels(self) -> Labels:
        """Labels, also those on resources."""
        from influxctl.local.services.labels import Labels

        return Labels(self.resources)

    @cached_property
    def variables(self) -> Variables:
        """Variables of dashboards."""
        from influxctl.local.services.variables import Variables

        return Variables(self.resources)

    @cached_property
    def dashboards(self) -> Dashboards:
        """Dashboards, cells and views."""
        from influxctl.local.services.dashboards import Dashboards

        return Dashboards(self.resources)

    @cached_property
    def telegrafs(self) -> Telegrafs:
        """Telegraf configurations."""
        from influxctl.local.services.telegrafs import Telegrafs

        return Telegrafs(self.resources)

    @cached_property
    def tasks(self) -> Tasks:
        """Tasks."""
        from influxctl.local.services.tasks import Tasks

        return Tasks(self.resources, self.orgs)

    @cached_property
    def checks(self) -> Checks:
        """Checks."""
        from influxctl.local.services.checks import Checks

        return Checks(self.resources, self.tasks)

    @cached_property
    def endpoints(self) -> Endpoints:
        """Notification endpoints."""
        from influxctl.local.services.endpoints import Endpoints

        return Endpoints(self.resources, self.accounts, self.orgs)

    @cached_property
    def rules(self) -> Rules:
        """Notification rules."""
        from influxctl.local.services.rules import Rules

        return Rules(self.resources, self.tasks)

    @cached_property
    def runs(self) -> Runs:
        """Runs of tasks, and the schedule."""
        from influxctl.local.services.runs import Runs

        return Runs(self)

    @cached_property
    def members(self) -> Members:
        """Members and owners."""
        from influxctl.local.services.members import Members

        return Members(self.resources)

    @cached_property
    def authorizations(self) -> Authorizations:
        """Tokens and v1 users."""
        from influxctl.local.services.authorizations import Authorizations

        return Authorizations(self.resources, self.accounts, self.users)

    @cached_property
    def onboarding(self) -> Onboarding:
        """Set-up."""
        from influxctl.local.services.onboarding import Onboarding

        return Onboarding(self.resources, self.accounts, self.users, self.orgs, self.buckets, self.authorizations)

    @cached_property
    def backup(self) -> Backup:
        """Backup and restore."""
        from influxctl.local.services.backup import Backup

        return Backup(self.resources, self.buckets, self.points, self.streams.changed)

    @cached_property
    def limits(self) -> Limits:
        """Rates and quotas of Cloud."""
        from influxctl.local.services.limits import Limits

        return Limits(self.resources, self.points, self.options.limits)

    @cached_property
    def usage(self) -> Usage:
        """What organizations used."""
        from influxctl.local.services.usage import Usage

        return Usage(self.resources, self.metering)

    @cached_property
    def credentials(self) -> Credentials:
        """Who is asking."""
        from influxctl.local.services.credentials import Credentials

        return Credentials(self.resources, self.accounts, self.users)

    @cached_property
    def write(self) -> Write:
        """Writing and deleting points."""
        from influxctl.local.services.write import Write

        return Write(self.resources, self.orgs, self.buckets, self.points, self.streams)

    @cached_property
    def dbrps(self) -> DBRPs:
        """Databases and retention policies of InfluxQL."""
        from influxctl.local.services.dbrps import DBRPs

        return DBRPs(self.resources)

    @cached_property
    def influxql(self) -> InfluxQL:
        """InfluxQL and v1 writes."""
        from influxctl.local.services.influxql import InfluxQL

        return InfluxQL(self)

    @cached_property
    def query(self) -> Query:
        """Flux."""
        from influxctl.local.services.query import Query

        return Query(self)

    @cached_property
    def sources(self) -> Sources:
        """Sources."""
        from influxctl.local.services.sources import Sources

        return Sources(self.resources)

    @cached_property
    def scrapers(self) -> Scrapers:
        """Scraper targets."""
        from influxctl.local.services.scrapers import Scrapers

        return Scrapers(self.resources)

    @cached_property
    def replications(self) -> Replications:
        """Remote connections and replications."""
        from influxctl.local.services.replications import Replications

        return Replications(self.resources, self.streams)

    @cached_property
    def bucket_schemas(self) -> BucketSchemas:
        """Measurement schemas."""
        from influxctl.local.services.bucket_schemas import BucketSchemas

        return BucketSchemas(self.resources, self.points)

    @cached_property
    def documents(self) -> Documents:
        """Documents."""
        from influxctl.local.services.documents import Documents

        return Documents(self.resources)

    @cached_property
    def demo_data(self) -> DemoData:
        """Sample-data buckets."""
        from influxctl.local.services.demo_data import DemoData

        return DemoData(self.resources, self.points)

    @cached_property
    def stacks(self) -> Stacks:
        """Stacks."""
        from influxctl.local.services.stacks import Stacks

        return Stacks(self.resources)

    @cached_property
    def templates(self) -> Templates:
        """Templates."""
        from influxctl.local.services.templates import Templates

        return Templates(self, self.stacks)

    @cached_property
    def template_export(self) -> TemplateExport:
        """Resources as templates."""
        from influxctl.local.services.template_export import TemplateExport

        return TemplateExport(self, self.stacks)
