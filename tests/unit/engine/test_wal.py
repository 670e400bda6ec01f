"""The write-ahead log: records come back in order, damage is told, a torn end is not a loss."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from influxctl.core.errors import Unavailable
from influxctl.engine.files import Files
from influxctl.engine.wal import HEAD_SIZE, LogReader, Wal

RECORDS = [b"Lone", b"Ltwo" * 50, b"Jthree", b"Lfour"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    wal = Wal(Files(sync=False), tmp_path / "00000001.wal", 0)
    for record in RECORDS:
        wal.wait(wal.append([record[:1], record[1:]]))
    wal.close()
    return wal.path


def read(path: Path) -> tuple[list[bytes], LogReader]:
    reader = LogReader(path)
    return list(reader.records()), reader


def test_records_come_back(log: Path) -> None:
    records, reader = read(log)
    assert records == RECORDS
    assert (reader.losses, reader.torn) == ([], 0)


def test_every_cut_gives_a_prefix_and_no_loss(log: Path) -> None:
    data = log.read_bytes()
    for size in range(len(data)):
        log.write_bytes(data[:size])
        records, reader = read(log)
        assert records == RECORDS[: len(records)]
        assert reader.losses == []
        assert reader.torn == 0 or size > HEAD_SIZE


def test_zeros_after_the_last_record_are_no_loss(log: Path) -> None:
    log.write_bytes(log.read_bytes() + bytes(4096))
    records, reader = read(log)
    assert records == RECORDS
    assert (reader.losses, reader.torn) == ([], 4096)


def test_every_flipped_bit_is_told_or_harmless(log: Path) -> None:
    data = log.read_bytes()
    for place in range(HEAD_SIZE, len(data)):
        for bit in (0, 3, 7):
            broken = bytearray(data)
            broken[place] ^= 1 << bit
            log.write_bytes(broken)
            records, reader = read(log)
            assert all(record in RECORDS for record in records)
            assert records == RECORDS or len(records) == len(RECORDS) - 1
            assert reader.losses


def test_a_log_of_another_version_is_refused(log: Path) -> None:
    data = bytearray(log.read_bytes())
    data[8] = 99
    log.write_bytes(data)
    with pytest.raises(Unavailable, match="version 99"):
        read(log)


def test_a_file_that_is_no_log_is_told(log: Path) -> None:
    log.write_bytes(b"something else entirely")
    records, reader = read(log)
    assert records == []
    assert [loss.what for loss in reader.losses] == ["not a log file"]


def test_waiting_threads_share_syncs(tmp_path: Path) -> None:
    syncs: list[Path] = []
    files = Files(sync=False, fault=lambda step, path: syncs.append(path) if step == "sync" else None)
    wal = Wal(files, tmp_path / "00000001.wal", 0)
    before = len(syncs)
    barrier = threading.Barrier(8)

    def write(number: int) -> None:
        barrier.wait()
        for _ in range(20):
            wal.wait(wal.append([b"L", str(number).encode()]))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wal.synced == wal.appended == 160
    assert 0 < len(syncs) - before <= 160
    wal.close()
    assert len(read(wal.path)[0]) == 160
