"""The client of a call: server, credentials, tracing and previews as the settings say; the embedded server when no
other is named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from influxctl.cli.context import Context, Previewed
from influxctl.client.client import Client
from influxctl.client.transport import TransportSettings, make_session
from influxctl.core.errors import UsageError

if TYPE_CHECKING:
    from requests import PreparedRequest

    from influxctl.contract.model import Operation

LOCAL_SCHEME = "http+local://"
_READS = frozenset({"PostQuery", "PostQueryAst", "PostQueryAnalyze"})  # these send a body and change nothing


def connect(ctx: Context) -> Client:
    """The client that the flags, environment and profile of this call ask for."""
    settings = ctx.settings
    session = make_session(TransportSettings(verify_ssl=settings.verify_ssl, ca_cert=settings.ca_cert))
    url = settings.url
    token = settings.token
    if settings.is_local:
        from influxctl.local.daemon import running

        account = ctx.local_account
        if settings.origin("token").startswith("profile"):
            token = None  # the directory's own file knows better than a profile that was written earlier
        daemon = running(settings.data_dir)
        if daemon is not None and (token or account):
            url, token = daemon.url, token or account.get("token")
            session.trust_env = False  # no proxy stands between this machine and itself
        else:
            from influxctl.local.adapter import LocalAdapter

            session.mount(LOCAL_SCHEME, LocalAdapter(settings.data_dir, settings.lock_timeout))
    return Client(
        url,
        session,
        token=token,
        org=settings.org or settings.org_id or ctx.local_account.get("org"),
        signin=settings.signin,
        timeout=settings.timeout,
        headers=_headers(ctx),
        trace=_tracer(ctx) if ctx.flags.get("trace") else None,
        waiting=ctx.progress,
        before=_preview(ctx) if ctx.flags.get("dry_run") or ctx.flags.get("curl") else None,
    )


def _headers(ctx: Context) -> dict[str, str]:
    """Headers that the user adds to every request."""
    found = {}
    if ctx.settings.get("trace_debug_id"):
        found["Zap-Trace-Span"] = str(ctx.settings.get("trace_debug_id"))
    for text in ctx.settings.get("extra_http_header") or ():
        name, colon, value = str(text).partition(":")
        if not colon or not name.strip():
            raise UsageError(f"--extra-http-header {text!r} is not of the form key:value")
        found[name.strip()] = value.strip()
    return found


def _tracer(ctx: Context) -> Callable[[str], None]:
    def write(line: str) -> None:
        ctx.finish_line()
        ctx.stderr.write(line + "\n")

    return write


def _preview(ctx: Context) -> Callable[[Operation, PreparedRequest], None]:
    """Print the request as a curl command and stop, instead of sending it.

    Requests that only look up names are still made; `--dry-run` also makes those that only read.
    """

    def look(operation: Operation, request: PreparedRequest) -> None:
        from influxctl.client.trace import curl

        reads = operation.method in ("GET", "HEAD") or operation.id in _READS
        if ctx.looking_up or (reads and not ctx.flags.get("curl")):
            return
        token = ctx.client.token
        ctx.stdout.write(curl(request, (token,) if token else ()) + "\n")
        raise Previewed

    return look
