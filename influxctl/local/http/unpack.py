"""gzip bodies: several members after one another too, never more unpacked than a limit, and little held of what is too large."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator

from influxctl.core.errors import Invalid, TooLarge

_FED = 1 << 16  # packed bytes given at a time: what is left of them is copied after every piece
_PIECE = 1 << 20  # bytes that are unpacked at a time: a bomb must not fill memory before it is noticed
_HELD = 16 << 20  # bytes above which a body is measured before it is kept: writes are a tenth of that


def too_large(limit: int) -> TooLarge:
    """What a body of more bytes is answered with."""
    return TooLarge(f"the request body is larger than {limit} bytes")


def unpacked(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Pieces of an unpacked body; stops as soon as the limit is passed."""
    unpacker = zlib.decompressobj(wbits=31)
    total = 0
    fresh = True
    try:
        for fed in _cut(chunks):
            while fed:
                out = unpacker.decompress(fed, min(_PIECE, limit - total + 1))
                fresh = False
                total += len(out)
                if total > limit:
                    raise too_large(limit)
                yield out
                fed = unpacker.unconsumed_tail
                if unpacker.eof:
                    fed = unpacker.unused_data
                    unpacker, fresh = zlib.decompressobj(wbits=31), True
    except zlib.error as error:
        raise Invalid(f"the body is not gzip: {error}") from None
    if not fresh:
        raise Invalid("the gzip body ended too early")


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    for chunk in chunks:
        view = memoryview(chunk)
        for at in range(0, len(chunk), _FED):
            yield view[at : at + _FED]


def whole(packed: list[bytes], limit: int) -> bytes:
    """The unpacked body. A large one is unpacked twice, the first time only to be measured: a bomb costs time for its limit, no memory."""
    body = io.BytesIO()
    pieces = unpacked(packed, limit)
    for piece in pieces:
        body.write(piece)
        if body.tell() > _HELD:
            break
    else:
        return body.getvalue()
    for _ in unpacked(packed, limit):
        pass
    for piece in pieces:
        body.write(piece)
    return body.getvalue()
