"""The pytest plugin: `influxdb_local`, a fresh server in process for each test, and `influxdb_url`, the same on a real socket.

def test_my_writer(influxdb_local):
    influxdb_local.call("POST", "/api/v2/write?org=my-org&bucket=my-bucket", data=b"m f=1").raise_for_status()
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from influxctl.testing.server import LocalServer


@pytest.fixture
def influxdb_local(tmp_path: Path) -> Iterator[LocalServer]:
    """A server of its own: org `my-org`, bucket `my-bucket`, token `my-token`; `.session` and `.call` reach it without a port."""
    from influxctl.testing.server import local_server

    with local_server(tmp_path / "influxdb") as server:
        yield server


@pytest.fixture
def influxdb_url(influxdb_local: LocalServer) -> str:
    """The address of the same server on 127.0.0.1, for clients that open connections themselves."""
    return influxdb_local.url
