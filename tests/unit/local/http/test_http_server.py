"""The HTTP server on a socket, around a small application: framing, time-outs, slow clients, long requests, stopping."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from influxctl.local.http.server import HttpServer

TEXT = [("Content-Type", "text/plain")]


class Application:
    """Answers by path; what the tests need to see is kept."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.closed = threading.Event()
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.seen.append(environ)
        path = environ["PATH_INFO"]
        if path == "/echo":
            try:
                body = environ["wsgi.input"].read()
            except TimeoutError:
                start("408 Request Timeout", TEXT)
                return [b"late"]
            except ValueError as error:
                start("400 Bad Request", TEXT)
                return [str(error).encode()]
            start("200 OK", TEXT)
            return [body]
        if path == "/pieces":
            start("200 OK", TEXT)
            read = environ["wsgi.input"].read
            return [b"|".join(iter(lambda: read(3), b""))]
        if path == "/long":
            self.release.wait(20)
        if path == "/busy":
            until = time.monotonic() + 0.5
            while time.monotonic() < until:
                sum(range(100))
        if path == "/nap":
            time.sleep(0.012)
        if path == "/stream":
            start("200 OK", TEXT)
            return self._stream(environ)
        if path == "/huge":
            start("200 OK", TEXT)
            return [bytes(40 << 20)]
        if path == "/nothing":
            start("204 No Content", [])
            return [b""]
        if path in ("/known", "/short"):
            start("200 OK", [("Content-Length", "6" if path == "/known" else "60")])
            return iter([b"known!"])
        if path == "/break":
            start("200 OK", [("X-Name", "a\r\nX-Other: b")])
            return [b""]
        start("200 OK", [*TEXT, ("Content-Length", "2")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"ok"]

    def _stream(self, environ: dict[str, Any]) -> Iterator[bytes]:
        try:
            yield b"first"
            while not self.release.is_set() and environ["influxctl.alive"]():
                time.sleep(0.01)
                if "endless" in environ["QUERY_STRING"]:
                    yield b"more"
            yield b""
            yield b"last"
        finally:
            self.closed.set()


@contextlib.contextmanager
def listening(**settings: Any) -> Iterator[tuple[Application, HttpServer]]:
    """A server in a thread."""
    app = Application()
    server = HttpServer(app, "127.0.0.1", 0, **settings)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield app, server
    finally:
        app.release.set()
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def running() -> Iterator[tuple[Application, HttpServer]]:
    with listening(timeout=0.3) as pair:
        yield pair


def connect(server: HttpServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def until_closed(connection: socket.socket) -> bytes:
    out = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(1 << 16):
            out += data
    return out


def exchange(server: HttpServer, sent: bytes) -> bytes:
    """All that comes back until the server closes the connection."""
    with connect(server) as connection:
        connection.sendall(sent)
        return until_closed(connection)


def bodies(answers: bytes) -> list[bytes]:
    """The bodies of answers with Content-Length that follow one another."""
    out = []
    while answers:
        head, _, rest = answers.partition(b"\r\n\r\n")
        found = re.search(rb"Content-Length: (\d+)", head)
        length = int(found[1]) if found else 0
        out.append(rest[:length])
        answers = rest[length:]
    return out


CLOSE = b"GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def post(path: bytes, body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: x", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_pipelined_requests_are_answered_in_their_order(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    sent = post(b"/echo", b"one") + post(b"/echo", b"") + post(b"/echo", b"three") + CLOSE
    assert bodies(exchange(server, sent)) == [b"one", b"", b"three", b"ok"]


def test_bodies_come_in_chunks_and_slowly(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(server) as connection:
        for byte in head + b"3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nTrailer: 1\r\n\r\n" + CLOSE:
            connection.sendall(bytes([byte]))
        assert bodies(until_closed(connection)) == [b"abc0123456789abcdef", b"ok"]


@pytest.mark.parametrize("size", [10, 300_000, 5_000_000])
def test_large_bodies_arrive_whole(running: tuple[Application, HttpServer], size: int) -> None:
    _, server = running
    body = b"0123456789" * (size // 10)
    chunked = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
        size,
        body,
    )
    with connect(server) as connection:
        reader = threading.Thread(target=connection.sendall, args=(post(b"/echo", body) + chunked + CLOSE,))
        reader.start()
        assert bodies(until_closed(connection)) == [body, body, b"ok"]
        reader.join()


def test_a_body_is_read_in_pieces_of_any_size(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    assert bodies(exchange(server, post(b"/pieces", b"abcdefgh") + CLOSE)) == [b"abc|def|gh", b"ok"]


def test_a_client_that_waits_is_told_to_go_on_only_when_its_body_is_wanted(
    running: tuple[Application, HttpServer],
) -> None:
    _, server = running
    with connect(server) as connection:
        connection.sendall(post(b"/echo", b"abc", b"Expect: 100-continue")[:-3])
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc" + CLOSE)
        assert bodies(until_closed(connection)) == [b"abc", b"ok"]
    refused = exchange(server, post(b"/refused", b"abc", b"Expect: 100-continue")[:-3])
    assert b"100 Continue" not in refused and b"Connection: close" in refused and refused.endswith(b"ok")


def test_the_rest_of_a_refused_body_never_passes_for_a_request(running: tuple[Application, HttpServer]) -> None:
    app, server = running
    small = post(b"/refused", b"GET /evil HTTP/1.1\r\nHost: x\r\n\r\n" * 9000)
    assert bodies(exchange(server, small + CLOSE)) == [b"ok", b"ok"]
    with connect(server) as connection:
        connection.sendall(post(b"/refused", bytes(20 << 20))[: 1 << 19])
        assert b"Connection: close" in until_closed(connection)
    assert {environ["PATH_INFO"] for environ in app.seen} == {"/refused", "/end"}


def test_a_client_that_keeps_the_rest_of_a_refused_body_is_given_up(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    with connect(server) as connection:
        connection.sendall(post(b"/refused", bytes(500_000))[:300_000])
        assert until_closed(connection).endswith(b"ok")


def test_a_connection_that_was_answered_for_the_last_time_is_closed_whatever_its_client_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("influxctl.local.http.server.LINGER_SECONDS", 0.1)
    with listening() as (_, server), connect(server) as connection:
        connection.sendall(post(b"/refused", bytes(20 << 20))[: 1 << 19])
        assert until_closed(connection).endswith(b"ok")
        deadline = time.monotonic() + 5
        with pytest.raises(OSError):
            while time.monotonic() < deadline:
                time.sleep(0.3)
                connection.sendall(b"x")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n X: folded\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00", 405),
        (b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
        (b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na", 400),
        (b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000, 431),
        (b"GET /" + b"a" * 70_000, 431),
        (b"GET /\xc3\xa9" + b"a" * 70_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", 408),
        (post(b"/echo", b"abc")[:-1], 408),
        (post(b"/echo", bytes(400_000))[:-1], 408),
    ],
)
def test_what_is_no_request_is_refused(running: tuple[Application, HttpServer], sent: bytes, status: int) -> None:
    _, server = running
    answer = exchange(server, sent)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"Connection: close" in answer


def test_a_chunked_body_that_ends_early_is_not_taken_for_whole(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    with connect(server) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert until_closed(connection).startswith(b"HTTP/1.1 400 ")


def test_targets_and_headers_reach_the_application_as_they_were_sent(running: tuple[Application, HttpServer]) -> None:
    app, server = running
    line = "GET /a%2Fb/é?x=é&y={1} HTTP/1.1\r\n".encode()
    headers = b"Host: x\r\nX-Many: 1\r\nx-many: 2\r\nCookie: a=1\r\nCookie: b=2\r\nX_Many: 3\r\nX-Name: \xe9 \r\n\r\n"
    exchange(server, line + headers + CLOSE)
    environ = app.seen[0]
    assert environ["REQUEST_URI"] == "/a%2Fb/%C3%A9?x=%C3%A9&y={1}"
    assert environ["QUERY_STRING"] == "x=%C3%A9&y={1}"
    assert (environ["HTTP_X_MANY"], environ["HTTP_COOKIE"], environ["HTTP_X_NAME"]) == ("1, 2", "a=1; b=2", "é")
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


def test_answers_without_a_body_have_none(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    head = exchange(server, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 2" in head and head.endswith(b"\r\n\r\n")
    none = exchange(server, b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Content-Length" not in none and none.endswith(b"\r\n\r\n")


def test_clients_of_http_1_0(running: tuple[Application, HttpServer]) -> None:
    app, server = running
    assert exchange(server, b"GET / HTTP/1.0\r\n\r\n").endswith(b"ok")
    kept = exchange(server, b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n")
    assert kept.count(b"HTTP/1.1 200") == 2 and b"Connection: keep-alive" in kept
    app.release.set()
    streamed = exchange(server, b"GET /stream HTTP/1.0\r\n\r\n")
    assert b"chunked" not in streamed and streamed.endswith(b"\r\n\r\nfirstlast")


def test_pieces_of_a_known_length_are_not_sent_in_chunks(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    get = b"GET /known HTTP/1.1\r\nHost: x\r\n\r\n"
    assert bodies(exchange(server, get + get.replace(b"/known", b"/echo") + CLOSE)) == [b"known!", b"", b"ok"]
    head = exchange(server, get.replace(b"GET", b"HEAD") + CLOSE)
    assert head.count(b"HTTP/1.1 200") == 2 and b"known!" not in head


def test_a_body_shorter_than_its_announced_length_ends_the_connection(
    running: tuple[Application, HttpServer],
) -> None:
    _, server = running
    assert exchange(server, b"GET /short HTTP/1.1\r\nHost: x\r\n\r\n" + CLOSE).endswith(b"\r\n\r\nknown!")


def test_an_offer_of_http_2_is_passed_over(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"
    get = b"GET / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n"
    post = b"POST /echo HTTP/1.1\r\nHost: x\r\n"
    write = post + b"Content-Length: 3\r\n" + offer + b"\r\nabc"
    chunked = post + b"Transfer-Encoding: chunked\r\n" + offer + b"\r\n3\r\nabc\r\n0\r\n\r\n"
    assert bodies(exchange(server, get + write + chunked + CLOSE)) == [b"ok", b"abc", b"abc", b"ok"]


def test_a_header_cannot_smuggle_another_one(
    running: tuple[Application, HttpServer], capsys: pytest.CaptureFixture[str]
) -> None:
    _, server = running
    assert b"X-Other" not in exchange(server, b"GET /break HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "line break" in capsys.readouterr().err


def test_chunks_of_an_answer_are_sent_when_they_are_ready(running: tuple[Application, HttpServer]) -> None:
    app, server = running
    with connect(server) as connection:
        connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n" + CLOSE)
        first = connection.recv(1000)
        assert b"Transfer-Encoding: chunked" in first and first.endswith(b"5\r\nfirst\r\n")
        app.release.set()
        assert until_closed(connection).startswith(b"4\r\nlast\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("query", [b"", b"?endless"])
def test_a_long_answer_ends_when_its_client_hangs_up(running: tuple[Application, HttpServer], query: bytes) -> None:
    app, server = running
    with connect(server) as connection:
        connection.sendall(b"GET /stream" + query + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(1000)
    assert app.closed.wait(5)


def test_a_client_that_does_not_read_is_given_up(running: tuple[Application, HttpServer]) -> None:
    _, server = running
    with connect(server) as connection:
        connection.sendall(b"GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.6)
        assert len(until_closed(connection)) < 40 << 20


def test_slow_and_long_requests_do_not_hold_up_the_others() -> None:
    with listening(timeout=20) as (_, server), contextlib.ExitStack() as stack:
        for _ in range(20):  # threads wait for these bodies
            connection = stack.enter_context(connect(server))
            connection.sendall(post(b"/echo", bytes(1 << 20))[: 1 << 18])
        for _ in range(20):
            stack.enter_context(connect(server)).sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        stack.enter_context(connect(server)).sendall(b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
        started = time.monotonic()
        for _ in range(10):
            assert exchange(server, CLOSE).endswith(b"ok")
        assert time.monotonic() - started < 5


def test_no_request_is_lost_while_the_lead_changes_hands() -> None:
    failures: list[Exception] = []

    def client(server: HttpServer) -> None:
        try:
            with connect(server) as connection:
                for number in range(60):
                    path = b"/nap" if number % 3 == 0 else b"/"
                    connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                    assert connection.recv(1000).endswith(b"ok")
        except (OSError, AssertionError) as error:
            failures.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads change places wherever they can
    try:
        with listening() as (_, server):
            clients = [threading.Thread(target=client, args=(server,)) for _ in range(12)]
            for one in clients:
                one.start()
            for one in clients:
                one.join()
    finally:
        sys.setswitchinterval(before)
    assert not failures


def test_with_all_threads_busy_whoever_needs_one_is_turned_away_and_the_others_are_served() -> None:
    with listening(timeout=20, threads=3) as (_, server), contextlib.ExitStack() as stack:
        for _ in range(2):
            connection = stack.enter_context(connect(server))
            connection.sendall(post(b"/echo", bytes(1 << 20))[: 1 << 18])
        time.sleep(0.2)
        assert exchange(server, post(b"/echo", bytes(1 << 20))[: 1 << 19]).startswith(b"HTTP/1.1 408 ")
        assert exchange(server, post(b"/echo", b"short") + CLOSE).endswith(b"ok")


def test_a_thousand_idle_connections_cost_nothing() -> None:
    with listening() as (_, server), contextlib.ExitStack() as stack:
        before = threading.active_count()
        idle = [stack.enter_context(connect(server)) for _ in range(1000)]
        for connection in idle[::100]:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(1000).endswith(b"ok")
        assert exchange(server, CLOSE).endswith(b"ok")
        assert threading.active_count() - before < 5


def test_idle_connections_are_closed_in_the_end() -> None:
    with listening(idle=0.2) as (_, server), connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert until_closed(connection).endswith(b"ok")


def test_stopping_lets_requests_end_and_cuts_silent_clients() -> None:
    with contextlib.ExitStack() as stack:
        app, server = stack.enter_context(listening())
        connections = [stack.enter_context(connect(server)) for _ in range(4)]
        idle, half, silent, working = connections
        idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        half.sendall(b"GET / HTTP/1.1\r\n")
        silent.sendall(post(b"/echo", bytes(1 << 20))[: 1 << 19])
        working.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(1000).endswith(b"ok")
        while len(app.seen) < 3:
            time.sleep(0.01)
        started = time.monotonic()
        server.stop()
        assert idle.recv(1000) == b""
        assert time.monotonic() - started < 0.5
        until_closed(half)
        until_closed(silent)
        assert time.monotonic() - started < 2.5
        with pytest.raises(ConnectionRefusedError):
            connect(server)
        app.release.set()
        assert until_closed(working).endswith(b"ok")
