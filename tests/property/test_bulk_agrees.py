"""The fast ways through a body give the same points and errors as the careful parser."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.core.lineprotocol import LineError, LineProtocolError, parse_line
from influxctl.core.readspec import ReadSpec
from influxctl.engine import bulk
from influxctl.engine import engine as engine_module
from influxctl.engine.engine import Engine
from influxctl.engine.fewlines import FewLinesParser
from influxctl.engine.model import BucketRules, EngineOptions, WriteResult
from influxctl.engine.series import BucketIndex

RULES = BucketRules("00000000000000aa")
FIELDS = [
    "f=1", "f=1.5", "f=-.5e3", "f=2.", "i=3i", "i=-4i", "i=99999999999999999999i", "u=5u", "b=t", "b=FALSE", 's="x"', 's="a\\"b"',
    's="a b,c=d"', 's=""', 's="a\\\\"', 's="two\nlines"', "f=1i", "f=x", "f=", 's="open', "time=1", "f=1e400", "g=7", "f=1,g=2", "g=1,f=2",
    "f=1,f=2", "\tf=1", "f\t=1", "f\\ x=1", "f\\,=2", "f#=1", "a\"b=1",
]  # fmt: skip
KEYS = ["m", "m,a=1", "m,a=2", "m,b=1,a=1", "m,a=1,b=1", "n,a=x", "m\\ x,a=1", "m,a=\\ y", "m,a=1,a=2", "m,a=", ",a=1", "m,time=1", 'm,q="',
        "# c", " m,a=1", "m,a=é"]  # fmt: skip
STAMPS = [
    "",
    " 10",
    " 11",
    " 12",
    " -5",
    " 9223372036854775807",
    " -9223372036854775808",
    " 99999999999999999999",
    " x",
    "  13",
    " 14 ",
    " 1 2",
]
plain = st.builds(
    lambda k, f, t: f"{k} {f} {t}", st.sampled_from(KEYS[:6]), st.sampled_from(FIELDS[:13]), st.integers(0, 15)
)
wild = st.builds(
    lambda k, f, t: f"{k} {f}{t}", st.sampled_from(KEYS), st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3).map(",".join),
    st.sampled_from(STAMPS),
)  # fmt: skip
bodies = st.lists(st.one_of(plain, plain, plain, plain, wild), min_size=1, max_size=40).map("\n".join)
good_bodies = st.lists(plain, min_size=1, max_size=60).map("\n".join)


def outcome(path: Path, sequence: list[str], precision: str) -> tuple[list[object], list[object]]:
    """What writing these bodies answers, and what can be read afterwards."""
    engine = Engine.open(path, options=EngineOptions(sync=False, background=False))
    answers: list[object] = []
    for body in sequence:
        try:
            result: WriteResult = engine.write(RULES, body.encode(), precision, now=77)
            answers.append((result.points, sorted(result.rejected)))
        except LineProtocolError as error:
            answers.append(sorted(error.lines))
    tables: list[object] = []
    for _ in range(2):  # again after a replay of the log
        spec = ReadSpec(bucket_id=RULES.id, start=-(10**15), stop=10**15)
        tables.append([(key, frame.rows()) for block in engine.read(spec) for key, frame in block.iter_tables()])
        engine.close()
        engine = Engine.open(path, options=EngineOptions(sync=False, background=False))
        assert engine.losses == []
    engine.close()
    assert tables[0] == tables[1]
    return answers, tables


@pytest.mark.parametrize("strategy", [bodies, good_bodies], ids=["wild", "good"])
def test_all_ways_agree(strategy: st.SearchStrategy[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(max_examples=120, deadline=None)
    @given(st.lists(strategy, min_size=1, max_size=3), st.sampled_from(["ns", "s"]))
    def check(sequence: list[str], precision: str) -> None:
        found = []
        for small, few in ((0, 0), (0, 1 << 60), (1 << 60, 0)):  # by polars, by Python's re, carefully
            with pytest.MonkeyPatch.context() as sizes:
                sizes.setattr(engine_module, "SMALL_BODY", small)
                sizes.setattr(engine_module, "FEW_LINES", few)
                sizes.setattr(bulk, "PIECE", 100)
                found.append(outcome(tmp_path_factory.mktemp("engine"), sequence, precision))
        assert found[0] == found[1] == found[2]

    check()


@pytest.mark.parametrize("few", [0, 1 << 60], ids=["polars", "re"])
def test_the_cast_of_numbers_is_as_strict_as_the_grammar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(engine_module, "FEW_LINES", few)
    numbers = ["".join(p) for n in range(1, 6) for p in itertools.product("-+.e1", repeat=n) if p[0] in "-.1"]
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, background=False))
    padding = "\n".join(f"m v=1.5 {i}" for i in range(400))
    good = 0
    for number in numbers:
        try:
            parse_line(f"m v={number} 1".encode())
        except LineError:
            continue
        good += 1
        padding += f"\nm v={number} {1000 + good}"
    bad = [n for n in numbers if f"v={n} " not in padding]
    assert engine.write(RULES, padding.encode()).points == 400 + good
    with pytest.raises(LineProtocolError) as caught:
        engine.write(RULES, "\n".join([padding, *(f"m v={n} 1" for n in bad)]).encode())
    assert [text for _, text, _ in caught.value.lines] == [f"m v={n} 1" for n in bad]
    engine.close()


@pytest.mark.parametrize("parser", [bulk.BodyParser, FewLinesParser])
def test_a_new_layout_of_a_known_measurement_takes_the_fast_way(parser: type[bulk.BodyParser]) -> None:
    index, known = BucketIndex(), bulk.Known()
    for fields in ("v=1", "v=1,w=2i", 'w=2i,text="x"', "a=t"):
        lines = [f"m,t=a {fields} {i}" for i in range(50)] + [f"m,t=b {fields},n=1 {i}" for i in range(50)]
        parsed = parser(1, 77, index, known).parse("\n".join(lines).encode())
        assert parsed is not None and parsed.points == []
        assert sorted(len(group.times) for group in parsed.groups) == [50, 50]
