"""The list of nouns and top-level commands: name, module, one-line help, section of the root help, aliases.

A module under `cli.groups` holds `group` (a `factories.Group`) or `command` (a `lazy.Command`). Importing this costs
nothing.
"""

from __future__ import annotations

from typing import NamedTuple


class Noun(NamedTuple):
    """A word after `influxctl`."""

    name: str
    module: str
    help: str
    section: str
    aliases: tuple[str, ...] = ()
    attribute: str = ""  # of the module: `group` or `command` unless said otherwise


DATA, ACCESS, RESOURCES, OSS, TOOLS = "Data", "Accounts and access", "Resources", "InfluxDB OSS", "Tools"
HIDDEN = ""  # words of the influx tool that stand elsewhere here

NOUNS: tuple[Noun, ...] = (
    Noun("write", "write", "Write line protocol or CSV from files or standard input", DATA),
    Noun("query", "query", "Run a Flux query and print its tables", DATA),
    Noun("queue", "queue", "Writes that wait on disk: push, status, drop", DATA),
    Noun("delete", "delete", "Delete points by time range and predicate", DATA),
    Noun("bucket", "bucket", "Buckets, their labels, members and owners", DATA, ("buckets",)),
    Noun("bucket-schema", "bucket_schema", "Explicit schemas of measurements", DATA, ("bucket-schemas",)),
    Noun("dbrp", "dbrp", "Mappings of v1 databases and retention policies to buckets", DATA, ("dbrps",)),
    Noun("demo-data-bucket", "demo_data_bucket", "Sample buckets of InfluxDB Cloud", DATA, ("demo-data-buckets",)),
    Noun("setup", "setup", "Set up a new server: first user, organization, bucket and token", ACCESS),
    Noun("org", "org", "Organizations, their members, owners, limits and usage", ACCESS,
         ("orgs", "organization", "organizations")),
    Noun("user", "user", "Users and passwords", ACCESS, ("users",)),
    Noun("authorization", "authorization", "API tokens and what they may do", ACCESS,
         ("auth", "auths", "authorizations", "token", "tokens")),
    Noun("secret", "secret", "Secrets of an organization", ACCESS, ("secrets",)),
    Noun("signin", "signin", "Start a session with user name and password", ACCESS),
    Noun("signout", "signout", "End the session", ACCESS),
    Noun("task", "task", "Tasks, their runs and logs", RESOURCES, ("tasks",)),
    Noun("check", "check", "Checks of monitored data", RESOURCES, ("checks",)),
    Noun("notification-rule", "notification_rule", "Rules that turn statuses into notifications", RESOURCES,
         ("notification-rules", "rule", "rules")),
    Noun("notification-endpoint", "notification_endpoint", "Where notifications go", RESOURCES,
         ("notification-endpoints", "endpoint", "endpoints")),
    Noun("dashboard", "dashboard", "Dashboards", RESOURCES, ("dashboards",)),
    Noun("cell", "cell", "Cells of a dashboard and their views", RESOURCES, ("cells",)),
    Noun("variable", "variable", "Variables of dashboards", RESOURCES, ("variables",)),
    Noun("label", "label", "Labels", RESOURCES, ("labels",)),
    Noun("telegraf", "telegraf", "Telegraf configurations", RESOURCES, ("telegrafs",)),
    Noun("telegraf-plugin", "telegraf_plugin", "Plugins that Telegraf configurations can use", RESOURCES,
         ("telegraf-plugins",)),
    Noun("template", "template", "Apply and export templates", RESOURCES, ("templates",)),
    Noun("stack", "stack", "Stacks: resources that were made by templates", RESOURCES, ("stacks",)),
    Noun("plan", "gitops", "Show what templates would change, field by field", RESOURCES, attribute="plan_command"),
    Noun("diff", "gitops", "Compare the resources of two profiles", RESOURCES, attribute="diff_command"),
    Noun("sync", "gitops", "Bring the resources of one profile to another", RESOURCES, attribute="sync_command"),
    Noun("document-template", "document_template", "Stored template documents", RESOURCES, ("document-templates",)),
    Noun("server", "server", "Health, readiness, metrics and configuration of a server", OSS),
    Noun("remote", "remote", "Remote servers that data is replicated to", OSS, ("remotes",)),
    Noun("replication", "replication", "Replications of buckets to remote servers", OSS, ("replications",)),
    Noun("scraper", "scraper", "Scrapers of Prometheus metrics", OSS, ("scrapers",)),
    Noun("source", "source", "Data sources", OSS, ("sources",)),
    Noun("v1", "v1", "Authorizations and mappings for clients of InfluxDB 1.x", OSS),
    Noun("apply", "template", "Same as template apply", HIDDEN, attribute="apply_command"),
    Noun("export", "template", "Same as template export", HIDDEN, attribute="export_command"),
    Noun("server-config", "server", "Same as server config", HIDDEN, attribute="config_command"),
    Noun("flux", "flux", "Format, check, lint and explain Flux scripts", TOOLS),
    Noun("doctor", "doctor", "Find what is wrong with the profile, the server, the token and the resources", TOOLS),
    Noun("shell", "shell", "Type Flux and InfluxQL with completion, history and plots", TOOLS),
    Noun("ping", "ping", "See whether the server answers, and which version it is", TOOLS),
    Noun("wait", "wait", "Wait until a server, resource or run is as it should be", TOOLS),
    Noun("top", "top", "Show what a server is doing: requests, writes, tasks", TOOLS),
    Noun("api", "api", "Call any operation by its ID or by method and path", TOOLS),
    Noun("docs", "docs", "Explain an operation or schema of the API, offline", TOOLS),
    Noun("resource", "resource", "Kinds of resources that permissions can name", TOOLS, ("resources",)),
    Noun("route", "route", "Top-level routes of the API", TOOLS, ("routes",)),
    Noun("config", "config", "Profiles: servers, tokens and defaults", TOOLS, ("configs", "profile", "profiles")),
    Noun("alias", "alias", "Words of your own that stand for command lines", TOOLS, ("aliases",)),
    Noun("saved-query", "saved_query", "Queries with a name, for query --saved", TOOLS, ("saved-queries",)),
    Noun("extension", "extension", "Programs on PATH that run as commands", TOOLS, ("extensions",)),
    Noun("local", "local", "The embedded server: serve, start, stop, push, pull, snapshot, export, check, stats", TOOLS),
    Noun("completion", "completion", "Print the completion script of a shell", TOOLS),
    Noun("examples", "examples", "Show recipes: commands and what they print", TOOLS),
    Noun("demo", "demo", "Write real data into an embedded server, query and plot it", TOOLS),
)  # fmt: skip

WORDS: dict[str, Noun] = {word: noun for noun in NOUNS for word in (noun.name, *noun.aliases)}
