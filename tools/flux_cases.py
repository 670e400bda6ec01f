"""The little language of `tests/flux/*.test`: cases of Flux functions with their results.

    use strings                                       imports for all that follows
    load                                              line protocol into the bucket "b", indented
      cpu,host=a v=1 1577836800000000000
    eval strings.title(v: "the quick fox")            Flux; lines that are indented by four go on with it
      The Quick Fox                                   what display() gives of the last expression,
    eval from(bucket: "b") |> range(start: 0)
      _measurement=cpu,host=a | _time:time | v:float  or tables: the group key, the other columns, and a line a row,
      | 2020-01-01T00:00:00Z | 1
    eval strings.repeat(v: "a", i: -1)
      fail cannot repeat a string -1 times            or a part of the error

`now()` is 2021-03-10T12:00:00Z. The network answers with what it was sent; the host `refused` refuses, `slow` times out.
Line feeds are written `\\n`, null is written `null`, an empty string `""`.
Run as a script with file names, it writes what each case gives into the files.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from influxctl.core.columns import Block
from influxctl.core.errors import InfluxctlError, NotFound, Unavailable
from influxctl.core.readspec import Predicate, ReadSpec
from influxctl.core.times import format_time, parse_time
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules
from influxctl.flux import ast
from influxctl.flux.errors import FluxErrors
from influxctl.flux.infer import check
from influxctl.flux.interpreter import Run, evaluate
from influxctl.flux.parser import parse
from influxctl.flux.plan import Plan
from influxctl.flux.run import results_of
from influxctl.flux.stdlib._rows import read_tables
from influxctl.flux.values import display, float_text
from influxctl.flux.world import BucketInfo, HttpAnswer, World

NOW = parse_time("2021-03-10T12:00:00Z")
_CSV = b"#datatype,string,long,long\n#group,false,false,false\n#default,_result,,\n,result,table,v\n,,0,7\n"
_BUCKET = BucketInfo("000000000000000b", "b", "000000000000000a")
_MONITORING = BucketInfo("000000000000000c", "_monitoring", "000000000000000a")


@dataclass
class Case:
    """One `eval`: where it stands, its Flux, what was loaded before it, and what it should give."""

    line: int
    flux: str
    data: tuple[str, ...]
    expected: list[str] = field(default_factory=list)
    uses: tuple[str, ...] = ()

    @property
    def script(self) -> str:
        """The whole script."""
        return "".join(f'import "{path}"\n' for path in self.uses) + self.flux


def read_cases(text: str) -> list[Case]:
    """The cases of a file."""
    cases: list[Case] = []
    uses: list[str] = []
    data: list[str] = []
    loading = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("use "):
            uses.append(line[4:].strip())
        elif line.startswith("load"):
            loading = True
        elif line.startswith("eval"):
            loading = False
            cases.append(Case(number, line[4:].strip(), tuple(data), uses=tuple(uses)))
        elif loading:
            data.append(line.strip())
        elif line.startswith("    ") and cases and not cases[-1].expected:
            cases[-1].flux += "\n" + line[4:]
        elif line.startswith("  ") and cases:
            cases[-1].expected.append(line[2:])
        else:
            raise ValueError(f"line {number} belongs to nothing: {line!r}")
    return cases


class _Source:
    """Buckets over an engine, with no permissions to ask for."""

    def __init__(self, folder: Path, data: Sequence[str]) -> None:
        self.folder = folder
        self.data = data

    @cached_property
    def engine(self) -> Engine:
        """The engine, opened and filled when it is first needed."""
        engine = Engine.open(self.folder)
        if self.data:
            engine.write(BucketRules(_BUCKET.id), "\n".join(self.data).encode())
        return engine

    def close(self) -> None:
        """Closes the engine if it was opened."""
        if "engine" in self.__dict__:
            self.engine.close()

    def find_bucket(
        self, *, name: str | None = None, id: str | None = None, org: str | None = None, org_id: str | None = None
    ) -> BucketInfo:
        for bucket in (_BUCKET, _MONITORING):
            if name == bucket.name or id == bucket.id:
                return bucket
        raise NotFound(f'failed to initialize execute state: could not find bucket "{name or id}"')

    def list_buckets(self) -> Sequence[BucketInfo]:
        return (_MONITORING, _BUCKET)

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        return self.engine.read(spec)

    def measurements(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        return self.engine.measurements(bucket_id, start, stop, predicate)

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        return self.engine.tag_keys(bucket_id, start, stop, predicate)

    def tag_values(self, bucket_id: str, tag: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        return self.engine.tag_values(bucket_id, tag, start, stop, predicate)

    def cardinality(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> int:
        return len(self.engine.series(bucket_id, start, stop, predicate))

    def write(self, bucket_id: str, lines: bytes) -> None:
        self.engine.write(BucketRules(bucket_id), lines)


class _Secrets:
    """One secret."""

    def get(self, key: str) -> str:
        if key != "TOKEN":
            raise NotFound("no such key")
        return "s3cret"


class _Echo:
    """A network whose every server says what it was sent."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> HttpAnswer:
        if "//refused" in url:
            raise Unavailable("connection refused")
        if "//slow" in url:
            raise Unavailable("the request timed out")
        if url.endswith(".csv"):
            return HttpAnswer(200, {"content-type": "text/csv"}, _CSV)
        if url.endswith("/metrics"):
            return HttpAnswer(200, {}, b'# HELP x y\nup{job="a"} 1\nhits_total 12 1577836800000\n')
        sent = {"method": method, "url": url, "headers": dict(sorted(headers.items())), "body": body.decode()}
        return HttpAnswer(200, {"content-type": "application/json"}, json.dumps(sent).encode())


def outcome(case: Case) -> list[str]:
    """What a case gives, as the lines that a file would hold."""
    with tempfile.TemporaryDirectory() as folder:
        source = _Source(Path(folder), case.data)
        world = World(
            source=source, sink=source, secrets=_Secrets(), http=_Echo(), org_id=_BUCKET.org_id, clock=lambda: NOW
        )
        try:
            return list(_evaluate(case.script, world))
        except FluxErrors as error:
            return [f"fail {str(error).splitlines()[0]}"]
        except InfluxctlError as error:
            return [f"fail {error.message.splitlines()[0]}"]
        finally:
            source.close()


def _evaluate(script: str, world: World) -> Iterator[str]:
    file = parse(script)
    if file.errors:
        raise FluxErrors(file.errors, "compilation failed: ")
    errors = check(ast.package_of(file))
    if errors:
        raise FluxErrors(errors)
    run = Run(world, NOW)
    *before, last = file.body
    file.body = before
    run.execute(file)
    value = evaluate(last.expression, run.main, run) if isinstance(last, ast.ExpressionStatement) else None
    if not getattr(value, "is_stream", False):
        yield display(value).replace("\n", "\\n") or '""'
        return
    outputs = results_of([value])
    plan = Plan([stream for _, stream in outputs])
    for (name, _), stream in zip(outputs, plan.roots, strict=True):
        if len(outputs) > 1:
            yield f"result {name}"
        yield from _tables(plan.run(stream))


def _tables(blocks: Iterator[Block]) -> Iterator[str]:
    found = False
    for table in read_tables(blocks):
        found = True
        key = ",".join(f"{label}={_text(value, table.columns[label])}" for label, value in table.key.items())
        columns = [label for label in table.columns if label not in table.key]
        yield " ".join([*([key] if key else []), *(f"| {label}:{table.columns[label]}" for label in columns)])
        for row in range(table.height):
            yield " ".join(f"| {_text(table.values[c][row], table.columns[c])}" for c in columns) or "|"
    if not found:
        yield "no tables"


def _text(value: Any, kind: str) -> str:
    if value is None:
        return "null"
    if kind == "time":
        return format_time(value)
    if kind == "float":
        return float_text(value)
    return str(value).lower() if kind == "bool" else str(value).replace("\n", "\\n")


def matches(expected: list[str], got: list[str]) -> bool:
    """Whether a case gives what it should: errors by a part of their text, everything else exactly."""
    if len(expected) == 1 and expected[0].startswith("fail "):
        return len(got) == 1 and got[0].startswith("fail ") and expected[0][5:] in got[0]
    return [line.rstrip() for line in expected] == [line.rstrip() for line in got]


def rewrite(path: Path) -> None:
    """Writes what each case gives into the file, in the place of what stood there."""
    lines = path.read_text().splitlines()
    for case in reversed(read_cases("\n".join(lines))):
        end = case.line
        while end < len(lines) and lines[end].startswith("    ") and lines[end].strip():
            end += 1
        stop = end
        while stop < len(lines) and lines[stop].startswith("  "):
            stop += 1
        lines[end:stop] = ["  " + line for line in outcome(case)]
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name))
