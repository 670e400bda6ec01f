"""The network that scripts may use: plain HTTP requests, without redirects to other schemes, with a limit on the answer's size.

Tasks try again when a receiver is away for a moment (`Retrying`); with `--catch-notifications` nothing leaves (`Catching`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from influxctl.core.errors import Invalid, Unavailable
from influxctl.flux.world import Http, HttpAnswer
from influxctl.local.store.inbox import Inbox

MAX_ANSWER = 32 << 20
PAUSES = (0.5, 2.0)  # seconds before the second and the third attempt
_PASSING = (429, 502, 503, 504)  # statuses of a receiver that may be back in a moment
_ACCEPTED = ("events.pagerduty.com",)  # hosts that answer 202


class Network:
    """`flux.world.Http` by requests, which is imported at the first call."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> HttpAnswer:
        """One request; `Unavailable` when it cannot be made."""
        if not url.startswith(("http://", "https://")):
            raise Invalid(f"{url!r} is not a URL of http or https")
        import requests

        try:
            with requests.request(
                method, url, headers=dict(headers), data=body, timeout=timeout, stream=True
            ) as answer:
                data = answer.raw.read(MAX_ANSWER + 1, decode_content=True)
                if len(data) > MAX_ANSWER:
                    raise Unavailable(f"the answer of {url} is larger than {MAX_ANSWER} bytes")
                return HttpAnswer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, data)
        except requests.RequestException as error:
            raise Unavailable(f"{method} {url} failed: {error}") from None


class Retrying:
    """Another network, asked up to three times while the receiver is away."""

    def __init__(self, network: Http, pause: Callable[[float], None] = time.sleep) -> None:
        self._network = network
        self._pause = pause

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> HttpAnswer:
        """One request; the last answer or error when none was good."""
        for seconds in PAUSES:
            try:
                answer = self._network.send(method, url, headers, body, timeout)
                if answer.status not in _PASSING:
                    return answer
            except Unavailable:
                pass  # tried again below; the last attempt's error is the caller's
            self._pause(seconds)
        return self._network.send(method, url, headers, body, timeout)


class Catching:
    """Puts requests into the inbox instead of sending them, and answers as a receiver would that takes them."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> HttpAnswer:
        """Keep one request."""
        self._inbox.add(method, url, headers, body)
        status = 202 if any(host in url for host in _ACCEPTED) else 200
        return HttpAnswer(status, {"content-type": "application/json"}, b'{"ok":true}')
