"""One connection: bytes to requests (llhttp, by httptools), answers to bytes.

The socket never blocks. What has to wait for the client (a long body, a full send buffer) first calls `Host.step_down`, so that the
thread that waits is not the one that leads.
"""

from __future__ import annotations

import select
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any, Protocol

import httptools

from influxctl.local.http.incoming import Incoming
from influxctl.local.http.response import LateAnswer

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MAX_HEAD = 64 << 10  # bytes of a request line with its headers
_RECEIVE = 1 << 16
_RECEIVE_BODY = 1 << 19
_BODILESS = ("204", "304")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Host(Protocol):
    """The server that a connection belongs to."""

    app: WSGI
    timeout: float
    stopping: bool
    environ: dict[str, Any]

    def step_down(self) -> bool:
        """The calling thread is about to wait for its client; False if it must not."""

    def postpone(self, connection: Connection, sync: Callable[[], None]) -> bool:
        """Whether the connection's answer is given later, when `sync` was called elsewhere, because others are waiting."""

    def refusal(self, status: int, message: str) -> tuple[str, bytes]:
        """Status line and JSON body of a request that cannot be read."""


class Gone(Exception):
    """The client is not there any more, or too slow."""


class Connection:
    """A client's connection. `deadline`: when a silent one is given up."""

    def __init__(self, host: Host, sock: socket.socket, address: str, deadline: float) -> None:
        self.host = host
        self.socket = sock
        self.fd = sock.fileno()
        self.deadline = deadline
        self.open = True
        self.attached = True  # the leader waits for it; if not, a thread is at one of its requests
        self.lingering = False  # answered for the last time: what still comes is thrown away
        self._address = address
        self._due: deque[Incoming] = deque()  # read, at least in part, and not answered
        self._now: Incoming | None = None  # being parsed
        self._resumed: Incoming | None = None  # a request whose head is known while its body is parsed anew
        self._late: tuple[Incoming, _Answer, LateAnswer] | None = None  # worked off, but for the wait for the disk
        self._head_bytes = 0
        self._broken: tuple[int, str] | None = None  # why nothing more can be parsed
        self._line = b""  # the beginning of a request line that is not complete
        self._parser = httptools.HttpRequestParser(self)

    # The parser's callbacks.

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._resumed is not None:
            self._now, self._resumed = self._resumed, None
            return
        environ = self.host.environ.copy()
        environ["REMOTE_ADDR"] = self._address
        self._now = Incoming(self, environ)

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        assert self._now is not None
        if not self._now.headed:
            self._now.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        assert self._now is not None
        self._now.header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete."""
        assert self._now is not None
        if self._broken is not None or self._now.headed:
            return
        parser = self._parser
        version = parser.get_http_version()
        self._now.head_ends(parser.get_method(), version, parser.should_keep_alive())
        self._head_bytes = 0
        if version not in ("1.1", "1.0"):
            self._broken = (505, "the server speaks HTTP/1.1 and HTTP/1.0")
        elif version == "1.1" and "HTTP_HOST" not in self._now.environ:
            self._broken = (400, "the request has no header Host")
        else:
            self._due.append(self._now)

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        assert self._now is not None
        self._now.body_grows(data)

    def on_message_complete(self) -> None:
        """The request is complete."""
        if self._now is not None:
            self._now.complete = True
        self._now = None

    # Reading.

    @property
    def idle(self) -> bool:
        """Whether the client owes nothing: no request has begun."""
        return self._now is None and not self._due and not self._line

    @property
    def late(self) -> bool:
        """Whether an answer was postponed."""
        return self._late is not None

    @property
    def heading(self) -> bool | None:
        """Whether the head of a request is being read; None when nothing is read any more."""
        if self.lingering:
            return None
        return bool(self._line) if self._now is None else not self._now.headed

    def receive(self) -> bool:
        """Take what has come; False when the client has hung up."""
        try:
            data = self.socket.recv(_RECEIVE if self._now is None else _RECEIVE_BODY)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            self._end_of_input()
            return False
        if not self.lingering and self._broken is None:
            self._feed(data)
        return True

    def _end_of_input(self) -> None:
        if self._now is not None and self._now.headed and self._now.failure is None:
            self._now.failure = ValueError("it ended early")

    def _feed(self, data: bytes) -> None:
        if self._now is None:
            data = self._ascii_target(self._line + data if self._line else data)
            if self._line:
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._pass_over_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserInvalidMethodError:
            self._break(405, "the method is not one of HTTP's")
        except httptools.HttpParserError as error:
            self._break(400, f"the request is not HTTP/1.1: {str(error).lower()}")
        if self._now is not None and not self._now.headed:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self._break(431, f"the request's headers are larger than {MAX_HEAD} bytes")

    def _pass_over_upgrade(self, rest: bytes) -> None:
        """An offer of another protocol (HTTP/2 by curl and Java): HTTP/1.1 goes on. The parser takes the request for complete, so that
        its body needs a new one, which is told how the body is framed."""
        request = self._due[-1] if self._due else None
        self._parser = httptools.HttpRequestParser(self)
        if request is None or request.environ["REQUEST_METHOD"] == "CONNECT":
            self._broken = self._broken or (405, "this server is no proxy")
            self._due.clear()
            return
        if request.left != 0:
            framing = "Transfer-Encoding: chunked" if request.left is None else f"Content-Length: {request.left}"
            request.complete = False
            self._resumed = request
            rest = f"POST / HTTP/1.1\r\n{framing}\r\n\r\n".encode() + rest
        if rest:
            self._feed(rest)

    def _ascii_target(self, data: bytes) -> bytes:
        """The request line with bytes above 127 quoted: the reference and browsers let them pass, the parser does not."""
        end = data.find(b"\n")
        line = data if end < 0 else data[:end]
        self._line = b""
        if line.isascii():
            return data
        if end < 0 and len(line) <= MAX_HEAD:
            self._line = line
            return b""
        return b"".join(b"%%%02X" % byte if byte > 127 else b"%c" % byte for byte in line) + data[len(line) :]

    def _break(self, status: int, message: str) -> None:
        if self._now is not None and self._now.headed:
            self._now.failure = ValueError(message)
        else:
            self._broken = self._broken or (status, message)

    def more(self, request: Incoming) -> None:
        """Wait for more of a request's body."""
        if not self.host.step_down():
            request.failure = TimeoutError("the server is busy")
            return
        try:
            if request.expects and not request.continued:
                request.continued = True
                self.send(_CONTINUE)
            if not self._wait(select.POLLIN):
                request.failure = TimeoutError("the body did not come in time")
            elif not self.receive():
                self._end_of_input()
        except Gone:
            self._end_of_input()

    def _wait(self, event: int) -> bool:
        """Whether the socket becomes ready before the client is given up. A server that stops waits for a second at most."""
        poll = select.poll()
        poll.register(self.fd, event)
        deadline = time.monotonic() + self.host.timeout
        while (left := deadline - time.monotonic()) > 0:
            if poll.poll(min(left, 1.0) * 1000):
                return True
            if self.host.stopping:
                break
        return False

    def alive(self) -> bool:
        """Whether the client has not hung up. Data that waits (a pipelined request) means that it has not."""
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    # Answering.

    def give_up(self) -> None:
        """The client was silent for too long: a request that has begun is answered, which finds out when it reads on."""
        request = self._now
        if self.lingering or self.idle:
            self.open = False
        elif request is None or not request.headed:
            self._broken = (408, "the request did not come in time")
        elif request in self._due:
            request.failure = TimeoutError("the body did not come in time")
        else:  # it was answered; the rest of its body does not come
            self.open = False

    def answer_due(self) -> bool:
        """Answer all requests that are ready, in their order; False if an answer was postponed: another thread may have the connection
        now."""
        due = self._due
        try:
            while due and due[0].due and self.open and not self.lingering:
                if not self._answer(due.popleft()):
                    return False
            if self._broken is not None and not due and self.open and not self.lingering:
                self._refuse(*self._broken)
        except Gone:
            self.open = False
        return True

    def answer_late(self) -> None:
        """Give the answer that was postponed."""
        assert self._late is not None
        request, answer, late = self._late
        self._late = None
        try:
            self._give(request, answer, late.finish())
        except Gone:
            self.open = False

    def _answer(self, request: Incoming) -> bool:
        """Answer a request; False if that was postponed."""
        answer = _Answer(request)
        chunks = self.host.app(request.environ, answer.start)
        if isinstance(chunks, LateAnswer):
            self._late = request, answer, chunks
            if self.host.postpone(self, chunks.sync):
                return False
            self._late = None
            chunks = chunks.finish()
        self._give(request, answer, chunks)
        return True

    def _give(self, request: Incoming, answer: _Answer, chunks: Iterable[bytes]) -> None:
        """Send an answer."""
        head_only = request.environ["REQUEST_METHOD"] == "HEAD" or answer.status[:3] in _BODILESS
        keep = request.keep and not request.spoils_connection and not self.host.stopping
        if not request.complete:
            request.forget_body()
        if isinstance(chunks, list):
            body = b"" if head_only else chunks[0] if len(chunks) == 1 else b"".join(chunks)
            self.send(answer.head(keep, None if head_only else len(body)) + body)
        else:
            # What announces no length is sent in chunks; HTTP/1.0 knows none, the end of the connection ends its body.
            length = None if head_only else answer.length
            chunked = not head_only and length is None and request.environ["SERVER_PROTOCOL"] != "HTTP/1.0"
            keep = keep and (chunked or head_only or length is not None)
            sent = self._stream(answer.head(keep, -1 if chunked else None), chunks, chunked, head_only)
            if length is not None and sent != length:
                raise Gone  # the client sees that something is missing
        if not keep:
            self._linger()

    def _stream(self, head: bytes, chunks: Iterable[bytes], chunked: bool, head_only: bool) -> int:
        """Send pieces of a body when they are ready; how many bytes they had."""
        total = 0
        try:
            for chunk in chunks:
                if chunk and not head_only:
                    self.send(b"%b%x\r\n%b\r\n" % (head, len(chunk), chunk) if chunked else head + chunk)
                    head = b""
                    total += len(chunk)
            self.send(head + b"0\r\n\r\n" if chunked else head)
        except Gone:
            raise
        except Exception:
            sys.stderr.write(f"an answer broke off:\n{traceback.format_exc()}")
            raise Gone from None  # without the last chunk the client sees that something is missing
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        return total

    def _refuse(self, status: int, message: str) -> None:
        """The answer to what is no request."""
        line, body = self.host.refusal(status, message)
        headers = "Content-Type: application/json; charset=utf-8\r\nConnection: close"
        self.send(f"HTTP/1.1 {line}\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        self._linger()

    def _linger(self) -> None:
        """No answer follows: say so, and let the client read the last one before what it still sends resets the connection."""
        self.lingering = True
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.open = False

    def send(self, data: bytes) -> None:
        """Send everything; `Gone` if the client does not take it."""
        if not data:
            return
        try:
            sent = self.socket.send(data)
            if sent == len(data):
                return
        except BlockingIOError:
            sent = 0
        except OSError:
            raise Gone from None
        if not self.host.step_down():
            raise Gone
        rest = memoryview(data)[sent:]
        while rest:
            if not self._wait(select.POLLOUT):
                raise Gone
            try:
                rest = rest[self.socket.send(rest) :]
            except BlockingIOError:
                continue
            except OSError:
                raise Gone from None


class _Answer:
    """Status and headers as the application gives them."""

    __slots__ = ("_request", "headers", "status")

    def __init__(self, request: Incoming) -> None:
        self._request = request
        self.status = ""
        self.headers: list[tuple[str, str]] = []

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        """WSGI's start_response, without its `write`."""
        self.status, self.headers = status, headers

    @property
    def length(self) -> int | None:
        """The length that the application announces."""
        return next((int(value) for name, value in self.headers if name == "Content-Length"), None)

    def head(self, keep: bool, length: int | None) -> bytes:
        """The bytes before the body. `length`: of a body that is sent whole; -1: in chunks; None: no length is added."""
        version = self._request.environ["SERVER_PROTOCOL"]
        lines = [f"HTTP/1.1 {self.status}"]
        known = False
        for name, value in self.headers:
            known = known or name == "Content-Length"
            lines.append(f"{name}: {value}")
        if length == -1:
            lines.append("Transfer-Encoding: chunked")
        elif length is not None and not known:
            lines.append(f"Content-Length: {length}")
        if not keep:
            lines.append("Connection: close")
        elif version == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        lines.append(_date())
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1:  # a header with a line break in it could pass for another header
            raise ValueError("a header of the answer holds a line break")
        return f"{text}\r\n\r\n".encode("latin-1", "replace")


_dated: tuple[int, str] = (0, "")


def _date() -> str:
    """The header Date, made once a second."""
    global _dated
    now = int(time.time())
    if _dated[0] != now:
        _dated = (now, f"Date: {formatdate(now, usegmt=True)}")
    return _dated[1]
