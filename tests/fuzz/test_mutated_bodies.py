"""Mutated bodies through all parsers: the fast ones give the same points or errors as the careful one, and never another error."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from influxctl.core.lineprotocol import LineProtocolError, parse_line, scale_time, split_lines
from influxctl.engine import bulk
from influxctl.engine.bulk import BodyParser, Known
from influxctl.engine.fewlines import FewLinesParser
from influxctl.engine.ingest import parse_points
from influxctl.engine.series import BucketIndex

Points = dict[int, Any]
NOW = 77


def seed_body(rng: random.Random) -> bytes:
    """Plain lines of a few layouts."""
    kinds = ["f={0}", "f={0}.5,i={0}i", 's="text {0}",b=t', 'i={0}i,s="a\\"{0}"', "u={0}u,f=1e{1}"]
    lines = []
    for number in range(rng.randrange(1, 80)):
        kind = kinds[0] if rng.random() < 0.5 else rng.choice(kinds)
        key = rng.choice(["m", "m,a=1", "m,a=2,b=x", "m\\ n,a=\\,", "n,t=é", 'q,t="x'])
        stamp = "" if rng.random() < 0.1 else f" {rng.randrange(-50, 10**12)}"
        lines.append(f"{key} {kind.format(number, rng.randrange(9))}{stamp}")
    return "\n".join(lines).encode()


def mutate(rng: random.Random, body: bytes) -> bytes:
    """A few bytes changed, removed or put in, mostly those that mean something."""
    data = bytearray(body)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 5])):
        place = rng.randrange(len(data) + 1)
        byte = rng.choice(b' ,="\\\n#\t\r-+.0eiutTfF\0\xff') if rng.random() < 0.8 else rng.randrange(256)
        action = rng.randrange(3)
        if action == 0:
            data[place : place + 1] = bytes([byte])
        elif action == 1:
            data[place:place] = bytes([byte]) * rng.choice([1, 1, 2])
        else:
            del data[place : place + rng.randrange(1, 4)]
    return bytes(data)


def careful(body: bytes, factor: int) -> Points | list[tuple[int, str, str]]:
    """What the careful parser makes of a body."""
    try:
        parse_points(body, factor, NOW, BucketIndex())
    except LineProtocolError as error:
        return error.lines
    points: Points = {}
    for number, line in split_lines(body):
        point = parse_line(line)
        time = NOW if point.time is None else scale_time(point.time, factor)
        points[number] = (point.measurement, point.tags, point.fields, time)
    return points


def fast(
    parser: type[BodyParser], body: bytes, factor: int, index: BucketIndex, known: Known
) -> Points | list[tuple[int, str, str]] | None:
    """What a fast parser makes of a body, in the same form."""
    try:
        parsed = parser(factor, NOW, index, known).parse(body)
    except LineProtocolError as error:
        return error.lines
    if parsed is None:
        return None
    points: Points = {}
    for group in parsed.groups:
        columns = [
            c if isinstance(c, list) else c.tolist() if isinstance(c, np.ndarray) else c.to_list()
            for c in group.columns
        ]
        for row in range(len(group.sids)):
            sid = int(group.sids[row])
            tags = group.fresh[-1 - sid][1] if sid < 0 else index.measurements[group.name].tags[sid]
            fields = {name: (kind, column[row]) for (name, kind), column in zip(group.layout, columns, strict=True)}
            points[int(group.lines[row])] = (group.name, tags, fields, int(group.times[row]))
        for number in np.unique(group.sids[group.sids < 0]).tolist():
            key, tags = group.fresh[-1 - number]
            measurement = index.measurement(group.name)
            assert group.keyed is not None
            known.remember(key, group.keyed, measurement.sid(tags))
    for point in parsed.points:
        series = point.series
        name, tags = (series[0].name, series[0].tags[series[1]]) if series else (point.measurement, point.tags)
        points[point.number] = (name, tags, point.fields, point.time)
    return points


@pytest.mark.parametrize("parser", [BodyParser, FewLinesParser])
@pytest.mark.parametrize("seed", range(40))
def test_parsers_agree_on_mutated_bodies(seed: int, parser: type[BodyParser], monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(bulk, "PIECE", rng.choice([50, 300, 1 << 20]))
    index, known = BucketIndex(), Known()
    compared = 0
    for _ in range(12):
        body = mutate(rng, seed_body(rng))
        factor = rng.choice([1, 1, 1_000_000])
        found = fast(parser, body, factor, index, known)
        if found is not None:
            compared += 1
            assert found == careful(body, factor), body
    assert compared
