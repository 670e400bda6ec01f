"""Damaged files of a data directory: an error or a reported loss, never a traceback of another kind, never a wrong value."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from influxctl.core.errors import InfluxctlError
from influxctl.core.readspec import ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules, EngineOptions

RULES = BucketRules("00000000000000dd")
OPTIONS = EngineOptions(sync=False, background=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two segments and a log."""
    path = tmp_path_factory.mktemp("whole")
    engine = Engine.open(path, options=OPTIONS)
    for part in range(3):
        body = "\n".join(f'm,h=h{i % 9} v={part}.{i},s="{part}/{i}" {part * 1000 + i}' for i in range(400))
        engine.write(RULES, body.encode())
        engine.write(RULES, f"k v={part} {part}".encode())
        if part < 2:
            engine.flush()
    engine.close()
    return path


def expected() -> dict[tuple[str, int], object]:
    points: dict[tuple[str, int], object] = {}
    for part in range(3):
        points[f"k v {part}", part] = float(part)
        for i in range(400):
            points["m v", part * 1000 + i] = float(f"{part}.{i}")
            points["m s", part * 1000 + i] = f"{part}/{i}"
    return points


EXPECTED = expected()


def read_all(engine: Engine) -> dict[tuple[str, int], object]:
    found: dict[tuple[str, int], object] = {}
    for block in engine.read(ReadSpec(bucket_id=RULES.id, start=-10, stop=1 << 40)):
        for key, frame in block.iter_tables():
            for time, value in frame.rows():
                name = f"k v {time}" if key["_measurement"] == "k" else f"m {key['_field']}"
                found[name, time] = value
    return found


def check(path: Path) -> None:
    """Open and read a damaged directory: what is served is right, what is missing is reported or refused."""
    try:
        engine = Engine.open(path, options=OPTIONS)
    except InfluxctlError as error:
        assert error.message
        return
    try:
        try:
            found = read_all(engine)
        except InfluxctlError as error:
            assert error.message
            return
        assert all(EXPECTED[key] == value for key, value in found.items())
        assert len(found) == len(EXPECTED) or engine.losses
    finally:
        engine.close()


def files_of(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file() and p.name != "lock")


def test_an_undamaged_directory_is_whole(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "d")
    engine = Engine.open(tmp_path / "d", options=OPTIONS)
    assert read_all(engine) == EXPECTED
    assert engine.losses == []
    engine.close()


@pytest.mark.parametrize("seed", [*range(60), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(60, 300))])
def test_a_flipped_bit_is_noticed(whole: Path, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    shutil.copytree(whole, tmp_path / "d")
    victims = files_of(tmp_path / "d")
    victim = victims[seed % len(victims)]
    data = bytearray(victim.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    victim.write_bytes(data)
    check(tmp_path / "d")


@pytest.mark.parametrize("seed", range(30))
def test_a_file_cut_short_is_noticed(whole: Path, tmp_path: Path, seed: int) -> None:
    shutil.copytree(whole, tmp_path / "d")
    victims = [
        p for p in files_of(tmp_path / "d") if p.suffix != ".wal"
    ]  # a cut log looks like a crash: see tests/crash
    victim = victims[seed % len(victims)]
    victim.write_bytes(victim.read_bytes()[: random.Random(seed).randrange(victim.stat().st_size)])
    check(tmp_path / "d")


@pytest.mark.parametrize("seed", range(12))
def test_garbage_and_missing_files_are_noticed(whole: Path, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    shutil.copytree(whole, tmp_path / "d")
    victims = [p for p in files_of(tmp_path / "d") if p.suffix != ".wal"]
    victim = victims[seed % len(victims)]
    if seed % 2:
        victim.unlink()
    else:
        victim.write_bytes(rng.randbytes(500))
    check(tmp_path / "d")


def test_a_log_goes_on_after_a_damaged_record(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, options=OPTIONS)
    for number in range(9):
        engine.write(RULES, f"k v={number} {number}".encode())
    engine.close()
    log = next((tmp_path / "wal").glob("*.wal"))
    data = bytearray(log.read_bytes())
    data[data.index(b"k v=4")] ^= 4
    log.write_bytes(data)
    engine = Engine.open(tmp_path, options=OPTIONS)
    assert sorted(value for value in read_all(engine).values()) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert len(engine.losses) == 1
    assert "checksum" in engine.losses[0].what
    engine.close()
