"""`local push`, `local pull` and `queue push` against a second server on this machine, and writes with and without a replication.

    python bench/transfer.py

Printed: points a second by the clock and by CPU time of the command, its largest memory; single-line writes a second. The data: 1,000,000
points of one float (100 series), 200,000 points of ten floats.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

START, SECOND = 1_577_836_800_000_000_000, 10**9


def data(path: Path) -> int:
    """The file of lines; how many points."""
    with path.open("w") as out:
        for n in range(1_000_000):
            out.write(f"m,t=a{n % 100} f={n}.5 {START + n * SECOND}\n")
        for n in range(200_000):
            fields = ",".join(f"f{k}={n + k}.25" for k in range(10))
            out.write(f"w,t=a{n % 100} {fields} {START + n * SECOND}\n")
    return 1_200_000


class Place:
    """A folder with two servers' data, and the environment of the commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        own = {"CONFIG": "config", "DATA": "near", "STATE": "state"}
        self.env = {**os.environ, **{f"INFLUXCTL_{k}_DIR": str(folder / v) for k, v in own.items()}}
        self.env |= {"INFLUX_CONFIGS_PATH": str(folder / "none"), "INFLUXCTL_PROFILE": "local"}

    def run(self, *words: str) -> str:
        """A command's output."""
        command = [sys.executable, "-m", "influxctl", *words]
        return subprocess.run(
            command, env=self.env, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout

    def timed(self, name: str, points: int, *words: str) -> None:
        """Run a command and print its figures."""
        began = time.monotonic()
        pid = subprocess.Popen([sys.executable, "-m", "influxctl", *words], env=self.env, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(pid.pid, 0)
        pid.returncode = os.waitstatus_to_exitcode(status)
        assert pid.returncode == 0, words
        wall, cpu = time.monotonic() - began, used.ru_utime + used.ru_stime
        print(
            f"{name:12} {points / wall:10,.0f} points/s  {points / cpu:10,.0f} points/s of CPU  {used.ru_maxrss / 1024:5.0f} MiB"
        )


def singles(url: str, token: str, org: str, seconds: float = 3.0) -> float:
    """One-line writes a second on one connection."""
    session = requests.Session()
    session.headers["Authorization"] = f"Token {token}"
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        body = f"s v={count}i {START + count}"
        assert session.post(f"{url}/api/v2/write?org={org}&bucket=default", data=body).status_code == 204
        count += 1
    return count / seconds


def main() -> None:
    """All cases."""
    with tempfile.TemporaryDirectory(prefix="influxctl-bench-") as name:
        place = Place(Path(name))
        lines = Path(name) / "data.lp"
        points = data(lines)
        far = json.loads(place.run("local", "start", "--data-dir", f"{name}/far", "--json"))
        token = json.loads((Path(name) / "far" / "local.json").read_text())["token"]
        try:
            place.run("config", "create", "far", "--host", far["url"], "--org", "local", "--token", token)
            place.run("bucket", "create", "b", "--retention", "0")
            place.run("write", "-b", "b", "-f", str(lines))
            place.timed("push", points, "local", "push", "--to", "far", "-b", "b")
            place.timed("pull", points, "local", "pull", "--from", "far", "-b", "b", "--data-dir", f"{name}/copy")
            place.timed("queue", points, "write", "-b", "b", "-f", str(lines), "--offline", "--profile", "far")
            place.timed("queue push", points, "queue", "push", "--profile", "far")
            replicated(place, far["url"], token)
        finally:
            place.run("local", "stop", "--data-dir", f"{name}/far")


def replicated(place: Place, url: str, token: str) -> None:
    """Single-line writes into a bucket before and after it is replicated, and how long the rest takes to arrive."""
    near = json.loads(place.run("local", "start", "--json"))
    try:
        own = json.loads((place.folder / "near" / "local.json").read_text())["token"]
        headers = {"Authorization": f"Token {own}"}
        org = requests.get(f"{near['url']}/api/v2/orgs", headers=headers).json()["orgs"][0]["id"]
        far_org = requests.get(f"{url}/api/v2/orgs", headers={"Authorization": f"Token {token}"}).json()["orgs"][0][
            "id"
        ]
        plain = singles(near["url"], own, org)
        place.run(
            "remote",
            "create",
            "--name",
            "far",
            "--remote-url",
            url,
            "--remote-api-token",
            token,
            "--remote-org-id",
            far_org,
        )
        place.run(
            "replication",
            "create",
            "--name",
            "r",
            "--remote-id",
            "far",
            "--local-bucket-id",
            "default",
            "--remote-bucket",
            "default",
        )
        forwarded, began = singles(near["url"], own, org), time.monotonic()
        while json.loads(place.run("replication", "list", "--json"))[0]["remainingBytesToBeSynced"]:
            time.sleep(0.05)
        print(
            f"single-line writes: {plain:,.0f}/s, replicated {forwarded:,.0f}/s, the rest arrived after {time.monotonic() - began:.1f} s"
        )
    finally:
        place.run("local", "stop")


if __name__ == "__main__":
    main()
