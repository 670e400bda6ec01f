"""The environment of a call in these tests, and the modules of this folder, of the unit tests and of the tools."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent / folder) for folder in (".", "../unit/cli", "../../tools")]
from calls import folders  # noqa: E402


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home of its own."""
    return folders(tmp_path)
