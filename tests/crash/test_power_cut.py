"""Power cuts: at any step of the file layer, what was not synced is torn page by page, and names not synced may be the old ones.

`Disk` runs the engine on a real directory and knows what is durable: of each file the length at its last sync, of each directory the names
at its last sync. A cut makes a directory as it may look after the power is back: pages beyond the synced length are there, zero or
garbage, files are as long as they were or are now, directories have their old or their new names. An engine opened on it must show all
that was acknowledged; what was under way is there as a whole or not at all.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from influxctl.core.readspec import ReadSpec
from influxctl.engine.engine import Engine
from influxctl.engine.files import Files
from influxctl.engine.model import BucketRules, EngineOptions

B = BucketRules("0000000000000001")
OPTIONS = EngineOptions(sync=False, background=False)
PAGE = 4096
Model = dict[int, int]


class Disk(Files):
    """The file layer, with a memory of what is durable. `cut` is called before each step."""

    def __init__(self, root: Path, shadow: Path) -> None:
        super().__init__(sync=False)
        self.root, self.shadow = root, shadow
        self.lengths: dict[int, int] = {}  # inode -> bytes that are durable
        self.names: dict[Path, dict[str, int]] = {}  # directory -> names that are durable
        self.cut: Callable[[str], None] = lambda step: None
        self.fault = lambda step, path: self.cut(step)
        shadow.mkdir()

    def create(self, path: Path) -> int:
        handle = super().create(path)
        inode = os.fstat(handle).st_ino
        if not (self.shadow / str(inode)).exists():
            os.link(path, self.shadow / str(inode))  # keeps the bytes of removed files, and their number theirs
        return handle

    def sync(self, handle: int, path: Path) -> None:
        super().sync(handle, path)
        state = os.fstat(handle)
        self.lengths[state.st_ino] = state.st_size

    def sync_dir(self, path: Path) -> None:
        super().sync_dir(path)
        self.names[path] = self._now(path)

    def _now(self, path: Path) -> dict[str, int]:
        return {entry.name: entry.inode() for entry in os.scandir(path) if entry.is_file() and entry.name != "lock"}

    def after_a_cut(self, target: Path, rng: random.Random) -> None:
        """What may be found when the power is back."""
        for folder, _, _ in os.walk(self.root):
            here = Path(folder)
            place = target / here.relative_to(self.root)
            place.mkdir(parents=True)
            names = rng.choice([self.names.get(here, {}), self._now(here)])
            for name, inode in names.items():
                (place / name).write_bytes(self._torn(inode, rng))

    def _torn(self, inode: int, rng: random.Random) -> bytes:
        data = (self.shadow / str(inode)).read_bytes()
        durable = self.lengths.get(inode, 0)
        out = bytearray(data[: rng.choice([durable, len(data), rng.randint(durable, len(data))])])
        for begin in range(durable - durable % PAGE, len(out), PAGE):
            low, high = max(begin, durable), min(begin + PAGE, len(out))
            kind = rng.randrange(4)
            if kind == 0:
                out[low:high] = bytes(high - low)
            elif kind == 1:
                out[low:high] = rng.randbytes(high - low)
        return bytes(out)


def found(engine: Engine) -> Model:
    spec = ReadSpec(bucket_id=B.id, start=0, stop=1 << 40)
    return {t: v for block in engine.read(spec) for t, v in block.rows.select("_time", "_value").rows()}


class Trial:
    """Random work with cuts in between. `now` is what is acknowledged, `next` what the work under way makes of it."""

    def __init__(self, path: Path, seed: int, cuts: int) -> None:
        self.rng = random.Random(seed)
        self.path, self.left, self.done = path, cuts, 0
        self.disk = Disk(path / "d", path / "shadow")
        self.now: Model = {}
        self.next: Model = {}
        self.engine = Engine.open(path / "d", options=OPTIONS, files=self.disk)
        self.disk.cut = self.maybe
        self.step = 0

    def maybe(self, step: str) -> None:
        """A cut now, or not."""
        if self.left and self.rng.random() < 0.12:
            self.left -= 1
            self.cut(step)

    def cut(self, step: str) -> None:
        """Look at what a cut at this moment leaves."""
        image = self.path / f"cut{self.done}"
        self.done += 1
        self.disk.after_a_cut(image, self.rng)
        engine = Engine.open(image, options=OPTIONS)
        shown = found(engine)
        assert shown in (self.now, self.next), (
            f"cut {self.done} before {step}: {len(shown)} of {len(self.now)} or {len(self.next)}"
        )
        under_way = self.now != self.next
        for loss in engine.losses:  # a record under way may look like a damaged one: the safe side is to tell
            assert under_way and loss.file.endswith(".wal"), loss
        engine.write(B, b"m v=1i 77")  # and it goes on
        assert found(engine) == {**shown, 77: 1}
        engine.flush()
        engine.close()
        again = Engine.open(image, options=OPTIONS)
        assert found(again) == {**shown, 77: 1}
        again.close()

    def work(self) -> None:
        """One operation."""
        self.step += 1
        kind = self.rng.random()
        if kind < 0.6:
            size = self.rng.choice([1, 3, 700])
            start = self.rng.randrange(2000)
            rows = {start + i: self.step for i in range(size)}
            self.next = {**self.now, **rows}
            self.engine.write(B, "\n".join(f"m v={v}i {t}" for t, v in rows.items()).encode())
        elif kind < 0.75:
            low = self.rng.randrange(2000)
            self.next = {t: v for t, v in self.now.items() if not low <= t <= low + 300}
            self.engine.delete(B.id, low, low + 300)
        elif kind < 0.92:
            self.engine.flush()
        else:
            self.engine.compact()
        self.now = self.next


@pytest.mark.parametrize(("seeds", "cuts"), [(range(3), 12), pytest.param(range(100, 150), 40, marks=pytest.mark.slow)])
def test_power_may_be_cut_at_any_step(tmp_path: Path, seeds: range, cuts: int) -> None:
    for seed in seeds:
        trial = Trial(tmp_path / str(seed), seed, cuts) if (tmp_path / str(seed)).mkdir() is None else None
        assert trial is not None
        while trial.left and trial.step < 1000:
            trial.work()
        assert trial.done == cuts
        trial.disk.cut = lambda step: None
        assert found(trial.engine) == trial.now
        trial.engine.close()
