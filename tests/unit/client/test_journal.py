"""The journal of a write: what was noted is found again, and nothing else is believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from influxctl.client.journal import Journal, Step
from influxctl.core.errors import Conflict, InfluxctlError

WHAT = {"files": [["/a", 1, 2]], "server": "s"}


def stopped(path: Path, *steps: Step) -> int:
    journal = Journal(path, WHAT, resume=False)
    for step in steps:
        journal.note(step)
    journal.close(done=False)
    return journal.base


def test_the_last_step_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "j"
    base = stopped(path, Step(0, 11, 10, 0), Step(1, 5, 14, 2))
    assert path.stat().st_mode & 0o777 == 0o600
    journal = Journal(path, WHAT, resume=True)
    assert (journal.resumed, journal.step, journal.base) == (True, Step(1, 5, 14, 2), base)
    journal.note(Step(1, 9, 18, 2))
    journal.close(done=False)
    again = Journal(path, WHAT, resume=True)
    assert again.step == Step(1, 9, 18, 2)
    again.close(done=True)
    assert not path.exists()


def test_a_step_that_broke_off_is_left_out(tmp_path: Path) -> None:
    stopped(tmp_path / "j", Step(0, 11, 10, 0), Step(0, 21, 20, 0))
    whole = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(whole[:-5])
    journal = Journal(tmp_path / "j", WHAT, resume=True)
    assert journal.step == Step(0, 11, 10, 0)
    journal.close(done=False)


def test_without_resume_it_begins_anew(tmp_path: Path) -> None:
    stopped(tmp_path / "j", Step(0, 11, 10, 0))
    journal = Journal(tmp_path / "j", WHAT, resume=False)
    assert (journal.resumed, journal.step) == (False, Step())
    journal.close(done=False)
    journal = Journal(tmp_path / "j", WHAT, resume=True)
    assert (journal.resumed, journal.step) == (True, Step())
    journal.close(done=False)


def test_another_write_is_not_gone_on_with(tmp_path: Path) -> None:
    stopped(tmp_path / "j", Step(0, 11, 10, 0))
    with pytest.raises(Conflict, match="have changed"):
        Journal(tmp_path / "j", WHAT | {"files": [["/a", 1, 3]]}, resume=True)
    (tmp_path / "j").write_bytes(b"garbage\n0 1 2 3\n")
    with pytest.raises(InfluxctlError, match="damaged"):
        Journal(tmp_path / "j", WHAT, resume=True)


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    first = Journal(tmp_path / "j", WHAT, resume=False)
    with pytest.raises(Conflict, match="another process"):
        Journal(tmp_path / "j", WHAT, resume=True)
    first.close(done=True)
