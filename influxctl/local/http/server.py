"""The daemon's HTTP server: cheroot's threads around the plain WSGI application."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterable
from typing import Any

from cheroot import wsgi
from cheroot.server import HTTPConnection

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

THREADS = 64  # a slow client holds one thread; idle keep-alive connections hold none
TIMEOUT = 30  # seconds that a client may be silent within a request
FOLLOW_SECONDS = 0.004  # how long a thread waits for a connection's next request before it turns to other connections
FOLLOWING = 100  # requests after which it does so anyway: busy connections must not starve the others
SHUTDOWN_SECONDS = (
    1  # after which nothing more is read from clients; requests that have been read are answered however long it takes
)
BACKLOG = 128
MAX_HEADERS = 64 << 10
MAX_UNREAD = 1 << 20  # bytes of a refused body that are read to keep the connection


class _Connection(HTTPConnection):
    """A connection with a larger read buffer: bodies of writes are large."""

    rbufsize = 1 << 18
    wbufsize = 1 << 18

    def communicate(self) -> bool:
        """Answer a request, and those that follow it at once: a client's next request need not go through the selector's thread again,
        which costs more than the request itself."""
        for _ in range(FOLLOWING):
            if not super().communicate() or not self.server.ready:  # type: ignore[no-untyped-call]
                return False
            if not self.rfile.has_data() and not self._readable():
                break
        return True

    def _readable(self) -> bool:
        try:
            return bool(select.select([self.socket], [], [], FOLLOW_SECONDS)[0])
        except (OSError, ValueError):
            return False


class _Gateway(wsgi.Gateway_10):
    """WSGI 1.0 with two additions: a body that was not read to its end closes the connection (what follows it could pass for a request),
    and `influxctl.alive` tells a long-running handler whether the client is still there."""

    max_chunked = 0  # bytes of a chunked body with its framing

    def get_environ(self) -> Any:
        """The environment of a request."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["influxctl.alive"] = self._alive
        if self.req.chunked_read:  # cheroot would read a chunk of any size into memory
            self.req.rfile.maxlen = self.max_chunked
        return environ

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Status and headers of the answer."""
        request = self.req
        unread = getattr(request.rfile, "remaining", 0)
        if unread > MAX_UNREAD or (request.chunked_read and not getattr(request.rfile, "closed", False)):
            request.close_connection = True
        return super().start_response(status, headers, exc_info)

    def _alive(self) -> bool:
        """Whether the client has not hung up. Data that waits (a pipelined request) means that it has not."""
        connection = self.req.conn.socket
        try:
            readable, _, _ = select.select([connection], [], [], 0)
            return not readable or bool(connection.recv(1, socket.MSG_PEEK))
        except (OSError, ValueError):
            return False


class HttpServer:
    """Listens from construction on; `serve` answers until `stop`."""

    def __init__(
        self,
        app: WSGI,
        bind: str,
        port: int,
        *,
        threads: int = THREADS,
        timeout: int = TIMEOUT,
        max_body: int = 1 << 28,
    ) -> None:
        """Bind to an address; port 0 takes a free one (`self.port`)."""
        self._server = wsgi.Server(
            (bind, port),
            app,
            numthreads=threads,
            request_queue_size=BACKLOG,
            timeout=timeout,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        self._server.server_name = "influxctl"
        self._server.version = ""
        self._server.ConnectionClass = _Connection
        # With room for the framing of small chunks.
        self._server.gateway = type("_Gateway", (_Gateway,), {"max_chunked": max_body + (max_body >> 2)})
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
        """Take no more connections, let the running requests end, and return from `serve`."""
        self._server.stop()
