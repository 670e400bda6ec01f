"""The metadata after the death of the process: everything acknowledged is there, at any moment of the log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from influxctl.local.store.db import Database
from influxctl.local.store.resources import Resources

_WRITER = """
import os, sys
from pathlib import Path
from influxctl.local.store.db import Database
from influxctl.local.store.resources import Resources
db = Database(Path(sys.argv[1])); db.make_room(); resources = Resources(db)
for number in range(int(sys.argv[2])):
    resources.create("dashboards", {"orgID": "x", "name": str(number), "text": "t" * 500})
    os.write(1, b"%d\\n" % number)
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("count", [1, 40, 700])
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WRITER, str(tmp_path), str(count)], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == -9
    assert len(done.stdout.split()) == count
    resources = Resources(Database(tmp_path))
    assert [doc["name"] for doc in resources.find("dashboards")] == [str(number) for number in range(count)]
    assert resources.db.row("PRAGMA integrity_check") == ("ok",)
    resources.db.close()
