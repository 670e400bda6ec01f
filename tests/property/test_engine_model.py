"""The engine against a dictionary: random writes, deletes, flushes, merges, retention and reopenings in any order."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from influxctl.core.readspec import And, Compare, Predicate, ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

RULES = BucketRules("00000000000000bb", 0, 500)
OPTIONS = EngineOptions(sync=False, background=False)
Key = tuple[tuple[tuple[str, str], ...], str, int]

tags = st.fixed_dictionaries({}, optional={"a": st.sampled_from("xyz"), "b": st.sampled_from("xyz")})
fields = st.dictionaries(st.sampled_from(["f", "i", "s", "t"]), st.integers(0, 9), min_size=1)
times = st.one_of(st.integers(0, 12), st.integers(-2000, 2000))
lines = st.lists(st.tuples(st.sampled_from("mn"), tags, fields, times), min_size=1, max_size=12)
predicates: list[Predicate | None] = [
    None, Compare("a", "==", "x"), Compare("_measurement", "==", "m"), And(Compare("a", "==", "x"), Compare("b", "!=", "y")),
]  # fmt: skip


def typed(name: str, value: int) -> object:
    return {"f": float(value), "i": value, "s": str(value), "t": value > 4}[name]


def written(name: str, value: int) -> str:
    return {"f": f"{value}.0", "i": f"{value}i", "s": f'"{value}"', "t": str(value > 4)}[name]


class EngineMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp(prefix="influxctl-model-"))
        self.engine = Engine.open(self.path, options=OPTIONS)
        self.model: dict[Key, object] = {}

    @rule(points=lines, large=st.booleans())
    def write(self, points: list[tuple[str, dict[str, str], dict[str, int], int]], large: bool) -> None:
        body = []
        for name, tag_set, values, time in points:
            key = tuple(sorted({"_measurement": name, **tag_set}.items()))
            text = ",".join(f"{k}={written(k, v)}" for k, v in values.items())
            body.append(name + "".join(f",{k}={v}" for k, v in tag_set.items()) + f" {text} {time}")
            self.model.update({(key, k, time): typed(k, v) for k, v in values.items()})
        comment = "# " + "-" * 4000 + "\n" if large else ""  # a long body goes the vectorised way
        assert self.engine.write(RULES, (comment + "\n".join(body)).encode()).points == len(points)

    @rule(start=st.integers(-2000, 2000), length=st.integers(0, 2500), predicate=st.sampled_from(predicates))
    def delete(self, start: int, length: int, predicate: Predicate | None) -> None:
        self.engine.delete(RULES.id, start, start + length, predicate)

        def hit(key: Key) -> bool:
            series = dict(key[0])
            if not start <= key[2] <= start + length or predicate is None:
                return start <= key[2] <= start + length
            if isinstance(predicate, Compare):
                return series.get(predicate.column) == predicate.value
            return series.get("a") == "x" and series.get("b", "y") != "y"

        self.model = {key: value for key, value in self.model.items() if not hit(key)}

    @rule()
    def flush(self) -> None:
        self.engine.flush()

    @rule()
    def compact(self) -> None:
        self.engine.flush()
        self.engine.compact()

    @rule()
    def reopen(self) -> None:
        self.engine.close()
        self.engine = Engine.open(self.path, options=OPTIONS)
        assert self.engine.losses == []

    @rule()
    def crash(self) -> None:
        copy = Path(tempfile.mkdtemp(prefix="influxctl-model-"))
        shutil.copytree(self.path, copy, dirs_exist_ok=True)  # what a kill would leave
        self.engine.close()
        shutil.rmtree(self.path)
        self.path, self.engine = copy, Engine.open(copy, options=OPTIONS)
        assert self.engine.losses == []

    @invariant()
    def long_read_equals_the_model(self) -> None:
        found: dict[Key, object] = {}
        for block in self.engine.read(ReadSpec(bucket_id=RULES.id, start=-(10**6), stop=10**6)):
            for key, frame in block.iter_tables():
                name = str(key.pop("_field"))
                rows = frame.rows()
                assert [t for t, _ in rows] == sorted({t for t, _ in rows})
                found.update({(tuple(sorted((k, str(v)) for k, v in key.items())), name, t): v for t, v in rows})
        assert found == self.model

    @invariant()
    def wide_read_equals_the_model(self) -> None:
        found: dict[Key, object] = {}
        for block in self.engine.read(ReadSpec(bucket_id=RULES.id, start=-1500, stop=1500, shape="wide")):
            names = [column.label for column in block.row_columns]
            for key, frame in block.iter_tables():
                series = tuple(sorted((k, str(v)) for k, v in key.items()))
                for row in frame.rows():
                    found.update(
                        {(series, n, row[0]): v for n, v in zip(names[1:], row[1:], strict=True) if v is not None}
                    )
        assert found == {key: value for key, value in self.model.items() if -1500 <= key[2] < 1500}

    @invariant()
    def counts_and_schema_equal_the_model(self) -> None:
        spec = ReadSpec(bucket_id=RULES.id, start=-(10**6), stop=10**6, aggregate="count", group=("_measurement",))
        counts: dict[str, int] = {}
        for block in self.engine.read(spec):
            for key, frame in block.iter_tables():
                counts[str(key["_measurement"])] = counts.get(str(key["_measurement"]), 0) + int(frame["_value"].sum())
        names = {dict(key)["_measurement"] for key, _, _ in self.model}
        assert counts == {n: sum(dict(k)["_measurement"] == n for k, _, _ in self.model) for n in names}
        assert self.engine.measurements(RULES.id, -(10**6), 10**6) == sorted(names)
        assert self.engine.cardinality(RULES.id, -(10**6), 10**6) == len({(k, f) for k, f, _ in self.model})

    def teardown(self) -> None:
        self.engine.close()
        shutil.rmtree(self.path, ignore_errors=True)


TestEngineModel = EngineMachine.TestCase
TestEngineModel.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@pytest.mark.slow
class TestEngineModelAtLength(EngineMachine.TestCase):
    """100,000 steps: quarter of an hour."""

    settings = settings(max_examples=2000, stateful_step_count=50, deadline=None)
