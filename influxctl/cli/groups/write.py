"""`influxctl write`: line protocol or CSV from arguments, files, URLs or standard input."""

from __future__ import annotations

from typing import Annotated, Literal

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.cli.options import Bucket, BucketId
from influxctl.core.errors import Exit, InfluxctlError, UsageError

PRECISIONS = ("ns", "us", "ms", "s")


Lines = Annotated[list[str] | None, Argument(metavar="[LINE]...", help="Lines of line protocol; - is standard input.")]
FileOption = Annotated[
    list[str] | None,
    Option("--file", "-f", metavar="FILE", help="Read a file, packed by gzip or not; - is standard input."),
]
UrlOption = Annotated[list[str] | None, Option("--url", "-u", metavar="URL", help="Read from a web address.")]
Precision = Annotated[
    Literal["ns", "us", "ms", "s"] | None, Option("--precision", "-p", help="Unit of the timestamps; ns if left out.")
]
FormatOption = Annotated[
    Literal["lp", "csv"] | None, Option("--format", help="Line protocol or CSV; told by the name .csv if left out.")
]
HeaderOption = Annotated[
    list[str] | None, Option("--header", metavar="LINE", help="A line to put in front of the CSV, such as annotations.")
]
SkipHeader = Annotated[
    int, Option("--skip-header", "--skipHeader", min=0, metavar="N", help="Leave out so many lines of each CSV.")
]
SkipRowOnError = Annotated[
    bool,
    Option(
        "--skip-row-on-error",
        "--skipRowOnError",
        help="Go on after a CSV row that cannot be read (always; kept for influx).",
        hidden=True,
    ),
]
Debug = Annotated[bool, Option("--debug", help="Print the CSV columns.", hidden=True)]
IgnoreTypes = Annotated[
    bool,
    Option(
        "--ignore-data-type-in-column-name",
        "--xIgnoreDataTypeInColumnName",
        help="A | in a CSV column name is part of it.",
        hidden=True,
    ),
]
Encoding = Annotated[str, Option("--encoding", metavar="NAME", help="Encoding of the input.")]
Compression = Annotated[
    Literal["none", "gzip"] | None,
    Option("--compression", help="Whether the input is packed; told by its first bytes if left out."),
]
ErrorsFile = Annotated[
    str | None, Option("--errors-file", metavar="FILE", help="Write refused lines there, with number and reason.")
]
MaxLineLength = Annotated[int, Option("--max-line-length", min=1, metavar="BYTES", help="Refuse longer lines.")]
RateLimit = Annotated[
    str | None, Option("--rate-limit", metavar="RATE", help="Send no faster, such as 5MB/5min or 100kB/s.")
]
BatchLines = Annotated[
    int | None,
    Option("--batch-lines", min=1, metavar="N", help="Lines in one request; if left out, 5000, to this machine 10000."),
]
Gzip = Annotated[bool | None, Option("--gzip/--no-gzip", help="Send compressed; if left out, to other machines only.")]
Parallel = Annotated[
    int,
    Option("--parallel", min=1, max=32, metavar="N", help="Connections; with several, lines may arrive out of order."),
]
Resume = Annotated[bool, Option("--resume", help="Go on where the same write of files was stopped.")]
Preview = Annotated[bool, Option("--dry-run", help="Print the line protocol instead of sending it.")]

Offline = Annotated[
    bool, Option("--offline", help="Queue the lines on disk and send nothing; 'influxctl queue push' delivers.")
]
OfflineFallback = Annotated[
    bool, Option("--offline-fallback", help="Send, and queue what the server cannot be given now.")
]


def write(
    ctx: Context,
    lines: Lines = None,
    bucket: Bucket = None,
    bucket_id: BucketId = None,
    file: FileOption = None,
    url: UrlOption = None,
    precision: Precision = None,
    format: FormatOption = None,
    header: HeaderOption = None,
    skip_header: SkipHeader = 0,
    skip_row_on_error: SkipRowOnError = False,
    debug: Debug = False,
    ignore_types: IgnoreTypes = False,
    encoding: Encoding = "UTF-8",
    compression: Compression = None,
    errors_file: ErrorsFile = None,
    max_line_length: MaxLineLength = 16000000,
    rate_limit: RateLimit = None,
    batch_lines: BatchLines = None,
    gzip: Gzip = None,
    parallel: Parallel = 1,
    resume: Resume = False,
    offline: Offline = False,
    offline_fallback: OfflineFallback = False,
    preview: Preview = False,
) -> None:
    """Write line protocol or CSV from arguments, files, addresses or standard input.

    Lines that the server refuses are reported with number and reason; the others are written, and the exit code is 7. With files
    or arguments standard input is never read. A write of files that was stopped can be repeated with --resume.
    """
    from dataclasses import replace

    from influxctl.cli.queueing import Fallback
    from influxctl.cli.sources import open_sources
    from influxctl.cli.writing import Delivery, Report, near, show_lines
    from influxctl.client.batch import BatchOptions, parse_rate
    from influxctl.client.csv2lp import CsvOptions

    words = list(lines or ())
    if words[:1] == ["dryrun"]:
        preview, words = True, words[1:]
    unit = precision or ctx.settings.get("precision") or "ns"
    if unit not in PRECISIONS:
        raise UsageError(f"{unit!r} is not a precision", hint=f"choose one of {', '.join(PRECISIONS)}")
    csv = CsvOptions(headers=tuple(header or ()), skip=skip_header, precision=unit, types_in_names=not ignore_types)
    sources = open_sources(
        ctx, words, file or [], url or [], format=format, encoding=encoding, compression=compression, csv=csv
    )
    options = BatchOptions(
        precision=unit,
        max_line=max_line_length,
        rate=parse_rate(rate_limit) if rate_limit else None,
        parallel=parallel,
    )
    if preview:
        show_lines(ctx, sources, Report(ctx, errors_file))
        return
    here = near(ctx.client.base_url)
    options = replace(
        options, gzip=not here if gzip is None else gzip, lines=batch_lines or options.lines * (2 if here else 1)
    )
    target = _target(ctx, bucket, bucket_id, ask=not offline, must=not offline_fallback)
    if not offline and not offline_fallback:
        Delivery(ctx, sources, target, options).run(errors_file, resume=resume)
        return
    if resume or parallel > 1:
        raise UsageError("--resume and --parallel do not go with a queue: it keeps the order by itself")
    fallback = Fallback(ctx, always=offline)
    try:
        Delivery(ctx, sources, target, options, fallback.writer).run(errors_file, resume=False)
    finally:
        fallback.finish()


def _target(ctx: Context, bucket: str | None, bucket_id: str | None, *, ask: bool, must: bool) -> dict[str, object]:
    """The query of the write: bucket and organization, names or IDs as they were given. `ask` the server which, if need be."""
    wanted = bucket_id or bucket or ctx.settings.bucket_id or ctx.settings.bucket or ctx.local_account.get("bucket")
    if not wanted:
        raise UsageError("which bucket?", hint="give --bucket NAME, INFLUX_BUCKET_NAME, or a bucket in the profile")
    org = ctx.settings.org_id or ctx.settings.org or ctx.local_account.get("org")
    if not org and ask:
        try:
            org = ctx.org_id()
        except InfluxctlError as error:
            if must or error.exit is not Exit.UNREACHABLE:
                raise
    return {"bucket": wanted, "org": org}


command = command_of(write, "write", ["PostWrite"])
