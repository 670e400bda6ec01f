"""Snapshots of a running engine, and the check of a directory."""

import struct
from pathlib import Path
from zlib import crc32

from influxctl.core.readspec import ReadSpec
from influxctl.engine.check import check_directory
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

segment_tail = struct.Struct("<II8s")
B = BucketRules("0000000000000001")
OPTIONS = EngineOptions(sync=False, background=False)


def values(engine: Engine) -> list[float]:
    spec = ReadSpec(bucket_id=B.id, start=0, stop=1 << 40)
    return sorted(v for block in engine.read(spec) for v in block.rows["_value"].to_list())


def filled(path: Path) -> Engine:
    engine = Engine.open(path, options=OPTIONS)
    engine.write(B, "\n".join(f"m,h={i % 5} v={i} {i}" for i in range(50)).encode())
    engine.flush()
    engine.write(B, b"m v=100 100")
    return engine


def test_a_snapshot_holds_what_was_acknowledged(tmp_path: Path) -> None:
    engine = filled(tmp_path / "d")
    engine.snapshot(tmp_path / "copy")
    engine.write(B, b"m v=200 200")
    engine.delete(B.id, 0, 1000)
    engine.flush()
    copy = Engine.open(tmp_path / "copy", options=OPTIONS)
    assert values(copy) == [float(i) for i in range(50)] + [100.0]
    copy.write(B, b"m v=300 300")
    assert len(values(copy)) == 52
    copy.close()
    assert values(engine) == []
    engine.close()
    assert check_directory(tmp_path / "copy").clean


def test_a_snapshot_of_an_empty_engine_opens(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "d", options=OPTIONS)
    engine.snapshot(tmp_path / "copy")
    engine.close()
    copy = Engine.open(tmp_path / "copy", options=OPTIONS)
    assert values(copy) == []
    copy.close()


def test_a_clean_directory(tmp_path: Path) -> None:
    filled(tmp_path).close()
    report = check_directory(tmp_path)
    assert report.clean
    assert (report.buckets, report.segments, report.rows, report.log_records) == (1, 1, 50, 1)


def test_damage_is_found_and_nothing_is_changed(tmp_path: Path) -> None:
    filled(tmp_path).close()
    victim = next(tmp_path.rglob("*.seg"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 3] ^= 1
    victim.write_bytes(data)
    stray = victim.with_name("0000009999.seg")
    stray.write_bytes(b"stray")
    report = check_directory(tmp_path)
    assert not report.clean
    assert {loss.file for loss in report.problems} == {str(victim)}
    assert stray.exists()
    assert victim.read_bytes() == bytes(data)


def flip(path: Path, block: dict[str, int]) -> None:
    data = bytearray(path.read_bytes())
    data[block["at"] + block["size"] // 2] ^= 1
    path.write_bytes(data)


def test_a_rescue_keeps_what_is_intact(tmp_path: Path) -> None:
    """300,000 rows in three blocks a column: the second block of field `a` and the third of the times are damaged."""
    engine = Engine.open(tmp_path, options=OPTIONS)
    for part in range(30):
        rows = range(part * 10_000, (part + 1) * 10_000)
        engine.write(B, "\n".join(f"m a={i}.5,b={i}i {i}" for i in rows).encode())
    engine.write(B, b"other v=1 1")
    engine.flush()
    (segment,) = engine._buckets[B.id].segments["m"]
    blocks = segment.file.footer["blocks"]
    engine.close()
    bad = [[b for b in blocks if b["columns"] == ["a"]][1], [b for b in blocks if b["columns"] == ["\0time"]][2]]
    for block in bad:
        flip(segment.file.path, block)
    assert len(check_directory(tmp_path).problems) == 2

    engine = Engine.open(tmp_path, options=OPTIONS)
    assert engine.rescue() == 1
    told = {(loss.place, loss.details["points"]) for loss in engine.losses if "points" in loss.details}
    last = 300_000 - bad[1]["low"]
    lost = bad[0]["high"] - bad[0]["low"]
    assert told == {("measurement m, field a", lost + last), ("measurement m, field b", last)}
    assert engine.rescue() == 0
    engine.close()
    assert check_directory(tmp_path).clean
    assert [path.name for path in tmp_path.rglob("*.damaged")] == [segment.file.path.name + ".damaged"]

    engine = Engine.open(tmp_path, options=OPTIONS)
    assert engine.losses == []
    rows = {}
    for block in engine.read(ReadSpec(bucket_id=B.id, start=0, stop=1 << 40, shape="wide")):
        if "a" in block.rows.columns:
            rows.update({t: (a, b) for t, a, b in block.rows.select("_time", "a", "b").rows()})
    assert rows == {
        i: (None if bad[0]["low"] <= i < bad[0]["high"] else i + 0.5, i) for i in range(bad[1]["low"])
    }  # fmt: skip
    engine.close()


def test_a_rescue_drops_a_segment_of_which_nothing_is_left(tmp_path: Path) -> None:
    engine = filled(tmp_path)
    (segment,) = engine._buckets[B.id].segments["m"]
    flip(segment.file.path, segment.file.footer["blocks"][2])  # times and values
    assert engine.rescue() == 1
    assert values(engine) == [100.0]  # what the log holds
    engine.flush()
    engine.close()
    assert check_directory(tmp_path).clean


def test_the_check_knows_more_than_checksums(tmp_path: Path) -> None:
    """A footer that does not say what the rows are, under a right checksum."""
    filled(tmp_path).close()
    victim = next(tmp_path.rglob("*.seg"))
    data = victim.read_bytes()
    length, _, end = segment_tail.unpack(data[-segment_tail.size :])
    text = data[-segment_tail.size - length : -segment_tail.size]
    other = text.replace(b'"max": 49', b'"max": 48')
    assert other != text
    victim.write_bytes(data[: -segment_tail.size - length] + other + segment_tail.pack(length, crc32(other), end))
    assert [loss.what for loss in check_directory(tmp_path).problems] == [
        "the first and last time are not those of the rows"
    ]
