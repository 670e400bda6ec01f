"""Writing: what is accepted, rejected and merged, and that it is durable."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from influxctl.core.errors import Conflict, Invalid, Unavailable
from influxctl.core.lineprotocol import MAX_STRING, LineProtocolError
from influxctl.core.readspec import Compare, ReadSpec
from influxctl.engine import bulk
from influxctl.engine import engine as engine_module
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

B = BucketRules("0000000000000001")
OPTIONS = EngineOptions(sync=False, background=False)
HOUR = 3_600_000_000_000


@pytest.fixture
def engine(tmp_path: Path):
    engine = Engine.open(tmp_path / "data", options=OPTIONS)
    yield engine
    engine.close()


def points(engine: Engine, bucket: str = B.id) -> dict[str, object]:
    """Everything in a bucket: "measurement,tags field time" → value."""
    found: dict[str, object] = {}
    for block in engine.read(ReadSpec(bucket_id=bucket, start=-(1 << 62), stop=1 << 62)):
        for key, frame in block.iter_tables():
            field, measurement = key.pop("_field"), key.pop("_measurement")
            name = ",".join([str(measurement), *(f"{k}={v}" for k, v in key.items())])
            found.update({f"{name} {field} {time}": value for time, value in frame.rows()})
    return found


def test_types_are_kept(engine: Engine) -> None:
    engine.write(B, b'm,t=a f=1.5,i=-2i,u=18446744073709551615u,b=true,s="x y" 10')
    assert points(engine) == {
        "m,t=a f 10": 1.5, "m,t=a i 10": -2, "m,t=a u 10": 18446744073709551615, "m,t=a b 10": True, "m,t=a s 10": "x y",
    }  # fmt: skip
    assert engine.field_types(B.id, "m") == {"b": "bool", "f": "float", "i": "int", "s": "string", "u": "uint"}


@pytest.mark.parametrize("others", [0, 200], ids=["alone", "among others"])
def test_a_string_above_a_mebibyte_is_refused_and_the_rest_written(engine: Engine, others: int) -> None:
    rest = "".join(f"\nm n={i} {i}" for i in range(others))
    text = "\u00e9" * (MAX_STRING // 2)
    written = engine.write(B, f'm s="{text}" 1\nm n=1,s="{text}\\"" 2\nm f=1 3{rest}'.encode())
    reason = f'input field "s" on measurement "m" is too long, {MAX_STRING + 1} > {MAX_STRING}'
    assert [(one.line, one.reason, one.kind, one.dropped) for one in written.rejected] == [(2, reason, "length", True)]
    assert written.points == 2 + others
    assert points(engine)["m s 1"] == text
    assert "m s 2" not in points(engine)


def test_long_strings_of_an_old_log_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = f'm s="{"x" * (MAX_STRING + 1)}" 1'.encode()
    with monkeypatch.context() as before:
        before.setattr(engine_module, "MAX_STRING", 1 << 30)
        before.setattr(bulk, "MAX_STRING", 1 << 30)
        engine = Engine.open(
            tmp_path / "data", options=EngineOptions(sync=False, background=False, flush_bytes=1 << 30)
        )
        assert engine.write(B, body).points == 1
        engine._directory_lock.release()  # as a crash does: nothing is flushed
    again = Engine.open(tmp_path / "data", options=OPTIONS)
    assert len(str(points(again)["m s 1"])) == MAX_STRING + 1
    again.close()


def test_a_later_write_replaces_the_field_and_keeps_the_others(engine: Engine) -> None:
    engine.write(B, b"m f=1,g=1 10\nm f=5 11")
    engine.write(B, b"m g=2 10")
    engine.write(B, b"m f=3,h=4 10\nm f=6 11")
    assert points(engine) == {"m f 10": 3.0, "m g 10": 2.0, "m h 10": 4.0, "m f 11": 6.0}
    engine.flush()
    engine.write(B, b"m f=7 10")
    assert points(engine)["m f 10"] == 7.0
    assert points(engine)["m h 10"] == 4.0


@pytest.mark.parametrize(
    ("precision", "time"), [("s", 7_000_000_000), ("ms", 7_000_000), ("us", 7_000), ("ns", 7), ("", 7)]
)
def test_precisions(engine: Engine, precision: str, time: int) -> None:
    engine.write(B, b"m f=1 7", precision)
    assert points(engine) == {f"m f {time}": 1.0}


def test_lines_without_a_time_get_the_present_cut_to_the_precision(engine: Engine) -> None:
    engine.write(B, b"m f=1", "s", now=12_345_678_901)
    assert points(engine) == {"m f 12000000000": 1.0}


def test_an_unknown_precision_is_invalid(engine: Engine) -> None:
    with pytest.raises(Invalid):
        engine.write(B, b"m f=1 7", "m")


@pytest.mark.parametrize("padding", [b"", b"# " + b"-" * 4000 + b"\n"], ids=["small", "large"])
class TestRefusals:
    """The same through the line parser and through the vectorised way."""

    def test_one_bad_line_refuses_the_body(self, engine: Engine, padding: bytes) -> None:
        with pytest.raises(LineProtocolError) as caught:
            engine.write(B, padding + b"m f=1 1\nm f= 2\n\nm f=2 3\nm 4")
        first = padding.count(b"\n")
        assert [(n - first, text) for n, text, _ in caught.value.lines] == [(2, "m f= 2"), (5, "m 4")]
        assert points(engine) == {}

    def test_a_type_conflict_drops_the_point_and_writes_the_rest(self, engine: Engine, padding: bytes) -> None:
        engine.write(B, b"m f=1i 1")
        result = engine.write(B, padding + b"m f=true,g=1 2\nm,t=2 f=2i 2\nm f=2.5 3\nm g=1 4")
        assert [(r.line - padding.count(b"\n"), r.kind, r.field) for r in result.rejected] == [
            (1, "type", "f"),
            (3, "type", "f"),
        ]
        assert (result.points, result.dropped) == (2, 2)
        assert points(engine) == {"m f 1": 1, "m,t=2 f 2": 2, "m g 4": 1.0}

    def test_a_conflict_within_a_body_keeps_the_first(self, engine: Engine, padding: bytes) -> None:
        result = engine.write(B, padding + b"m f=1 1\nm f=2i 2")
        assert [r.kind for r in result.rejected] == ["type"]
        assert points(engine) == {"m f 1": 1.0}

    def test_a_field_named_time_is_stripped(self, engine: Engine, padding: bytes) -> None:
        result = engine.write(B, padding + b"m time=1 1\nm time=1,f=2 2")
        assert [(r.kind, r.dropped) for r in result.rejected] == [("name", True), ("name", False)]
        assert points(engine) == {"m f 2": 2.0}

    def test_points_older_than_the_retention_are_dropped(self, engine: Engine, padding: bytes) -> None:
        rules = BucketRules(B.id, retention_ns=HOUR)
        result = engine.write(rules, padding + b"m f=1 1\nm f=2", now=1 << 61)
        assert [r.kind for r in result.rejected] == ["retention"]
        assert result.points == 1

    def test_an_explicit_schema(self, engine: Engine, padding: bytes) -> None:
        rules = BucketRules(B.id, schema={"m": {"t": "tag", "f": "float"}})
        result = engine.write(rules, padding + b"m,t=1 f=1 1\nm,u=1 f=1 1\nm f=1i 1\nm g=1 1\nn f=1 1")
        assert [r.kind for r in result.rejected] == ["schema"] * 4
        assert points(engine) == {"m,t=1 f 1": 1.0}


def test_an_escaped_equals_sign_in_a_measurement_is_shown_without_its_backslash(engine: Engine) -> None:
    engine.write(B, b"g\\=3 f=1 1\ng=4 f=1 1")
    assert engine.measurements(B.id, 0, 10) == ["g=3", "g=4"]
    spec = ReadSpec(bucket_id=B.id, start=0, stop=10, predicate=Compare("_measurement", "==", "g=3"))
    assert list(engine.read(spec)) == []  # as 2.9.1 does


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    engine.write(B, b'm,t=\xc3\xa9 f=1,s="two\nlines" 10')
    engine.write(B, b"# " + b"-" * 4000 + b'\nm,t=1 f=2 11\nm,t=2 s="x" 12')
    engine.write(B, b"m f=1i 13\nm f=4 14")  # a partial write: the log holds the accepted line only
    before = points(engine)
    engine.close()
    again = Engine.open(tmp_path, options=OPTIONS)
    assert points(again) == before
    assert len(before) == 5
    assert again.losses == []
    again.close()


def test_files_are_private(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path / "d", options=OPTIONS)
    engine.write(B, b"m f=1 1")
    engine.flush()
    engine.close()
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "d").rglob("*")}
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700
    assert set(modes.values()) <= {0o700, 0o600}


def test_a_second_owner_is_told_the_first(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    code = "import sys; from pathlib import Path; from influxctl.engine.engine import Engine; Engine.open(Path(sys.argv[1]))"
    other = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert f"in use by process {os.getpid()}" in other.stderr
    with pytest.raises(Conflict):
        Engine.open(tmp_path, options=OPTIONS)
    engine.close()
    Engine.open(tmp_path, options=OPTIONS).close()


def test_a_closed_engine_refuses(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    engine.close()
    with pytest.raises(Unavailable):
        engine.write(B, b"m f=1 1")


def test_dropping_a_bucket(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    other = BucketRules("0000000000000002")
    engine.write(B, b"m f=1 1")
    engine.write(other, b"m f=2 1")
    engine.flush()
    engine.drop_bucket(B.id)
    assert points(engine) == {}
    engine.write(B, b"m f=9i 2")
    engine.close()
    again = Engine.open(tmp_path, options=OPTIONS)
    assert points(again) == {"m f 2": 9}
    assert points(again, other.id) == {"m f 1": 2.0}
    again.flush()
    again.drop_bucket(other.id)
    again.write(B, b"m f=10i 3")
    again.flush()
    assert not list((tmp_path / "buckets" / other.id).glob("*.seg"))
    again.close()


@pytest.mark.parametrize("time", [-9223372036854775808, -9223372036854775807, 9223372036854775807])
def test_times_out_of_range_are_refused_in_large_bodies_too(engine: Engine, time: int) -> None:
    body = "\n".join(f"m v=1 {i}" for i in range(400))
    engine.write(B, body.encode())
    with pytest.raises(LineProtocolError, match="time outside range"):
        engine.write(B, f"{body}\nm v=2 {time}".encode())
    engine.write(B, f"{body}\nm v=2 {-9223372036854775806}\nm v=3 {9223372036854775806}".encode())
    assert points(engine)["m v 0"] == 1.0
    spec = ReadSpec(bucket_id=B.id, start=-(1 << 63), stop=(1 << 63) - 1)
    assert sum(block.rows.height for block in engine.read(spec)) == 402


def test_the_last_line_of_a_body_wins_whichever_way_it_came(engine: Engine) -> None:
    body = "\n".join(f"m f={i} {i}" for i in range(400))
    engine.write(
        B, f"{body}\nm  f=1000 7\nm f=1001 7\nm f=1002 8\nm  f=1003 8".encode()
    )  # two blanks: the careful parser's
    assert points(engine)["m f 7"] == 1001.0
    assert points(engine)["m f 8"] == 1003.0


def test_reads_between_writes_see_every_row(engine: Engine) -> None:
    model: dict[str, object] = {}
    for number in range(30):
        rows = [(f"m,h={i % 3}", i * 7 % 50) for i in range(number * 40 + 1)]
        engine.write(B, "\n".join(f"{series} f={number} {time}" for series, time in rows).encode())
        model.update({f"{series} f {time}": float(number) for series, time in rows})
        assert points(engine) == model


def test_a_directory_that_cannot_be_used_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(Unavailable, match="file"):
        Engine.open(tmp_path / "file" / "data", options=OPTIONS)
    with pytest.raises(Unavailable, match="file"):
        Engine.open(tmp_path / "file", options=OPTIONS)
