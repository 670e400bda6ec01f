"""For tests of programs that talk to InfluxDB: a fresh server in this process, over real HTTP when it is asked for."""

from __future__ import annotations

from influxctl.testing.server import LocalServer, local_server

__all__ = ["LocalServer", "local_server"]
