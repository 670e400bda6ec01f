"""Where `write` reads from: arguments, files, addresses, standard input; unpacked, decoded, and CSV made line protocol."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, TextIO

from influxctl.core.errors import InfluxctlError, UsageError
from influxctl.core.streams import ChunkFile

if TYPE_CHECKING:
    from influxctl.cli.context import Context
    from influxctl.client.csv2lp import CsvOptions
    from influxctl.client.lines import Line, Piece, Rejected

BadRow = Callable[[str, int, str, str], None]  # source, line, reason, text
GZIP = b"\x1f\x8b"
CHUNK = 1 << 18


class Source:
    """One input. `size` is its length in bytes (0: not known), `position` how much was read."""

    def __init__(self, name: str, open_it: Callable[[], BinaryIO], *, csv: CsvOptions | None, encoding: str, compression: str | None,
                 size: int = 0) -> None:  # fmt: skip
        self.name = name
        self.path = ""  # of a file
        self.size = size
        self.position = 0
        self._open = open_it
        self._csv = csv
        self._encoding = encoding
        self._compression = compression

    def pieces(self, bad_row: BadRow, first: int = 1) -> Iterator[Piece]:
        """Line protocol from line `first` of the source on. Rows of CSV that cannot be read go to `bad_row`."""
        if self._csv is None:
            from influxctl.client.lines import numbered_pieces

            yield from numbered_pieces(behind(self.chunks(), first - 1), first=first)
            return
        from influxctl.client.csv2lp import CsvReader

        def reject(row: Rejected) -> None:
            if row.line >= first:
                bad_row(self.name, row.line, row.reason, row.text.decode("utf-8", "replace"))

        text = io.TextIOWrapper(as_file(self.chunks()), "utf-8", errors="replace", newline="")
        lines = CsvReader(self._csv, reject=reject).lines(text)  # the rows before `first` may say what the others mean
        yield from (line for line in lines if line[0] >= first)

    def lines(self, bad_row: BadRow) -> Iterator[Line]:
        """(line number in the source, a line of line protocol) for each line."""
        for piece in self.pieces(bad_row):
            if isinstance(piece, tuple):
                yield piece
            else:
                yield from piece.lines()

    def chunks(self) -> Iterator[bytes]:
        """The input, unpacked, as UTF-8."""
        raw = self._open()
        try:
            yield from self._decoded(self._unpacked(raw))
        finally:
            raw.close()

    def _unpacked(self, raw: BinaryIO) -> Iterator[bytes]:
        import zlib

        packer = None
        first = True
        read = getattr(raw, "read1", raw.read)  # of a pipe, what is there: lines go out while more are awaited
        while chunk := read(CHUNK):
            self.position += len(chunk)
            if first:
                packed = chunk[:2] == GZIP if self._compression is None else self._compression == "gzip"
                packer = zlib.decompressobj(31) if packed else None
                first = False
            if packer is None:
                yield chunk
                continue
            try:
                yield packer.decompress(chunk)
                while packer.eof and packer.unused_data:  # several members, one after another
                    rest, packer = packer.unused_data, zlib.decompressobj(31)
                    yield packer.decompress(rest)
            except zlib.error as error:
                raise UsageError(f"{self.name}: the gzip data is damaged: {error}") from None
        if packer is not None and not packer.eof:
            raise UsageError(f"{self.name}: the gzip data breaks off")

    def _decoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        if self._encoding.lower().replace("-", "") in ("utf8", ""):
            yield from chunks
            return
        import codecs

        try:
            codec = codecs.lookup(self._encoding)
        except LookupError:
            raise UsageError(f"there is no encoding {self._encoding!r}") from None
        first = next(chunks, b"")
        if codec.name == "utf-16" and first[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            codec = codecs.lookup("utf-16-be")  # what the name means without a mark of the byte order
        decoder = codecs.getincrementaldecoder(codec.name)("replace")
        yield decoder.decode(first).encode()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()


def behind(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    """What comes after so many lines."""
    for chunk in chunks:
        found = chunk.count(b"\n") if count else 0
        if found < count:
            count -= found
            continue
        if count:
            chunk = chunk.split(b"\n", count)[count]
            count = 0
        yield chunk


def as_file(chunks: Iterator[bytes]) -> BinaryIO:
    """Chunks as a file."""
    return io.BufferedReader(ChunkFile(chunks))


def open_sources(
    ctx: Context, words: Sequence[str], files: Sequence[str], urls: Sequence[str], *,
    format: str | None, encoding: str, compression: str | None, csv: CsvOptions,
) -> list[Source]:  # fmt: skip
    """The inputs of one call, each checked to be there before anything is sent."""
    found: list[Source] = []

    def add(name: str, open_it: Callable[[], BinaryIO], size: int = 0) -> None:
        bare = name.partition("?")[0].removesuffix(".gz").lower()
        is_csv = format == "csv" or (format is None and bare.endswith(".csv"))
        found.append(
            Source(name, open_it, csv=csv if is_csv else None, encoding=encoding, compression=compression, size=size)
        )

    for path in files:
        if path == "-":
            add("stdin", lambda: _stdin(ctx))
        else:
            size = _size(path)
            add(path, partial(_file, path), size)
            found[-1].path = path
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r} is not a web address", hint="files go with -f")
        add(url, partial(_fetch, ctx, url))
    text = [word for word in words if word != "-"]
    if text:
        data = "\n".join(text).encode("utf-8", "surrogateescape")
        add("argument", lambda: io.BytesIO(data))
    if "-" in words or not found:
        if not found and "-" not in words and ctx.stdin.isatty():
            raise UsageError("there is nothing to write", hint="give lines, -f FILE, or pipe them in")
        add("stdin", lambda: _stdin(ctx))
    return found


def _size(path: str) -> int:
    import os

    try:
        with open(path, "rb") as file:
            return os.fstat(file.fileno()).st_size
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {error.strerror}") from None


def _file(path: str) -> BinaryIO:
    return open(path, "rb")  # closed by the source that reads it


class _Pipe(io.RawIOBase):
    """Standard input, waited for in short steps: a blocked read is not woken when another thread gets the signal of Ctrl-C."""

    STEP = 0.3  # seconds

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        import os
        import select

        view = memoryview(buffer)  # type: ignore[arg-type]
        while not select.select([self._fd], [], [], self.STEP)[0]:
            pass
        data = os.read(self._fd, len(view))
        view[: len(data)] = data
        return len(data)


def piped(stream: TextIO | BinaryIO) -> BinaryIO:
    """What is piped in, readable by a thread that may be left behind; OSError or ValueError if the stream is no file."""
    return io.BufferedReader(_Pipe(stream.fileno()), CHUNK)


def _stdin(ctx: Context) -> BinaryIO:
    try:
        return piped(ctx.stdin)
    except (OSError, ValueError):  # a text in memory
        return io.BytesIO(ctx.stdin.read().encode())


def _fetch(ctx: Context, url: str) -> BinaryIO:
    """The body at an address; the token of the server is not sent there."""
    import requests

    from influxctl.client.transport import unreachable

    timeout = ctx.settings.timeout or None
    try:
        response = requests.get(url, stream=True, timeout=timeout)
    except requests.RequestException as error:
        raise unreachable(error, url, timeout) from None
    if response.status_code >= 400:
        raise InfluxctlError(f"{url}: {response.status_code} {response.reason}", code="not found")
    return as_file(response.iter_content(CHUNK))
