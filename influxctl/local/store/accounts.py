"""Credentials: tokens and sessions (kept as hashes), passwords (slow salted hashes), secrets of organizations."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
import time

from influxctl.core.errors import Conflict
from influxctl.local.store.db import Database

SESSION_SECONDS = 3600  # of a session that is not used; use renews it


def new_token() -> str:
    """A fresh token, in the shape of the reference's: 64 random bytes in URL-safe base 64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(64)).decode()


def token_hash(token: str) -> bytes:
    """What is stored of a token. Tokens are long and random, so one round of SHA-512 is enough."""
    return hashlib.sha512(token.encode("utf-8", "surrogatepass")).digest()


class Accounts:
    """The tables of credentials."""

    def __init__(self, db: Database, password_cost: int) -> None:
        """`password_cost`: base-2 logarithm of scrypt's N; 14 costs about 50 ms and 16 MB a check, tests use less."""
        self.db = db
        self.cost = password_cost

    # Tokens.

    def add_token(self, token: str, authorization_id: str) -> None:
        """Let a token stand for an authorization; `Conflict` if it stands for another one already."""
        try:
            with self.db.transaction() as tx:
                tx.execute("INSERT INTO token VALUES (?, ?)", (token_hash(token), authorization_id))
        except sqlite3.IntegrityError:
            raise Conflict("this token is in use already") from None

    def authorization_of(self, token: str) -> str | None:
        """The ID of the authorization that a token stands for."""
        row = self.db.row("SELECT authorization_id FROM token WHERE hash = ?", (token_hash(token),))
        return None if row is None else str(row[0])

    # Passwords of users and of v1 authorizations.

    def set_password(self, owner_id: str, password: str) -> None:
        """Store the hash of a new password."""
        salt = secrets.token_bytes(16)
        text = f"scrypt${self.cost}${salt.hex()}${self._scrypt(password, salt, self.cost).hex()}"
        with self.db.transaction() as tx:
            tx.execute("INSERT OR REPLACE INTO password VALUES (?, ?)", (owner_id, text))

    def password_matches(self, owner_id: str, password: str) -> bool:
        """Whether this is the password; slow on purpose."""
        stored = self.password_hash(owner_id)
        if stored is None:
            return False
        _, cost, salt, digest = stored.split("$")
        found = self._scrypt(password, bytes.fromhex(salt), int(cost))
        return hmac.compare_digest(found, bytes.fromhex(digest))

    def password_hash(self, owner_id: str) -> str | None:
        """The stored hash, which changes with every change of the password."""
        row = self.db.row("SELECT hash FROM password WHERE owner_id = ?", (owner_id,))
        return None if row is None else str(row[0])

    @staticmethod
    def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
        text = password.encode("utf-8", "surrogatepass")
        return hashlib.scrypt(text, salt=salt, n=1 << cost, r=8, p=1, maxmem=1 << 28, dklen=32)

    # Sessions.

    def open_session(self, user_id: str) -> str:
        """A new session's secret, to be put in a cookie."""
        key = secrets.token_urlsafe(48)
        now = int(time.time())
        with self.db.transaction() as tx:
            tx.execute("DELETE FROM session WHERE expires < ?", (now,))
            tx.execute("INSERT INTO session VALUES (?, ?, ?)", (token_hash(key), user_id, now + SESSION_SECONDS))
        return key

    def session_user(self, key: str) -> str | None:
        """The user of a living session, which is renewed when half of its time is over."""
        now = int(time.time())
        row = self.db.row("SELECT user_id, expires FROM session WHERE hash = ?", (token_hash(key),))
        if row is None or row[1] < now:
            return None
        if row[1] - now < SESSION_SECONDS // 2:
            with self.db.transaction() as tx:
                tx.execute("UPDATE session SET expires = ? WHERE hash = ?", (now + SESSION_SECONDS, token_hash(key)))
        return str(row[0])

    def close_session(self, key: str) -> None:
        """End a session."""
        with self.db.transaction() as tx:
            tx.execute("DELETE FROM session WHERE hash = ?", (token_hash(key),))

    # Secrets. The file is readable by its owner only (mode 0600 in a directory 0700).

    def secret_keys(self, org_id: str) -> list[str]:
        """The names of an organization's secrets, sorted."""
        return [row[0] for row in self.db.rows("SELECT key FROM secret WHERE org_id = ? ORDER BY key", (org_id,))]

    def secret(self, org_id: str, key: str) -> str | None:
        """A secret's value."""
        row = self.db.row("SELECT value FROM secret WHERE org_id = ? AND key = ?", (org_id, key))
        return None if row is None else str(row[0])

    def put_secrets(self, org_id: str, values: dict[str, str]) -> None:
        """Add or overwrite secrets."""
        with self.db.transaction() as tx:
            tx.executemany(
                "INSERT OR REPLACE INTO secret VALUES (?, ?, ?)", [(org_id, k, v) for k, v in values.items()]
            )

    def delete_secrets(self, org_id: str, keys: list[str]) -> None:
        """Remove secrets; unknown ones are passed over."""
        with self.db.transaction() as tx:
            tx.executemany("DELETE FROM secret WHERE org_id = ? AND key = ?", [(org_id, key) for key in keys])

    # Settings of the server itself.

    def setting(self, key: str) -> str | None:
        """A stored setting."""
        row = self.db.row("SELECT value FROM setting WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def put_setting(self, key: str, value: str) -> None:
        """Store a setting."""
        with self.db.transaction() as tx:
            tx.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value))
