"""The daemon's HTTP server: one thread waits for all connections and answers what is short; what is long gets a thread of its own."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.local.http.connection import WSGI, Connection
from influxctl.local.http.crew import Crew
from influxctl.local.http.disk import Disk
from influxctl.local.http.errors import error_answer

THREADS = (
    256  # at once: long requests and those that wait for slow clients; idle connections and short requests need none
)
TIMEOUT = 30.0  # seconds that a client may be silent within a request, or may take for its head
IDLE_SECONDS = 180.0  # how long a connection may be open without a request
LINGER_SECONDS = 2.0
# After which nothing more is read from clients; requests that have been read are answered however long it takes.
SHUTDOWN_SECONDS = 1.0
BACKLOG = 512
_SWEEP_SECONDS = 1.0
_ACCEPTS = 64  # connections taken at once


class HttpServer:
    """Listens from construction on; `serve` answers until `stop`."""

    def __init__(
        self,
        app: WSGI,
        bind: str,
        port: int,
        *,
        threads: int = THREADS,
        timeout: float = TIMEOUT,
        idle: float = IDLE_SECONDS,
    ) -> None:
        """Bind to an address; port 0 takes a free one (`self.port`)."""
        self.app = app
        self.timeout = timeout
        self.stopping = False
        self._idle_seconds = idle
        self._listener = _listener(bind, port)
        self.port = int(self._listener.getsockname()[1])
        self.environ = {**_environ(bind, self.port), "influxctl.yield": self.yields, "influxctl.late": True}
        self._crew = Crew(self._lead, self._detach, threads)
        self._connections: dict[int, Connection] = {}
        self._ready: deque[Connection] = deque()
        self._current: Connection | None = None  # what the leader is at
        self._disk = Disk(self._synced)
        self._late = 0  # connections whose answers wait for the disk
        self._polling = False
        self._poll = selectors.DefaultSelector()  # changed while another thread waits in it, as epoll and kqueue allow
        self._wake, self._woken = socket.socketpair()
        self._listening = False
        self._swept = 0.0
        self._stop_at = 0.0

    def serve(self) -> None:
        """Answer requests until `stop` is called from another thread or a signal handler."""
        self._poll.register(self._woken, selectors.EVENT_READ)
        self._listen(True)
        self._disk.start()
        self._crew.start()
        self._crew.watch()
        self._disk.stop()
        while not self._crew.finished(
            1.0
        ):  # requests at work; those that wait for their clients give up within a second
            pass
        for connection in list(self._connections.values()):
            self._close(connection)
        self._poll.close()
        self._wake.close()
        self._woken.close()

    def stop(self) -> None:
        """Take no more connections, let the running requests end, and return from `serve`."""
        self._stop_at = time.monotonic() + SHUTDOWN_SECONDS
        self.stopping = True
        with contextlib.suppress(OSError):
            self._wake.send(b"x")

    def step_down(self) -> bool:
        """The calling thread is about to wait for its client; False if it must not."""
        return self._crew.step_down()

    def yields(self) -> None:
        """The calling thread is about to wait: let another one lead if there is something to do."""
        if self._ready:
            self._crew.step_down()

    def postpone(self, connection: Connection, sync: Callable[[], None]) -> bool:
        """Whether the leader leaves the wait for the disk to a thread that does nothing else, and goes on with what is ready; so that
        many requests share a sync, and no threads stand in line for Python's interpreter lock."""
        with self._crew.lock:
            if self.stopping or not self._ready or not self._crew.leads():
                return False
            if connection.attached:
                self._poll.unregister(connection.fd)
                connection.attached = False
            self._late += 1
        self._disk.add(connection, sync)
        return True

    def _synced(self, connections: list[Connection]) -> None:
        """The disk has done its part for these: the leader answers them next. Called in the disk's thread."""
        self._ready.extendleft(reversed(connections))
        if self._polling:
            with contextlib.suppress(OSError):
                self._wake.send(b"x")

    def refusal(self, status: int, message: str) -> tuple[str, bytes]:
        """Status line and JSON body of a request that cannot be read."""
        code = "method not allowed" if status == 405 else "invalid"
        response = error_answer(InfluxctlError(message, code=code, status=status))
        assert isinstance(response.body, bytes)
        return response.status_line, response.body

    # The leader's work.

    def _lead(self) -> None:
        if not self._ready:
            self._gather()
            return
        connection = self._ready.popleft()
        if not connection.open:
            return
        self._current = connection
        self._crew.begin()
        mine = True
        try:
            mine = self._work(connection)
        except Exception:
            sys.stderr.write(f"a connection failed:\n{traceback.format_exc()}")
            connection.open = False
        if mine and not connection.open:
            self._close(connection)
        self._crew.end()
        if mine and connection.open and not connection.attached:
            self._attach(connection)

    def _work(self, connection: Connection) -> bool:
        """Read what has come and answer what is ready; False if the connection was left to the disk's thread."""
        heading, here = connection.heading, True
        if connection.late:
            with self._crew.lock:
                self._late -= 1
            connection.answer_late()
        else:
            here = connection.receive()
        if not connection.answer_due():
            return False
        if not here:
            connection.open = False
        elif connection.lingering:
            connection.deadline = connection.deadline if heading is None else time.monotonic() + LINGER_SECONDS
        elif connection.idle:
            connection.deadline = time.monotonic() + self._idle_seconds
        elif not (heading and connection.heading):  # a head has one time-out, a body one for each silence
            connection.deadline = time.monotonic() + self.timeout
        return True

    def _detach(self) -> None:
        """The leader's connection is left to its thread. Called under the crew's lock."""
        connection = self._current
        if connection is not None and connection.open and connection.attached:
            self._poll.unregister(connection.fd)
            connection.attached = False

    def _attach(self, connection: Connection) -> None:
        """The connection is waited for by the leader again."""
        with self._crew.lock:
            connection.attached = True
            self._poll.register(connection.fd, selectors.EVENT_READ)

    def _close(self, connection: Connection) -> None:
        with self._crew.lock:
            connection.open = False
            if self._connections.pop(connection.fd, None) is not None:
                if connection.attached:
                    self._poll.unregister(connection.fd)
                connection.socket.close()

    def _gather(self) -> None:
        """Wait for connections that have something to read, for new ones, for the end."""
        timeout = 0.02 if self.stopping else _SWEEP_SECONDS if self._connections else None
        self._polling = True
        found = self._poll.select(0 if self._ready else timeout)
        self._polling = False
        for key, _ in found:
            connection = self._connections.get(key.fd)
            if connection is not None:
                self._ready.append(connection)
            elif key.fileobj is self._woken:
                self._woken.recv(64)
            else:
                self._accept()
        now = time.monotonic()
        if self.stopping:
            self._wind_up(now)
        elif now - self._swept > _SWEEP_SECONDS:
            self._swept = now
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        """Give up clients that were silent for too long."""
        for connection in list(self._connections.values()):
            if connection.attached and connection.deadline < now:
                connection.give_up()
                if connection.open:
                    self._ready.append(connection)
                else:
                    self._close(connection)
        self._listen(True)

    def _wind_up(self, now: float) -> None:
        """Stopping: close what is idle; what is being read has until `_stop_at`."""
        self._listen(False)
        self._listener.close()
        waiting = [c for c in list(self._connections.values()) if c.attached]
        for connection in waiting:
            if connection.idle or now > self._stop_at:
                self._close(connection)
        if not self._late and not any(connection.open for connection in waiting):
            self._crew.dismiss()

    # New connections.

    def _listen(self, on: bool) -> None:
        if on != self._listening and self._listener.fileno() >= 0:
            self._listening = on
            (self._poll.register(self._listener, selectors.EVENT_READ) if on else self._poll.unregister(self._listener))

    def _accept(self) -> None:
        deadline = time.monotonic() + self.timeout
        for _ in range(_ACCEPTS):
            try:
                sock, address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self._make_room()
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, sock, address[0], deadline)
            self._connections[connection.fd] = connection
            self._poll.register(connection.fd, selectors.EVENT_READ)

    def _make_room(self) -> None:
        """No more files may be opened: close the connection that was idle for the longest time, or take none for a while."""
        idle = [c for c in list(self._connections.values()) if c.attached and c.idle]
        if idle:
            self._close(min(idle, key=lambda connection: connection.deadline))
        else:
            self._listen(False)


def _listener(bind: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        bind or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and bind in ("", "::"):
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _environ(bind: str, port: int) -> dict[str, Any]:
    """What is the same for all requests."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": bind or "localhost",
        "SERVER_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
