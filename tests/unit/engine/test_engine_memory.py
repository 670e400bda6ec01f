"""What stays in memory is bounded: decoded blocks by bytes and by age, rows by early flushes, free pages are given back under load."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from influxctl.core.readspec import Compare, ReadSpec
from influxctl.engine import store
from influxctl.engine.cache import BlockCache, bytes_of
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions
from influxctl.engine.texts import Texts

B = BucketRules(id="b000000000000001")
HOT = Compare("_measurement", "==", "hot")
EVERYTHING = ReadSpec(bucket_id=B.id, start=0, stop=1 << 60)


def lines(first: int, count: int) -> bytes:
    """Rows of ten series with a float that no other row has."""
    return "\n".join(f"m,h=h{i % 10} f={i}.5,g={i % 7}i {i + 1}" for i in range(first, first + count)).encode()


def filled(path: Path, **options: float) -> Engine:
    """An engine with five segments of 20,000 rows."""
    engine = Engine.open(path, options=EngineOptions(sync=False, background=False, **options))  # type: ignore[arg-type]
    for part in range(5):
        engine.write(B, lines(part * 20_000, 20_000))
        engine.flush()
    return engine


def read_all(engine: Engine) -> int:
    """Read every point; how many there were."""
    return sum(block.rows.height for block in engine.read(EVERYTHING))


def test_cache_keeps_no_more_bytes_than_it_may() -> None:
    """The blocks longest unused go first; one that is too large is not kept; what is dropped or forgotten is not counted."""
    block = pl.DataFrame({"v": pl.Series(range(1000), dtype=pl.Int64)})
    cache = BlockCache(3 * bytes_of(block) + 100)
    for number in range(3):
        cache.put((number, 0), block)
    assert cache.get((0, 0)) is not None  # used again: 1 is the oldest now
    cache.put((3, 0), block)
    assert [cache.get((n, 0)) is not None for n in range(4)] == [True, False, True, True]
    assert cache.size == 3 * bytes_of(block) <= cache.limit
    cache.put((4, 0), pl.concat([block] * 4))
    assert cache.get((4, 0)) is None and len(cache) == 3
    cache.forget(3)
    assert cache.size == 2 * bytes_of(block)
    assert cache.forget_unused(60) == 0
    assert cache.forget_unused(-1) == 2 * bytes_of(block) and cache.size == len(cache) == 0


@pytest.mark.parametrize(("letters", "least"), [(5, 16), (100, 116)])
def test_texts_count_with_all_that_they_take(letters: int, least: int) -> None:
    """Each text has a head of 16 bytes, in which a short one stands."""
    block = pl.DataFrame({"s": ["x" * letters] * 1000})
    assert 1000 * least <= bytes_of(block) <= 1000 * least + 1000


def test_reads_stay_within_the_cache_and_age(tmp_path: Path) -> None:
    """100,000 rows of three columns take 2.4 MB; what may be kept is kept, and dropped when nobody asks."""
    engine = filled(tmp_path, cache_bytes=500_000, cache_seconds=0)
    assert read_all(engine) == 200_000
    time.sleep(0.01)
    assert 250_000 < engine.forget_unused() <= 500_000
    assert engine.forget_unused() == 0
    assert read_all(engine) == 200_000
    engine.close()
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, background=False, cache_seconds=60))
    read_all(engine)
    assert engine.forget_unused() == 0
    engine.close()


def test_a_merge_pushes_nothing_out_of_the_cache(tmp_path: Path) -> None:
    """A merge reads all of its segments, but once: the blocks that queries use stay."""
    engine = filled(tmp_path, cache_bytes=700_000, cache_seconds=0)
    engine.write(B, b"\n".join(b"hot v=%d.25 %d" % (i * i, i) for i in range(20_000)))
    engine.flush()
    assert sum(block.rows.height for block in engine.read(replace(EVERYTHING, predicate=HOT))) == 20_000
    assert engine.compact() == 1
    time.sleep(0.01)
    assert 320_000 <= engine.forget_unused() < 350_000  # times and values of `hot`
    assert read_all(engine) == 220_000
    engine.close()


def test_a_merge_orders_a_bounded_number_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few fields they have, neighbours stay apart when together they would be too long."""
    monkeypatch.setattr(store, "MAX_ROWS", 79_999)
    engine = filled(tmp_path)
    assert (engine.compact(), engine.stats(B.id).segments) == (0, 5)
    monkeypatch.setattr(store, "MAX_ROWS", 80_000)
    assert (engine.compact(), engine.stats(B.id).segments) == (1, 2)
    assert read_all(engine) == 200_000
    engine.close()


def test_rows_do_not_stay_in_memory_for_long(tmp_path: Path) -> None:
    """A log of medium length is flushed after a while although there is never a pause."""
    options = EngineOptions(sync=False, idle_seconds=0.05, flush_early=10_000, flush_seconds=0.2)
    engine = Engine.open(tmp_path, options=options)
    written = 0
    while (
        engine.stats(B.id).segments == 0 and written < 20_000
    ):  # half a megabyte of log: too short for any other flush
        engine.write(B, lines(written, 100))
        written += 100
        time.sleep(0.02)
    stats = engine.stats(B.id)
    assert (stats.segments, stats.rows, engine.trouble) == (1, written, "")
    engine.close()


def test_texts_are_those_that_came_in() -> None:
    """Single texts, lists and series in any order; slices stay what they were."""
    rng = random.Random(1)
    texts, expected, views = Texts(), list[str](), list[tuple[pl.Series, list[str]]]()
    for _ in range(300):
        some = [
            f"{'é' * rng.randrange(20)}{rng.random()}"[: rng.randrange(30)] for _ in range(rng.choice((0, 1, 9, 300)))
        ]
        way = rng.randrange(3)
        if way == 0:
            for text in some:
                texts.append(text)
        else:
            texts.extend(some if way == 1 else pl.Series(some, dtype=pl.String))
        expected += some
        begin = rng.randrange(len(expected) + 1)
        end = rng.randrange(begin, len(expected) + 1)
        views.append((texts.between(begin, end), expected[begin:end]))
    assert len(texts) == len(expected) > 10_000
    assert all(view.to_list() == wanted for view, wanted in views)


BUSY = """
import sys, time
from pathlib import Path
from influxctl.engine.memory import modest_allocators
modest_allocators()
from influxctl.core.readspec import ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4 // 1024

B = BucketRules(id="b000000000000001")
engine = Engine.open(Path(sys.argv[1]), options=EngineOptions(sync=False, idle_seconds=0.2))
for part in range(20):
    engine.write(B, "\\n".join(f"m,h=h{i % 10} f={i}.5 {i + 1}" for i in range(part * 20000, part * 20000 + 20000)).encode())
engine.flush()
spec = ReadSpec(bucket_id=B.id, start=0, stop=1 << 60)
list(engine.read(spec))
time.sleep(2)
base = resident()
arrays = [block.rows[name].to_numpy().copy()[at : at + 8192].copy()
          for _ in range(4) for block in engine.read(spec) for name in block.rows.columns for at in range(0, block.rows.height, 8192)]
pinned = arrays[:: len(arrays) // 10]  # so that the heap does not end with what is freed
top = resident()
del arrays
deadline = time.monotonic() + 10
number = 0
while resident() > base + (top - base) // 2 and time.monotonic() < deadline:
    number += 1
    engine.write(B, f"n v=1 {number}".encode())  # never a pause
    time.sleep(0.01)
print(base, top, resident())
engine.close()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_free_pages_are_given_back_while_there_is_no_pause(tmp_path: Path) -> None:
    """Of what a large read took, more than half is the system's again within seconds, though writes go on."""
    done = subprocess.run([sys.executable, "-c", BUSY, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    base, top, now = map(int, done.stdout.split())
    assert top - base > 15
    assert now <= base + (top - base) // 2
