"""A session: the language, the settings, and what each line does. It knows nothing of terminals: text in, output on the context."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from influxctl.cli.context import Context
from influxctl.core.errors import Exit, InfluxctlError, UsageError

FLUX, INFLUXQL = "flux", "influxql"
_PLACE = re.compile(r"@(\d+):(\d+)-(\d+):(\d+)")
_FORMATS = ("table", "csv", "json", "jsonl", "yaml", "markdown", "lp")
_PLOTS = ("line", "scatter", "bar", "heat", "spark", "off")
_EPOCHS = ("rfc3339", "ns", "us", "ms", "s", "m", "h")
_MOST_DEEP = 8  # files that read files


class Session:
    """What is typed, run against one server."""

    def __init__(self, ctx: Context, language: str = FLUX, database: str = "") -> None:
        self.ctx = ctx
        self.language = language
        self.database = database
        from influxctl.offline.pieces import Program

        self.program = Program()
        self.timing = False
        self.plot: Any = ""  # a kind of `query --plot`
        self.profilers = ""
        self.epoch: Any = None  # of `query --epoch`
        self.exit = Exit.OK  # of the first thing that went wrong
        self._depth = 0

    @property
    def prompt(self) -> str:
        """What stands before a line."""
        return f"{self.ctx.settings.profile}{':' + self.database if self.database else ''} {self.language}> "

    def is_complete(self, text: str) -> bool:
        """Whether Enter may end the input."""
        stripped = text.strip()
        if stripped.startswith("\\") or self.language == INFLUXQL or stripped in ("exit", "quit"):
            return not stripped.endswith(",")
        from influxctl.offline.pieces import is_complete

        return is_complete(text)

    def execute(self, text: str) -> bool:
        """Do what was typed; False when the session should end. Errors are printed, not raised."""
        words = text.strip().rstrip(";").split()
        if not words:
            return True
        begin = time.monotonic()
        try:
            if words[0].startswith("\\"):
                return self._command(words[0][1:], words[1:])
            if words[0].lower() in ("exit", "quit") and len(words) == 1:
                return False
            if self.language == INFLUXQL:
                self._influxql(text, words)
            else:
                self._flux(text)
        except InfluxctlError as error:
            self._tell(error, text)
        if self.timing:
            self.ctx.stdout.write(f"({(time.monotonic() - begin) * 1000:.0f} ms)\n")
        return True

    # -- languages -----------------------------------------------------------------------------------------------

    def _flux(self, text: str) -> None:
        piece = self.program.add(text)
        if not piece.runs:
            return
        try:
            self._query(piece.script)
        except InfluxctlError as error:
            error.message = _PLACE.sub(lambda m: _shifted(m, piece.before), error.message)
            raise
        self.program.last = piece.text

    def _query(self, script: str, **options: Any) -> None:
        from influxctl.cli.groups.query import query

        query(self.ctx, script, plot=self.plot or None, profilers=self.profilers or None, **options)

    def _influxql(self, text: str, words: list[str]) -> None:
        """A statement, or one of the words of the shell of InfluxDB 1.x."""
        first = words[0].lower()
        if first == "use" and len(words) == 2:
            self.database = words[1].strip('"')
        elif first == "precision" and len(words) == 2:
            self._precision(words[1])
        elif first == "format" and len(words) == 2:
            self._set_format("table" if words[1] == "column" else words[1])
        elif first in ("help", "settings"):
            self._command("?" if first == "help" else "set", [])
        else:
            from influxctl.cli.groups.query import query

            database, _, policy = self.database.partition(".")
            query(self.ctx, text.strip().rstrip(";"), influxql=True, db=database or None, rp=policy or None,
                  epoch=self.epoch, plot=self.plot or None)  # fmt: skip

    def _tell(self, error: InfluxctlError, text: str) -> None:
        """The error, and where it is in what was typed."""
        self.exit = self.exit or error.exit
        write = self.ctx.stderr.write
        write(f"Error: {error.message}{'; ' + error.hint if error.hint else ''}\n")
        place = _PLACE.search(error.message)
        if place and self.language == FLUX:
            line, column, end_line, end = (int(one) for one in place.groups())
            went_on = text.lstrip().startswith("|>") and self.program.last
            lines = (f"{self.program.last}\n{text}" if went_on else text).split("\n")
            if 1 <= line <= len(lines):
                length = max(1, end - column if end_line == line else len(lines[line - 1]) - column + 1)
                write(f"  {lines[line - 1]}\n  {' ' * (column - 1)}{'^' * length}\n")

    # -- commands ------------------------------------------------------------------------------------------------

    def _command(self, name: str, words: list[str]) -> bool:
        if name in ("q", "quit", "exit"):
            return False
        found = COMMANDS.get(name)
        if found is None:
            raise UsageError(f"there is no command \\{name}", hint="\\? lists them")
        found[0](self, words)
        return True

    def _help(self, words: list[str]) -> None:
        for name, (_, arguments, text) in COMMANDS.items():
            self.ctx.stdout.write(f"  {f'{chr(92)}{name} {arguments}'.rstrip():22} {text}\n")
        self.ctx.stdout.write(
            "  \\q                     Leave. Other lines are Flux or InfluxQL; a line that begins with |> goes on with the last query.\n"
        )

    def _language(self, language: str) -> Callable[[list[str]], None]:
        def switch(words: list[str]) -> None:
            self.language = language

        return switch

    def _set_format(self, format: str) -> None:
        if format not in _FORMATS:
            raise UsageError(f"{format!r} is no format", hint=f"one of {', '.join(_FORMATS)}")
        self.ctx.flags["output"] = format

    def _set_output(self, words: list[str]) -> None:
        self._set_format(words[0] if words else "table")

    def _set_timing(self, words: list[str]) -> None:
        self.timing = words[0] == "on" if words else not self.timing
        self.ctx.stdout.write(f"Timing is {'on' if self.timing else 'off'}.\n")

    def _set_plot(self, words: list[str]) -> None:
        wanted = words[0] if words else "line"
        if wanted not in _PLOTS:
            raise UsageError(f"{wanted!r} is no plot", hint=f"one of {', '.join(_PLOTS)}")
        self.plot = "" if wanted == "off" else wanted

    def _set_profile(self, words: list[str]) -> None:
        self.profilers = "" if words[:1] == ["off"] else ",".join(words) or "query,operator"

    def _precision(self, unit: str) -> None:
        if unit not in _EPOCHS:
            raise UsageError(f"{unit!r} is no precision", hint=f"one of {', '.join(_EPOCHS)}")
        self.epoch = None if unit == "rfc3339" else unit

    def _connect(self, words: list[str]) -> None:
        """Go to another profile."""
        if not words:
            raise UsageError("which profile?", hint="\\c PROFILE")
        other = self.ctx.at(words[0])
        _ = other.settings  # an unknown name is told before the old connection is given up
        self.ctx.close()
        other.flags |= {key: value for key, value in self.ctx.flags.items() if key == "output"}
        self.ctx = other
        self.program.forget()

    def _list(self, words: list[str]) -> None:
        from influxctl.cli.groups.bucket import group
        from influxctl.cli.lookup import every

        self.ctx.show(every(self.ctx, "bucket"), group.columns)

    def _describe(self, words: list[str]) -> None:
        from influxctl.cli.describe import describe_bucket
        from influxctl.cli.lookup import named

        name = (
            words[0]
            if words
            else self.database or self.ctx.settings.bucket or self.ctx.local_account.get("bucket") or ""
        )
        found = next(iter(named(self.ctx, "bucket", name)), None)
        if found is None:
            raise UsageError(f"there is no bucket {name!r}", hint="\\l lists them")
        facts = describe_bucket(self.ctx, dict(found))
        self.ctx.stdout.write(
            f"{facts['name']}: {facts['series']} series, {facts['first'] or 'no point'} to {facts['last'] or 'none'}\n"
        )
        for one in facts["measurements"]:
            self.ctx.stdout.write(
                f"  {one['name']}  tags: {', '.join(one['tags']) or '-'}  fields: {', '.join(one['fields']) or '-'}\n"
            )

    def _read(self, words: list[str]) -> None:
        """Run a file as if it were typed."""
        from influxctl.cli.bodies import read_text

        if not words:
            raise UsageError("which file?", hint="\\i FILE")
        if self._depth >= _MOST_DEEP:
            raise UsageError(f"{words[0]!r} is read by itself")
        self._depth += 1
        try:
            self.run_script(read_text(self.ctx, words[0]))
        finally:
            self._depth -= 1

    def run_script(self, text: str) -> None:
        """A whole text: lines that begin with a backslash are commands, what is between them is run in one piece."""
        gathered: list[str] = []
        for line in [*text.split("\n"), None]:
            if line is not None and not line.startswith("\\"):
                gathered.append(line)
                continue
            if "".join(gathered).strip():
                for part in self._parts("\n".join(gathered)):
                    self.execute(part)
            gathered.clear()
            if line is not None and not self.execute(line):
                return

    def _parts(self, text: str) -> list[str]:
        """InfluxQL is run statement by statement, Flux as a whole."""
        return [text] if self.language == FLUX else [line for line in text.split("\n") if line.strip()]

    def _show_settings(self, words: list[str]) -> None:
        shown = {
            "profile": self.ctx.settings.profile, "language": self.language, "database": self.database or "-",
            "output": str(self.ctx.flags.get("output") or "table"), "plot": self.plot or "off", "timing": "on" if self.timing else "off",
            "profilers": self.profilers or "off", "precision": self.epoch or "rfc3339",
            "defined": ", ".join([*self.program.imports, *self.program.definitions]) or "-",
        }  # fmt: skip
        self.ctx.stdout.writelines(f"  {name:10} {value}\n" for name, value in shown.items())

    def _forget(self, words: list[str]) -> None:
        self.program.forget()

    def _document(self, words: list[str]) -> None:
        from influxctl.offline.fluxtools import documentation

        if not words:
            raise UsageError("which function?", hint="\\h strings.title")
        self.ctx.stdout.write("\n\n".join(page.to_text() for page in documentation(words[0])) + "\n")


def _shifted(place: re.Match[str], lines: int) -> str:
    """A place in the script as a place in what was typed."""
    line, column, end_line, end = (int(one) for one in place.groups())
    return f"@{max(1, line - lines)}:{column}-{max(1, end_line - lines)}:{end}"


Action = Callable[[Session, list[str]], None]
COMMANDS: dict[str, tuple[Action, str, str]] = {
    "?": (Session._help, "", "This list."),
    "flux": (lambda s, w: s._language(FLUX)(w), "", "Type Flux."),
    "influxql": (lambda s, w: s._language(INFLUXQL)(w), "", "Type InfluxQL."),
    "c": (Session._connect, "PROFILE", "Go to another profile."),
    "l": (Session._list, "", "List buckets."),
    "d": (Session._describe, "[BUCKET]", "Describe a bucket: measurements, tags, fields."),
    "h": (Session._document, "FUNCTION", "Explain a function of Flux."),
    "o": (Session._set_output, "FORMAT", f"Output format: {', '.join(_FORMATS)}."),
    "plot": (Session._set_plot, "[KIND|off]", f"Draw results: {', '.join(_PLOTS)}."),
    "timing": (Session._set_timing, "[on|off]", "Tell how long each line took."),
    "profile": (Session._set_profile, "[NAMES|off]", "Switch profilers on: query, operator."),
    "i": (Session._read, "FILE", "Run a file."),
    "set": (Session._show_settings, "", "Show settings and what is defined."),
    "forget": (Session._forget, "", "Forget what was defined."),
}  # fmt: skip
