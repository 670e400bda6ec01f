"""Options that many commands share: the global ones (`GLOBAL`, accepted anywhere) and the annotated types of
parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from typer import Argument, Option

from influxctl.output import FORMATS, ONLY_QUERIES

OUTPUTS = (*FORMATS, *ONLY_QUERIES, "raw")


@dataclass(frozen=True, slots=True)
class GlobalOption:
    """One option of every command. Its value goes to `Context.flags[name]`; with `value`, that instead."""

    name: str
    decls: tuple[str, ...]
    help: str
    flag: bool = False
    type: type[Any] | None = None
    choices: tuple[str, ...] = ()
    metavar: str = ""
    multiple: bool = False
    hidden: bool = False
    value: object = None


GLOBAL: tuple[GlobalOption, ...] = (
    GlobalOption("profile", ("--profile", "-c"), "Profile to use, for this call only.", metavar="NAME"),
    GlobalOption("host", ("--host",), "Server URL.", metavar="URL"),
    GlobalOption("token", ("--token", "-t"), "API token (better: --token-stdin, INFLUX_TOKEN or a profile).", metavar="TOKEN"),
    GlobalOption("token_stdin", ("--token-stdin",), "Read the API token from the first line of standard input.", flag=True),
    GlobalOption("org", ("--org", "-o"), "Organization, by name or ID.", metavar="ORG"),
    GlobalOption("org_id", ("--org-id",), "Organization, by ID.", metavar="ID"),
    GlobalOption("output", ("--output", "-O"), "Output format.", choices=OUTPUTS),
    GlobalOption("output", ("--json",), "Same as --output json.", flag=True, value="json"),
    GlobalOption("fields", ("--fields",), "Print only these fields, separated by commas.", metavar="NAMES"),
    GlobalOption("select", ("--select",), "JMESPath expression applied to the answer before it is printed.", metavar="EXPR"),
    GlobalOption("watch", ("--watch",), "Repeat a command that only reads every so often, such as 5s.", metavar="DURATION"),
    GlobalOption("hide_headers", ("--hide-headers",), "Print tables and CSV without headings.", flag=True),
    GlobalOption("timeout", ("--timeout",), "Seconds to wait for the server.", type=float, metavar="SECONDS"),
    GlobalOption("skip_verify", ("--skip-verify",), "Do not check the server's TLS certificate.", flag=True),
    GlobalOption("trace", ("--trace",), "Print requests and answers on stderr, tokens hidden.", flag=True),
    GlobalOption("trace", ("--http-debug",), "Same as --trace.", flag=True, hidden=True),
    GlobalOption("dry_run", ("--dry-run",), "Stop before the first request that changes something and print it.", flag=True),
    GlobalOption("curl", ("--curl",), "Print the request as a curl command instead of sending it; the token is hidden.",
                 flag=True),
    GlobalOption("trace_debug_id", ("--trace-debug-id",), "Trace ID to send along.", metavar="ID", hidden=True),
    GlobalOption("extra_http_header", ("--extra-http-header",), "Header to add to every request, as key:value.",
                 metavar="HEADER", multiple=True, hidden=True),
    GlobalOption("yes", ("--yes", "-y"), "Answer every question with yes.", flag=True),
    GlobalOption("lock_timeout", ("--lock-timeout",), "Seconds to wait for another process that uses the local data.",
                 type=float, metavar="SECONDS"),
    GlobalOption("no_color", ("--no-color",), "No colours.", flag=True),
    GlobalOption("quiet", ("--quiet",), "No notes or progress on stderr.", flag=True),
    GlobalOption("data_dir", ("--data-dir",), "Folder of the embedded server's data.", metavar="DIR"),
    GlobalOption("profile", ("--active-config",), "Same as --profile.", metavar="NAME", hidden=True),
    GlobalOption("configs_path", ("--configs-path",), "File of the influx tool's configurations.", metavar="PATH", hidden=True),
)  # fmt: skip

BodyFile = Annotated[
    str | None,
    Option("--file", "-f", metavar="FILE", help="Read the body from a JSON or YAML file; - is standard input."),
]
Skeleton = Annotated[bool, Option("--skeleton", help="Print an example of the body and stop.")]
Description = Annotated[str | None, Option("--description", "-d", metavar="TEXT", help="Description.")]
Id = Annotated[str | None, Option("--id", "-i", metavar="ID", help="ID, instead of a name.")]
Name = Annotated[str | None, Option("--name", "-n", metavar="NAME", help="Name.")]
Limit = Annotated[int | None, Option("--limit", min=1, metavar="N", help="At most so many rows.")]
Bucket = Annotated[str | None, Option("--bucket", "-b", metavar="BUCKET", help="Bucket, by name or ID.")]
BucketId = Annotated[str | None, Option("--bucket-id", metavar="ID", help="Bucket, by ID.")]
BucketArgument = Annotated[str, Argument(metavar="BUCKET", help="Bucket, by name or ID.")]
