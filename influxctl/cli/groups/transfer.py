"""`influxctl local push`, `pull` and `mirror`: data and resources between the embedded server and any InfluxDB v2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.durations import moment_ns
from influxctl.core.errors import Exit, InfluxctlError, NotFound, PartlyDone, UsageError
from influxctl.output.columns import Column

if TYPE_CHECKING:
    from influxctl.cli.writing import Report
    from influxctl.offline.journal import Journal
    from influxctl.offline.transfer import Count, End, Transfer

COUNTS = (
    Column("Bucket", "bucket"),
    Column("Measurement", "measurement"),
    Column("Source", "source"),
    Column("Target", "target"),
    Column("Status", "status"),
)
# What the environment says of the server of other commands: a profile that is named here means itself.
_SERVER = ("INFLUX_HOST", "INFLUX_ORG", "INFLUX_ORG_ID", "INFLUX_BUCKET_NAME", "INFLUXCTL_PROFILE", "INFLUX_ACTIVE_CONFIG")  # fmt: skip
_TOKEN = ("INFLUX_TOKEN", "INFLUXCTL_TOKEN_COMMAND")

DataDir = Annotated[str | None, Option("--data-dir", metavar="DIR", help="Folder of the data.")]
To = Annotated[str, Option("--to", metavar="PROFILE", help="Profile of the server that gets the data.")]
From = Annotated[str, Option("--from", metavar="PROFILE", help="Profile of the server that has the data.")]
Buckets = Annotated[
    list[str] | None, Option("--bucket", "-b", metavar="BUCKET", help="Only this bucket; may be given again.")
]
Since = Annotated[
    str | None, Option("--since", metavar="TIME", help="First time: RFC 3339, or a span back such as -30d.")
]
Until = Annotated[str | None, Option("--until", metavar="TIME", help="Up to this time, without it.")]
Resources = Annotated[
    bool,
    Option(
        "--resources/--no-resources",
        help="Labels, variables, tasks, dashboards, checks, rules, endpoints, Telegraf configurations too.",
    ),
]
Rate = Annotated[
    str | None, Option("--rate-limit", metavar="RATE", help="Send no faster, such as 5MB/5min or 100kB/s.")
]
BatchLines = Annotated[int, Option("--batch-lines", min=1, metavar="N", help="Lines in one request.")]
Parallel = Annotated[int, Option("--parallel", min=1, max=16, metavar="N", help="Requests at the same time.")]
ErrorsFile = Annotated[
    str | None, Option("--errors-file", metavar="FILE", help="Write refused lines there, with number and reason.")
]
Restart = Annotated[bool, Option("--restart", help="Begin again, also when an earlier call was cut off.")]
Preview = Annotated[bool, Option("--dry-run", help="Only show what is there and what would be done.")]


def push(
    ctx: Context, to: To, bucket: Buckets = None, since: Since = None, until: Until = None, resources: Resources = True,
    rate_limit: Rate = None, batch_lines: BatchLines = 5000, parallel: Parallel = 1,
    errors_file: ErrorsFile = None, restart: Restart = False,
    preview: Preview = False, data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Send data and resources of the embedded server to another server, and compare both sides at the end.

    A call that was cut off goes on where it was when it is given again. Exit 7 when lines were refused or the counts differ.
    """
    with _ends(ctx, "--to", to, data_dir) as (here, there):
        key = {"do": "push", "from": here.name, "to": there.name, "org": there.org_id, "since": since, "until": until}
        job = _Job(ctx, here, there, key, _options(rate_limit, batch_lines, parallel), errors_file, restart)
        job.run(bucket, since, until, first=resources, rest=resources, preview=preview)


def pull(
    ctx: Context, from_profile: From, bucket: Buckets = None, since: Since = None, until: Until = None,
    resources: Resources = False, rate_limit: Rate = None, batch_lines: BatchLines = 5000, parallel: Parallel = 1,
    errors_file: ErrorsFile = None,
    restart: Restart = False, preview: Preview = False, data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Get data of another server into the embedded server, and compare both sides at the end.

    Buckets are made with their retention. A call that was cut off goes on where it was when it is given again.
    """
    if not bucket:
        raise UsageError("which bucket?", hint="give --bucket NAME, once or more")
    with _ends(ctx, "--from", from_profile, data_dir) as (here, there):
        key = {"do": "pull", "from": there.name, "to": here.name, "org": there.org_id, "since": since, "until": until}
        job = _Job(ctx, there, here, key, _options(rate_limit, batch_lines, parallel), errors_file, restart)
        job.run(bucket, since, until, first=True, rest=resources, preview=preview)


def mirror(
    ctx: Context, from_profile: From, bucket: Annotated[str, Option("--bucket", "-b", metavar="BUCKET", help="Bucket, by name.")],
    last: Annotated[str, Option("--last", metavar="SPAN", help="How far back the copy goes, such as 7d.")] = "7d",
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Keep a copy of the newest data of a bucket in the embedded server: get what came since the last call.

    Both sides are counted; what the source has and the copy lacks (points that came late) is got again.
    """
    from influxctl.client.batch import BatchOptions
    from influxctl.core.times import now_ns

    stop = now_ns()
    start = stop - _span(last)
    with _ends(ctx, "--from", from_profile, data_dir) as (here, there):
        key = {"do": "mirror", "from": there.name, "to": here.name, "org": there.org_id}
        job = _Job(ctx, there, here, key, BatchOptions(), None, False)
        job.keep_up(bucket, start, stop)


def _options(rate_limit: str | None, batch_lines: int, parallel: int) -> Any:
    from influxctl.client.batch import BatchOptions, parse_rate

    return BatchOptions(lines=batch_lines, parallel=parallel, rate=parse_rate(rate_limit) if rate_limit else None)


def _span(text: str) -> int:
    from influxctl.core.errors import Invalid
    from influxctl.core.times import parse_duration

    try:
        found = parse_duration(text.removeprefix("-"))
    except Invalid as error:
        raise UsageError(f"--last: {error.message}", hint=error.hint) from None
    if found.months:
        raise UsageError("--last: months and years have no fixed length", hint="write days, such as 30d")
    return found.ns


@contextmanager
def _ends(ctx: Context, option: str, profile: str, data_dir: str | None) -> Iterator[tuple[End, End]]:
    """The embedded server and the server of a profile."""
    from influxctl.offline.transfer import End

    chosen = data_dir or ctx.flags.get("data_dir")
    where = (Path(str(chosen)).expanduser() if chosen else ctx.settings.data_dir).absolute()
    kept = ("timeout", "lock_timeout", "trace", "quiet", "configs_path")
    flags = {key: ctx.flags[key] for key in kept if ctx.flags.get(key) is not None}
    more = ("org", "org_id", "skip_verify", "extra_http_header", "trace_debug_id")
    far_flags = (
        flags | {"profile_origin": option} | {key: ctx.flags[key] for key in more if ctx.flags.get(key) is not None}
    )
    near = _context(ctx, {**flags, "profile": "local", "data_dir": str(where)}, with_token=False)
    far = _context(ctx, {**far_flags, "profile": profile}, with_token=False)
    if not far.settings.is_local and far.settings.token is None and far.settings.signin is None:
        far = _context(ctx, {**far_flags, "profile": profile}, with_token=True)
    if far.settings.is_local and far.settings.data_dir.absolute() == where:
        raise UsageError(
            f"profile {profile!r} is the embedded server itself", hint="'influxctl config list' shows the profiles"
        )
    try:
        yield (
            End(near.client, near.org_id(), str(where)),
            End(far.client, far.org_id(), str(far.settings.data_dir) if far.settings.is_local else far.client.base_url),
        )
    finally:
        near.close()
        far.close()


def _context(ctx: Context, flags: dict[str, object], *, with_token: bool) -> Context:
    from influxctl.config.profiles import LOCAL

    out = _SERVER if with_token else (*_SERVER, *_TOKEN)
    if flags["profile"] != LOCAL:
        out = (*out, "INFLUXCTL_DATA_DIR")  # that of the embedded server: another profile has its own
    env = {key: value for key, value in ctx.env.items() if key not in out}
    other = Context(stdin=ctx.stdin, stdout=ctx.stdout, stderr=ctx.stderr, env=env)
    other.flags = flags
    return other


class _Job:
    """One transfer between two ends, with everything that is said about it."""

    def __init__(self, ctx: Context, source: End, target: End, key: dict[str, Any], options: Any, errors_file: str | None,
                 restart: bool) -> None:  # fmt: skip
        from dataclasses import replace
        from time import monotonic

        from influxctl.cli.writing import Report, near
        from influxctl.config.paths import state_dir
        from influxctl.offline.journal import Journal
        from influxctl.offline.transfer import Transfer

        self.ctx, self.source, self.target = ctx, source, target
        self.journal: Journal = Journal(state_dir(ctx.env) / "transfers", key)
        if restart:
            self.journal.forget()
        self.report: Report = Report(ctx, errors_file)
        options = replace(options, gzip=not near(target.client.base_url))
        self.transfer: Transfer = Transfer(source, target, options, self._reject, self._progress)
        self._clock, self._began = monotonic, monotonic()
        self._before = 0  # lines of buckets that are done

    def run(self, buckets: list[str] | None, since: str | None, until: str | None, *, first: bool, rest: bool,
            preview: bool) -> None:  # fmt: skip
        """Resources that data needs, data, the other resources, and the comparison."""
        from influxctl.core.times import MAX_TIME, MIN_TIME
        from influxctl.offline.resources import FIRST, REST

        names = self._names(buckets)
        start = self.journal.fact("start", moment_ns(since, "--since", MIN_TIME))
        stop = self.journal.fact("stop", moment_ns(until, "--until", MAX_TIME + 1))
        if self.journal.resumed and not preview:
            self.ctx.note("Going on where an earlier call was cut off; --restart begins again.")
        chosen = names if buckets else None
        if first:
            self._carry(FIRST if rest or not buckets else ("bucket",), chosen, preview)
        if not preview:
            with self._cut_off():
                for name in names:
                    self._before += self.transfer.copy(name, start, stop, self.journal).lines
        if rest:
            self._carry(REST, chosen, preview)
        self._finish(names, start, stop, preview)

    def keep_up(self, bucket: str, start: int, stop: int) -> None:
        """What is newer than the last call, then what the counts say is missing."""
        self._carry(("bucket",), self._names([bucket]), False)
        with self._cut_off():
            self.transfer.copy(bucket, start, stop, self.journal)
            counts = self.transfer.compare(bucket, start, stop)
            late = [count.measurement for count in counts if count.status == "missing"]
            if late:
                self.ctx.note(f"Getting {', '.join(late)} again: points came late.")
                self.transfer.copy(bucket, start, stop, measurements=late)
                counts = self.transfer.compare(bucket, start, stop)
        self._say(counts, [count for count in counts if count.status == "missing"])

    def _names(self, buckets: Sequence[str] | None) -> list[str]:
        if not buckets:
            return sorted(bucket["name"] for bucket in self.source.buckets())
        for name in buckets:
            if self.source.bucket(name) is None:
                raise NotFound(
                    f"{self.source.name} has no bucket {name!r}", hint="'influxctl bucket list' shows what there is"
                )
        return list(buckets)

    def _carry(self, nouns: Sequence[str], buckets: Sequence[str] | None, preview: bool) -> None:
        from influxctl.offline.resources import Carrier, summed

        if not hasattr(self, "_carrier"):
            self._carrier = Carrier(self.source, self.target, preview, self.ctx.note)
        done = []
        for row in self._carrier.carry(nouns, buckets):
            done.append(row)
            self.ctx.progress(f"{row['kind']} {row['name']}: {row['action']}")
        if done:
            self.ctx.note(f"{'Would be: ' if preview else ''}{summed(done)}.")

    def _finish(self, names: Sequence[str], start: int, stop: int, preview: bool) -> None:
        counts = [count for name in names for count in self.transfer.compare(name, start, stop)]
        differ = [] if preview else [count for count in counts if count.status != "same"]
        self.report.close()
        if not preview:
            self.journal.forget()
        self._say(counts, differ)

    def _say(self, counts: Sequence[Count], differ: Sequence[Count]) -> None:
        self.ctx.finish_line()
        self.ctx.show([count.row() for count in counts], COUNTS)
        if differ:
            texts = [f"{c.bucket}/{c.measurement} has {c.source} values here and {c.target} there" for c in differ[:3]]
            more = f" and {len(differ) - 3} more" if len(differ) > 3 else ""
            raise PartlyDone(
                f"the two sides differ: {'; '.join(texts)}{more}", details={"differences": [c.row() for c in differ]},
                hint="were points written meanwhile, or is there other data in the target?",
            )  # fmt: skip
        self.report.finish(self._before)

    @contextmanager
    def _cut_off(self) -> Iterator[None]:
        """Tell that the same command goes on."""
        try:
            yield
        except InfluxctlError as error:
            if error.exit in (Exit.UNREACHABLE, Exit.RATE_LIMITED):
                error.hint = "the same command goes on where this one was"
            raise
        finally:
            self.report.close()
            self.ctx.finish_line()

    def _reject(self, bucket: str, rejected: Any) -> None:
        self.report.row(bucket, rejected.line, rejected.reason, rejected.text.decode("utf-8", "replace"))

    def _progress(self, bucket: str, progress: Any, at: int) -> None:
        from influxctl.core.times import format_time

        lines = self._before + progress.written
        seconds = max(self._clock() - self._began, 1e-6)
        self.ctx.progress(f"{bucket}: {lines:,} lines, {lines / seconds:,.0f}/s, up to {format_time(at)}")
