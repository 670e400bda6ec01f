"""The fast way in: a large body to columns in a few vectorised passes.

Lines are grouped by the layout (field names and types, in the order of the line) last seen for their series key, and each group goes
through ONE polars `str.extract_groups` with the layout's regular expression. Lines it refuses are tried with the other layouts of the
measurement, the rest go through the careful parser. Measured: 0.7 M lines/s of 10 fields where the careful parser makes 0.02 M
(reference/engine.md, section 1). What comes out equals what the careful parser makes: a property test compares them. Bodies of few lines
go the same way without polars: `fewlines`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import ColumnType
from influxctl.core.frames import take
from influxctl.core.lineprotocol import (
    MAX_KEY,
    MAX_STRING,
    RESERVED_TAGS,
    LineError,
    LineProtocolError,
    escape,
    parse_line,
    split_lines,
)
from influxctl.core.times import MAX_TIME
from influxctl.engine.ingest import LinePoint, parse_numbered
from influxctl.engine.memtable import Layout
from influxctl.engine.series import KNOWN_LIMIT, BucketIndex, Measurement, Tags

Array = npt.NDArray[Any]
SMALL_BODY = 1000  # bytes below which passes do not pay: they begin at 0.05 ms a body
PIECE = 8 << 20  # bytes of a body that are worked off at a time
_FEW_LINES = 24  # refused lines that are not worth another pass
_PARALLEL = 2000  # lines of a group from which two threads are faster (6.5 → 3.7 ms for 5,000 lines)
_threads = ThreadPoolExecutor(2, thread_name_prefix="influxctl-parse")
_WIDE = 80  # fields from which a regular expression costs more than the line parser (160 fields: 1 to 2.5 ms a line)
_SHAPES = 8  # layouts remembered a measurement
_VALUES: dict[ColumnType, str] = {
    "int": r"([-0-9]+)i",
    "uint": r"([0-9]+)u",
    # loose on purpose: the exact grammar took four times as long, and the cast refuses exactly what the grammar does
    "float": r"([-0-9.][-+0-9.eE]*)",
    "bool": r"(t|T|true|True|TRUE|f|F|false|False|FALSE)",
    # unrolled: with an alternative for each character, Python's re takes 140 bytes of memory for each
    "string": r'"([^"\\]*(?:\\.[^"\\]*)*)"',
}
_DTYPES: dict[ColumnType, type[pl.DataType]] = {"int": pl.Int64, "uint": pl.UInt64, "float": pl.Float64}
_ALL = pl.Series([True])
_RESERVED = frozenset(key.decode() for key in RESERVED_TAGS)


class Shape:
    """A layout in the order of its lines: the regular expression of what follows a key, and the layout as the memtable has it."""

    __slots__ = ("_compiled", "layout", "order", "plain", "stamped", "types")

    def __init__(self, names: tuple[tuple[str, ColumnType], ...]) -> None:
        self.order = sorted(range(len(names)), key=names.__getitem__)
        self.layout: Layout = tuple(names[i] for i in self.order)
        self.types = [kind for _, kind in names]
        fields = ",".join(re.escape(escape(name)) + "=" + _VALUES[kind] for name, kind in names)
        # with the timestamp optional in one expression, the pass takes a third longer
        self.stamped = f"^{fields} ([-0-9]+)$"
        self.plain = f"^{fields}()$"
        self._compiled: tuple[re.Pattern[str], re.Pattern[str]] | None = None

    def pattern(self, rest: str) -> re.Pattern[str]:
        """What lines with or without a time, as this one, have to match."""
        if self._compiled is None:
            self._compiled = re.compile(self.stamped), re.compile(self.plain)
        stamped, plain = self._compiled
        return stamped if stamped.match(rest) else plain


class Slot:
    """A measurement and one of its shapes: lines of a slot are parsed together."""

    __slots__ = ("measurement", "name", "shape")

    def __init__(self, name: str, measurement: Measurement | None, shape: Shape) -> None:
        self.name = name
        self.measurement = measurement
        self.shape = shape


@dataclass
class Known:
    """What a bucket remembers to parse fast: the slot and number of each key, the slots of each measurement, newest first."""

    keys: dict[str, tuple[Slot, int]] = field(default_factory=dict)
    slots: dict[str, list[Slot]] = field(default_factory=dict)
    wide: set[str] = field(default_factory=set)  # measurements whose lines the line parser takes

    def forget(self, name: str) -> None:
        """Forget a measurement that has no points any more."""
        self.slots.pop(name, None)
        self.wide.discard(name)
        self.keys = {key: entry for key, entry in self.keys.items() if entry[0].name != name}

    def remember(self, key: str, slot: Slot, sid: int) -> None:
        """Keep the number of a key's series."""
        if len(self.keys) >= KNOWN_LIMIT:
            self.keys = {}
        self.keys[key] = slot, sid


@dataclass
class Group:
    """Rows of one layout of a measurement. `sids`: numbers of series; -1 - n stands for `fresh[n]`, a series not numbered yet."""

    name: str
    measurement: Measurement | None
    layout: Layout
    sids: Array
    times: Array
    lines: Array
    columns: list[Any]
    fresh: list[tuple[str, Tags]] = field(default_factory=list)
    keyed: Slot | None = None  # the slot that its keys are remembered with


@dataclass
class Pending:
    """Lines of a slot, before the pass: series numbers, what follows the key, places in the body's list of lines."""

    sids: Array
    rests: Any  # pl.Series; of few lines a list
    places: Array


@dataclass
class Parsed:
    """A body: groups of rows, and the points that came through the careful parser."""

    groups: list[Group]
    points: list[LinePoint]


class BodyParser:
    """Parses one body. It reads the index without a lock; the engine checks under its lock that nothing changed meanwhile."""

    def __init__(self, factor: int, default: int, index: BucketIndex, known: Known) -> None:
        self._factor = factor
        self._limit = MAX_TIME // factor
        self._default = default
        self._index = index
        self._known = known
        self._fresh: list[tuple[str, Tags]] = []
        self._fresh_numbers: dict[str, tuple[Slot, int]] = {}
        self._careful: list[tuple[int, bytes]] = []
        self._lines: Sequence[str] | pl.Series = ()
        self._numbers: Array = np.zeros(0, np.int64)

    def parse(self, body: bytes) -> Parsed | None:
        """The body as groups, or LineProtocolError naming every bad line; None when the fast way does not apply, as to strings that may
        be too long."""
        if _long_line(body):
            return None
        try:
            groups = self._groups(body)
        except UnicodeDecodeError:
            return None
        if groups is None:
            return None
        points: list[LinePoint] = []
        bad: list[tuple[int, str, str]] = []
        self._careful.sort()
        parse_numbered(self._careful, self._factor, self._default, self._index, points, bad)
        if bad:
            raise LineProtocolError(bad)
        for point in points:
            self._learn(point)
        return Parsed(groups, points)

    def _groups(self, body: bytes) -> list[Group] | None:
        """The groups of a body, worked off in pieces so that texts and their parts are in memory for one of them only."""
        groups: list[Group] = []
        number = 1
        for piece in _pieces(body):
            lines = self._physical_lines(piece.decode())
            if lines is None:
                return self._groups_of_split(body)
            self._lines, self._numbers = lines, np.arange(number, number + len(lines))
            number += len(lines)
            groups += [group for slot, pending in self._slots() for group in self._pass(slot, pending)]
        return groups

    def _groups_of_split(self, body: bytes) -> list[Group] | None:
        """The groups of a body that only the careful splitter cuts right; None when a string may be too long."""
        self._careful.clear()
        numbered = list(split_lines(body))
        if any(len(raw) > MAX_STRING for _, raw in numbered):
            return None
        self._numbers = np.array([number for number, _ in numbered], np.int64)
        self._lines = self._listed([raw.decode() for _, raw in numbered])
        return [group for slot, pending in self._slots() for group in self._pass(slot, pending)]

    def _slots(self) -> Iterator[tuple[Slot, Pending]]:
        """The lines by slot; those for the careful parser are put aside."""
        keys, rests = self._split()
        entries: list[tuple[Slot, int] | None] = list(map(self._known.keys.get, keys))
        if None in entries:
            entries = [entry or self._unknown(keys[i], i) for i, entry in enumerate(entries)]
        slots = {entry[0]: number for number, entry in enumerate(entries) if entry is not None}
        if len(slots) == 1 and None not in entries:
            sids = np.fromiter((entry[1] for entry in entries if entry is not None), np.int64, len(entries))
            yield next(iter(slots)), Pending(sids, rests, np.arange(len(entries)))
            return
        places: dict[Slot, list[int]] = {slot: [] for slot in slots}
        for place, entry in enumerate(entries):
            if entry is not None:
                places[entry[0]].append(place)
        for slot, chosen in places.items():
            index = np.array(chosen, np.int64)
            sids = np.array([entry[1] for i in chosen if (entry := entries[i]) is not None], np.int64)
            yield slot, Pending(sids, self._chosen(rests, index), index)

    def _unknown(self, key: str, place: int) -> tuple[Slot, int] | None:
        """The slot of a line whose key was not seen before; None after putting it aside for the careful parser."""
        line = self._lines[place]
        found = self._new_key(key, line)
        if found is None:
            self._put_aside(place, line)
        return found

    def _put_aside(self, place: int, line: str) -> None:
        """Leave a line to the careful parser, unless it is blank or a comment."""
        line = line.lstrip(" \t\0")
        if line and line[0] != "#":
            self._careful.append((int(self._numbers[place]), line.encode()))

    def _new_key(self, key: str, line: str) -> tuple[Slot, int] | None:
        """The slot of a key not seen before, its series numbered -1, -2 …; None when the line needs the careful parser."""
        found = self._fresh_numbers.get(key)
        if found is not None or not key:
            return found
        name, _, rest = key.partition(",")
        if name in self._known.wide:
            return None
        tags = quick_tags(name, rest, key)
        if tags is None:
            return None
        slots = self._known.slots.get(name)
        if not slots:
            try:
                fields = parse_line(line.encode()).fields
            except LineError:
                return None
            if "time" in fields or len(fields) > _WIDE:
                self._known.wide.add(name)
                return None
            slots = [self._slot(name, tuple((n, value[0]) for n, value in fields.items()))]
        self._fresh.append((key, tags))
        entry = self._fresh_numbers[key] = slots[0], -len(self._fresh)
        return entry

    def _slot(self, name: str, names: tuple[tuple[str, ColumnType], ...]) -> Slot:
        """The slot of a layout, first in its measurement's list from now on."""
        slots = self._known.slots.get(name, [])
        measurement = self._index.measurements.get(name)
        wanted = [kind for _, kind in names], tuple(sorted(names))
        for slot in slots:
            if (slot.shape.types, slot.shape.layout) == wanted and slot.measurement is measurement:
                break
        else:
            slot = Slot(name, measurement, Shape(names))
        self._known.slots[name] = [slot, *(s for s in slots if s is not slot)][:_SHAPES]
        return slot

    def _learn(self, point: LinePoint) -> None:
        """Remember the layout of a line that came through the careful parser, for the next line of its series."""
        if "time" in point.fields or len(point.fields) > _WIDE:
            return
        name = point.measurement or (point.series[0].name if point.series else "")
        if "\\" not in name and "," not in name and " " not in name:
            slot = self._slot(name, tuple((n, value[0]) for n, value in point.fields.items()))
            key, blank, _ = point.line.partition(b" ")
            if point.series is not None and blank:
                self._known.remember(key.decode("utf-8", "replace"), slot, point.series[1])

    def _pass(self, slot: Slot, pending: Pending) -> list[Group]:
        """One vectorised pass for each shape that takes some of these lines; the rest is left to the careful parser."""
        groups: list[Group] = []
        tried: set[Slot] = set()
        slots = [slot, *self._known.slots.get(slot.name, ())]
        for candidate in slots:
            if candidate in tried or (tried and len(pending.rests) < _FEW_LINES):
                continue
            tried.add(candidate)
            group, pending = self._extract(candidate, slot, pending)
            if group is not None:
                groups.append(group)
            if not len(pending.rests):
                return groups
        while len(pending.rests) >= _FEW_LINES and len(tried) < 2 * _SHAPES:
            found = self._untried(slot.name, pending, tried)
            if found is None:
                break
            group, pending = self._extract(found, slot, pending)
            groups += [] if group is None else [group]
        for place in pending.places.tolist():
            self._put_aside(place, self._lines[place])
        return groups

    def _untried(self, name: str, pending: Pending, tried: set[Slot]) -> Slot | None:
        """The slot of the first line that is left, whose layout the measurement did not have yet or had too long ago."""
        try:
            fields = parse_line(self._lines[int(pending.places[0])].encode()).fields
        except LineError:
            return None
        if "time" in fields or len(fields) > _WIDE:
            return None
        slot = self._slot(name, tuple((field, value[0]) for field, value in fields.items()))
        if slot in tried:
            return None
        tried.add(slot)
        return slot

    # What is done by polars: `fewlines` does the same without.

    @staticmethod
    def _physical_lines(text: str) -> Sequence[str] | pl.Series | None:
        """The body cut at line feeds; None when a line feed may belong to a value or name, so that only the careful splitter is right."""
        if "\\\n" in text:
            return None
        lines = pl.Series([text]).str.split("\n").explode()
        if lines[-1] == "":
            lines = lines[:-1]
        if '"' not in text:
            return lines
        bare = lines.str.replace_all(r"\\.", "") if "\\" in text else lines
        quotes = bare.str.count_matches('"', literal=True)
        odd = (quotes & 1) == 1
        early = (quotes > 0) & (bare.str.find(" ", literal=True).fill_null(1 << 30) > bare.str.find('"', literal=True))
        return None if odd.any() or early.any() else lines

    @staticmethod
    def _listed(lines: list[str]) -> Sequence[str] | pl.Series:
        """Lines as the passes want them."""
        return pl.Series(lines, dtype=pl.String)

    def _split(self) -> tuple[list[str], Any]:
        """What stands before the first blank of each line, and what after it."""
        assert isinstance(self._lines, pl.Series)
        keys, rests = self._lines.str.splitn(" ", 2).struct.unnest().get_columns()
        return keys.to_list(), rests

    @staticmethod
    def _chosen(rests: Any, index: Array) -> Any:
        """Some of the lines."""
        return take(rests, index)

    def _extract(self, slot: Slot, keyed: Slot, pending: Pending) -> tuple[Group | None, Pending]:
        """The lines that match the shape of a slot as a group, and those that do not."""
        shape = slot.shape
        texts = _groups(pending.rests, shape)
        values = [_convert(text, kind) for text, kind in zip(texts[:-1], shape.types, strict=True)]
        stamps = texts[-1].cast(pl.Int64, strict=False)
        limit = self._limit
        # each operation of polars costs 0.1 ms: the mask is made only when some line was refused or has no time
        whole = not any(column.null_count() for column in (texts[0], stamps, *values))
        whole = whole and int(stamps.to_numpy().min()) >= -limit and int(stamps.to_numpy().max()) <= limit
        good = _ALL if whole else self._good(texts, values, stamps, limit)
        times = stamps * self._factor if self._factor > 1 else stamps
        times = times.fill_null(self._default) if times.null_count() else times
        sids, places = pending.sids, pending.places
        if good.all():
            left = Pending(sids[:0], pending.rests[:0], places[:0])
        else:
            keep = good.to_numpy()
            left = Pending(sids[~keep], pending.rests.filter(~good), places[~keep])
            if not keep.any():
                return None, left
            sids, places, times = sids[keep], places[keep], times.filter(good)
            values = [value.filter(good) for value in values]
        ordered = [values[i] for i in shape.order]
        lines = self._numbers[places]
        group = Group(slot.name, None, shape.layout, sids, times.to_numpy(), lines, ordered, self._fresh, keyed)
        return group, left

    def _good(self, texts: list[pl.Series], values: list[pl.Series], stamps: pl.Series, limit: int) -> pl.Series:
        """Which lines have the shape, values that fit their types, and a time in range or none."""
        good = texts[0].is_not_null()
        good &= stamps.is_between(-limit, limit).fill_null(False) | (texts[-1] == "")
        for value in values:
            good &= value.is_not_null()
        return good


def _groups(rests: pl.Series, shape: Shape) -> list[pl.Series]:
    """The texts of fields and timestamp of each line, null where the line has another shape. Large groups go in two threads."""
    regex = shape.pattern(rests[0] or "").pattern
    if len(rests) < _PARALLEL:
        return rests.str.extract_groups(regex).struct.unnest().get_columns()
    half = len(rests) // 2
    first = _threads.submit(lambda: rests[:half].str.extract_groups(regex))
    second = rests[half:].str.extract_groups(regex)
    return pl.concat([first.result(), second], rechunk=False).struct.unnest().get_columns()


def quick_tags(name: str, rest: str, key: str) -> Tags | None:
    """The tags of a plain key, sorted; None when anything about it needs the careful parser."""
    if "\\" in key or not name or name[0] in "# \t\0" or len(key) * 4 > MAX_KEY:
        return None
    if not rest:
        return None if key.endswith(",") else ()
    pairs = []
    for part in rest.split(","):
        tag, equals, value = part.partition("=")
        if not tag or not equals or not value or "=" in value or tag in _RESERVED:
            return None
        pairs.append((tag, value))
    pairs.sort()
    if any(pairs[i][0] == pairs[i + 1][0] for i in range(len(pairs) - 1)):
        return None
    return tuple(pairs)


def _pieces(body: bytes) -> Iterator[bytes]:
    """A body cut behind line feeds."""
    at = 0
    while len(body) - at > PIECE:
        end = body.rfind(b"\n", at, at + PIECE) + 1 or len(body)
        yield body[at:end]
        at = end
    if at < len(body):
        yield body[at:] if at else body


def _long_line(body: bytes) -> bool:
    """Whether some line may hold a string that is too long."""
    at = 0
    while len(body) - at > MAX_STRING:
        at = body.rfind(b"\n", at, at + MAX_STRING + 1) + 1
        if not at:
            return True
    return False


def _convert(text: pl.Series, kind: ColumnType) -> pl.Series:
    """Texts of one type to values, null for what the careful parser must look at."""
    if kind == "string":
        if text.str.contains("\\", literal=True).any():
            return text.str.replace_all(r'\\(["\\])', "${1}")
        return text
    if kind == "bool":
        first = text.str.slice(0, 1)
        return pl.select(pl.when(first.is_null()).then(None).otherwise(first.is_in(["t", "T"]))).to_series()
    numbers = text.cast(_DTYPES[kind], strict=False)
    if kind == "float" and not np.isfinite(numbers.to_numpy()).all():
        return pl.select(pl.when(numbers.is_finite()).then(numbers)).to_series()
    return numbers
