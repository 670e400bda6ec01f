"""`influxctl write`: line protocol or CSV from arguments, files, URLs or standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.cli.options import Bucket, BucketId
from influxctl.core.errors import Exit, InfluxctlError, PartlyDone, UsageError

if TYPE_CHECKING:
    from influxctl.cli.sources import Source
    from influxctl.client.lines import Rejected

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
BatchLines = Annotated[int, Option("--batch-lines", min=1, metavar="N", help="Lines in one request.")]
NoGzip = Annotated[bool, Option("--no-gzip", help="Send without compression.")]
Preview = Annotated[bool, Option("--dry-run", help="Print the line protocol instead of sending it.")]


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
    batch_lines: BatchLines = 5000,
    no_gzip: NoGzip = False,
    preview: Preview = False,
) -> None:
    """Write line protocol or CSV from arguments, files, addresses or standard input.

    Lines that the server refuses are reported with number and reason; the others are written, and the exit code is 7. With files
    or arguments standard input is never read.
    """
    from influxctl.cli.sources import open_sources
    from influxctl.client.batch import BatchOptions, Writer, parse_rate
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
    report = Report(ctx, errors_file)
    try:
        if preview:
            shown = 0
            for source in sources:
                for _, line in source.lines(report.row):
                    ctx.stdout.write(line.decode("utf-8", "replace") + "\n")
                    shown += 1
            report.finish(shown, "shown")
            return
        options = BatchOptions(
            precision=unit,
            lines=batch_lines,
            max_line=max_line_length,
            gzip=not no_gzip,
            rate=parse_rate(rate_limit) if rate_limit else None,
        )
        written = 0
        target = _target(ctx, bucket, bucket_id)
        for source in sources:
            writer = Writer(ctx.client, target, options, reject=report.line(source), progress=Meter(ctx, source))
            try:
                written += writer.write(source.lines(report.row)).written
            except KeyboardInterrupt:
                done = written + writer.done.written
                hint = f"the last line of {source.name} that was sent is {writer.done.last_line}" if done else None
                raise InfluxctlError(
                    f"interrupted: {done} line{'s' * (done != 1)} written", hint=hint, exit=Exit.INTERRUPTED
                ) from None
        report.finish(written)
    finally:
        report.close()


def _target(ctx: Context, bucket: str | None, bucket_id: str | None) -> dict[str, object]:
    """The query of the write: bucket and organization, names or IDs as they were given."""
    wanted = bucket_id or bucket or ctx.settings.bucket_id or ctx.settings.bucket or ctx.local_account.get("bucket")
    if not wanted:
        raise UsageError("which bucket?", hint="give --bucket NAME, INFLUX_BUCKET_NAME, or a bucket in the profile")
    org = ctx.settings.org_id or ctx.settings.org or ctx.local_account.get("org") or ctx.org_id()
    return {"bucket": wanted, "org": org}


class Report:
    """What was refused: the first few on stderr, all in the errors file, and the exit code."""

    SHOWN = 10

    def __init__(self, ctx: Context, path: str | None) -> None:
        self._ctx = ctx
        self._path = path
        self._file: Any = None
        self.rejected = 0
        if path is not None:
            try:
                self._file = open(path, "w", encoding="utf-8")  # noqa: SIM115 - closed by close()
            except OSError as error:
                raise UsageError(f"cannot write {path!r}: {error.strerror}") from None

    def line(self, source: Source) -> Any:
        """The function that takes lines refused by the server."""

        def reject(rejected: Rejected) -> None:
            self._add(source.name, rejected.line, rejected.reason, rejected.text.decode("utf-8", "replace"))

        return reject

    def row(self, source: str, number: int, reason: str, text: str) -> None:
        """A row that could not be made a line."""
        self._add(source, number, reason, text)

    def _add(self, source: str, number: int, reason: str, text: str) -> None:
        self.rejected += 1
        where = f"{source}: line {number}"
        if self._file is not None:
            self._file.write(f"# {where}: {' '.join(reason.split())}\n{text}\n")
        if self.rejected <= self.SHOWN:
            self._ctx.note(f"{where}: {' '.join(reason.split())}")
        elif self.rejected == self.SHOWN + 1 and self._file is None:
            self._ctx.note("… (--errors-file FILE keeps all of them)")

    def finish(self, written: int, done: str = "written") -> None:
        """Say how it went; `PartlyDone` if lines were refused."""
        self._ctx.finish_line()
        if not self.rejected:
            return
        hint = f"they are in {self._path}" if self._path else "--errors-file FILE keeps them"
        raise PartlyDone(
            f"{written} line{'s' * (written != 1)} {done}, {self.rejected} refused", hint=hint,
            details={"written": written, "rejected": self.rejected},
        )  # fmt: skip

    def close(self) -> None:
        """Close the errors file."""
        if self._file is not None:
            self._file.close()


class Meter:
    """Progress on stderr: lines, rate, and how long it will take where the size is known."""

    def __init__(self, ctx: Context, source: Source) -> None:
        from time import monotonic

        self._ctx, self._source, self._clock, self._began = ctx, source, monotonic, monotonic()

    def __call__(self, progress: Any) -> None:
        seconds = max(self._clock() - self._began, 1e-6)
        text = f"{self._source.name}: {progress.written:,} lines, {progress.written / seconds:,.0f}/s"
        size, at = self._source.size, self._source.position
        if size and at:
            text += f", {100 * at / size:.0f} %, {max(0.0, seconds * (size - at) / at):.0f} s left"
        if progress.rejected:
            text += f", {progress.rejected} refused"
        self._ctx.progress(text)


command = command_of(write, "write", ["PostWrite"])
