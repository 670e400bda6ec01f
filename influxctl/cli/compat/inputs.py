"""What `influx write` reads: headers, files, addresses, standard input or an argument, one behind the other as a single stream.

With files or addresses standard input is not read, unlike influx, which waits for a pipe that nobody fills.
"""

from __future__ import annotations

import io
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO
from urllib.parse import urlsplit

from influxctl.cli.compat.call import Call, Failed, not_reached
from influxctl.cli.compat.csvtable import CsvLines
from influxctl.cli.compat.gocsv import CsvReader, csv_row
from influxctl.cli.compat.gotext import quoted
from influxctl.cli.sources import CHUNK, Source, as_file, behind, piped
from influxctl.client.lines import physical_lines


@dataclass
class Inputs:
    """The inputs of one call, opened; `chunks` gives their bytes, `lines` those of line protocol."""

    call: Call
    headers: list[str]
    sources: list[Source]
    csv: bool
    skip: int
    files: list[BinaryIO]  # to be closed
    rejected: int = 0  # rows of CSV that made no line
    kept: bool = False  # whether those rows stand in the errors file

    def close(self) -> None:
        """Close the files."""
        for file in self.files:
            file.close()

    def chunks(self) -> Iterator[bytes]:
        """Everything, a line feed behind each input so that no two lines run together."""
        for header in self.headers:
            yield header.encode("utf-8", "surrogateescape") + b"\n"
        read = [source for source in self.sources if source.name != ARGUMENT]
        for source in self.sources:
            skipped = self.skip if read and source is read[-1] else 0  # influx skips lines of the last one only
            yield from behind(source.chunks(), skipped)
            yield b"\n"

    def lines(self) -> Iterator[bytes]:
        """Line protocol in pieces that end with a line; rows of CSV that make no line go to stderr and the errors file."""
        errors = self._errors_file()
        if not self.csv:
            yield from self.chunks()
            return

        def reject(reason: str, cells: list[str], separator: str) -> None:
            self.rejected += 1
            log(self.call, reason)
            if errors is not None:
                self.kept = True
                for row in ([f"# error : {reason}"], cells):
                    errors.write(csv_row(row, separator).encode("utf-8", "surrogateescape"))

        text = (line.decode("utf-8", "surrogateescape") + "\n" for line in physical_lines(self.chunks()))
        flags = self.call.flags
        table = CsvLines(
            CsvReader(text),
            reject=reject,
            note=partial(log, self.call),
            types_in_names=not flags.switch("xIgnoreDataTypeInColumnName"),
            debug=flags.switch("debug"),
        )
        yield from _batched(table)

    def _errors_file(self) -> BinaryIO | None:
        path = self.call.flags.text("errors-file")
        if not path:
            return None
        try:
            self.files.append(open(path, "wb", buffering=0))  # noqa: SIM115 - closed by `close`
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Failed(f"failed to open errors-file: open {path}: {reason}") from None
        return self.files[-1]


ARGUMENT = "arg 0"
_BATCH = 1 << 16


def _batched(table: CsvLines) -> Iterator[bytes]:
    """Lines in larger pieces; what was converted is handed out before an error goes on."""
    held: list[str] = []
    size = 0
    try:
        for line in table:
            held.append(line)
            size += len(line)
            if size > _BATCH:
                yield _joined(held)
                held, size = [], 0
    except ValueError as error:
        if held:
            yield _joined(held)
        raise Failed(str(error)) from None
    if held:
        yield _joined(held)


def _joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def log(call: Call, text: str) -> None:
    """A remark with the time before it."""
    call.streams.note(f"{time.strftime('%Y/%m/%d %H:%M:%S')} {text}")


def open_inputs(call: Call) -> Inputs:
    """Opens what the flags and arguments name; `Failed` if one of them is not there."""
    flags = call.flags
    encoding = flags.text("encoding") or "UTF-8"
    _check_encoding(encoding)
    form, packing = flags.text("format"), flags.text("compression")
    headers, arguments, files = flags.many("header"), list(call.arguments), list(flags.many("file"))
    if arguments and len(arguments[0]) > 1 and arguments[0].startswith("@"):  # an old way to name a file
        files.append(arguments.pop(0)[1:])
        arguments = []
    sources: list[Source] = []
    opened: list[BinaryIO] = []
    if headers and not form:
        form = "csv"

    def add(name: str, open_it: Callable[[], BinaryIO], packed: bool) -> None:
        sources.append(Source(name, open_it, csv=None, encoding=encoding, compression="gzip" if packed else "none"))

    for path in files:
        packed = packing == "gzip" or (not packing and path.endswith(".gz"))
        form = form or ("csv" if (path.removesuffix(".gz") if packed else path).endswith(".csv") else "")
        add(path, partial(_same, _open(path, opened)), packed)
    for address in flags.many("url"):
        body, kind, decoded = _fetch(address)
        place = urlsplit(address).path
        packed = not decoded and (packing == "gzip" or (not packing and place.endswith(".gz")))
        bare = place.removesuffix(".gz") if packed or decoded else place
        form = form or ("csv" if bare.endswith(".csv") or kind.startswith("text/csv") else "")
        add(address, partial(_same, body), packed)
    stdin = partial(_piped, call.streams.stdin)
    if arguments and arguments[0] != "-":
        text = arguments[0].encode("utf-8", "surrogateescape")
        add(ARGUMENT, lambda: io.BytesIO(text), packing == "gzip")
    elif arguments or (not sources and not is_device(call.streams.stdin)):
        add("stdin", stdin, packing == "gzip")
    return Inputs(call, headers, sources, form == "csv", max(flags.number("skipHeader"), 0), opened)


def _check_encoding(name: str) -> None:
    import codecs

    try:
        known = codecs.lookup(name)
    except (LookupError, ValueError):
        known = None
    if known is None or not getattr(known, "_is_text_encoding", True):
        raise Failed(
            "ianaindex: invalid encoding name, see https://www.iana.org/assignments/character-sets/character-sets.xhtml"
        )


def _piped(stream: BinaryIO) -> BinaryIO:
    try:
        return piped(stream)
    except (OSError, ValueError):  # bytes in memory
        return stream


def _same(stream: BinaryIO) -> BinaryIO:
    return stream


def _open(path: str, opened: list[BinaryIO]) -> BinaryIO:
    try:
        opened.append(open(path, "rb"))  # noqa: SIM115 - closed by `Inputs.close`
        return opened[-1]
    except OSError as error:
        for file in opened:
            file.close()
        raise Failed(f"failed to open {quoted(path)}: open {path}: {(error.strerror or str(error)).lower()}") from None


def is_device(stream: BinaryIO) -> bool:
    """Whether nothing is piped in: a terminal, or the null device."""
    try:
        return stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _fetch(address: str) -> tuple[BinaryIO, str, bool]:
    """The body at an address (no token is sent there), its type, and whether it was unpacked on the way."""
    import requests

    from influxctl.client.transport import unreachable

    start = f"failed to open {quoted(address)}"
    try:
        answer = requests.get(address, stream=True, timeout=None)
    except requests.ConnectionError as error:
        reason = not_reached(urlsplit(address).netloc, unreachable(error, address, None))
        raise Failed(f'{start}: Get "{address}": {reason}') from None
    except requests.RequestException as error:
        raise Failed(f"{start}: {error}") from None
    if answer.status_code // 100 != 2:
        raise Failed(f"{start}: response status_code={answer.status_code}")
    body = as_file(answer.iter_content(CHUNK))
    return body, answer.headers.get("Content-Type", ""), answer.headers.get("Content-Encoding") == "gzip"
