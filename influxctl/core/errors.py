"""Every error a user can meet: its API code, HTTP status, exit code, message and hint.

`CODES` is the one table that joins the `code` field of the API (contract schema `Error`), the HTTP status of an answer and
the exit code of the command line. An error carries data and is worded where it is raised; only `influxctl.__main__` exits.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Exit(IntEnum):
    """Exit codes of the command line, documented in docs/exit-codes.md."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_AUTHORIZED = 4
    CONFLICT = 5
    UNREACHABLE = 6
    PARTLY = 7
    FINDINGS = 8
    RATE_LIMITED = 9
    INTERRUPTED = 130


class Code(NamedTuple):
    """What an API code means: the HTTP status it is answered with and the exit code of a command that meets it."""

    status: int
    exit: Exit


CODES: dict[str, Code] = {
    "internal error": Code(500, Exit.FAILED),
    "not implemented": Code(501, Exit.FAILED),
    "not found": Code(404, Exit.NOT_FOUND),
    "conflict": Code(422, Exit.CONFLICT),
    "invalid": Code(400, Exit.FAILED),
    "unprocessable entity": Code(422, Exit.FAILED),
    "empty value": Code(400, Exit.FAILED),
    "unavailable": Code(503, Exit.UNREACHABLE),
    "forbidden": Code(403, Exit.NOT_AUTHORIZED),
    "too many requests": Code(429, Exit.RATE_LIMITED),
    "unauthorized": Code(401, Exit.NOT_AUTHORIZED),
    "method not allowed": Code(405, Exit.FAILED),
    "request too large": Code(413, Exit.FAILED),
    "unsupported media type": Code(415, Exit.FAILED),
    "no space": Code(507, Exit.FAILED),
}


class InfluxctlError(Exception):
    """An error with an API code, a message for people, and a hint what to do.

    `status` and `exit` follow from `code` (`CODES`) unless given. `details` goes into JSON error output as it is.
    """

    code = "internal error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        status: int | None = None,
        exit: Exit | None = None,
        details: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        known = CODES.get(self.code, CODES["internal error"])
        self.status = known.status if status is None else status
        self.exit = known.exit if exit is None else exit
        self.hint = hint
        self.details = details or {}


class InternalError(InfluxctlError):
    """Something broke that the caller could not have known."""

    code = "internal error"


class NotImplementedHere(InfluxctlError):
    """A feature that this server does not have."""

    code = "not implemented"


class NotFound(InfluxctlError):
    """The thing named does not exist, or the caller may not know that it does."""

    code = "not found"


class Conflict(InfluxctlError):
    """A name is taken, or a thing is in a state that forbids the action."""

    code = "conflict"


class Invalid(InfluxctlError):
    """The request cannot be understood or breaks a rule."""

    code = "invalid"


class Unprocessable(InfluxctlError):
    """The request is well formed and still cannot be done."""

    code = "unprocessable entity"


class EmptyValue(InfluxctlError):
    """A required value is empty."""

    code = "empty value"


class Unavailable(InfluxctlError):
    """The server, its disk or its engine cannot answer now; trying again may help."""

    code = "unavailable"


class Forbidden(InfluxctlError):
    """The caller is known and may not do this."""

    code = "forbidden"


class Unauthorized(InfluxctlError):
    """The caller is not known, or lacks the permission."""

    code = "unauthorized"


class TooManyRequests(InfluxctlError):
    """A rate limit is reached."""

    code = "too many requests"


class MethodNotAllowed(InfluxctlError):
    """The path exists, the method does not."""

    code = "method not allowed"


class TooLarge(InfluxctlError):
    """A body, line, query or value is above its limit."""

    code = "request too large"


class UsageError(InfluxctlError):
    """The command line is wrong: exit code 2, found before any request was made."""

    code = "invalid"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint, exit=Exit.USAGE)


class Unreachable(InfluxctlError):
    """No answer from the server: refused, unknown host, time-out, broken TLS."""

    code = "unavailable"


class PartlyDone(InfluxctlError):
    """Some of the work was done and some was refused: exit code 7."""

    code = "unprocessable entity"

    def __init__(self, message: str, *, hint: str | None = None, details: dict[str, object] | None = None) -> None:
        super().__init__(message, hint=hint, exit=Exit.PARTLY, details=details)
