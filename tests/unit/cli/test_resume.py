"""A write of files that was stopped goes on where it was, and nothing is lost or said twice."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
import requests
from fake import Recorder, run
from requests.models import Response

BIG = 60_000  # lines, enough for a journal


class Stopping(Recorder):
    """Takes writes until `stop_at`, then the person presses Ctrl-C, or the server breaks."""

    def __init__(self, stop_at: int = 10**9, status: int = 0) -> None:
        super().__init__({})
        self.stop_at, self.status = stop_at, status
        self.kept: list[str] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        assert isinstance(request.body, bytes)
        self.answers = {("POST", "/api/v2/write"): (204, "")}
        if len(self.requests) >= self.stop_at:
            if not self.status:
                raise KeyboardInterrupt
            self.answers = {("POST", "/api/v2/write"): (self.status, {"code": "internal error", "message": "broken"})}
        else:
            self.kept += gzip.decompress(request.body).decode().splitlines()
        return super().send(request, **options)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.lp"
    path.write_bytes(b"".join(b"m,t=a f=%d %d\n" % (i, i) for i in range(1, BIG + 1)))
    return path


def write(recorder: Recorder, *argv: str, folder: Path) -> Any:
    return run("write", "--bucket", "b", *argv, recorder=recorder, env={"INFLUXCTL_STATE_DIR": str(folder / "state")})


@pytest.mark.parametrize(("status", "code", "words"), [(0, 130, "interrupted: 25000 lines"), (500, 1, "broken")])
def test_a_stopped_write_goes_on(big: Path, tmp_path: Path, status: int, code: int, words: str) -> None:
    first = Stopping(5, status)
    ran = write(first, "-f", str(big), folder=tmp_path)
    assert (ran.code, len(first.kept)) == (code, 25_000)
    assert words in ran.err and "repeat the command with --resume to go on" in ran.err
    second = Stopping()
    ran = write(second, "-f", str(big), "--resume", folder=tmp_path)
    assert (ran.code, ran.err) == (0, f"Going on at line 25,001 of {big}: 25,000 lines are written.\n")
    assert first.kept + second.kept == big.read_text().splitlines()
    assert list((tmp_path / "state" / "writes").iterdir()) == []
    ran = write(Stopping(), "-f", str(big), "--resume", folder=tmp_path)
    assert (ran.code, ran.err) == (0, "There is nothing to go on with: writing from the beginning.\n")


def test_files_that_are_done_are_not_read_again(big: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.lp.gz"
    other.write_bytes(gzip.compress(big.read_bytes().replace(b"m,", b"n,")))
    files = ("-f", str(big), "-f", str(other))
    first = Stopping(15)
    assert write(first, *files, folder=tmp_path).code == 130
    second = Stopping()
    ran = write(second, *files, "--resume", folder=tmp_path)
    assert (ran.code, len(first.kept) + len(second.kept)) == (0, 2 * BIG)
    assert {line[0] for line in second.kept} == {"n"}


def test_rows_of_csv_go_on_and_refused_ones_are_kept(tmp_path: Path) -> None:
    rows = [f"m,{'much' if i in (3, 40_000) else i},{i}" for i in range(1, BIG + 1)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["#datatype measurement,double,dateTime:number", "m,v,time", *rows]))
    refused = tmp_path / "refused"
    first = Stopping(2)
    options = ("-f", str(path), "--errors-file", str(refused))
    assert write(first, *options, folder=tmp_path).code == 130
    second = Stopping()
    ran = write(second, *options, "--resume", folder=tmp_path)
    assert ran.code == 7
    assert first.kept + second.kept == [f"m v={i} {i}" for i in range(1, BIG + 1) if i not in (3, 40_000)]
    assert refused.read_text().count("much") == 4  # reason and row, of two rows


def test_a_changed_file_is_not_gone_on_with(big: Path, tmp_path: Path) -> None:
    write(Stopping(5), "-f", str(big), folder=tmp_path)
    with big.open("a") as file:
        file.write("m f=1 1\n")
    ran = write(Stopping(), "-f", str(big), "--resume", folder=tmp_path)
    assert (ran.code, ran.asked) == (5, [])
    assert "the files have changed" in ran.err


def test_a_pipe_cannot_be_gone_on_with(tmp_path: Path) -> None:
    ran = write(Stopping(), "--resume", "m v=1", folder=tmp_path)
    assert (ran.code, ran.asked) == (2, [])
    assert "--resume needs files" in ran.err


def test_small_writes_keep_no_journal(tmp_path: Path) -> None:
    (tmp_path / "small.lp").write_text("m v=1 1\n")
    assert write(Stopping(), "-f", str(tmp_path / "small.lp"), folder=tmp_path).code == 0
    assert not (tmp_path / "state").exists()


def test_packed_for_other_machines_only(tmp_path: Path) -> None:
    for host, packed in (("http://localhost:1", False), ("http://127.0.0.1:1", False), ("http://server.test", True)):
        recorder = Recorder({("POST", "/api/v2/write"): (204, "")})
        run("write", "-b", "b", "m v=1", recorder=recorder, env={"INFLUX_HOST": host})
        assert ("Content-Encoding" in recorder.requests[-1].headers) is packed
    recorder = Recorder({("POST", "/api/v2/write"): (204, "")})
    run("write", "-b", "b", "--no-gzip", "m v=1", recorder=recorder)
    assert "Content-Encoding" not in recorder.requests[-1].headers


@pytest.mark.parametrize(("host", "most"), [("http://far.example", 5000), ("http://localhost:8086", 10_000)])
def test_batches_to_this_machine_are_larger(big: Path, tmp_path: Path, host: str, most: int) -> None:
    server = Stopping()
    assert write(server, "--host", host, "--gzip", "-f", str(big), folder=tmp_path).code == 0
    assert len(server.requests) == BIG // most and len(server.kept) == BIG
