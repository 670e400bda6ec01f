"""Writers, readers, deletes and upkeep at once: readers see whole bodies, and at the end everything is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from influxctl.core.readspec import Compare, ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

B = BucketRules("0000000000000001")


def together(*work: Callable[[], None]) -> None:
    """Run functions in threads and raise the first error of any."""
    errors: list[BaseException] = []

    def guarded(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def counts(engine: Engine, **more: object) -> dict[str, int]:
    spec = ReadSpec(bucket_id=B.id, start=0, stop=1 << 60, aggregate="count", **more)
    return {str(k["_measurement"]): f["_value"][0] for block in engine.read(spec) for k, f in block.iter_tables()}


def test_writers_and_readers(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, flush_bytes=60_000))
    running = threading.Event()
    running.set()

    def writer(name: str, size: int) -> Callable[[], None]:
        def write() -> None:
            for body in range(40):
                lines = [f'm{name},h={row % 3} v={body}i,s="{row}" {body * 1000 + row}' for row in range(size)]
                engine.write(B, "\n".join(lines).encode())

        return write

    def reader() -> None:
        while running.is_set():
            spec = ReadSpec(bucket_id=B.id, start=0, stop=1 << 60, group=("_measurement",), aggregate="count",
                            predicate=Compare("_field", "==", "v"))  # fmt: skip
            for block in engine.read(spec):
                for key, frame in block.iter_tables():
                    assert frame["_value"][0] % int(str(key["_measurement"])[1:]) == 0  # whole bodies only

    reading = threading.Thread(target=reader)
    reading.start()
    try:
        together(*(writer(str(size), size) for size in (1, 7, 200)))
    finally:
        running.clear()
        reading.join()
    assert counts(engine, group=("_measurement",), predicate=Compare("_field", "==", "v")) == {
        "m1": 40,
        "m7": 280,
        "m200": 8000,
    }
    engine.close()
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, background=False))
    assert counts(engine, group=("_measurement",), predicate=Compare("_field", "==", "s")) == {
        "m1": 40,
        "m7": 280,
        "m200": 8000,
    }
    assert engine.losses == []
    engine.close()


def test_deletes_between_writes_of_the_same_measurement(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, flush_bytes=20_000))

    def write() -> None:
        for body in range(150):
            engine.write(B, f"gone,h={body % 5} v={body}i {body}\nkept v={body}i {body}".encode())

    def delete() -> None:
        for _ in range(60):
            engine.delete(B.id, 0, 1 << 60, Compare("_measurement", "==", "gone"))

    together(write, delete)
    assert counts(engine, group=("_measurement",))["kept"] == 150
    engine.delete(B.id, 0, 1 << 60, Compare("_measurement", "==", "gone"))
    engine.write(B, b'gone,h=9 v="text" 7')
    before = [
        (k, f.rows()) for b in engine.read(ReadSpec(bucket_id=B.id, start=0, stop=1 << 60)) for k, f in b.iter_tables()
    ]
    assert ({"_field": "v", "_measurement": "gone", "h": "9"}, [(7, "text")]) in before
    engine.close()
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, background=False))
    after = [
        (k, f.rows()) for b in engine.read(ReadSpec(bucket_id=B.id, start=0, stop=1 << 60)) for k, f in b.iter_tables()
    ]
    assert after == before
    engine.close()


def test_a_pause_flushes_what_a_start_would_replay(tmp_path: Path) -> None:
    """A log above 1 MB is flushed when nothing happens, a shorter one is left; memory is given back meanwhile."""
    engine = Engine.open(tmp_path, options=EngineOptions(sync=False, idle_seconds=0.05))
    engine.write(B, b"m f=1 0")
    body = "\n".join(f"m,h=h{i % 10} f={i}.5,g={i}i {i + 1}" for i in range(5000)).encode()
    time.sleep(0.3)
    assert engine.stats(B.id).memory_rows == 1
    for _ in range(8):
        engine.write(B, body)
    deadline = time.monotonic() + 20
    while engine.stats(B.id).memory_rows and time.monotonic() < deadline:
        time.sleep(0.3)  # longer than a pause: asking is a read
    stats = engine.stats(B.id)
    assert (stats.memory_rows, stats.rows, engine.trouble) == (0, 5001, "")
    assert engine.log_bytes < 100
    engine.close()
