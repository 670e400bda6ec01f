"""One write to a remote server: what is posted, and what the answer means."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Any

from influxctl.core.lineprotocol import split_lines

if TYPE_CHECKING:
    import requests

Doc = dict[str, Any]
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 120.0
_MESSAGE = 500  # characters of an answer that are kept
FINAL = frozenset({400, 413, 422})  # the same body will be refused again; all else may be mended on the other side


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a write: the status (0: no answer), the reason of a failure, seconds that the remote asks to wait."""

    status: int
    message: str = ""
    wait: float | None = None

    @property
    def good(self) -> bool:
        """The remote has the points."""
        return 200 <= self.status < 300

    @property
    def final(self) -> bool:
        """Trying again would not help."""
        return self.status in FINAL


class Sender:
    """Writes to remotes over one session. It belongs to one thread."""

    def __init__(self) -> None:
        self._session: requests.Session | None = None

    def send(self, remote: Doc, replication: Doc, body: bytes, precision: str) -> Outcome:
        """Write lines into the bucket that the replication names. A body that is too large goes in halves."""
        outcome = self._post(remote, replication, body, precision)
        if outcome.status != 413:
            return outcome
        lines = [line for _, line in split_lines(body)]
        if len(lines) < 2:
            return outcome
        middle = len(lines) // 2
        for half in (lines[:middle], lines[middle:]):
            part = self.send(remote, replication, b"\n".join(half), precision)
            if not part.good:
                return part
        return part

    def _post(self, remote: Doc, replication: Doc, body: bytes, precision: str) -> Outcome:
        import requests

        if self._session is None:
            self._session = requests.Session()
            self._session.headers["User-Agent"] = "influxctl replication"
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        query = {
            "precision": precision,
            "bucket": replication.get("remoteBucketID") or replication.get("remoteBucketName"),
        }
        if remote.get("remoteOrgID"):
            query["org"] = remote["remoteOrgID"]
        headers = {
            "Authorization": f"Token {remote['remoteAPIToken']}",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Encoding": "gzip",
        }
        try:
            answer = self._session.post(
                f"{remote['remoteURL'].rstrip('/')}/api/v2/write", params=query, headers=headers,
                data=packer.compress(body) + packer.flush(), timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                verify=not remote.get("allowInsecureTLS"), allow_redirects=False,
            )  # fmt: skip
            message = "" if answer.ok else _words(answer)
        except (requests.RequestException, OSError, ValueError) as error:
            return Outcome(0, f"{remote['remoteURL']} cannot be reached: {_reason(error)}")
        return Outcome(answer.status_code, message, _wait(answer.headers.get("Retry-After", "")))

    def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            self._session.close()


def _words(answer: requests.Response) -> str:
    """Why the remote refused."""
    try:
        document = answer.json()
    except ValueError:
        document = None
    text = document.get("message") or document.get("error") if isinstance(document, dict) else answer.text
    return " ".join(str(text or answer.reason).split())[:_MESSAGE]


def _reason(error: BaseException) -> str:
    """The operating system's words for a failure, or the name of its kind; never the headers of the request."""
    cause: BaseException | None = error
    seen = 0
    while cause is not None and seen < 10:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        reason = getattr(cause, "reason", None) or (cause.args[0] if cause.args else None)
        cause = reason if isinstance(reason, BaseException) else cause.__cause__ or cause.__context__
        seen += 1
    return type(error).__name__


def _wait(text: str) -> float | None:
    """Seconds that a Retry-After asks for."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time())
    except ValueError:
        return None
