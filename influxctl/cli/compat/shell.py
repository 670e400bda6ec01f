"""`v1 shell`: InfluxQL line by line, on a terminal or from a pipe."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.gotext import aligned
from influxctl.core.errors import InfluxctlError

FORMATS = ("column", "csv", "json")
PRECISIONS = ("rfc3339", "h", "m", "s", "ms", "u", "ns")
HELP = """\
use DATABASE[.POLICY]   the database of what follows; policies with odd names in double quotes
precision WORD          times as rfc3339, h, m, s, ms, u or ns
format WORD             answers as column, csv or json
pretty                  JSON in one line or over several
insert LINE             write a line of line protocol into the database
settings, clear         show the settings; forget database and policy
exit, quit              end
Anything else is InfluxQL, for example: show databases
"""
_NAMES = re.compile(r'"((?:[^"\\]|\\.)*)"|([^.\s"]+)')


class Shell:
    """One session: its settings, and what each line does."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.database = ""
        self.policy = ""
        self.format = "column"
        self.precision = "ns"
        self.pretty = False
        self.failed = False
        self.words: dict[str, Callable[[str], None]] = {
            "use": self._use,
            "precision": self._set_precision,
            "format": self._set_format,
            "insert": self._insert,
            "pretty": self._toggle_pretty,
            "settings": self._settings,
            "clear": self._clear,
            "help": lambda _: self.call.print(HELP),
        }

    def run(self, line: str) -> bool:
        """Does one line; False ends the session. What fails is said on stderr, and the session goes on."""
        line = line.strip().rstrip(";").strip()
        word, _, rest = line.partition(" ")
        if word.lower() in ("exit", "quit"):
            return False
        try:
            if word.lower() in self.words:
                self.words[word.lower()](rest.strip())
            elif line and not line.startswith(("#", "--")):
                self._query(line)
        except (Failed, InfluxctlError) as error:
            self.failed = True
            self.call.streams.note(f"ERR: {error}")
        return True

    def _use(self, rest: str) -> None:
        names = [match[1] or match[2] for match in _NAMES.finditer(rest)]
        if not 1 <= len(names) <= 2:
            raise Failed("give a database, or a database and a policy: use DATABASE.POLICY")
        self.database, self.policy = names[0], names[1] if len(names) == 2 else ""

    def _set_precision(self, rest: str) -> None:
        self.precision = _one_of(rest, PRECISIONS)

    def _set_format(self, rest: str) -> None:
        self.format = _one_of(rest, FORMATS)

    def _toggle_pretty(self, _: str) -> None:
        self.pretty = not self.pretty

    def _clear(self, _: str) -> None:
        self.database = self.policy = ""

    def _settings(self, _: str) -> None:
        shown = {"Host": self.call.host, "Database": self.database, "RetentionPolicy": self.policy,
                 "Format": self.format, "Precision": self.precision}  # fmt: skip
        self._lines([["Setting", "Value"], *([key, value] for key, value in shown.items())])

    def _insert(self, rest: str) -> None:
        query = {"db": self.database, "rp": self.policy, "precision": self._unit()}
        self.call.api("failed to write", "PostWriteV1", query=query, body=rest.encode())

    def _unit(self) -> str:
        return "ns" if self.precision == "rfc3339" else self.precision

    def _query(self, text: str) -> None:
        query = {"db": self.database, "rp": self.policy, "q": text}
        query["epoch"] = "" if self.precision == "rfc3339" else self.precision
        reads = text.split(None, 1)[0].lower() in ("select", "show") and " into " not in text.lower()
        answer = self.call.json("", "GetQueryV1" if reads else "PostQueryV1", query=query)
        if self.format == "json":
            self.call.print(json.dumps(answer, indent=2 if self.pretty else None, ensure_ascii=False) + "\n")
            return
        for result in answer.get("results", ()):
            if result.get("error"):
                raise Failed(result["error"])
            for series in result.get("series", ()):
                self._series(series)

    def _series(self, series: Mapping[str, Any]) -> None:
        tags = ",".join(f"{key}={value}" for key, value in (series.get("tags") or {}).items())
        rows = [[_cell(cell) for cell in row] for row in series.get("values") or ()]
        if self.format == "csv":
            import csv
            import io

            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            head = [series.get("name", ""), tags]
            writer.writerow(["name", "tags", *series["columns"]])
            writer.writerows([*head, *row] for row in rows)
            self.call.print(out.getvalue())
            return
        if series.get("name"):
            self.call.print(f"name: {series['name']}\n")
        if tags:
            self.call.print(f"tags: {tags}\n")
        columns = [str(column) for column in series["columns"]]
        self._lines([columns, ["-" * len(column) for column in columns], *rows])
        self.call.print("\n")

    def _lines(self, rows: Iterable[Iterable[str]]) -> None:
        text = "\n".join("\t".join(row) for row in rows) + "\n"
        self.call.print(aligned(text, minimum=0, tab=8, padding=1, fill=" "))


def shell(call: Call) -> None:
    """Read statements until the end of the input; from a pipe the exit code is 1 if one of them failed."""
    call.api("failed to connect", "GetPing")
    session = Shell(call)
    terminal = call.interactive
    if terminal:
        call.print(f"InfluxQL shell of {call.host}; 'help' lists its commands, 'exit' ends it.\n")
    for line in _prompted(call) if terminal else _piped(call):
        if not session.run(line):
            break
        call.streams.flush()
    if session.failed and not terminal:
        call.code = 1


def _piped(call: Call) -> Iterator[str]:
    for line in call.streams.stdin:
        yield line.decode("utf-8", "surrogateescape")


def _prompted(call: Call) -> Iterator[str]:
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # gives `input` its editing and history
    while True:
        call.streams.flush()
        try:
            yield input("> ")
        except EOFError:
            call.print("\n")
            return


def _one_of(word: str, known: tuple[str, ...]) -> str:
    if word not in known:
        raise Failed(f"{word!r} is none of {', '.join(known)}")
    return word


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}"
