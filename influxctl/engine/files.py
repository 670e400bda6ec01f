"""The one small layer through which the engine touches files, so that tests can make it fail.

`Files` writes, syncs, renames and removes; `fault` (tests only) is called before each step and may raise OSError. Full disks become
`NoSpace` (507), other I/O errors `Unavailable` (503), with the file's name.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from influxctl.core.errors import Conflict, InfluxctlError, Unavailable

FILE_MODE, DIR_MODE = 0o600, 0o700
ASIDE = ".damaged"  # the ending of files that were put aside
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs", "lustre", "afs"}


class NoSpace(InfluxctlError):
    """The disk is full; nothing of the request was kept."""

    code = "no space"


def storage_error(error: OSError, path: Path | str) -> InfluxctlError:
    """An I/O error as the error that callers answer with."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace(
            f"no space left on the disk of {path}", hint="free some space; writes are accepted again at once"
        )
    reason = error.strerror or str(error)
    return Unavailable(
        f"cannot use {path}: {reason}", hint="look at the disk and the permissions of the data directory"
    )


class NotDurable(Unavailable):
    """A file was replaced, but its directory could not be synced: after a power loss it may be the old one or the new one."""


class Files:
    """File operations of one data directory. `sync` False: no syncing at all, for tests that need speed."""

    def __init__(self, *, sync: bool = True, fault: Callable[[str, Path], None] | None = None) -> None:
        self._sync = sync
        self.fault: Callable[[str, Path], None] = fault or (lambda step, path: None)

    def make_dir(self, path: Path) -> None:
        """A directory only its owner may enter, its name synced."""
        if not path.is_dir():
            self.make_dir(path.parent)
            self.fault("mkdir", path)
            path.mkdir(mode=DIR_MODE, exist_ok=True)
            self.sync_dir(path.parent)

    def sync_dir(self, path: Path) -> None:
        """Make names in a directory durable."""
        self.fault("sync_dir", path)
        if self._sync:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def sync(self, handle: int, path: Path) -> None:
        """Make a file's bytes durable: fdatasync, or the full sync of a platform whose fsync is not one."""
        self.fault("sync", path)
        if not self._sync:
            return
        if hasattr(fcntl, "F_FULLFSYNC"):
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        else:
            os.fdatasync(handle)

    def write(self, handle: int, data: bytes | memoryview, path: Path) -> None:
        """All of `data` at the file's position: short writes are continued."""
        self.fault("write", path)
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]

    def create(self, path: Path) -> int:
        """A new file, open for writing."""
        self.fault("create", path)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)

    def replace(self, path: Path, data: bytes) -> None:
        """Write a whole file so that a crash leaves the old or the new one: temporary file, sync, rename, sync of the directory."""
        temporary = path.with_name(path.name + ".tmp")
        try:
            handle = self.create(temporary)
            try:
                self.write(handle, data, temporary)
                self.sync(handle, temporary)
            finally:
                os.close(handle)
            self.fault("rename", path)
            os.replace(temporary, path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise storage_error(error, path) from error
        try:
            self.sync_dir(path.parent)
        except OSError as error:
            raise NotDurable(f"cannot sync the directory of {path}: {error.strerror or error}") from error

    def remove(self, path: Path) -> None:
        """Remove a file that nothing refers to any more; left behind when that fails, the next start removes it."""
        try:
            self.fault("remove", path)
            path.unlink(missing_ok=True)
        except OSError:
            return

    def put_aside(self, path: Path) -> None:
        """Give a damaged file another name, so that nothing removes it; it stays as it is when that fails."""
        try:
            self.fault("rename", path)
            path.rename(path.with_name(path.name + ASIDE))
        except OSError:
            return

    def remove_dir(self, path: Path) -> None:
        """Remove an empty directory; it stays when that fails."""
        try:
            self.fault("remove", path)
            path.rmdir()
        except OSError:
            return


@contextmanager
def io_errors(path: Path | str) -> Iterator[None]:
    """Turn OSError into the error that callers answer with."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


class DirectoryLock:
    """One process owns a directory. The lock ends with the process; the file names its pid."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = -1

    def take(self) -> None:
        """Take the lock; `Conflict` naming the owner when another process has it, or when the directory is on a network."""
        kind = _file_system(self.path.parent)
        if kind in _NETWORK:
            raise Conflict(f"{self.path.parent} is on {kind}: a network file system cannot promise locks and syncs",
                           hint="choose a directory on a local disk")  # fmt: skip
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            raise Conflict(
                f"{self.path.parent} is in use by process {owner}",
                hint="stop that process, or use its server",
                details={"pid": int(owner) if owner.isdigit() else None},
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle

    def release(self) -> None:
        """Give the lock back."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _file_system(path: Path) -> str:
    """The type of the file system that holds `path`, "" where the system does not tell."""
    try:
        mounts = Path("/proc/self/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    full = str(path.resolve())
    for line in mounts:
        _, place, name, *_ = line.split(" ")
        place = place.replace("\\040", " ")
        inside = full == place or full.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best):
            best, kind = place, name
    return kind
