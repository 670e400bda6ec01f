"""The profilers of a run: what it took as a whole ("query") and what each operation took ("operator"), as one more result.

The columns are those of the reference; what has no counterpart here (queueing, allocation by goroutine) is 0.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from influxctl.core.columns import BLOCK_ROWS, Block, Column, ColumnType, make_block
from influxctl.flux.tables import Stream

PROFILERS = ("query", "operator")
RESULT = "_profiler"
_DURATIONS = ("TotalDuration", "CompileDuration", "QueueDuration", "PlanDuration", "RequeueDuration", "ExecuteDuration")
_COUNTS = ("Concurrency", "MaxAllocated", "TotalAllocated")


@dataclass
class _Operation:
    """What one operation took: the time of each block without that of the operations before it."""

    kind: str
    label: str
    spans: list[int] = field(default_factory=list)


class Profile:
    """Times of one run, in nanoseconds; made when the script begins to be read. Profilers that there are not are passed over."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self.wanted = tuple(name for name in PROFILERS if name in wanted)
        self.compile_ns = self.plan_ns = self.execute_ns = 0
        self.bytes = self.rows = 0
        self._operations: dict[int, _Operation] = {}
        self._inside: list[int] = []  # time spent in operations below, for each that is at work

    def watched(self, stream: Stream, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks of an operation, with its times noted."""
        operation = self._operations.setdefault(
            id(stream), _Operation(stream.kind, f"{stream.name or stream.kind}{stream.number}")
        )
        iterator = iter(blocks)
        while True:
            started = time.perf_counter_ns()
            self._inside.append(0)
            try:
                block = next(iterator, None)
            finally:
                whole = time.perf_counter_ns() - started
                below = self._inside.pop()
                operation.spans.append(whole - below)
                if self._inside:
                    self._inside[-1] += whole
            if block is None:
                return
            if not stream.parents:
                self.rows += block.rows.height
                self.bytes += int(block.rows.estimated_size())
            yield block

    def timed(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks of a result, with the time that they take added up."""
        iterator = iter(blocks)
        while True:
            started = time.perf_counter_ns()
            try:
                block = next(iterator, None)
            finally:
                self.execute_ns += time.perf_counter_ns() - started
            if block is None:
                return
            yield block

    def blocks(self, roots: Sequence[Stream]) -> Iterator[Block]:
        """The tables of the profilers that were asked for."""
        if "query" in self.wanted:
            yield self._query(roots)
        if "operator" in self.wanted:
            yield self._operators()

    def _query(self, roots: Sequence[Stream]) -> Block:
        total = self.compile_ns + self.plan_ns + self.execute_ns
        times = (total, self.compile_ns, 0, self.plan_ns, 0, self.execute_ns)
        rows: dict[str, list[object]] = {label: [ns] for label, ns in zip(_DURATIONS, times, strict=True)}
        rows |= {"Concurrency": [0], "MaxAllocated": [self.bytes], "TotalAllocated": [self.bytes]}
        rows |= {"RuntimeErrors": [""], "flux/query-plan": [plan_text(roots)]}
        rows |= {"influxdb/scanned-bytes": [self.bytes], "influxdb/scanned-values": [self.rows]}
        text = ("RuntimeErrors", "flux/query-plan")
        columns = [Column("_measurement", "string", True)]
        columns += [Column(label, "string" if label in text else "int") for label in rows]
        return make_block(columns, {"_measurement": ["profiler/query"]}, rows, [0])

    def _operators(self) -> Block:
        found = list(self._operations.values())[:BLOCK_ROWS]
        rows: dict[str, list[object]] = {
            "Type": [operation.kind for operation in found],
            "Label": [operation.label for operation in found],
            "Count": [len(operation.spans) for operation in found],
            "MinDuration": [min(operation.spans) for operation in found],
            "MaxDuration": [max(operation.spans) for operation in found],
            "DurationSum": [sum(operation.spans) for operation in found],
            "MeanDuration": [sum(operation.spans) / len(operation.spans) for operation in found],
        }
        kinds: dict[str, ColumnType] = {"Type": "string", "Label": "string", "MeanDuration": "float"}
        columns = [Column("_measurement", "string", True), *(Column(label, kinds.get(label, "int")) for label in rows)]
        return make_block(columns, {"_measurement": ["profiler/operator"]}, rows, [0] * len(found))


def plan_text(roots: Sequence[Stream]) -> str:
    """The operations of a plan and what each reads, in the language of Graphviz."""
    names: dict[int, str] = {}
    edges: list[str] = []
    stack = list(roots)
    while stack:
        stream = stack.pop()
        if id(stream) in names:
            continue
        names[id(stream)] = f"{stream.kind}{len(names)}"
        stack.extend(stream.parents)
        edges += [f"{id(parent)} {id(stream)}" for parent in stream.parents]
    lines = [f"  {name}" for name in reversed(names.values())]
    for edge in edges:
        above, below = edge.split()
        lines.append(f"  {names[int(above)]} -> {names[int(below)]}")
    return "digraph {\n" + "\n".join(lines) + "\n}\n"
