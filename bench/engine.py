"""Speed and memory of the engine in process: `python bench/engine.py [case …]`, one line a case.

Each case runs in a fresh directory under $TMPDIR with syncs on. Wall time is the minimum that several bodies took, CPU time is of the
whole process, memory the peak of the process (run one case alone for its memory).
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from influxctl.core.readspec import And, Compare, ReadSpec, Window
from influxctl.engine.engine import Engine
from influxctl.engine.model import BucketRules

BUCKET = BucketRules("00000000000000be")
START = 1_451_606_400_000_000_000
FIELDS = ["user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"]
TAGS = (
    "region=eu-central-1,datacenter=eu-central-1a,rack=6,os=Ubuntu15.10,arch=x86,team=SF,service=19,version=1,env=test"
)


def cpu(bodies: int, hosts: int = 100) -> Iterator[bytes]:
    """Ten integer fields and ten tags, as in the TSBS."""
    rng = np.random.default_rng(1)
    for body in range(bodies):
        values = rng.integers(0, 100, (5000, 10)).tolist()
        yield "\n".join(
            f"cpu,hostname=host_{i % hosts},{TAGS} "
            + ",".join(f"usage_{f}={v}i" for f, v in zip(FIELDS, row, strict=True))
            + f" {START + (body * 5000 + i) // hosts * 10**10}"
            for i, row in enumerate(values)
        ).encode()


def short(bodies: int) -> Iterator[bytes]:
    """One tag, one float."""
    for body in range(bodies):
        yield "\n".join(f"m,t=a f={i}.5 {START + (body * 5000 + i) * 10**9}" for i in range(5000)).encode()


def mixed(bodies: int) -> Iterator[bytes]:
    """Five measurements in turns, with texts and booleans."""
    kinds = ["v={}i", "v={}.25,ok=true", 's="text {}",v=1i', "a={}i,b=2.5,c=f", 'name="x \\"{}\\"",u=7u']
    for body in range(bodies):
        yield "\n".join(
            f"m{i % 5},host=h{i % 50} {kinds[i % 5].format(i)} {START + (body * 5000 + i) * 10**9}" for i in range(5000)
        ).encode()


def many_series(bodies: int) -> Iterator[bytes]:
    """Each body brings 5,000 new series."""
    for body in range(bodies):
        yield "\n".join(f"m,id=device-{body * 5000 + i},site=s{i % 20} v={i}.5 {START}" for i in range(5000)).encode()


def wide(bodies: int) -> Iterator[bytes]:
    """A thousand fields a line."""
    for body in range(bodies):
        yield "\n".join(
            f"w,h=h{i % 10} " + ",".join(f"f{n}={n + i}i" for n in range(1000)) + f" {START + (body * 50 + i) * 10**9}"
            for i in range(50)
        ).encode()


def single(bodies: int) -> Iterator[bytes]:
    """One line a request."""
    for number in range(bodies):
        yield f"cpu,hostname=host_1,{TAGS} usage_user={number}i {START + number * 10**9}".encode()


CASES: dict[str, tuple[Callable[[int], Iterator[bytes]], int]] = {
    "cpu": (cpu, 40), "short": (short, 40), "mixed": (mixed, 40), "series": (many_series, 20), "wide": (wide, 40), "single": (single, 3000),
}  # fmt: skip


def run(name: str) -> None:
    """Write a case, read some of it back, print one line."""
    make, count = CASES[name]
    folder = Path(tempfile.mkdtemp(prefix="influxctl-bench-"))
    try:
        engine = Engine.open(folder)
        bodies = list(make(count))
        lines = [body.count(b"\n") + 1 for body in bodies]
        took: list[float] = []
        cpu_before = time.process_time()
        for body in bodies:
            begin = time.perf_counter()
            engine.write(BUCKET, body)
            took.append(time.perf_counter() - begin)
        cpu_took = time.process_time() - cpu_before
        rates = sorted(n / t for n, t in zip(lines, took, strict=True))
        print(f"{name:8} write: {sum(lines) / sum(took):>9,.0f} lines/s in all, {rates[len(rates) // 2]:>9,.0f} median, "
              f"{sum(lines) / cpu_took:>9,.0f} a CPU second", end="; ")  # fmt: skip
        reads(engine)
        engine.flush()
        while engine.compact():
            pass
        stats = engine.stats(BUCKET.id)
        engine.close()
        begin = time.perf_counter()
        Engine.open(folder).close()
        print(f"open {1e3 * (time.perf_counter() - begin):.0f} ms; {stats.bytes / max(stats.values, 1):.2f} bytes a value; "
              f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")  # fmt: skip
    finally:
        shutil.rmtree(folder)


def reads(engine: Engine) -> None:
    """Two reads of what is in memory and in segments."""
    everything = ReadSpec(
        bucket_id=BUCKET.id, start=START - 1, stop=1 << 62, aggregate="count", group=("_measurement",)
    )
    one_host = And(Compare("hostname", "==", "host_1"), Compare("_field", "==", "usage_user"))
    windows = ReadSpec(bucket_id=BUCKET.id, start=START, stop=START + 12 * 3600 * 10**9, predicate=one_host, aggregate="max",
                       window=Window(60 * 10**9))  # fmt: skip
    for label, spec in (("count of all", everything), ("1 host, 1 field, minutes", windows)):
        best = float("inf")
        for _ in range(3):
            begin = time.perf_counter()
            list(engine.read(spec))
            best = min(best, time.perf_counter() - begin)
        print(f"{label} {1e3 * best:.1f} ms", end="; ")


if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        run(case)
