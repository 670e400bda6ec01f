"""The client against real sockets: refused, silent, broken and untrusted connections, truncated and compressed bodies."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from influxctl.client.client import Client
from influxctl.client.transport import RetryPolicy, TransportSettings, make_session
from influxctl.core.errors import Exit, Unreachable, UsageError

CERTIFICATE = Path(__file__).with_name("selfsigned.pem")
NO_RETRY = RetryPolicy(retries=0)


@contextmanager
def server(*answers: bytes, tls: bool = False) -> Iterator[str]:
    """A server that gives one answer a connection and then closes it. Yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def talk(answer: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(CERTIFICATE)
                try:
                    connection = context.wrap_socket(connection, server_side=True)
                except (ssl.SSLError, OSError):
                    return
            received = b""
            while b"\r\n\r\n" not in received and received[:1] != b"\x16":  # 22: a TLS greeting
                piece = connection.recv(65536)
                if not piece:
                    return
                received += piece
            if answer == b"silence":
                stop.wait()
            connection.sendall(answer)
            connection.close()

    def run() -> None:
        for answer in answers:
            try:
                talk(answer)
            except OSError:
                return

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http{'s' * tls}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def http(body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def get(
    url: str, retry: RetryPolicy = NO_RETRY, settings: TransportSettings | None = None, timeout: float = 5
) -> object:
    with make_session(settings) as session:
        return Client(url, session, retry=retry, sleep=lambda s: None, timeout=timeout).call("GetBuckets").json()


def test_plain_and_compressed_answers() -> None:
    packed = gzip.compress(b'{"a":2}')
    with server(http(b'{"a":1}'), http(packed, "Content-Encoding: gzip")) as url:
        assert get(url) == {"a": 1}
        assert get(url) == {"a": 2}


def test_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        get(f"http://127.0.0.1:{port}")
    assert caught.value.message == f"127.0.0.1:{port}: connection refused" and caught.value.exit == Exit.UNREACHABLE


def test_unknown_host() -> None:
    with pytest.raises(Unreachable, match=r"^nowhere\.invalid: .*(not known|name)"):
        get("http://nowhere.invalid")


def test_silent_server() -> None:
    with server(b"silence") as url, pytest.raises(Unreachable, match=r"no answer within 0\.1 s"):
        get(url, timeout=0.1)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        http(b'{"a":', length=100),
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":',
        http(gzip.compress(b'{"a":2}')[:-9], "Content-Encoding: gzip", length=100),
        http(b"not gzip", "Content-Encoding: gzip"),
    ],
    ids=["nothing", "short", "chunk", "short gzip", "broken gzip"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_truncated_answer_is_an_error_and_not_half_a_result(answer: bytes, stream: bool) -> None:
    with server(answer) as url, make_session() as session:
        client = Client(url, session, retry=NO_RETRY)
        with pytest.raises(Unreachable, match=r"broke off|closed|damaged"):
            list(client.call("GetBuckets", stream=stream).iter_bytes())


def test_truncated_answer_is_asked_for_again() -> None:
    with server(http(b'{"a":', length=100), http(b'{"a":1}')) as url:
        assert get(url, RetryPolicy(retries=1)) == {"a": 1}


def test_untrusted_certificate() -> None:
    with server(http(b"{}"), tls=True) as url, pytest.raises(Unreachable) as caught:
        get(url)
    assert "certificate is not trusted: self-signed" in caught.value.message and "--ca-cert" in (
        caught.value.hint or ""
    )


@pytest.mark.parametrize("settings", [TransportSettings(verify_ssl=False), TransportSettings(ca_cert=str(CERTIFICATE))])
def test_trusted_or_unchecked_certificate(settings: TransportSettings) -> None:
    with server(http(b'{"a":1}'), tls=True) as url:
        assert get(url, settings=settings) == {"a": 1}


def test_tls_to_a_server_without_it() -> None:
    with server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url, pytest.raises(Unreachable, match="it does not speak TLS"):
        get(url.replace("http://", "https://"))


def test_missing_ca_file() -> None:
    with pytest.raises(UsageError, match=r"/no/such/file\.pem"):
        make_session(TransportSettings(ca_cert="/no/such/file.pem"))


def test_request_body_from_an_iterator_arrives_in_pieces() -> None:
    seen: list[Callable[[], bytes]] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = listener.accept()
        received = b""
        while b"0\r\n\r\n" not in received:
            received += connection.recv(65536)
        seen.append(lambda: received)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    with listener, make_session() as session:
        client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}", session)
        client.call("PostWrite", query={"org": "o", "bucket": "b"}, body=iter([b"m f=1 1\n", b"m f=2 2\n"]))
        thread.join()
    assert b"Transfer-Encoding: chunked" in seen[0]() and b"m f=1 1\n\r\n8\r\nm f=2 2" in seen[0]()


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing\n")
    with server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        client = Client(url.replace("http://", "https://"), make_session(TransportSettings(ca_cert=str(empty))))
        with pytest.raises(Unreachable, match="the file of CA certificates holds none"):
            client.call("GetBuckets")
