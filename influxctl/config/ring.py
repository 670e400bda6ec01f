"""Tokens in the system's keyring, one for each profile that says `keyring = true`. The library is an extra: influxctl[keyring]."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import InfluxctlError, Unauthorized, UsageError

SERVICE = "influxctl"


def read_token(profile: str) -> str:
    """The token of a profile; `Unauthorized` if the keyring has none."""
    token = _call("get_password", profile)
    if not token:
        raise Unauthorized(
            f"the keyring has no token for profile {profile!r}",
            hint=f"influxctl config set {profile} --keyring asks for it",
        )
    return str(token)


def keep_token(profile: str, token: str) -> None:
    """Put the token of a profile in."""
    _call("set_password", profile, token)


def forget_token(profile: str) -> None:
    """Take the token of a profile out; nothing happens if there is none."""
    if _call("get_password", profile):
        _call("delete_password", profile)


def _call(function: str, *arguments: str) -> Any:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise UsageError("the library for keyrings is not installed", hint="pip install 'influxctl[keyring]'") from None
    try:
        return getattr(keyring, function)(SERVICE, *arguments)
    except KeyringError as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InfluxctlError(
            f"the keyring failed: {reason}", hint="token_command is another way to keep a token out of files"
        ) from None
