"""The durable queue: order, acknowledgement, limits, damage, faults of the disk, and the death of a writer at every step."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.core.errors import Conflict, InfluxctlError
from influxctl.engine.files import Files
from influxctl.spool.queue import MAGIC, Queue, QueueFull


def bodies(queue: Queue) -> list[bytes]:
    return [record.body for record in queue.records()]


def test_records_come_out_in_order_with_their_meta_until_they_are_acknowledged(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "q", clock=lambda: 42)
    queue.append({"bucket": "b é"}, b"one\n1 23")
    queue.append({}, b"")
    first = queue.peek()
    assert first is not None and (first.meta, first.body, first.arrived) == ({"bucket": "b é"}, b"one\n1 23", 42)
    assert queue.peek() == first  # again, and by another object after a restart
    again = Queue(tmp_path / "q")
    assert again.peek() == first
    again.acknowledge(first)
    assert bodies(queue) == [b""]
    assert (tmp_path / "q").stat().st_mode & 0o777 == 0o700
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in (tmp_path / "q").iterdir())


def test_acknowledged_segments_are_removed(tmp_path: Path) -> None:
    queue = Queue(tmp_path, segment_bytes=100)
    for number in range(20):
        queue.append({}, b"%d" % number * 30)
    assert len(list(tmp_path.glob("*.seg"))) > 5
    for record in list(queue.records()):
        queue.acknowledge(record)
    assert len(list(tmp_path.glob("*.seg"))) == 1 and queue.waiting_bytes() == 0 and queue.peek() is None
    queue.append({}, b"next")
    assert bodies(Queue(tmp_path)) == [b"next"]


def test_a_full_queue_refuses_and_has_room_again_after_delivery(tmp_path: Path) -> None:
    queue = Queue(tmp_path, max_bytes=150)
    queue.append({}, b"x" * 100)
    with pytest.raises(QueueFull, match="full: 120 of 150"):
        queue.append({}, b"y" * 100)
    record = queue.peek()
    assert record is not None
    queue.acknowledge(record)
    queue.append({}, b"y" * 100)
    assert bodies(queue) == [b"y" * 100]


def test_only_one_process_delivers(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    with queue.delivering(), pytest.raises(Conflict, match="delivers"), Queue(tmp_path).delivering():
        pass
    with queue.delivering():
        pass


def test_drop_forgets_what_waits(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    for _ in range(3):
        queue.append({}, b"x")
    assert queue.drop() == 3 and bodies(queue) == [] and queue.drop() == 0
    queue.append({}, b"after")
    assert bodies(queue) == [b"after"]


def test_threads_and_objects_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    def add(name: str) -> None:
        queue = Queue(tmp_path, segment_bytes=300, files=Files(sync=False))
        for number in range(50):
            queue.append({"by": name}, b"%d" % number)

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    reader, seen = Queue(tmp_path, files=Files(sync=False)), []
    while any(thread.is_alive() for thread in threads) or reader.peek() is not None:
        record = reader.peek()
        if record is not None:
            seen.append((record.meta["by"], int(record.body)))
            reader.acknowledge(record)
    for name in "abcd":
        assert [number for by, number in seen if by == name] == list(range(50))
    assert reader.losses == []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.binary(max_size=60)),
        st.tuples(st.sampled_from(["ack", "reopen", "tear"]), st.just(b"")),
        st.tuples(st.just("fault"), st.sampled_from([b"write", b"sync", b"sync_dir", b"create", b"rename"])),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_what_was_accepted_comes_out_once_and_in_order(
    steps: list[tuple[str, bytes]], tmp_path_factory: object
) -> None:
    """Against a list: appends, acknowledgements, restarts, unfinished appends at the end, and failures of every file step."""
    directory: Path = tmp_path_factory.mktemp("q")  # type: ignore[attr-defined]
    failing: list[str] = []

    def fault(step: str, path: Path) -> None:
        if step in failing:
            failing.clear()
            raise OSError(errno.EIO, "broken")

    files = Files(sync=False, fault=fault)
    model: list[bytes] = []
    queue = Queue(directory, segment_bytes=150, files=files)
    for step, data in steps:
        if step == "append":
            try:
                queue.append({"n": str(len(model))}, data)
                model.append(data)
            except InfluxctlError:
                pass
        elif step == "ack" and (record := queue.peek()) is not None:
            assert record.body == model[0]
            try:
                queue.acknowledge(record)
                model.pop(0)
            except InfluxctlError:
                failed = Queue(directory, files=files).peek()  # the position may be the old one or the new one
                if failed != record:
                    model.pop(0)
        elif step == "reopen":
            queue = Queue(directory, segment_bytes=150, files=files)
        elif step == "tear":
            last = max(directory.glob("*.seg"), default=None)
            if last is not None:
                with last.open("ab") as out:
                    out.write(b"\x40\0\0\0half")
        elif step == "fault":
            failing[:] = [data.decode()]
    failing.clear()
    assert bodies(Queue(directory)) == model


def test_damage_costs_the_record_it_hits_and_is_reported(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    for number in range(5):
        queue.append({}, b"record %d" % number)
    path = tmp_path / "00000001.seg"
    data = bytearray(path.read_bytes())
    data[data.index(b"record 2") + 3] ^= 4
    path.write_bytes(bytes(data))
    again = Queue(tmp_path)
    assert bodies(again) == [b"record 0", b"record 1", b"record 3", b"record 4"]
    assert len(again.losses) == 1 and str(path) in again.losses[0]
    again.append({}, b"record 5")  # not behind the damage
    assert bodies(again)[-1] == b"record 5" and (tmp_path / "00000001.seg.damaged").exists()


def test_a_length_that_cannot_be_is_not_believed(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    queue.append({}, b"first")
    queue.append({}, b"second")
    path = tmp_path / "00000001.seg"
    data = bytearray(path.read_bytes())
    data[len(MAGIC) + 3] = 0x0F  # the first record claims 250 MiB
    path.write_bytes(bytes(data))
    again = Queue(tmp_path)
    again.append({}, b"third")
    assert bodies(again) == [b"second", b"third"] and again.losses


def test_every_flipped_bit_costs_one_record_at_most_and_is_told(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "whole", files=Files(sync=False))
    for number in range(4):
        queue.append({}, b"record %d" % number)
    whole = (tmp_path / "whole" / "00000001.seg").read_bytes()
    for place in range(0, len(whole) * 8, 3):
        directory = tmp_path / str(place)
        directory.mkdir()
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        (directory / "00000001.seg").write_bytes(bytes(damaged))
        again = Queue(directory, files=Files(sync=False))
        again.append({}, b"record 4")
        found = bodies(again)
        lost = [body for body in [b"record %d" % n for n in range(5)] if body not in found]
        assert found == sorted(found) and len(found) + len(lost) == 5
        assert len(lost) <= 1 and (not lost or again.losses), place


def test_records_that_the_power_took_do_not_hide_new_ones(tmp_path: Path) -> None:
    """A reader may acknowledge a record before its sync: after a power loss the position can lie behind the end of the file."""
    queue = Queue(tmp_path)
    queue.append({}, b"first")
    size = (tmp_path / "00000001.seg").stat().st_size
    queue.append({}, b"second, lost")
    for record in list(queue.records()):
        queue.acknowledge(record)
    os.truncate(tmp_path / "00000001.seg", size)
    again = Queue(tmp_path)
    again.append({}, b"third")
    assert bodies(again) == [b"third"]


def test_one_sync_does_for_all_that_wait(tmp_path: Path) -> None:
    syncs, slow = [], threading.Event()

    def fault(step: str, path: Path) -> None:
        if step == "sync" and path.suffix == ".seg":
            syncs.append(path)
            slow.wait(0.05)

    queue = Queue(tmp_path, files=Files(sync=False, fault=fault))
    threads = [threading.Thread(target=queue.append, args=({}, b"%d" % n)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bodies(queue), key=int) == [b"%d" % n for n in range(20)]
    assert len(syncs) <= 6  # one to begin the file, one for the first record, few for all the others


def test_a_sync_that_fails_fails_all_that_waited_for_it(tmp_path: Path) -> None:
    broken = threading.Event()

    def fault(step: str, path: Path) -> None:
        if step == "sync" and broken.is_set():
            time.sleep(0.05)
            raise OSError(errno.EIO, "broken")

    queue = Queue(tmp_path, files=Files(sync=False, fault=fault))
    queue.append({}, b"kept")
    broken.set()
    failed: list[int] = []

    def add(number: int) -> None:
        try:
            queue.append({}, b"%d" % number)
        except InfluxctlError:
            failed.append(number)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(failed) == list(range(10))
    broken.clear()
    queue.append({}, b"after")
    found = bodies(queue)
    assert found[0] == b"kept" and found[-1] == b"after"
    assert len(list(tmp_path.glob("*.seg"))) == 2  # not behind what may not be there


WRITER = """
import os, signal, sys
from pathlib import Path
from influxctl.engine.files import Files
from influxctl.spool.queue import Queue
left = int(sys.argv[2])
def fault(step, path):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
queue = Queue(Path(sys.argv[1]), segment_bytes=60, files=Files(fault=fault))
for number in range(3):
    queue.append({}, b"%d" % number)
    print(number, flush=True)
for _ in range(2):
    record = queue.peek()
    print("delivered", flush=True)
    queue.acknowledge(record)
    print("acknowledged", flush=True)
"""


def test_killed_at_every_step_of_the_disk(tmp_path: Path) -> None:
    """A process dies before its n-th file operation, for every n: what it was told is durable is there until it was delivered."""
    for n in range(1, 60):
        directory = tmp_path / str(n)
        done = subprocess.run(
            [sys.executable, "-c", WRITER, str(directory), str(n)], stdout=subprocess.PIPE, timeout=60, check=False
        )
        told = done.stdout.decode().split()
        found = [int(body) for body in bodies(Queue(directory))]
        kept = [int(word) for word in told if word.isdigit()]
        delivered, acknowledged = told.count("delivered"), told.count("acknowledged")
        assert found == sorted(found)
        assert set(kept[delivered:]) <= set(found), f"step {n}: told {told}, found {found}"
        assert set(found).isdisjoint(kept[:acknowledged]), f"step {n}: {found} after {told}"
        if done.returncode == 0:
            assert kept == [0, 1, 2] and acknowledged == 2 and found == [2]
            return
        assert done.returncode == -signal.SIGKILL
    raise AssertionError("the writer has more file operations than were tried")


def test_an_unreadable_position_gives_records_again(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    queue.append({}, b"one")
    record = queue.peek()
    assert record is not None
    queue.acknowledge(record)
    (tmp_path / "position").write_bytes(os.urandom(20))
    assert bodies(Queue(tmp_path)) == [b"one"]
