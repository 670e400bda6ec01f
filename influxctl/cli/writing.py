"""How `write` carries sources to the server: refused lines, progress, and the journal from which a stopped write goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from time import monotonic
from typing import IO, TYPE_CHECKING

from influxctl.core.errors import Conflict, Exit, InfluxctlError, PartlyDone, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from influxctl.cli.context import Context
    from influxctl.cli.sources import Source
    from influxctl.client.batch import BatchOptions, Progress, Writer
    from influxctl.client.journal import Journal, Step
    from influxctl.client.lines import Rejected

JOURNALED = 1 << 18  # bytes; files smaller than this are written again faster than a journal is kept
LOOPBACK = ("localhost", "127.", "[::1]")


def near(url: str) -> bool:
    """Whether a server is on this machine, or in this process: packing would only cost time, and large batches cross no network."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme not in ("http", "https") or parts.netloc.rpartition("@")[2].startswith(LOOPBACK)


def show_lines(ctx: Context, sources: Sequence[Source], report: Report) -> None:
    """Print the line protocol of the sources."""
    shown = 0
    try:
        for source in sources:
            for _, line in source.lines(report.row):
                ctx.stdout.write(line.decode("utf-8", "replace") + "\n")
                shown += 1
        report.finish(shown, "shown")
    finally:
        report.close()


class Delivery:
    """One call of `write`: the sources one after another, each in batches."""

    def __init__(
        self, ctx: Context, sources: Sequence[Source], target: dict[str, object], options: BatchOptions,
        make: Callable[..., Writer] | None = None,
    ) -> None:  # fmt: skip
        self._ctx, self._sources, self._target, self._options = ctx, sources, target, options
        self._make = make
        self._done = 0  # lines of the sources before the current one, and of the write that is gone on with

    def run(self, errors_file: str | None, *, resume: bool) -> None:
        """Write everything; `PartlyDone` if lines were refused."""
        journal = self._journal(resume)
        step = journal.step if journal is not None else None
        if resume:
            self._say_where(journal)
        report = Report(
            self._ctx, errors_file, append=bool(journal and journal.resumed), rejected=step.rejected if step else 0
        )
        self._done = step.written if step else 0
        finished = False
        try:
            for number, source in enumerate(self._sources):
                if step is None or number >= step.source:
                    first = step.line if step is not None and number == step.source else 1
                    self._write(number, source, first, report, journal)
            finished = True
            report.finish(self._done)
        finally:
            report.close()
            if journal is not None:
                journal.close(done=finished)

    def _write(self, number: int, source: Source, first: int, report: Report, journal: Journal | None) -> None:
        from influxctl.client.batch import Writer

        meter = Meter(self._ctx, source)
        note = self._noter(number, report, journal)

        def progress(done: Progress) -> None:
            note(done)
            meter(done)

        writer = (self._make or Writer)(
            self._ctx.client, self._target, self._options, reject=report.line(source), progress=progress,
            base=journal.base if journal is not None else None,
        )  # fmt: skip
        kept = "repeat the command with --resume to go on"
        try:
            writer.write(source.pieces(report.row, first))
        except KeyboardInterrupt:
            done = self._done + writer.done.written
            hint = f"the last line of {source.name} that was sent is {writer.done.last_line}" if done else None
            raise InfluxctlError(
                f"interrupted: {done} line{'s' * (done != 1)} written", hint=kept if journal is not None else hint,
                exit=Exit.INTERRUPTED,
            ) from None  # fmt: skip
        except InfluxctlError as error:
            if journal is not None and journal.step.written:
                error.hint = f"{error.hint}; {kept}" if error.hint else kept
            raise
        self._done += writer.done.written
        if journal is not None and number + 1 < len(self._sources):
            journal.note(replace(journal.step, source=number + 1, line=1, written=self._done, rejected=report.rejected))

    def _noter(self, number: int, report: Report, journal: Journal | None) -> Callable[[Progress], None]:
        """The function that puts down how far a source has come, after its refused lines are on disk."""
        from influxctl.client.journal import Step

        before = self._done

        def note(done: Progress) -> None:
            if journal is not None:
                report.flush()
                journal.note(Step(number, done.next_line, before + done.written, report.rejected))

        return note

    def _journal(self, resume: bool) -> Journal | None:
        """The journal of this write, if its sources are files large enough to be worth one."""
        from influxctl.client.journal import Journal

        paths = [source.path for source in self._sources]
        if not all(paths):
            if resume:
                raise UsageError(
                    "--resume needs files", hint="what comes from a pipe or an address cannot be read again"
                )
            return None
        if sum(source.size for source in self._sources) < JOURNALED and not resume:
            return None
        settings = self._ctx.settings
        what = {
            "server": str(settings.data_dir) if settings.is_local else self._ctx.client.base_url,
            "target": [str(self._target["bucket"]), settings.org_id or settings.org],
            "precision": self._options.precision,
            "files": [_identity(path) for path in paths],
        }
        try:
            return Journal(self._place(what), what, resume=resume)
        except Conflict:
            if resume:
                raise
            return None
        except OSError as error:  # no place for it: the write itself can still be done
            self._ctx.note(f"no journal is kept: {error.strerror or error}")
            return None

    def _place(self, what: Mapping[str, object]) -> Path:
        """The file that belongs to a write of these files into this bucket."""
        import hashlib
        import json

        from influxctl.config import paths

        files = [_absolute(source.path) for source in self._sources]
        key = json.dumps([what["server"], what["target"], what["precision"], files])
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
        return paths.state_dir(self._ctx.env) / "writes" / f"{digest[:24]}.journal"

    def _say_where(self, journal: Journal | None) -> None:
        if journal is None or not journal.resumed:
            self._ctx.note("There is nothing to go on with: writing from the beginning.")
            return
        step: Step = journal.step
        self._ctx.note(
            f"Going on at line {step.line:,} of {self._sources[step.source].name}: {step.written:,} lines are written."
        )


def _absolute(path: str) -> str:
    from pathlib import Path

    return str(Path(path).absolute())


def _identity(path: str) -> list[object]:
    import os

    stat = os.stat(path)
    return [_absolute(path), stat.st_size, stat.st_mtime_ns]


class Report:
    """What was refused: the first few on stderr, all in the errors file, and the exit code."""

    SHOWN = 10

    def __init__(self, ctx: Context, path: str | None, *, append: bool = False, rejected: int = 0) -> None:
        self._ctx = ctx
        self._path = path
        self._file: IO[str] | None = None
        self._lock = Lock()  # rows of CSV come from the thread that reads, lines from those that send
        self._shown = 0
        self.rejected = rejected
        if path is not None:
            try:
                self._file = open(path, "a" if append else "w", encoding="utf-8")  # noqa: SIM115 - closed by close()
            except OSError as error:
                raise UsageError(f"cannot write {path!r}: {error.strerror}") from None

    def line(self, source: Source) -> Callable[[Rejected], None]:
        """The function that takes lines refused by the server."""

        def reject(rejected: Rejected) -> None:
            self.row(source.name, rejected.line, rejected.reason, rejected.text.decode("utf-8", "replace"))

        return reject

    def row(self, source: str, number: int, reason: str, text: str) -> None:
        """A line that was refused, or a row that could not be made one."""
        with self._lock:
            self.rejected += 1
            self._shown += 1
            where = f"{source}: line {number}"
            if self._file is not None:
                self._file.write(f"# {where}: {' '.join(reason.split())}\n{text}\n")
            if self._shown <= self.SHOWN:
                self._ctx.note(f"{where}: {' '.join(reason.split())}")
            elif self._shown == self.SHOWN + 1 and self._file is None:
                self._ctx.note("… (--errors-file FILE keeps all of them)")

    def flush(self) -> None:
        """Hand over to the system what was refused so far."""
        if self._file is not None:
            self._file.flush()

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
    """Progress on stderr: lines, rate, and how long it will take where the size is known.

    On a terminal one line that changes; elsewhere a line every `EVERY` seconds, for logs.
    """

    EVERY = 15.0

    def __init__(self, ctx: Context, source: Source) -> None:
        self._ctx, self._source, self._began = ctx, source, monotonic()
        self._said, self._from = self._began, 0

    def __call__(self, progress: Progress) -> None:
        now = monotonic()
        terminal = self._ctx.stderr.isatty()
        if not terminal and now - self._said < self.EVERY:
            return
        self._said = now
        seconds = max(now - self._began, 1e-6)
        text = f"{self._source.name}: {progress.written:,} line{'s' * (progress.written != 1)}, {progress.written / seconds:,.0f}/s"
        size, at = self._source.size, self._source.position
        if size and at:
            text += f", {100 * at / size:.0f} %, {max(0.0, seconds * (size - at) / at):.0f} s left"
        if progress.rejected:
            text += f", {progress.rejected} refused"
        if terminal:
            self._ctx.progress(text)
        else:
            self._ctx.note(text)
