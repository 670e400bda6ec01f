"""Snapshots of a running engine, and the check of a directory."""

from pathlib import Path

from influxctl.core.readspec import ReadSpec
from influxctl.engine.check import check_directory
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

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
