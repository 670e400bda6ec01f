"""The network that scripts may use: plain HTTP requests, without redirects to other schemes, with a limit on the answer's size."""

from __future__ import annotations

from collections.abc import Mapping

from influxctl.core.errors import Invalid, Unavailable
from influxctl.flux.world import HttpAnswer

MAX_ANSWER = 32 << 20


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
