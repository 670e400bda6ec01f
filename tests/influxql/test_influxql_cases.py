"""Every section of tests/influxql/*.test gives what it says.

load                        points in line protocol with times in seconds; the sections of a file begin with it
  cpu,host=a v=1 0
eval SELECT mean(v) FROM cpu            a query on the database db
  cpu | time | mean                     a series: its name, its tags, then its columns
  | 1970-01-01T00:00:00Z | 1            a row; null is null
eval SELECT mean(v, 2) FROM cpu
  fail mean() takes 1 arguments         part of the message
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from influxctl.core.errors import Invalid
from influxctl.core.times import parse_time
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions
from influxctl.influxql.execute import execute
from influxctl.influxql.parser import parse
from influxctl.influxql.points import PointsSource
from influxctl.influxql.response import Format, write
from influxctl.influxql.source import RetentionPolicy, Session

NOW = parse_time("2021-06-01T00:00:00Z")


@dataclass
class Section:
    name: str
    lines: list[str] = field(default_factory=list)
    cases: list[tuple[str, list[str]]] = field(default_factory=list)


def sections(path: Path) -> list[Section]:
    found: list[Section] = []
    into: list[str] | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line == "load":
            found.append(Section(f"{path.stem}:{number}"))
            into = found[-1].lines
        elif line.startswith("eval "):
            found[-1].cases.append((line[5:], []))
            into = found[-1].cases[-1][1]
        elif line.startswith("  "):
            assert into is not None, f"line {number} of {path.name} belongs to nothing"
            into.append(line[2:])
        else:
            assert not line or line.startswith("#"), f"line {number} of {path.name} is not understood"
    return found


SECTIONS = [section for path in sorted(Path(__file__).parent.glob("*.test")) for section in sections(path)]


def shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def outcome(session: Session, query: str) -> list[str]:
    try:
        body = b"".join(write(execute(parse(query), session), Format()))
    except Invalid as error:
        return [f"fail {error.message}"]
    lines: list[str] = []
    for result in json.loads(body).get("results", []):
        if "error" in result:
            lines.append(f"fail {result['error']}")
        for series in result.get("series", []):
            tags = "".join(f",{k}={v}" for k, v in series.get("tags", {}).items())
            lines.append(" | ".join([series.get("name", "") + tags, *series["columns"]]))
            lines += ["| " + " | ".join(map(shown, row)) for row in series.get("values", [])]
    return lines


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_section(section: Section, tmp_path: Path) -> None:
    """The series, or the error."""
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, background=False))
    try:
        engine.write(BucketRules("b"), "\n".join(section.lines).encode(), "s")
        session = Session(PointsSource(engine, [RetentionPolicy("db", "autogen", "b", True)]), "db", now=NOW)
        for query, expected in section.cases:
            got = outcome(session, query)
            if expected and expected[0].startswith("fail "):
                assert len(got) == 1 and got[0].startswith("fail ") and expected[0][5:] in got[0], f"{query}\n{got}"
            else:
                assert got == expected, query
    finally:
        engine.close()
