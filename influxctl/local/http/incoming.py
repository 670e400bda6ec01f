"""One request as it comes over a connection: its head as a WSGI environment, its body piece by piece."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

KEYS_REMEMBERED = 512
MAX_UNREAD = 1 << 20  # bytes of a refused body that are read to keep the connection
IN_LOOP = 1 << 18  # bytes of a body that may gather before a thread is given to the request


class Feeder(Protocol):
    """What brings more of a body."""

    def more(self, request: Incoming) -> None:
        """Wait until more of the request is there, or set its `failure`."""

    def alive(self) -> bool:
        """Whether the client has not hung up."""


_keys: dict[bytes, str] = {}  # names of headers, as sent, to names in the environment


def _key(name: bytes) -> str:
    """The environment's name of a header; empty for one with an underscore, which could pass for another header."""
    text = name.decode("latin-1").upper()
    key = "" if "_" in text else text.replace("-", "_")
    key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH", "") else f"HTTP_{key}"
    if len(_keys) >= KEYS_REMEMBERED:
        _keys.clear()
    _keys[name] = key
    return key


class Incoming:
    """A request; also its own `wsgi.input`, with `read` alone."""

    __slots__ = (
        "_feeder", "_held", "_parts", "complete", "continued", "discard", "environ", "expects", "failure", "headed", "keep", "left",
        "target",
    )  # fmt: skip

    def __init__(self, feeder: Feeder, environ: dict[str, Any]) -> None:
        """`environ`: what is the same for all requests; taken over and filled."""
        self._feeder = feeder
        self._parts: list[bytes] = []
        self._held = 0
        self.environ = environ
        self.target = b""
        self.headed = False  # the head is complete
        self.complete = False  # the body too
        self.keep = True  # the connection may stay open
        self.expects = False  # the client waits for "100 Continue" before it sends the body
        self.continued = False
        self.left: int | None = 0  # bytes of the body that are to come; None: in chunks
        self.discard = False  # nobody reads the rest of the body
        self.failure: Exception | None = None

    # Called by the parser's callbacks.

    def header(self, name: bytes, value: bytes) -> None:
        """One header; those after the body (trailers) are passed over."""
        if self.headed:
            return
        key = _keys.get(name)
        if key is None:
            key = _key(name)
        if not key:
            return
        environ = self.environ
        text = value.decode("latin-1").strip(" \t")
        before = environ.get(key)
        if before is not None:
            text = f"{before}{'; ' if key == 'HTTP_COOKIE' else ', '}{text}"
        environ[key] = text

    def head_ends(self, method: bytes, version: str, keep: bool) -> None:
        """The head is complete."""
        environ = self.environ
        raw = self.target.decode("ascii", "replace").partition("#")[0]
        path, _, query = raw.partition("?")
        environ["REQUEST_METHOD"] = method.decode("latin-1")
        environ["SERVER_PROTOCOL"] = f"HTTP/{version}"
        environ["REQUEST_URI"] = raw
        environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1") if "%" in path else path
        environ["QUERY_STRING"] = query
        environ["wsgi.input"] = self
        environ["influxctl.alive"] = self._feeder.alive
        self.keep = keep
        self.headed = True
        length = environ.get("CONTENT_LENGTH")
        if length is not None:
            self.left = int(length)
        elif "HTTP_TRANSFER_ENCODING" in environ:
            self.left = None
        if "HTTP_EXPECT" in environ and version != "1.0":
            self.expects = environ["HTTP_EXPECT"].lower() == "100-continue"

    def body_grows(self, data: bytes) -> None:
        """A piece of the body."""
        if self.left is not None:
            self.left -= len(data)
        if not self.discard:
            self._parts.append(data)
            self._held += len(data)

    # Asked by the server.

    @property
    def due(self) -> bool:
        """Whether it is time to answer: all is there, or what is to come is more than should gather unread."""
        if self.complete or self.failure is not None:
            return True
        return self.headed and (self.expects or self._held > IN_LOOP or (self.left is not None and self.left > IN_LOOP))

    @property
    def spoils_connection(self) -> bool:
        """Whether the unread rest of the body, which could pass for another request, is not worth reading."""
        if self.complete:
            return False
        waits = self.expects and not self.continued  # whether the body comes is the client's choice now
        return self.failure is not None or waits or self.left is None or self.left > MAX_UNREAD

    def forget_body(self) -> None:
        """Nobody reads the rest."""
        self.discard = True
        self._parts.clear()
        self._held = 0

    # wsgi.input

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end of the body; everything if it is negative. Waits for the client; `TimeoutError` if
        it is silent for too long, `ValueError` if it breaks the framing."""
        while not self.complete and (size < 0 or self._held < size):
            if self.failure is not None:
                raise self.failure
            self._feeder.more(self)
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._held = 0
        if 0 <= size < len(data):
            self._parts.append(data[size:])
            self._held = len(data) - size
            return data[:size]
        return data
