"""Blocks as line protocol: what is written comes back as it was, whatever the names and types are."""

from __future__ import annotations

from pathlib import Path

from influxctl.core.blocklines import block_lines
from influxctl.core.readspec import ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

LINES = [
    rb'm,_level=crit,host=a\ b,k\=e=v\,w i=-9223372036854775808i,u=18446744073709551615u,f=1e-300,b=true,s="a \"b\" \\ c,=" 1',
    rb'm,host=a head=1i,gid="x",\ sp\,ace=2 -9223372036854775806',
    rb"m\ n\,o v=0.1 9223372036854775806",
    b'm f=123456789.125,s="two\nlines" 5',
]


def test_every_type_and_name_survives(tmp_path: Path) -> None:
    rules = {name: BucketRules(name * 16, 0, 1 << 60) for name in "ab"}
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, background=False))
    engine.write(rules["a"], b"\n".join(LINES))

    def read(name: str) -> list[bytes]:
        spec = ReadSpec(bucket_id=name * 16, start=-(1 << 63), stop=(1 << 63) - 1, shape="wide")
        return sorted(
            line.encode() for block in engine.read(spec) for part in block_lines(block, 1) for line in part.to_list()
        )

    first = read("a")
    assert len(first) == len(LINES)
    engine.write(rules["b"], b"\n".join(first))
    assert read("b") == first
    text = b"\n".join(first)
    for piece in (
        b"_level=crit",
        b"i=-9223372036854775808i",
        b"u=18446744073709551615u",
        b"head=1i",
        rb"\ sp\,ace=2.0",
    ):
        assert piece in text
    engine.close()
