"""Requests: path and query parameters, headers, the body (chunked or not, packed or not, never above the limit), JSON with its types."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from influxctl.contract.model import Operation
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.ids import check_id
from influxctl.local.http.fields import Shape, decode
from influxctl.local.http.unpack import too_large, unpacked, whole
from influxctl.local.services import Services
from influxctl.local.services.permissions import Actor

_CHUNK = 1 << 16
_INTEGER = re.compile(r"[+-]?\d{1,18}\Z")
_BOOLEANS = {  # the spellings that the reference reads
    **dict.fromkeys(("1", "t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("0", "f", "F", "false", "False", "FALSE"), False),
}
MAX_JSON = 16 << 20  # bytes of a JSON body; write has its own, larger limit


class Page(NamedTuple):
    """Which part of a list is asked for. `given_offset` is the offset as it was sent, for links; a negative one counts as 0."""

    limit: int
    offset: int
    given_offset: int
    after: str | None
    descending: bool

    def cut(self, items: list[Any]) -> list[Any]:
        """The part of `items`."""
        return items[self.offset : self.offset + self.limit]


NOBODY = Actor("", ())


@dataclass
class Request:
    """One request. `actor` is the verified caller; routes that need none get an actor without permissions.

    `org_id` is set by handlers whose use is counted by organization.
    """

    environ: dict[str, Any]
    services: Services
    actor: Actor = NOBODY
    path: dict[str, str] = field(default_factory=dict)
    operation: Operation | None = None
    org_id: str = ""
    sent: int = 0  # bytes of the body as they came

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return str(self.environ["REQUEST_METHOD"])

    @cached_property
    def raw_path(self) -> str:
        """The path as it was sent, still quoted, so that a quoted slash stays inside its segment."""
        raw = self.environ.get("REQUEST_URI") or self.environ.get("RAW_URI")
        if raw and not raw.startswith("/"):  # absolute form
            raw = "/" + raw.split("://", 1)[-1].partition("/")[2]
        if raw:
            return str(raw).partition("?")[0]
        return str(self.environ.get("PATH_INFO", "/"))

    @cached_property
    def segments(self) -> list[str]:
        """The unquoted segments of the path, without empty ones at its ends."""
        return [unquote(part, errors="replace") for part in self.raw_path[1:].split("/")]

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """Query parameters, each with all its values in order."""
        out: dict[str, list[str]] = {}
        try:
            pairs = parse_qsl(
                self.environ.get("QUERY_STRING", ""), keep_blank_values=True, errors="replace", max_num_fields=1000
            )
        except ValueError:
            raise Invalid("too many query parameters") from None
        for name, value in pairs:
            out.setdefault(name, []).append(value)
        return out

    def arg(self, name: str) -> str | None:
        """The first value of a query parameter; None if it is absent or empty."""
        return self.query.get(name, [""])[0] or None

    def flag(self, name: str) -> bool:
        """Whether a query parameter says true."""
        return self.query.get(name, [""])[0].lower() in ("true", "1", "t")

    def id_arg(self, name: str) -> str | None:
        """A query parameter that is an ID; `Invalid` if it is none."""
        value = self.arg(name)
        return None if value is None else check_id(value)

    def id(self, name: str) -> str:
        """A path parameter that is an ID; `Invalid` if it is none."""
        return check_id(self.path[name])

    def number(self, name: str, default: int, low: int | None = None, high: int | None = None) -> int:
        """A query parameter that is an integer between `low` and `high`."""
        text = self.arg(name)
        if text is None:
            return default
        if not _INTEGER.match(text):
            raise Invalid(f"{name} is invalid: it must be an integer")
        value = int(text)
        if (low is not None and value < low) or (high is not None and value > high):
            raise Invalid(f"{name} must be between {low} and {high}")
        return value

    def page(self, default: int = 20, maximum: int = 100) -> Page:
        """limit, offset, after and descending, with the reference's rules."""
        limit = self.number("limit", default, 1, maximum)
        offset = self.number("offset", 0)
        after = self.arg("after")
        if after is not None:
            try:
                check_id(after)
            except Invalid as error:
                raise Invalid(f"decoding after: {error.message}") from None
        if (descending := self.arg("descending") or "false") not in _BOOLEANS:
            raise Invalid("descending is invalid: it must be true or false")
        return Page(limit, max(0, offset), offset, after, _BOOLEANS[descending])

    # Headers.

    def header(self, name: str) -> str:
        """A header's value, empty if it is absent. `name` in any case."""
        return str(self.environ.get(_key(name), ""))

    @property
    def media(self) -> str:
        """The media type of the body, without parameters, in small letters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    # Body.

    def body(self, limit: int | None = None) -> bytes:
        """The body, unpacked; `TooLarge` above `limit` bytes (default: that of the server), found while reading."""
        limit = min(limit or self.services.options.max_body, self.services.options.max_body)
        encodings = self.header("Content-Encoding").lower()
        if "gzip" in encodings:
            return whole(list(self._chunks(limit)), limit)
        return b"".join(self._chunks(limit))

    def stream(self) -> Iterator[bytes]:
        """The body in pieces, unpacked, however long it is: for what is worked off while it comes."""
        limit = 1 << 62
        chunks = self._pieces()
        return unpacked(chunks, limit) if "gzip" in self.header("Content-Encoding").lower() else chunks

    def _pieces(self) -> Iterator[bytes]:
        rest = int(self.header("Content-Length") or -1)
        while rest and (data := self._read(_CHUNK if rest < 0 else min(_CHUNK, rest))):
            self.sent += len(data)
            rest -= len(data) if rest > 0 else 0
            yield data

    def _chunks(self, limit: int) -> Iterator[bytes]:
        """The body as sent."""
        length = self.header("Content-Length")
        if length:
            if int(length) > limit:
                raise too_large(limit)
            data = self._read(int(length))
            self.sent = len(data)
            if len(data) < int(length):
                raise Invalid("the body ended before its announced length")
            yield data
            return
        if "chunked" not in self.header("Transfer-Encoding").lower():
            return
        while data := self._read(_CHUNK):
            self.sent += len(data)
            if self.sent > limit:
                raise too_large(limit)
            yield data

    def _read(self, size: int) -> bytes:
        """Bytes of the body; a client that is silent for too long gets a 408, one that breaks the framing a 400."""
        try:
            return bytes(self.environ["wsgi.input"].read(size))
        except TimeoutError:
            raise InfluxctlError("the body did not come in time", code="invalid", status=408) from None
        except Exception as error:  # whatever the HTTP server raises for broken framing
            if "Too Large" in str(error):
                raise too_large(self.services.options.max_body) from None
            raise Invalid(f"the body cannot be read: {error}") from None

    def json(self, shape: Shape = object) -> Any:
        """The JSON body, checked against a shape (`http.fields`); `Invalid` if it is no JSON."""
        return self.decoded(self.body(MAX_JSON), shape)

    @staticmethod
    def decoded(data: bytes, shape: Shape = object) -> Any:
        """`json` of a body that has been read."""
        try:
            value = json.loads(data, parse_constant=_refuse)
        except RecursionError:
            raise Invalid("the body is nested too deep") from None
        except ValueError as error:
            raise Invalid(f"the body is not JSON: {error if data else 'it is empty'}") from None
        if b"\\u" in data:
            value = _well_formed(value)
        return value if shape is object else decode(value, shape)


@lru_cache(256)
def _key(header: str) -> str:
    """The environment's name of a header."""
    key = header.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _well_formed(value: Any) -> Any:
    """Lone halves of surrogate pairs, which no UTF-8 can hold, become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_well_formed(item) for item in value]
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(item) for key, item in value.items()}
    return value
