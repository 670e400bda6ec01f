"""The soak in short: half a minute of writes, overwrites, deletes and queries with four kills."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_half_a_minute() -> None:
    launch = f"{sys.executable} -m influxctl local serve --port {{port}} --data-dir {{dir}}"
    command = [
        sys.executable,
        str(ROOT / "bench" / "soak.py"),
        launch,
        "--minutes",
        "0.5",
        "--kills",
        "4",
        "--rate",
        "15",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "bodies that differ: 0" in done.stdout
    assert " 0 refused" in done.stdout
