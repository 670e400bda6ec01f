"""What the word before the cursor can become: functions, packages, parameters, names of the session, and what is on the server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from influxctl.cli.shell.schema import Schema
from influxctl.cli.shell.session import COMMANDS, INFLUXQL, Session

if TYPE_CHECKING:
    from influxctl.offline.pieces import Program

_WORD = re.compile(r"[\w.\\]*\Z")
_STRING = re.compile(r'"([^"\n]*)\Z')
_BUCKET = re.compile(r'\bbucket:\s*"([^"\n]*)"')
_COMPARED = re.compile(r'r(?:\.(\w+)|\["([^"]+)"\])\s*(?:==|!=)\s*"[^"\n]*\Z')
_CALL = re.compile(r"([\w.]+)\s*\(([^()]*)\Z")
INFLUXQL_WORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY time", "LIMIT", "OFFSET", "SLIMIT", "SOFFSET", "fill(", "time(", "tz(", "mean(",
    "count(", "sum(", "min(", "max(", "first(", "last(", "median(", "percentile(", "derivative(", "SHOW DATABASES", "SHOW MEASUREMENTS",
    "SHOW TAG KEYS", "SHOW TAG VALUES", "SHOW FIELD KEYS", "SHOW SERIES", "SHOW RETENTION POLICIES",
)  # fmt: skip


def completions(session: Session, schema: Schema, text: str) -> list[tuple[str, int]]:
    """(what can stand there, how many characters before the cursor it replaces), for the text before the cursor."""
    if text.lstrip().startswith("\\"):
        word = text.lstrip()[1:]
        return (
            [] if " " in word else [(f"\\{name}", len(word) + 1) for name in (*COMMANDS, "q") if name.startswith(word)]
        )
    if session.language == INFLUXQL:
        return _influxql(session, schema, text)
    inside = _STRING.search(text)
    if inside and _inside_string(text):
        typed = inside[1]
        return [(name, len(typed)) for name in _strings(session, schema, text) if name.startswith(typed)]
    word = (_WORD.search(text) or [""])[0]
    found = dict.fromkeys(
        name for name in _names(session.program, schema, text, word) if name.startswith(word) and name != word
    )
    return [(name, len(word)) for name in found]


def _inside_string(text: str) -> bool:
    return len(re.findall(r'(?<!\\)"', text)) % 2 == 1


def _strings(session: Session, schema: Schema, text: str) -> Iterable[str]:
    """What a string can be: a bucket, a package, a measurement, a field, the value of a tag."""
    from influxctl.offline.fluxnames import packages

    before = text[: text.rindex('"')].rstrip()
    if before.endswith(("bucket:", "db:")):
        return schema.buckets()
    if re.search(r"\bimport(\s+\w+)?\Z", before):
        return packages()
    compared = _COMPARED.search(text)
    bucket = _bucket(session, text)
    if compared and bucket:
        name = compared[1] or compared[2]
        if name == "_measurement":
            return schema.measurements(bucket)
        return schema.fields(bucket) if name == "_field" else schema.values(bucket, name)
    if bucket and (before.endswith(("[", ",")) or re.search(r"(tag|column|columns|tagColumns):\s*\[?\Z", before)):
        return [*schema.tags(bucket), "_value", "_time", "_measurement", "_field"]
    return []


def _bucket(session: Session, text: str) -> str:
    """The bucket that the text, or else the session, reads."""
    found = _BUCKET.findall(text) or _BUCKET.findall(session.program.last)
    return found[-1] if found else session.ctx.settings.bucket or session.ctx.local_account.get("bucket") or ""


def _names(program: Program, schema: Schema, text: str, word: str) -> Iterator[str]:
    from influxctl.offline.fluxnames import members, prelude

    head, dot, _ = word.rpartition(".")
    if dot:
        path = _imported(program, text).get(head)
        if head == "r":
            bucket = (_BUCKET.findall(text) or _BUCKET.findall(program.last) or [""])[-1]
            columns = schema.tags(bucket) if bucket else []
            yield from (
                f"r.{name}"
                for name in dict.fromkeys((*columns, "_value", "_time", "_field", "_measurement"))
                if name.isidentifier()
            )
        elif path:
            yield from (f"{head}.{name}" for name in members(path))
        return
    call = _CALL.search(text)
    if call and (not word or text[: -len(word)].rstrip().endswith(("(", ","))):
        yield from (f"{name}: " for name in _parameters(program, text, call[1]) if f"{name}:" not in call[2])
    yield from program.definitions
    yield from _imported(program, text)
    yield from prelude()


def _imported(program: Program, text: str) -> dict[str, str]:
    """Names of packages that the session and the text import, to their paths."""
    found = {}
    for line in (*program.imports.values(), *text.split("\n")):
        one = re.match(r'\s*import\s+(?:(\w+)\s+)?"([^"]+)"', line)
        if one:
            found[one[1] or one[2].rpartition("/")[2]] = one[2]
    return found


def _parameters(program: Program, text: str, called: str) -> list[str]:
    """The parameters of a function of the library."""
    from influxctl.offline.fluxnames import parameters

    head, dot, name = called.rpartition(".")
    path = _imported(program, text).get(head, "")
    return parameters(path, name) if path or not dot else []


def _influxql(session: Session, schema: Schema, text: str) -> list[tuple[str, int]]:
    word = (re.search(r"\w*\Z", text) or [""])[0]
    before = text[: len(text) - len(word)].rstrip().upper()
    bucket = session.database or session.ctx.settings.bucket or session.ctx.local_account.get("bucket") or ""
    if before.endswith("USE"):
        names: Iterable[str] = schema.buckets()
    elif before.endswith("FROM"):
        names = schema.measurements(bucket)
    elif before.endswith(("WHERE", "AND", "BY", ",")):
        names = [*schema.tags(bucket), "time"]
    elif before.endswith(("SELECT", "(")):
        names = [*schema.fields(bucket), *INFLUXQL_WORDS]
    else:
        names = (*INFLUXQL_WORDS, "use", "precision", "exit")
    if not word:
        return [(name, 0) for name in names if name not in INFLUXQL_WORDS]
    return [(name, len(word)) for name in names if name.lower().startswith(word.lower())]
