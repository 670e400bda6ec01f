"""Client: builds a request from the table of operations, sends it, tries again, and turns refusals into errors.

The only builder of URLs. Names of parameters are those on the wire (`bucketID`).
"""

from __future__ import annotations

import json as jsonlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

import requests
from urllib3.exceptions import HTTPError

from influxctl.client import trace as tracing
from influxctl.client.answers import Answer, check_origin, refusal
from influxctl.client.transport import BUSY, CONNECT, GATEWAY, WRITES, RetryPolicy, Sleep, never_left, unreachable
from influxctl.contract.model import Operation
from influxctl.contract.operations import OPERATIONS
from influxctl.core.errors import UsageError

Query = Mapping[str, object]
Body = bytes | Iterator[bytes]

# Writes carry their timestamps (client/batch.py sees to that): doing one twice is doing it once.
WRITE_OPERATIONS = frozenset({"PostWrite", "PostWriteV1"})
_REPEATABLE = WRITE_OPERATIONS | {"PostQueryAst", "PostQueryAnalyze"}
LONG = 1.0  # seconds after which one wants to know why nothing happens
_PLACE = re.compile(r"{(\w+)}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Client:
    """Calls operations of one server.

    `token` may be a function, called when the first request is made. `org` fills in where an operation requires one and none is
    given. `signin` (user, password) opens a session with PostSignin first, when there is no token. `trace` is called with each
    line of the trace, `waiting` with the reason of each pause that is felt. `before` is called with every request before it is
    sent and may raise (dry runs).
    """

    def __init__(
        self,
        base_url: str,
        session: requests.Session,
        *,
        token: str | Callable[[], str | None] | None = None,
        org: str | None = None,
        signin: tuple[str, str] | None = None,
        timeout: float | None = 30.0,
        headers: Mapping[str, str] | None = None,
        retry: RetryPolicy | None = None,
        write_retry: RetryPolicy = WRITES,
        trace: Callable[[str], None] | None = None,
        before: Callable[[Operation, requests.PreparedRequest], None] | None = None,
        sleep: Sleep = time.sleep,
        waiting: Callable[[str], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.session = session
        self.org = org
        self.timeout = timeout or None
        self.headers = dict(headers or {})
        self.host = urlsplit(self.base_url).netloc.rpartition("@")[2] or self.base_url
        self._token = token
        self._signin = signin
        self._retry = retry or RetryPolicy()
        self.write_retry = write_retry
        self._trace = trace
        self._before = before
        self._sleep = sleep
        self._waiting = waiting
        self.last: tuple[str, object] | None = None  # the operation that answered with JSON last, and that

    @property
    def token(self) -> str | None:
        """The token that requests carry."""
        if callable(self._token):
            self._token = self._token()
        return self._token

    def call(
        self,
        op_id: str | Operation,
        path: Mapping[str, object] | None = None,
        query: Query | None = None,
        *,
        json: object = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """Calls an operation of the table, by name, or one of the caller's own.

        `json` or `body` (bytes, or an iterator that is sent in pieces and never sent again) is its body.

        `auth` signs this one request with user and password instead of the token. Raises the error that the answer names, or
        `Unreachable`.
        """
        operation = OPERATIONS[op_id] if isinstance(op_id, str) else op_id
        if self._signin and self.token is None and auth is None and operation.id != "PostSignin":
            user_and_password, self._signin = self._signin, None
            self.call("PostSignin", auth=user_and_password)
        request = self.prepare(operation, path, query, json=json, body=body, headers=headers, auth=auth)
        return self.send(operation, request, stream=stream)

    def prepare(
        self,
        operation: Operation,
        path: Mapping[str, object] | None = None,
        query: Query | None = None,
        *,
        json: object = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> requests.PreparedRequest:
        """The request for an operation, not sent."""
        merged = {"Accept": _accept(operation), **self.headers}
        if body is not None:
            merged["Content-Type"] = _content_type(operation)
        try:
            if json is not None:
                body = jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
                merged["Content-Type"] = "application/json"
            merged |= headers or {}
            for name, value in merged.items():
                _check_header(name, value)
            request = requests.Request(
                operation.method,
                self.base_url + _fill(operation, path or {}),
                params=_encode(self._query(operation, query or {})),
                headers=merged,
                data=body,
                auth=auth or self._sign,
            )
            return self.session.prepare_request(request)
        except UnicodeEncodeError as error:  # bytes of the command line that are not UTF-8
            raise UsageError(f"{error.object!r} is not valid text") from None
        except requests.RequestException as error:
            raise unreachable(error, self.host, self.timeout) from None

    def send(self, operation: Operation, request: requests.PreparedRequest, *, stream: bool = False) -> Answer:
        """Sends a prepared request, again where that is right, and gives the answer or raises."""
        repeatable = operation.method in ("GET", "HEAD") or operation.id in _REPEATABLE
        policy = self.write_retry if operation.id in WRITE_OPERATIONS else self._retry
        if self._before is not None:
            self._before(operation, request)
        once = request.body is not None and not isinstance(request.body, str | bytes)
        tried = waited = 0
        while True:
            tried += 1
            if self._trace is not None:
                self._show(tracing.request_lines(request, self._secrets()))
            try:
                response = self._once(request, stream)
            except requests.RequestException as error:
                again = (never_left(error) or repeatable) and not isinstance(error, requests.exceptions.SSLError)
                pause = policy.pause(tried) if again and not once else None
                if pause is None:
                    raise unreachable(error, self.host, self.timeout) from error
                reason = str(unreachable(error, self.host, self.timeout))
                self._show([f"* {reason}"])
            else:
                if self._trace is not None:
                    self._show(tracing.response_lines(response, stream, self._secrets()))
                status = response.status_code
                if status < 300 or status == 304:
                    check_origin(response, operation, self.host)
                    answer = Answer(response, operation, self.host, self.timeout)
                    answer.busy, answer.keep = waited, self._keep
                    return answer
                busy = status in BUSY or (status in GATEWAY and repeatable)
                pause = policy.pause(tried, response.headers) if busy and not once else None
                if pause is None:
                    raise refusal(response, operation.id, tried)
                waited += status in BUSY
                reason = f"{self.host} is busy ({status})"
                response.close()
            self._show([f"* again in {pause:.1f} s"])
            if self._waiting is not None and pause >= LONG:
                self._waiting(f"{reason}; again in {pause:.0f} s")
            self._sleep(pause)

    def _keep(self, operation: str, value: object) -> None:
        self.last = (operation, value)

    def _once(self, request: requests.PreparedRequest, stream: bool) -> requests.Response:
        """One try. Proxies and certificates from the environment count, but `--skip-verify` and `--ca-cert` beat it."""
        verify = None if self.session.verify is True else self.session.verify
        settings = self.session.merge_environment_settings(request.url or "", {}, stream, verify, None)
        follow = request.method in ("GET", "HEAD")  # anything else would arrive as a GET
        try:
            timeout = (min(self.timeout or CONNECT, CONNECT), self.timeout)
            response = self.session.send(request, timeout=timeout, allow_redirects=follow, **settings)
            if not stream:
                _ = response.content
        except HTTPError as error:  # some failures while a body is read are not translated by requests
            raise requests.exceptions.ChunkedEncodingError(error) from error
        return response

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Puts the token in. Given as `auth`, so that requests does not take another from ~/.netrc."""
        if "Authorization" not in request.headers and self.token:
            if not (self.token.isascii() and self.token.isprintable()):
                raise UsageError("the token holds characters that no token has", hint="was it copied whole and alone?")
            request.headers["Authorization"] = f"Token {self.token}"
        return request

    def _query(self, operation: Operation, query: Query) -> Query:
        """The query, with our organization where one is required and none is given."""
        needed = operation.param("org")
        if self.org and needed is not None and needed.required and not (query.get("org") or query.get("orgID")):
            return {**query, "org": self.org}
        return query

    def _show(self, lines: list[str]) -> None:
        if self._trace is not None:
            for line in lines:
                self._trace(line)

    def _secrets(self) -> tuple[str, ...]:
        token = self._token
        return (token,) if isinstance(token, str) else ()


def _check_header(name: str, value: str) -> None:
    """Refuses what HTTP cannot carry, before the libraries below fall over it."""
    if not _HEADER.match(name) or not value.isprintable() or value != value.strip():
        raise UsageError(f"{name}: {value!r} cannot be sent as a header")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise UsageError(f"{name}: {value!r} cannot be sent as a header") from None


def _fill(operation: Operation, path: Mapping[str, object]) -> str:
    """The operation's path with its parameters percent-encoded in."""

    def value(match: re.Match[str]) -> str:
        given = path.get(match[1])
        if given is None or given == "":
            raise UsageError(f"{operation.id} needs {match[1]}")
        text = quote(str(given), safe="")
        if text in (".", ".."):  # requests would take these for steps between folders
            raise UsageError(f"{text!r} cannot be the {match[1]} of {operation.id}")
        return text

    unknown = set(path) - {param.name for param in operation.path_params}
    if unknown:
        raise UsageError(f"{operation.id} has no {', '.join(sorted(unknown))} in its path")
    return _PLACE.sub(value, operation.path)


def _encode(query: Query) -> str:
    """The query string: None is left out, lists are repeated, booleans in lower case."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        values: Sequence[object] = value if isinstance(value, list | tuple) else (value,)
        pairs += [(name, _text(item)) for item in values if item is not None]
    return urlencode(pairs, quote_via=quote)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _accept(operation: Operation) -> str:
    media = [media for answer in operation.answers if answer.status.startswith("2") for media in answer.media]
    if not media or "application/json" in media:
        return "application/json"
    return f"{media[0]}, application/json"  # errors are JSON everywhere


def _content_type(operation: Operation) -> str:
    media = operation.body.media if operation.body is not None else ()
    other = [name for name in media if "json" not in name]
    if not other:
        return media[0] if media else "application/octet-stream"
    return f"{other[0]}; charset=utf-8" if other[0].startswith("text/") else other[0]
