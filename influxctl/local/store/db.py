"""SQLite: connections, transactions and migrations of the server's metadata.

One writer at a time (a lock in this process, SQLite's own lock between processes), any number of readers: every thread has its own
read connection, and inside a transaction the thread reads through the writing one, so it sees what it has just written.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from influxctl.core.errors import InfluxctlError, InternalError, Unavailable
from influxctl.local.store.migrations import MIGRATIONS

FILE = "influxctl.sqlite"
_LOG_PAGES = 400  # after so many, SQLite starts its log anew: its own 1,000 would be a third of a small folder
_LOG_BYTES = (_LOG_PAGES + 10) * (4096 + 24) + 32
BUSY_SECONDS = 10.0  # how long another process may hold the write lock

Row = tuple[Any, ...]


class _Reader:
    """A thread's own connection; it is closed when the thread has gone, so that threads that come and go leave nothing open."""

    __slots__ = ("__weakref__", "connection")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """The metadata file of a data directory."""

    def __init__(self, directory: Path) -> None:
        """Open the file, made with mode 0600 if it is new, and bring its tables up to date."""
        self.path = directory / FILE
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self._local = threading.local()
        self._lock = threading.RLock()
        self._readers: weakref.WeakSet[_Reader] = weakref.WeakSet()
        self._closed = False
        try:
            self._writer = self._connect()
        except sqlite3.DatabaseError as error:
            raise InternalError(
                f"{self.path} cannot be read as a database: {error}",
                hint="'influxctl local restore' puts a snapshot in its place",
            ) from None
        try:
            self._migrate()
        except BaseException:
            self._writer.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.DatabaseError:
            connection.close()
            raise
        # FULL: a commit is on the disk before it is answered, as a point is.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        return connection

    def _migrate(self) -> None:
        with self.transaction() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise InternalError(
                    f"{self.path} was written by a newer influxctl (layout {version}, this one knows {len(MIGRATIONS)})",
                    hint="use the newer influxctl or another data directory",
                )
            for script in MIGRATIONS[version:]:
                for statement in script.split(";\n"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    @property
    def _reader(self) -> sqlite3.Connection:
        if getattr(self._local, "depth", 0):
            return self._writer
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = _Reader(self._connect())
            with self._lock:
                if self._closed:
                    raise Unavailable("the server is shutting down")
                self._readers.add(reader)
            self._local.reader = reader
        return reader.connection

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of a query."""
        try:
            return self._reader.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"cannot read {self.path}: {error}") from None

    def row(self, sql: str, parameters: Sequence[object] = ()) -> Row | None:
        """The first row of a query, or None."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end, rolls back on any error. May be nested; the outermost one commits."""
        with self._lock:
            if self._closed:
                raise Unavailable("the server is shutting down")
            depth = getattr(self._local, "depth", 0)
            if depth:
                yield self._writer
                return
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise Unavailable(f"cannot write {self.path}: {error}") from None
            self._local.depth = 1
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except sqlite3.OperationalError as error:
                self._rollback()
                if "full" in str(error):
                    raise InfluxctlError(f"no space left for {self.path}", code="no space") from None
                raise Unavailable(f"cannot write {self.path}: {error}") from None
            except BaseException:
                self._rollback()
                raise
            finally:
                self._local.depth = 0

    def _rollback(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._writer.execute("ROLLBACK")

    def make_room(self) -> None:
        """Fill SQLite's log with zeros up to the size at which it begins anew: a commit that need not lengthen the file is synced in a
        fifth of the time (0.4 ms instead of 2 to 3, ext4). A server does this once; the frames of zeros are no valid ones, so whoever
        reads the log stops before them. The write lock is held, so nobody else writes to the file."""
        with self.transaction():
            log = self.path.with_name(f"{FILE}-wal")
            fd = os.open(log, os.O_RDWR)
            try:
                size = os.fstat(fd).st_size
                if size < _LOG_BYTES:
                    os.pwrite(fd, bytes(_LOG_BYTES - size), size)
                    os.fsync(fd)
            finally:
                os.close(fd)

    def backup(self, target: Path) -> None:
        """A consistent copy of the whole file at `target`, made while the server runs."""
        os.close(os.open(target, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
        copy = sqlite3.connect(target)
        try:
            with contextlib.closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as source:
                source.backup(copy)
        finally:
            copy.close()

    def replace(self, copy: Path) -> None:
        """Take over all rows of another file of the same layout, all or nothing."""
        with self._lock:
            self._writer.execute("ATTACH DATABASE ? AS restored", (str(copy),))
            try:
                with self.transaction() as tx:
                    tables = tx.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
                    for (table,) in tables:
                        tx.execute(f"DELETE FROM main.{table}")
                        tx.execute(f"INSERT INTO main.{table} SELECT * FROM restored.{table}")
            finally:
                self._writer.execute("DETACH DATABASE restored")

    def close(self) -> None:
        """Close every connection; later calls answer Unavailable."""
        with self._lock:
            self._closed = True
            self._writer.close()
            for reader in list(self._readers):
                reader.connection.close()
