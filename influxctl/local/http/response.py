"""Answers: status, headers and a body of bytes or of chunks that are made while they are sent."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
_GZIP_FROM = 1400  # bytes: a smaller body fits into one packet anyway
_GZIP_LEVEL = 1


class Unfinished(Protocol):
    """Work that has only to wait for the disk."""

    @property
    def sync(self) -> Callable[[], None]:
        """Has the disk do its part, in whatever thread, so that `finish` need not wait."""

    @property
    def finish(self) -> Callable[[], None]:
        """Does the rest; what went wrong is raised here."""


@dataclass
class Response:
    """An answer. `body` is bytes, or an iterable of bytes for what is streamed."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    media: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    after: Unfinished | None = None  # what has to be finished before the answer may be given

    @property
    def status_line(self) -> str:
        """Such as `404 Not Found`."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return f"{self.status} Status"


class LateAnswer:
    """What the application returns to a server that sent `influxctl.late`: an answer that is not begun yet."""

    __slots__ = ("finish", "sync")

    def __init__(self, sync: Callable[[], None], finish: Callable[[], Iterable[bytes]]) -> None:
        """`sync` has the disk do its part, in whatever thread; `finish` begins the answer (WSGI's start_response) and gives its body."""
        self.sync = sync
        self.finish = finish

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.finish())


def encode(value: object) -> bytes:
    """JSON as the server writes it: UTF-8, no blanks, a newline at the end."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def answer(value: object, status: int = 200, **headers: str) -> Response:
    """A JSON answer."""
    return Response(status, encode(value), JSON, dict(headers))


def no_content() -> Response:
    """204."""
    return Response(204)


def compressed(response: Response) -> Response:
    """The same answer packed with gzip, unless it is too small to gain."""
    if "Content-Encoding" in response.headers or response.status in (204, 304):
        return response
    headers = {**response.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if isinstance(response.body, bytes):
        if len(response.body) < _GZIP_FROM:
            return response
        packer = zlib.compressobj(_GZIP_LEVEL, wbits=31)
        return Response(response.status, packer.compress(response.body) + packer.flush(), response.media, headers)
    return Response(response.status, _packed(response.body), response.media, headers)


def _packed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_GZIP_LEVEL, wbits=31)
    try:
        for chunk in chunks:
            data = packer.compress(chunk)
            if data:
                yield data
        yield packer.flush()
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def page_links(path: str, parameters: dict[str, Any], limit: int, offset: int, count: int) -> dict[str, str]:
    """`self`, `next` and `prev` of a list: parameters sorted, `next` when the page is full, `prev` when there is something before."""
    from urllib.parse import urlencode

    def link(at: int) -> str:
        given = {**parameters, "limit": limit, "offset": at}
        return f"{path}?{urlencode(sorted((k, v) for k, v in given.items() if v is not None), doseq=True)}"

    links = {"prev": link(max(0, offset - limit))} if offset > 0 else {}
    links["self"] = link(offset)
    if count >= limit:
        links["next"] = link(offset + limit)
    return links
