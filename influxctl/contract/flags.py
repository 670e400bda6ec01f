"""How query parameters of the contract are spelled as flags: the one place for names that clash with our own options."""

from __future__ import annotations

import re

# Options of every command (or of most): a parameter of the same spelling must be renamed below or mean the same.
OWN_OPTIONS = frozenset(
    {
        "active-config", "ca-cert", "configs-path", "curl", "data-dir", "dry-run", "extra-http-header", "fields", "help", "hide-headers",
        "host", "http-debug", "json", "limit", "lock-timeout", "no-color", "offset", "org", "org-id", "output", "profile",
        "query", "quiet", "raw", "select", "skeleton", "skip-verify", "timeout", "token", "token-stdin", "trace",
        "trace-debug-id", "version", "watch", "yes",
    }
)  # fmt: skip

# Parameters that our own option of that spelling feeds.
SAME_MEANING = frozenset({"org", "orgID", "limit", "offset"})

# Parameter on the wire -> flag. `token` filters authorizations by their token, ours signs the request.
RENAMED = {
    "token": "with-token",
    "raw": "raw-usage",
    "u": "v1-user",
    "p": "v1-password",
    "q": "statement",
}

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")


def kebab(name: str) -> str:
    """`orgID` to `org-id`, `chunk_size` to `chunk-size`."""
    return _HUMP.sub("-", name).lower()


def flag(name: str) -> str:
    """The flag, without dashes, of a query parameter of the contract."""
    return RENAMED.get(name) or kebab(name)
