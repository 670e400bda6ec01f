"""From streams to blocks: the graph of a run's results is rewritten by `rules.RULES`, checked, and executed lazily."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from influxctl.core.columns import Block
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.flux.profiles import Profile
from influxctl.flux.rules import RULES
from influxctl.flux.tables import Stream, check_memory

GATHERING = frozenset({"group", "pivot", "join", "union", "keep", "drop", "set", "window"})  # hold what they read

_LARGE = 1_000_000  # rows of a block that may be too large by itself


class StreamError(InfluxctlError):
    """An error while tables were made: the message names the operation and its place, the code stays that of the cause."""

    def __init__(self, stream: Stream, cause: InfluxctlError) -> None:
        place = f" @{stream.location}" if stream.location is not None else ""
        super().__init__(
            f"runtime error{place}: {stream.name or stream.kind}: {cause.message}",
            code=cause.code,
            status=cause.status,
            exit=cause.exit,
            hint=cause.hint,
        )
        self.late = getattr(cause, "late", False)  # the reference had sent data when it met this error


class Plan:
    """The rewritten graph of some streams, ready to run."""

    def __init__(self, roots: Sequence[Stream]) -> None:
        self._uses: dict[int, int] = {}
        self._made: dict[int, Stream] = {}
        self._count(roots)
        self.roots = [self._rewrite(root) for root in roots]
        self.profile: Profile | None = None  # set by whoever wants to know what each operation takes
        self._shared: set[int] = set()
        self.kept = 0  # bytes of blocks that are kept for several readers
        self._check()

    def _count(self, roots: Iterable[Stream]) -> None:
        """How many operations read each stream; a result counts as one."""
        seen: set[int] = set()
        stack = []
        for root in roots:
            self._uses[id(root)] = self._uses.get(id(root), 0) + 1
            stack.append(root)
        while stack:
            stream = stack.pop()
            if id(stream) in seen:
                continue
            seen.add(id(stream))
            for parent in stream.parents:
                self._uses[id(parent)] = self._uses.get(id(parent), 0) + 1
                stack.append(parent)

    def _rewrite(self, root: Stream) -> Stream:
        """The stream with its parents rewritten and the rules applied; parents first, without recursion."""
        stack = [root]
        while stack:
            stream = stack[-1]
            if id(stream) in self._made:
                stack.pop()
                continue
            waiting = [p for p in stream.parents if id(p) not in self._made]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            self._made[id(stream)] = self._apply(stream)
        return self._made[id(root)]

    def _apply(self, stream: Stream) -> Stream:
        parents = tuple(self._made[id(p)] for p in stream.parents)
        alone = all(self._uses[id(p)] == 1 for p in stream.parents)
        current = _copy(stream, parents) if parents != stream.parents else stream
        if not alone:
            return current
        changed = True
        while changed:
            changed = False
            for rule in RULES:
                better = rule(current)
                if better is not None:
                    better.name, better.location, better.number = stream.name, stream.location, stream.number
                    better.run, better.bounds = stream.run, stream.bounds
                    current, changed = better, True
                    break
        return current

    def _check(self) -> None:
        """Refuses what cannot run, before anything does: reads without range, unknown buckets."""
        readers: dict[int, int] = {}
        seen: set[int] = set()
        stack = list(self.roots)
        for root in self.roots:
            readers[id(root)] = readers.get(id(root), 0) + 1
        order: list[Stream] = []
        while stack:
            stream = stack.pop()
            if id(stream) in seen:
                continue
            seen.add(id(stream))
            order.append(stream)
            for parent in stream.parents:
                readers[id(parent)] = readers.get(id(parent), 0) + 1
                stack.append(parent)
        for stream in order:
            if stream.kind == "from":
                raise Invalid(
                    "error in building plan while starting program: cannot submit unbounded read to "
                    f"\"{stream.args['bucket'].label}\"; try bounding 'from' with a call to 'range'"
                )
        for stream in order:
            prepare = stream.args.get("prepare")
            if prepare is not None:
                prepare()
        self._shared = {key for key, count in readers.items() if count > 1}

    def run(self, stream: Stream) -> Iterator[Block]:
        """The blocks of a rewritten stream. What several operations read is computed once."""
        if self.keeps(stream):
            if stream.work is None:
                work: list[Block] = []
                for block in self._produce(stream):
                    self.kept += int(block.rows.estimated_size())
                    check_memory(stream, self.kept)
                    work.append(block)
                stream.work = work
            return iter(stream.work)
        return self._produce(stream)

    def _produce(self, stream: Stream) -> Iterator[Block]:
        world = stream.run.world if stream.run is not None else None
        try:
            held = _Held(self, stream)
            parents = [held.read(p) for p in stream.parents]
            blocks: Iterable[Block] = stream.transform(*parents)
            if stream.kind in GATHERING:
                blocks = held.made(blocks)
            if self.profile is not None:
                blocks = self.profile.watched(stream, blocks)
            for block in blocks:
                if world is not None:
                    world.check()
                if block.rows.height > _LARGE:
                    check_memory(stream, self.kept + int(block.rows.estimated_size()))
                yield block
        except StreamError:
            raise
        except MemoryError:
            raise StreamError(stream, Invalid("memory allocation limit reached")) from None
        except InfluxctlError as error:
            if stream.args.get("plain_errors"):
                raise
            raise StreamError(stream, error) from error

    def keeps(self, stream: Stream) -> bool:
        """Whether the blocks of a stream are kept for several readers, and counted already."""
        return id(stream) in self._shared and bool(stream.parents)


class _Held:
    """What an operation that gathers holds: its run ends when that, what it makes of it, and what is kept for several readers are more
    than the run's memory. What it will make is foreseen, so that the process has not grown by then."""

    def __init__(self, plan: Plan, stream: Stream) -> None:
        self._plan = plan
        self._stream = stream
        self._read = self._made = self._foreseen = 0

    def read(self, parent: Stream) -> Iterator[Block]:
        """The blocks of a parent, counted if the operation gathers them."""
        blocks = self._plan.run(parent)
        return self._counted(blocks, self._plan.keeps(parent)) if self._stream.kind in GATHERING else blocks

    def _counted(self, blocks: Iterator[Block], kept: bool) -> Iterator[Block]:
        for block in blocks:
            size = int(block.rows.estimated_size())
            self._read += 0 if kept else size
            self._foreseen += _spread_out(block) if self._stream.kind == "group" else 0 if kept else size
            check_memory(self._stream, self._plan.kept + self._read + self._foreseen)
            yield block

    def made(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks that the operation makes."""
        for block in blocks:
            self._made += int(block.rows.estimated_size())
            check_memory(self._stream, self._plan.kept + self._read + self._made)
            yield block


def _spread_out(block: Block) -> int:
    """Bytes of the rows when no column is in the group key any more."""
    return block.rows.height * (4 + sum(16 if column.type == "string" else 8 for column in block.columns))


def _copy(stream: Stream, parents: tuple[Stream, ...]) -> Stream:
    other = Stream(stream.kind, stream.transform, parents, stream.args)
    other.name, other.location, other.number = stream.name, stream.location, stream.number
    other.run, other.bounds = stream.run, stream.bounds
    return other


def execute(stream: Stream) -> Iterator[Block]:
    """Plans and runs one stream by itself."""
    plan = Plan([stream])
    return plan.run(plan.roots[0])
