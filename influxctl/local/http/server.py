"""The daemon's HTTP server: cheroot's threads around the plain WSGI application."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any

from cheroot import wsgi
from cheroot.server import HTTPConnection

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

THREADS = 24  # a slow client holds one thread; idle keep-alive connections hold none
TIMEOUT = 30  # seconds that a client may be silent within a request
BACKLOG = 128
MAX_HEADERS = 64 << 10


class _Connection(HTTPConnection):
    """A connection with a larger read buffer: bodies of writes are large."""

    rbufsize = 1 << 18
    wbufsize = 1 << 18


class HttpServer:
    """Listens from construction on; `serve` answers until `stop`."""

    def __init__(self, app: WSGI, bind: str, port: int, *, threads: int = THREADS, timeout: int = TIMEOUT) -> None:
        """Bind to an address; port 0 takes a free one (`self.port`)."""
        self._server = wsgi.Server(
            (bind, port), app, numthreads=threads, request_queue_size=BACKLOG, timeout=timeout, shutdown_timeout=5
        )
        self._server.server_name = ""
        self._server.version = ""
        self._server.ConnectionClass = _Connection
        self._server.max_request_header_size = MAX_HEADERS
        self._server.nodelay = True
        self._server.prepare()
        self._server.ssl_adapter = None
        name = self._server.socket.getsockname() if self._server.socket.family != socket.AF_UNIX else (bind, port)
        self.port = int(name[1])

    def serve(self) -> None:
        """Answer requests until `stop` is called from another thread or a signal handler."""
        self._server.serve()

    def stop(self) -> None:
        """Take no more connections, let the running requests end (at most 5 seconds), and return from `serve`."""
        self._server.stop()
