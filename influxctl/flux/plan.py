"""From streams to blocks: the graph of a run's results is rewritten by `rules.RULES`, checked, and executed lazily."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from influxctl.core.columns import Block
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.flux.profiles import Profile
from influxctl.flux.rules import RULES
from influxctl.flux.tables import Stream, check_memory

GATHERING = frozenset({"group", "pivot", "join", "union", "keep", "drop", "set", "window"})  # hold what they read


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
        self._kept = 0  # bytes of blocks that are kept for several readers
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
        if id(stream) in self._shared and stream.parents:
            if stream.work is None:
                stream.work = list(self._counted(self._produce(stream), stream))
                self._kept += sum(int(block.rows.estimated_size()) for block in stream.work)
            return iter(stream.work)
        return self._produce(stream)

    def _produce(self, stream: Stream) -> Iterator[Block]:
        world = stream.run.world if stream.run is not None else None
        try:
            parents = [self.run(p) for p in stream.parents]
            if stream.kind in GATHERING:
                parents = [self._counted(read, stream) for read in parents]
            blocks: Iterable[Block] = stream.transform(*parents)
            if self.profile is not None:
                blocks = self.profile.watched(stream, blocks)
            for block in blocks:
                if world is not None:
                    world.check()
                yield block
        except StreamError:
            raise
        except MemoryError:
            raise StreamError(stream, Invalid("memory allocation limit reached")) from None
        except InfluxctlError as error:
            if stream.args.get("plain_errors"):
                raise
            raise StreamError(stream, error) from error

    def _counted(self, blocks: Iterator[Block], stream: Stream) -> Iterator[Block]:
        """The blocks, as long as all of them, with those that are kept for several readers, stay within the run's memory."""
        held = 0
        for block in blocks:
            held += int(block.rows.estimated_size())
            check_memory(stream, self._kept + held)
            yield block


def _copy(stream: Stream, parents: tuple[Stream, ...]) -> Stream:
    other = Stream(stream.kind, stream.transform, parents, stream.args)
    other.name, other.location, other.number = stream.name, stream.location, stream.number
    other.run, other.bounds = stream.run, stream.bounds
    return other


def execute(stream: Stream) -> Iterator[Block]:
    """Plans and runs one stream by itself."""
    plan = Plan([stream])
    return plan.run(plan.roots[0])
