"""The directory's own account: a data directory used in process, or by `local start`, sets itself up and keeps its token beside it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from influxctl.core.errors import Conflict
from influxctl.local.services import Services

FILE = "local.json"
ORG, BUCKET, USER = "local", "default", "local"


class Account(NamedTuple):
    """What the `local` profile needs."""

    org: str
    bucket: str
    user: str
    token: str


def read_account(data_dir: Path) -> Account | None:
    """The account that this directory was set up with by itself; None if it was not, or was set up by somebody else."""
    try:
        doc = json.loads((Path(data_dir) / FILE).read_text())
        return Account(doc["org"], doc["bucket"], doc["user"], doc["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def local_token(data_dir: Path) -> str:
    """The directory's token, or an empty text."""
    account = read_account(data_dir)
    return account.token if account else ""


def follow_rename(services: Services, kind: Literal["org", "bucket"], org: str, before: str, after: str) -> None:
    """Keep the account in step when its organization, or its bucket in that, gets another name: commands go by names."""
    directory = services.db.path.parent
    account = read_account(directory)
    if before != after and account is not None and account.org == org and getattr(account, kind) == before:
        os.replace(_draft(directory, account._replace(**{kind: after})), directory / FILE)


def _draft(directory: Path, account: Account) -> Path:
    """The account in a file beside its own, synced, mode 0600."""
    draft = directory / f".{FILE}.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
        json.dump(account._asdict(), out)
        out.flush()
        os.fsync(out.fileno())
    return draft


def ensure_setup(
    services: Services,
    *,
    org: str = ORG,
    bucket: str = BUCKET,
    user: str = USER,
    token: str = "",
    more: Mapping[str, object] | None = None,
) -> Account | None:
    """Set a fresh directory up and keep its account in `local.json` (mode 0600). None if it was set up by somebody else.

    `more` are other properties of the request (contract schema OnboardingRequest): password, retentionPeriodSeconds.
    """
    directory = services.db.path.parent
    if not services.onboarding.allowed():
        return read_account(directory)
    account = Account(org, bucket, user, token or secrets.token_urlsafe(32))
    # The file comes first: a crash in between leaves a token that is not known yet and is written again on the next start.
    target, draft = directory / FILE, _draft(directory, account)
    with services.db.transaction():
        try:
            services.onboarding.set_up(
                {**(more or {}), "username": user, "org": org, "bucket": bucket, "token": account.token}
            )
        except Conflict:  # another process was faster
            draft.unlink()
            return read_account(directory)
        os.replace(draft, target)
    return account
