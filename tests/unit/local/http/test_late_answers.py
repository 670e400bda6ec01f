"""Answers that wait for the disk: many share a wait, others are answered meanwhile, none is lost, each connection keeps its order."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from influxctl.local.http import crew
from influxctl.local.http.response import LateAnswer
from influxctl.local.http.server import HttpServer

CLIENTS = 10


class Application:
    """`/hold` keeps the leader, `/late/N` answers N after the disk, `/broken` fails there, anything else answers at once."""

    def __init__(self) -> None:
        self.hold, self.disk = threading.Event(), threading.Event()
        self.held = threading.Event()
        self.synced_in: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/hold":
            self.held.set()
            self.hold.wait(10)
        if not path.startswith("/late") and path != "/broken":
            start("200 OK", [])
            return [b"now"]

        def finish() -> Iterable[bytes]:
            if path == "/broken":
                raise RuntimeError("on purpose")
            start("200 OK", [])
            return [path.encode()]

        return LateAnswer(self._sync, finish)

    def _sync(self) -> None:
        self.synced_in.append(threading.current_thread().name)
        self.disk.wait(10)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Application, HttpServer, threading.Thread]]:
    monkeypatch.setattr(crew, "GRACE_SECONDS", 0.3)  # the leader that is held is not relieved meanwhile
    app = Application()
    server = HttpServer(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield app, server, thread
    app.hold.set()
    app.disk.set()
    server.stop()
    thread.join(10)
    assert not thread.is_alive()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def answer(connection: socket.socket) -> bytes:
    """The body of the next answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1)
    length = int(data.lower().split(b"content-length: ")[1].split(b"\r")[0])
    return connection.recv(length, socket.MSG_WAITALL)


@contextlib.contextmanager
def together(app: Application, server: HttpServer, paths: list[str]) -> Iterator[list[socket.socket]]:
    """Connections whose requests are ready at the same moment, pipelined requests after a blank."""
    with contextlib.ExitStack() as stack:
        first, *others = (
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            for _ in range(len(paths) + 1)
        )
        first.sendall(get("/hold"))
        assert app.held.wait(5)
        for connection, path in zip(others, paths, strict=True):
            connection.sendall(b"".join(map(get, path.split())))
        app.hold.set()
        assert answer(first) == b"now"
        yield others


def test_others_are_answered_while_the_disk_works(served: tuple[Application, HttpServer, threading.Thread]) -> None:
    app, server, _ = served
    paths = [f"/late/{n}" for n in range(CLIENTS)]
    with together(app, server, [*paths, "/now"]) as connections:
        began = time.monotonic()
        assert answer(connections[-1]) == b"now"
        connections[-1].sendall(get("/again"))
        assert answer(connections[-1]) == b"now"
        assert time.monotonic() - began < 0.25  # the leader was not relieved for that
        app.disk.set()
        assert [answer(connection) for connection in connections[:-1]] == [path.encode() for path in paths]
        assert set(app.synced_in) == {"http-disk"}
        for connection in connections:  # all of them are listened to again
            connection.sendall(get("/now"))
            assert answer(connection) == b"now"


def test_pipelined_requests_keep_their_order(served: tuple[Application, HttpServer, threading.Thread]) -> None:
    app, server, _ = served
    with together(app, server, ["/late/1 /now /late/2 /late/3 /now"] * CLIENTS) as connections:
        app.disk.set()
        for connection in connections:
            found = [answer(connection) for _ in range(5)]
            assert found == [b"/late/1", b"now", b"/late/2", b"/late/3", b"now"]


def test_a_failure_ends_its_connection_alone(
    served: tuple[Application, HttpServer, threading.Thread], capfd: pytest.CaptureFixture[str]
) -> None:
    app, server, _ = served
    with together(app, server, ["/late/1", "/broken", "/late/2", "/now"]) as connections:
        app.disk.set()
        assert answer(connections[0]) == b"/late/1"
        assert connections[1].recv(100) == b""
        assert answer(connections[2]) == b"/late/2"
        assert answer(connections[3]) == b"now"
    assert "on purpose" in capfd.readouterr().err


def test_a_server_that_stops_gives_the_answers_that_wait(
    served: tuple[Application, HttpServer, threading.Thread],
) -> None:
    app, server, thread = served
    with together(app, server, [f"/late/{n}" for n in range(CLIENTS)] + ["/now"]) as connections:
        assert answer(connections[-1]) == b"now"
        server.stop()
        time.sleep(1.2)  # longer than clients that are silent within a request have
        assert thread.is_alive()
        app.disk.set()
        assert [answer(connection) for connection in connections[:-1]] == [b"/late/%d" % n for n in range(CLIENTS)]


def test_with_nobody_else_waiting_no_thread_is_involved(
    served: tuple[Application, HttpServer, threading.Thread],
) -> None:
    app, server, _ = served
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(get("/late/1"))
        assert answer(connection) == b"/late/1"
    assert app.synced_in == []
