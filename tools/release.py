"""Builds what is released, byte for byte the same from the same commit: wheel and sdist, and with --zipapp one file that runs.

    python tools/release.py OUTDIR [--zipapp]

Needs the packages `build` and, for the zipapp, `shiv`. Times in archives are that of the commit (SOURCE_DATE_EPOCH of
https://reproducible-builds.org). Each file is built twice and compared; the checksums are printed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def commit_time() -> int:
    """Seconds since 1970 of the last commit."""
    return int(
        subprocess.run(
            ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    )


def build(out: Path, epoch: int) -> list[Path]:
    """Wheel and sdist of what is committed, built in a fresh copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "source"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
        env = os.environ | {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
        subprocess.run([sys.executable, "-m", "build", "-q", "--outdir", str(out), str(copy)], env=env, check=True)
    for sdist in out.glob("*.tar.gz"):
        normalise(sdist, epoch)
    return sorted(out.iterdir())


def normalise(sdist: Path, epoch: int) -> None:
    """The archive with fixed times, owners and order: the build back-end leaves those of the machine."""
    packed = io.BytesIO()
    with tarfile.open(sdist) as source, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as target:
        for member in sorted(source.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            target.addfile(member, source.extractfile(member) if member.isfile() else None)
    with open(sdist, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=epoch) as zipped:
        zipped.write(packed.getvalue())


def checksum(path: Path) -> str:
    """SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """Build twice, compare, keep one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--zipapp", action="store_true")
    options = parser.parse_args()
    epoch = commit_time()
    options.outdir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        first, second = (build(Path(folder) / name, epoch) for name in ("first", "second"))
        differ = [a.name for a, b in zip(first, second, strict=True) if checksum(a) != checksum(b)]
        if differ:
            print(f"not reproducible: {', '.join(differ)}")
            return 1
        kept = [Path(shutil.copy(path, options.outdir)) for path in first]
    if options.zipapp:
        wheel = next(path for path in kept if path.suffix == ".whl")
        target = options.outdir / "influxctl.pyz"
        subprocess.run(["shiv", "-q", "--reproducible", "-c", "influxctl", "-o", str(target), str(wheel)], check=True)
        kept.append(target)
    for path in kept:
        print(f"{checksum(path)}  {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
