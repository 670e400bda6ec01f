"""The session: proxies, TLS and user agent; and how often, when and after what pause a request is tried again.

A request is repeated when the server said so (429, 503: it did nothing) and when the connection could not be made (nothing left
this machine), whatever the operation is. When an answer was lost on its way, the request may have been carried out: then only
operations that can be repeated without harm are.
"""

from __future__ import annotations

import os
import random
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests
import urllib3
from urllib3.exceptions import ConnectTimeoutError, InsecureRequestWarning, NameResolutionError, NewConnectionError

import influxctl
from influxctl.core.errors import InfluxctlError, Unreachable, UsageError

Sleep = Callable[[float], None]

BUSY = frozenset({429, 503})
GATEWAY = frozenset({502, 504})
CONNECT = 10.0  # seconds that a connection may take; an answer has the whole time-out


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """What a session needs to know. `ca_cert` is a file of certificates to trust instead of the system's."""

    verify_ssl: bool = True
    ca_cert: str | None = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`retries` more tries after the first; pauses in seconds double from `base` to `cap`, each shortened by up to half at random.

    A Retry-After beyond `patience` seconds ends the tries at once.
    """

    retries: int = 3
    base: float = 0.3
    cap: float = 30.0
    patience: float = 120.0

    def pause(self, tried: int, headers: Mapping[str, str] | None = None) -> float | None:
        """Seconds to wait before the next try after `tried` tries, or None to give up."""
        if tried > self.retries:
            return None
        wished = retry_after(headers.get("Retry-After", "")) if headers else None
        if wished is not None:
            return wished if wished <= self.patience else None
        most = min(self.cap, self.base * 2.0 ** (tried - 1))
        return float(most * random.uniform(0.5, 1.0))


WRITES = RetryPolicy(retries=8, base=0.5)


def retry_after(text: str) -> float | None:
    """Seconds that a Retry-After header asks for: a number or a date; None if it is neither."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def make_session(settings: TransportSettings | None = None) -> requests.Session:
    """A session for any number of calls. Proxies come from the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY)."""
    settings = settings or TransportSettings()
    if settings.ca_cert and settings.verify_ssl and not os.path.exists(settings.ca_cert):
        raise UsageError(f"there is no file of CA certificates at {settings.ca_cert}")
    session = requests.Session()
    session.headers["User-Agent"] = f"influxctl/{influxctl.__version__}"
    session.verify = (settings.ca_cert or True) if settings.verify_ssl else False
    if not settings.verify_ssl:
        warnings.simplefilter("ignore", InsecureRequestWarning)
    return session


def never_left(error: BaseException) -> bool:
    """Whether a failure happened before any byte of the request was sent."""
    return any(
        isinstance(cause, (requests.ConnectTimeout, ConnectTimeoutError, NewConnectionError, NameResolutionError))
        for cause in _causes(error)
    )


def unreachable(error: requests.RequestException, host: str, timeout: float | None) -> InfluxctlError:
    """The one-line error for a failure of the network: the host and the reason."""
    origin = "influxctl config show --origin tells where the address comes from"
    hint: str | None = f"is the server running? {origin}"
    causes = list(_causes(error))
    reason = _system_reason(causes) or "the connection failed"
    if isinstance(error, requests.exceptions.SSLError):
        reason, hint = _tls_reason(causes)
    elif isinstance(error, requests.exceptions.ProxyError):
        reason, hint = f"the proxy failed: {reason}", "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    elif any(isinstance(cause, NameResolutionError) for cause in causes):
        reason, hint = "the name of the host is not known", f"is it spelled right? {origin}"
    elif isinstance(error, requests.Timeout):
        if isinstance(error, requests.ConnectTimeout):
            reason = f"no connection within {min(timeout or CONNECT, CONNECT):g} s"
        else:
            reason, hint = f"no answer within {timeout:g} s", "give it longer with --timeout SECONDS"
    elif isinstance(error, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        reason, hint = "the answer broke off or is damaged", None
    elif isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)):
        reason, hint = "this is not the URL of a server", "write it like http://localhost:8086"
    return Unreachable(f"{host}: {reason}", hint=hint, details={"host": host, "reason": reason})


def _causes(error: BaseException) -> list[BaseException]:
    """The error and all that it was made from: `reason`, arguments, cause and context."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        item = todo.pop(0)
        if isinstance(item, BaseException) and not any(item is known for known in found):
            found.append(item)
            todo += [getattr(item, "reason", None), *item.args, item.__cause__, item.__context__]
    return found


def _system_reason(causes: list[BaseException]) -> str | None:
    """The operating system's words for what happened."""
    for cause in reversed(causes):
        if (
            isinstance(cause, OSError)
            and cause.errno
            and cause.strerror
            and not isinstance(cause, requests.RequestException)
        ):
            return cause.strerror[:1].lower() + cause.strerror[1:]
    if any(isinstance(cause, urllib3.exceptions.ProtocolError) for cause in causes):
        return "the connection was closed before an answer came"
    return None


def _tls_reason(causes: list[BaseException]) -> tuple[str, str]:
    import ssl

    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"its certificate is not trusted: {cause.verify_message}"
            return reason, "name the authority's file with --ca-cert, or give --skip-verify"
        what = str(getattr(cause, "reason", ""))
        if what in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
            return "it does not speak TLS", "is it an http:// address?"
        if what == "NO_CERTIFICATE_OR_CRL_FOUND":
            return "the file of CA certificates holds none", "ca_cert or INFLUXCTL_CA_CERT names it"
    return "no TLS connection can be made", "does the server speak TLS at this port?"
