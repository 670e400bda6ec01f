"""Failing disks: full, broken, failing to sync, writing half. No acknowledged point is lost, no refused one is seen."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from influxctl.core.errors import InfluxctlError
from influxctl.core.readspec import ReadSpec
from influxctl.engine.engine import Engine, UnfinishedWrite
from influxctl.engine.files import Files
from influxctl.engine.model import BucketRules, EngineOptions

B = BucketRules("0000000000000001")
OPTIONS = EngineOptions(sync=False, background=False)
STEPS = ["write", "sync", "sync_dir", "create", "rename", "remove", "mkdir"]


def values(engine: Engine) -> list[int]:
    spec = ReadSpec(bucket_id=B.id, start=0, stop=1 << 40)
    return sorted(v for block in engine.read(spec) for v in block.rows["_value"].to_list())


class Failing(Files):
    """Fails `step` from the `after`th time on while `broken`; a failing write leaves half of its bytes."""

    def __init__(self, step: str, after: int, code: int) -> None:
        super().__init__(sync=False)
        self.step, self.after, self.code = step, after, code
        self.broken, self.seen = True, 0
        self.fault: Callable[[str, Path], None] = self._fault

    def _fault(self, step: str, path: Path) -> None:
        if step == self.step and self.broken:
            self.seen += 1
            if self.seen > self.after:
                raise OSError(self.code, os.strerror(self.code))

    def write(self, handle: int, data: bytes | memoryview, path: Path) -> None:
        try:
            super().write(handle, data, path)
        except OSError:
            os.write(handle, memoryview(data)[: len(data) // 2])
            raise


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("after", [0, 1, 2, 5, 9, 14])
@pytest.mark.parametrize("step", STEPS)
def test_any_step_may_fail(tmp_path: Path, step: str, after: int, code: int) -> None:
    Engine.open(tmp_path / "d", options=OPTIONS).close()
    files = Failing(step, after, code)
    acknowledged: list[int] = []
    try:
        engine = Engine.open(tmp_path / "d", options=OPTIONS, files=files)
    except InfluxctlError as error:
        assert error.status in (503, 507)
        return

    def attempt(action: Callable[[], object]) -> bool:
        try:
            action()
        except InfluxctlError as error:
            assert error.status == (507 if code == errno.ENOSPC and "no space" in error.message else 503)
            return False
        return True

    for number in range(24):
        if attempt(lambda number=number: engine.write(B, f"m,t={number % 3} v={number}i {number}".encode())):
            acknowledged.append(number)
        assert values(engine) == acknowledged
        if number % 4 == 3:
            attempt(engine.flush)
            attempt(engine.compact)
            assert values(engine) == acknowledged
    files.broken = False  # space was freed
    assert engine.write(B, b"m v=100i 100").points == 1
    assert values(engine) == [*acknowledged, 100]
    shutil.copytree(tmp_path / "d", tmp_path / "killed")
    again = Engine.open(tmp_path / "killed", options=OPTIONS)
    assert values(again) == [*acknowledged, 100]
    assert again.losses == []
    again.close()
    engine.flush()
    assert values(engine) == [*acknowledged, 100]
    engine.close()


@pytest.mark.parametrize("after", range(0, 12, 2))
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_after_a_failure_loses_nothing(tmp_path: Path, step: str, after: int) -> None:
    engine = Engine.open(tmp_path / "d", options=OPTIONS)
    engine.write(B, b"m v=1i 1")
    engine.flush()
    engine.write(B, b"m v=2i 2")
    files = Failing(step, after, errno.EIO)
    engine._files.fault = files.fault
    try:
        engine.flush()
        engine.delete(B.id, 1, 1)
        expected = [2]
    except InfluxctlError:
        expected = [1, 2]
    shutil.copytree(tmp_path / "d", tmp_path / "killed")
    again = Engine.open(tmp_path / "killed", options=OPTIONS)
    assert values(again) == expected
    assert again.losses == []
    again.close()
    engine._files.fault = lambda step, path: None
    engine.close()


def test_a_write_is_acknowledged_though_the_flush_it_caused_fails(tmp_path: Path) -> None:
    options = EngineOptions(sync=False, background=False, flush_bytes=2000)
    files = Failing("rename", 0, errno.ENOSPC)
    engine = Engine.open(tmp_path / "d", options=options, files=files)
    for number in range(100):
        assert engine.write(B, f"m v={number}i {number}".encode()).points == 1
    assert "no space" in engine.trouble
    assert values(engine) == list(range(100))
    files.broken = False
    engine.write(B, b"m v=100i 100")
    assert engine.trouble == ""
    assert engine.stats(B.id).segments > 0
    assert values(engine) == list(range(101))
    engine.close()


class Counting(Files):
    """Counts syncs, and fails them while `broken`."""

    def __init__(self) -> None:
        super().__init__(sync=False)
        self.syncs, self.broken = 0, False
        self.fault: Callable[[str, Path], None] = self._fault

    def _fault(self, step: str, path: Path) -> None:
        self.syncs += step == "sync"
        if step == "sync" and self.broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_writes_that_were_begun_share_a_sync_and_its_failure(tmp_path: Path) -> None:
    files = Counting()
    engine = Engine.open(tmp_path / "d", options=OPTIONS, files=files)

    def begin(first: int) -> list[UnfinishedWrite]:
        return [engine.begin_write(B, f"m,t=a v={n}i {n}".encode()) for n in range(first, first + 8)]

    begun, before = begin(0), files.syncs
    assert values(engine) == []
    begun[-1].sync()
    assert [one.finish().points for one in begun] == [1] * 8
    assert files.syncs == before + 1
    assert values(engine) == list(range(8))
    begun, files.broken = begin(8), True
    begun[-1].sync()  # says nothing: each write is told
    files.broken = False
    for one in begun:
        with pytest.raises(InfluxctlError):
            one.finish()
    assert engine.write(B, b"m,t=a v=99i 99").points == 1
    assert values(engine) == [*range(8), 99]
    engine.close()
    again = Engine.open(tmp_path / "d", options=OPTIONS)
    assert values(again) == [*range(8), 99]
    again.close()
