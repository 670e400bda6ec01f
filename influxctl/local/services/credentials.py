"""Credentials to actors: tokens, sessions, passwords, v1 users; what has been verified is remembered until something changes."""

from __future__ import annotations

import hashlib
import threading

from influxctl.core.errors import Forbidden, Unauthorized
from influxctl.local.services.permissions import Actor, Permission
from influxctl.local.services.users import Users
from influxctl.local.store.accounts import Accounts, token_hash
from influxctl.local.store.resources import Doc, Resources

_REMEMBERED = 1024


class Credentials:
    """Finds out who is asking. The slow hash of a password is paid once: the pair is remembered with the stored hash it matched."""

    def __init__(self, resources: Resources, accounts: Accounts, users: Users) -> None:
        self.resources = resources
        self.accounts = accounts
        self.users = users
        self._passwords: set[bytes] = set()
        self._actors: dict[tuple[str, str], tuple[str, Actor]] = {}
        self._lock = threading.Lock()

    def by_token(self, token: str) -> Actor | None:
        """The actor of a token, None if there is no such token; `Forbidden` if its user is gone or inactive."""
        id = self.accounts.authorization_of(token) if token else None
        return None if id is None else self._of_authorization("authorizations", id)

    def _of_authorization(self, kind: str, id: str) -> Actor | None:
        row = self.resources.db.row(
            "SELECT a.doc, u.doc FROM resource a LEFT JOIN resource u ON u.kind = 'users' AND u.id = json_extract(a.doc, '$.userID')"
            " WHERE a.kind = ? AND a.id = ?",
            (kind, id),
        )
        if row is None:
            return None
        if row[1] is None or '"status":"inactive"' in row[1]:
            raise Forbidden("User is inactive")
        # Parsing a token's permissions costs more than reading them: kept while the stored text is the same.
        known = self._actors.get((kind, id))
        if known is not None and known[0] == row[0]:
            return known[1]
        actor = self._actor(self.resources.get(kind, id))
        if len(self._actors) >= _REMEMBERED:
            self._actors.clear()
        self._actors[kind, id] = (row[0], actor)
        return actor

    @staticmethod
    def _actor(doc: Doc) -> Actor:
        permissions = tuple(Permission.from_json(one) for one in doc["permissions"])
        refusal = "" if doc["status"] == "active" else "token is inactive"
        return Actor(doc["userID"], permissions, "token", doc["id"], doc["orgID"], refusal)

    def by_session(self, key: str) -> Actor | None:
        """The actor of a session cookie; None if the session is over."""
        user_id = self.accounts.session_user(key)
        if user_id is None or self.resources.peek("users", user_id) is None:
            return None
        return Actor(user_id, self.users.session_permissions(user_id), "session")

    def sign_in(self, name: str, password: str) -> str:
        """A new session's secret; `Unauthorized` when the pair is wrong. Inactive users may sign in, as in the reference."""
        user = self.resources.named("users", name)
        if user is None or not self._matches(user["id"], password):
            raise Unauthorized("unauthorized access")
        return self.accounts.open_session(user["id"])

    def by_legacy(self, name: str, password: str) -> Actor | None:
        """The actor of a v1 user and its password; or of a token given as the password, with any name."""
        found = self.resources.named("legacyAuthorizations", name)
        if found is not None and self._matches(found["id"], password):
            return self._of_authorization("legacyAuthorizations", found["id"])
        return self.by_token(password)

    def _matches(self, owner_id: str, password: str) -> bool:
        stored = self.accounts.password_hash(owner_id)
        if stored is None:
            return False
        seen = hashlib.sha256(stored.encode() + token_hash(password)).digest()
        with self._lock:
            if seen in self._passwords:
                return True
        if not self.accounts.password_matches(owner_id, password):
            return False
        with self._lock:
            if len(self._passwords) >= _REMEMBERED:
                self._passwords.clear()
            self._passwords.add(seen)
        return True
