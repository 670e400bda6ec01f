"""Damaged and recombined InfluxQL: an answer or an error of ours, never a traceback."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from influxctl.core.errors import InfluxctlError
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions
from influxctl.influxql.execute import execute
from influxctl.influxql.parser import parse
from influxctl.influxql.points import PointsSource
from influxctl.influxql.response import Format, write
from influxctl.influxql.source import RetentionPolicy, Session

CORPUS = sorted(
    {
        line[5:]
        for path in (Path(__file__).parents[1] / "influxql").glob("*.test")
        for line in path.read_text().splitlines()
        if line.startswith("eval ") and "DELETE" not in line and "DROP" not in line and "1ns" not in line
    }
)
FORMS = [
    Format(),
    Format(epoch=10**9),
    Format(pretty=True),
    Format(chunk=2),
    Format("text/csv"),
    Format("application/x-msgpack"),
]
POINTS = """m,h=a,dc=x v=1,n=4i,s="x",b=true,u=7u 0
m,h=a,dc=x v=3,n=-2i,s="",b=false,u=0u 60
m,h=b v=5,n=7i,s="y" 60
m v=-0.0,n=9223372036854775807i 120
cpu,host=a usage=1.5,idle=9i 100
temp,room=hall,floor=1 value=20.5,n=3i 1614556800
temp,room=attic value=1e308 1614556830
state,room=hall text="ok",on=true 1614556800"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    engine = Engine.open(tmp_path_factory.mktemp("fuzz"), options=EngineOptions(sync=False, background=False))
    engine.write(BucketRules("b"), POINTS.encode(), "s")
    yield Session(PointsSource(engine, [RetentionPolicy("db", "autogen", "b", True)]), "db", now=1_614_560_000 * 10**9)
    engine.close()


def damaged(chance: random.Random) -> str:
    """A query with characters or words removed, doubled, or taken from another query."""
    words = chance.choice(CORPUS).split(" ")
    other = chance.choice(CORPUS).split(" ")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(words))
        kind = chance.randrange(5)
        if kind == 0:
            words[at : at + 1] = other[: chance.randint(1, len(other))]
        elif kind == 1:
            del words[at]
        elif kind == 2:
            words.insert(at, chance.choice(other))
        elif kind == 3 and words[at]:
            place = chance.randrange(len(words[at]))
            words[at] = words[at][:place] + chance.choice("'\"()/,;.*-+=~!$:0 ") + words[at][place + 1 :]
        else:
            words[at] = chance.choice(
                ["v", "n", "s", "b", "u", "h", "m", "time", "0", "-1", "1.5", "''", "*", "/./", "now()", "1h"]
            )
        words = words or ["SELECT"]
    return " ".join(words)


@pytest.mark.parametrize("seed", range(12))
def test_damaged_queries(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    answered = 0
    for _ in range(120):
        text = damaged(chance)
        try:
            body = b"".join(write(execute(parse(text), session), chance.choice(FORMS)))
        except InfluxctlError as error:
            assert error.status == 400, text
            continue
        except Exception as error:
            raise AssertionError(text) from error
        answered += bool(body)
    assert answered
