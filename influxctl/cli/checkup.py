"""What `influxctl doctor` looks at first: the profile, the way to the server, its clock and version, the token and the organization.

A check is a function of the context that gives findings; `ok` findings say what is in order. Checks of resources are in
`checkup_resources`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from influxctl.cli.context import Context
from influxctl.core.errors import InfluxctlError, NotFound

OK, WARNING, ERROR = "ok", "warning", "error"
SKEW_WARNING, SKEW_ERROR = 2.0, 60.0  # seconds; HTTP dates have a resolution of one
CERTIFICATE_DAYS = 21


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: `level` is ok, warning or error, `mend` the command that mends it."""

    check: str
    level: str
    message: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        """As a row of output."""
        return asdict(self)


Check = Callable[[Context], Iterable[Finding]]


class Unanswered(Exception):
    """The server cannot be reached: the checks after this one would only repeat it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def profile(ctx: Context) -> Iterator[Finding]:
    """Which server is meant, and who says so."""
    settings = ctx.settings
    where = str(settings.data_dir) if settings.is_local else settings.url
    yield Finding("profile", OK, f"{settings.profile} ({settings.profile_origin}): {where}")
    if settings.is_local:
        return
    if settings.url.startswith("http://") and not _near(settings.url) and settings.token:
        yield Finding("profile", WARNING, "the token goes over the network unencrypted (http)",
                      "use https://, or a tunnel")  # fmt: skip
    if not settings.verify_ssl:
        yield Finding("profile", WARNING, "the server's certificate is not checked (skip-verify)",
                      f"influxctl config set {settings.profile} --ca-cert FILE")  # fmt: skip


def _near(url: str) -> bool:
    from urllib.parse import urlsplit

    return (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1")


def server(ctx: Context) -> Iterator[Finding]:
    """Whether it answers, how fast, how its clock goes, and its version."""
    begin = time.monotonic()
    try:
        answer = ctx.call("GetPing")
    except InfluxctlError as error:
        mend = "influxctl local start" if ctx.settings.is_local else "influxctl config show --origin"
        raise Unanswered(Finding("server", ERROR, error.message, mend)) from error
    took = (time.monotonic() - begin) * 1000
    version = answer.headers.get("X-Influxdb-Version", "")
    yield Finding("server", OK, f"{version or 'a server without a version'} answers in {took:.0f} ms")
    if version and not version.lstrip("v").startswith("2"):
        yield Finding("server", WARNING, f"this program speaks to InfluxDB 2; the server says {version}")
    yield from clock(answer.headers.get("Date", ""), time.time())
    if not ctx.settings.is_local:
        yield from certificate(ctx.settings.url)


def clock(date: str, now: float) -> Iterator[Finding]:
    """How far the clocks are apart. Points get their time here, `now()` is the server's."""
    from email.utils import parsedate_to_datetime

    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return
    skew = now - theirs
    if abs(skew) <= SKEW_WARNING:
        yield Finding("clock", OK, "the clocks agree")
        return
    side = "ahead of" if skew > 0 else "behind"
    level = ERROR if abs(skew) >= SKEW_ERROR else WARNING
    yield Finding(
        "clock", level, f"this machine's clock is {abs(skew):.0f} s {side} the server's", "timedatectl set-ntp true"
    )


def certificate(url: str) -> Iterator[Finding]:
    """How long the server's certificate is valid. One that is wrong has shown itself as unreachable before."""
    import socket
    import ssl
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme != "https":
        return
    try:
        with (
            socket.create_connection((parts.hostname or "", parts.port or 443), timeout=5) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secure,
        ):
            until = str((secure.getpeercert() or {}).get("notAfter", ""))
    except OSError:
        return  # behind a proxy, or signed by an authority of the profile's own
    days = (ssl.cert_time_to_seconds(until) - time.time()) / 86400 if until else CERTIFICATE_DAYS
    if days < CERTIFICATE_DAYS:
        yield Finding("certificate", WARNING, f"the server's certificate ends in {days:.0f} days ({until})")
    else:
        yield Finding("certificate", OK, f"the server's certificate is valid until {until}")


def setup(ctx: Context) -> list[Finding]:
    """Whether the server has been set up."""
    try:
        allowed = (ctx.call("GetSetup").json() or {}).get("allowed")
    except InfluxctlError:
        return []  # InfluxDB Cloud has nothing to set up
    if allowed:
        raise Unanswered(Finding("setup", ERROR, "the server has not been set up", "influxctl setup"))
    return []


# What a token may read, by command group: an operation that lists.
READS = {
    "bucket": "GetBuckets", "authorization": "GetAuthorizations", "org": "GetOrgs", "task": "GetTasks", "dashboard": "GetDashboards",
    "variable": "GetVariables", "label": "GetLabels", "telegraf": "GetTelegrafs", "check": "GetChecks",
    "notification-rule": "GetNotificationRules", "notification-endpoint": "GetNotificationEndpoints", "dbrp": "GetDBRPs",
}  # fmt: skip
_RESOURCE_OF = {group: group + "s" for group in READS} | {
    "notification-rule": "notificationRules", "notification-endpoint": "notificationEndpoints", "dbrp": "dbrp",
}  # fmt: skip


def token(ctx: Context) -> Iterator[Finding]:
    """Whether the token is known, and what it may do, command group by command group."""
    if not ctx.client.token and not ctx.settings.signin and not ctx.settings.is_local:
        yield Finding("token", ERROR, "there is no token", "influxctl config set --token-stdin")
        return
    try:
        me = ctx.call("GetMe").json() or {}
    except InfluxctlError as error:
        if error.code in ("unauthorized", "forbidden") and not _anything(ctx):
            yield Finding("token", ERROR, f"the token is refused: {error.message}", "influxctl config show --origin")
            return
        me = {}
    yield Finding("token", OK, f"it is a token of {me.get('name') or 'a user'}")
    if me.get("status") == "inactive":
        yield Finding(
            "token",
            ERROR,
            f"its user {me.get('name')} is inactive",
            f"influxctl user update {me.get('name')} --status active",
        )
    permissions = _permissions(ctx)
    if permissions is None:
        refused = [group for group, operation in READS.items() if not _may_read(ctx, operation)]
        if refused:
            yield Finding("token", WARNING, f"it may not use: {', '.join(f'{group} list' for group in refused)}",
                          "influxctl auth create with the permissions that are missing")  # fmt: skip
        else:
            yield Finding("token", OK, "it may not see its own permissions; everything that commands list is answered")
        return
    may = {(one["action"], one["resource"]["type"]) for one in permissions}
    for action, verbs in (("read", "list"), ("write", "create")):
        lacking = [group for group, kind in _RESOURCE_OF.items() if (action, kind) not in may]
        if lacking:
            yield Finding("token", WARNING, f"it may not {action}: {', '.join(lacking)} ('{lacking[0]} {verbs}' will fail)",
                          "influxctl auth create with the permissions that are missing")  # fmt: skip
        else:
            yield Finding("token", OK, f"it may {action} everything that commands need")


def _anything(ctx: Context) -> bool:
    return any(_may_read(ctx, operation) for operation in READS.values())


def _may_read(ctx: Context, operation: str) -> bool:
    from influxctl.cli.lookup import org_query

    try:
        ctx.call(operation, query=org_query(ctx, operation))
    except InfluxctlError as error:
        return error.code not in ("unauthorized", "forbidden")
    return True


def _permissions(ctx: Context) -> list[dict[str, Any]] | None:
    """The permissions of this token, if it may see them. Servers that hash tokens still find them by the token itself."""
    given = ctx.client.token or ctx.local_account.get("token")
    if not given:
        return None
    try:
        found = ctx.call("GetAuthorizations", query={"token": given}).json() or {}
    except InfluxctlError:
        return None
    listed = found.get("authorizations") or []
    return list(listed[0].get("permissions") or []) if len(listed) == 1 else None


def names(ctx: Context) -> Iterator[Finding]:
    """Whether the organization and the bucket of the profile are there."""
    try:
        org = ctx.org_id()
    except InfluxctlError as error:
        yield Finding("org", ERROR, error.message, "influxctl org list")
        return
    yield Finding("org", OK, f"{ctx.settings.org or ctx.client.org or org} is there")
    bucket = ctx.settings.bucket
    if bucket:
        from influxctl.cli.lookup import find

        try:
            find(ctx, "bucket", bucket)
        except NotFound as error:
            yield Finding("bucket", ERROR, error.message, f"influxctl bucket create {bucket}")


FIRST: tuple[Check, ...] = (profile, server, setup, token, names)
