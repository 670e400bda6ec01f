"""The environment of a call in these tests, and the modules of this folder, of the unit tests and of the tools."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent / folder) for folder in (".", "../unit/cli", "../../tools")]
from calls import folders  # noqa: E402

from influxctl.local import adapter  # noqa: E402
from influxctl.local.adapter import LocalAdapter  # noqa: E402
from influxctl.local.options import Options  # noqa: E402
from influxctl.offline import dataquery  # noqa: E402


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home of its own."""
    return folders(tmp_path)


@pytest.fixture
def one_server(monkeypatch: pytest.MonkeyPatch) -> object:
    """All commands of a test talk to one open server: opening it for each would take most of the time."""
    open_servers: dict[Path, LocalAdapter] = {}
    real_close = LocalAdapter.close

    class Short(LocalAdapter):
        """One that lasts for a command, such as that of `query --data`."""

        close = real_close

    def shared(data_dir: Path, lock_timeout: float = 10.0, options: Options | None = None) -> LocalAdapter:
        if options is not None:
            return Short(data_dir, lock_timeout, options=options)
        if data_dir not in open_servers:
            open_servers[data_dir] = LocalAdapter(data_dir, lock_timeout)
        return open_servers[data_dir]

    monkeypatch.setattr(LocalAdapter, "close", lambda self: None)
    monkeypatch.setattr(adapter, "LocalAdapter", shared)
    monkeypatch.setattr(dataquery, "LocalAdapter", shared)
    yield None
    for server in open_servers.values():
        real_close(server)
