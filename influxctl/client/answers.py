"""An answer of the server, and how a refusal becomes an error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from influxctl.client.transport import unreachable
from influxctl.contract.model import Operation
from influxctl.core import errors
from influxctl.core.errors import CODES, InfluxctlError

_CLASSES: dict[str, type[InfluxctlError]] = {
    error.code: error
    for error in (
        errors.InternalError, errors.NotImplementedHere, errors.NotFound, errors.Conflict, errors.Invalid,
        errors.Unprocessable, errors.EmptyValue, errors.Unavailable, errors.Forbidden, errors.Unauthorized,
        errors.TooManyRequests, errors.MethodNotAllowed, errors.TooLarge,
    )
}  # fmt: skip
_CODE_OF_STATUS = {
    400: "invalid", 401: "unauthorized", 403: "forbidden", 404: "not found", 405: "method not allowed", 409: "conflict",
    413: "request too large", 415: "unsupported media type", 422: "unprocessable entity", 429: "too many requests",
    501: "not implemented", 502: "unavailable", 503: "unavailable", 504: "unavailable", 507: "no space",
}  # fmt: skip
_HINTS = {
    "unauthorized": "check the token: influxctl config show --origin tells where it comes from",
    "forbidden": "the token lacks the permission for this",
    "too many requests": "wait, or send less: write has --rate-limit",
    "request too large": "send less at once",
}
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


class Answer:
    """An answer that is not a refusal. One got with `stream=True` is read as it comes; close it, or use it in a `with`."""

    def __init__(self, response: requests.Response, operation: Operation, host: str, timeout: float | None) -> None:
        self._response = response
        self.operation = operation.id
        self._wants_json = "application/json" in _media_of(operation)
        self.keep: Callable[[str, object], None] | None = None  # told what was read as JSON
        self._host = host
        self._timeout = timeout
        self.busy = 0  # how often the server said before that it was too busy (429, 503)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; their names count in any case of letters."""
        return self._response.headers

    @property
    def media(self) -> str:
        """The media type without parameters, in lower case; '' if the server names none."""
        return str(self._response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()

    @property
    def content(self) -> bytes:
        """The whole body."""
        return b"".join(self.iter_bytes())

    @property
    def text(self) -> str:
        """The whole body as UTF-8."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON; None if it is empty where it may be; an error if it is something else than the operation gives."""
        content = self.content
        try:
            value = json.loads(content) if content.strip() else None
        except ValueError:
            raise foreign(self._response, self.operation, self._host, "something that is not JSON") from None
        if (
            self._wants_json
            and self.status != 204
            and not isinstance(value, dict | list)
            and content.strip() != b"null"
        ):
            what = "nothing" if value is None else "JSON that is neither an object nor a list"
            raise foreign(self._response, self.operation, self._host, what)
        if self.keep is not None:
            self.keep(self.operation, value)
        return value

    def iter_bytes(self, size: int = 65536) -> Iterator[bytes]:
        """The body in pieces as they arrive, unpacked. A body that breaks off is an error."""
        try:
            yield from self._response.iter_content(size)
        except requests.RequestException as error:
            raise unreachable(error, self._host, self._timeout) from error
        except (HTTPError, OSError) as error:
            wrapped = requests.exceptions.ChunkedEncodingError(error)
            raise unreachable(wrapped, self._host, self._timeout) from error

    def iter_lines(self) -> Iterator[str]:
        """The body line by line, without line ends."""
        rest = b""
        for piece in self.iter_bytes():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line.removesuffix(b"\r").decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")

    def close(self) -> None:
        """Gives the connection back."""
        self._response.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _media_of(operation: Operation) -> set[str]:
    """The media types of the answers that are no refusals."""
    return {media for answer in operation.answers if answer.status.startswith("2") for media in answer.media}


def foreign(response: requests.Response, operation: str, host: str, what: str) -> InfluxctlError:
    """The error for an answer that InfluxDB would not give."""
    media = str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    return InfluxctlError(
        f"{host} answered {operation} with {what}",
        hint="is this the address of an InfluxDB server?",
        details={"operation": operation, "status": response.status_code, "media": media},
    )


def check_origin(response: requests.Response, operation: Operation, host: str) -> None:
    """Refuse a page that stands in for the answer: a proxy's log-in, or another server. It says 200, and nothing was done."""
    known = _media_of(operation)
    media = str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    if media.endswith("html") and media not in known and operation.answers:
        title = _TITLE.search(response.content.decode(errors="replace"))
        name = f" ({' '.join(title[1].split())})" if title else ""
        raise foreign(response, operation.id, host, f"a page{name}")
    silent = not known and any(answer.status.startswith("2") for answer in operation.answers)
    if silent and response.status_code != 204 and not _is_object(response.content):
        raise foreign(response, operation.id, host, "a text, where nothing is to be said")


def _is_object(body: bytes) -> bool:
    """Whether a body is empty or a JSON object."""
    text = body.strip()
    return not text or (text[:1] == b"{" and bool(_object(text) or text[1:].strip() == b"}"))


def refusal(response: requests.Response, operation: str, tries: int = 1) -> InfluxctlError:
    """The error for an answer of 300 or more: by the body's `code`, else by a header, else by the status."""
    status = response.status_code
    try:
        body = response.content
    except (requests.RequestException, HTTPError, OSError):
        body = b""
    document = _object(body)
    code = document.get("code") or response.headers.get("X-Platform-Error-Code") or ""
    if code not in CODES:
        code = _CODE_OF_STATUS.get(status, "internal error" if status >= 500 else "invalid")
    if status == 429:
        code = "too many requests"  # the exit code must not depend on the words of a gateway
    message = _message(document, response, body)
    if 300 <= status < 400:
        message = f"the server sends this request to {response.headers.get('Location', 'another address')}"
    details: dict[str, object] = {"operation": operation, "status": status}
    details |= {key: document[key] for key in ("op", "err", "line", "maxLength", "data", "errors") if document.get(key)}
    for header in ("X-Request-Id", "X-Influxdb-Request-Id", "Trace-Id", "Retry-After"):
        if response.headers.get(header):
            details[header.lower()] = response.headers[header]
    if tries > 1:
        details["tries"] = tries
    hint = "use that address" if 300 <= status < 400 else _HINTS.get(code)
    if code in _CLASSES:
        return _CLASSES[code](message, status=status, hint=hint, details=details)
    return InfluxctlError(message, code=code, status=status, hint=hint, details=details)


def _faults(document: dict[str, Any]) -> str:
    """What is wrong with a template, of which the message says nothing (seen with 2.9.1): kind, place and reason of each fault."""
    errors = document.get("errors")
    if not isinstance(errors, list) or not all(isinstance(fault, dict) and fault.get("reason") for fault in errors):
        return ""
    return "; ".join(f"{fault.get('kind') or 'template'}{_place(fault)}: {fault['reason']}" for fault in errors)


def _place(fault: dict[str, Any]) -> str:
    """Where in the template: ` 1 spec.thresholds[0].level`, counted from 1 for the documents."""
    names = [str(name) for name in fault.get("fields") or ()]
    numbers = list(fault.get("idxs") or ())
    numbers += [None] * (len(names) - len(numbers))
    steps = [name + (f"[{number}]" if number is not None else "") for name, number in zip(names, numbers, strict=False)]
    if names[:1] != ["root"]:
        return f" {'.'.join(steps)}" if steps else ""
    document = f" {numbers[0] + 1}" if isinstance(numbers[0], int) else ""
    return document + (f" {'.'.join(steps[1:])}" if steps[1:] else "")


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _message(document: dict[str, Any], response: requests.Response, body: bytes) -> str:
    """The server's words: `message` of v2, `error` of v1, plain text, the title of a page, or the bare status."""
    if faults := _faults(document):
        return faults
    for key in ("message", "error"):
        if isinstance(document.get(key), str) and document[key]:
            return str(document[key])
    for header in ("X-Influx-Error", "X-Influxdb-Error"):
        if response.headers.get(header):
            return str(response.headers[header])
    bare = f"the server answered {response.status_code} {response.reason or ''}".rstrip()
    text = body.decode(errors="replace").strip()
    if text[:1] == "<":
        title = _TITLE.search(text)
        return f"{bare} (a page: {' '.join(title[1].split())})" if title else bare
    if not text or document or "\x00" in text:
        return bare
    return f"{bare}: {text.splitlines()[0][:500]}"
