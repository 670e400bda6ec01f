"""Answers: status, headers and a body of bytes or of chunks that are made while they are sent."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
_GZIP_FROM = 1400  # bytes: a smaller body fits into one packet anyway
_GZIP_LEVEL = 1


@dataclass
class Response:
    """An answer. `body` is bytes, or an iterable of bytes for what is streamed."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    media: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status_line(self) -> str:
        """Such as `404 Not Found`."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return f"{self.status} Status"


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
