"""Lines of line protocol in a stream: where they end and which have a timestamp."""

from __future__ import annotations

import pytest

from influxctl.client.lines import numbered_lines, physical_lines
from influxctl.core.stamps import lacks_timestamp


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"a\nb", [b"a", b"b"]),
        (b"a\n\nb\n", [b"a", b"", b"b"]),
        (b"\n\n", [b"", b""]),
        (b"long line without end", [b"long line without end"]),
    ],
)
def test_physical_lines_do_not_depend_on_the_chunks(text: bytes, expected: list[bytes], size: int) -> None:
    assert list(physical_lines(text[i : i + size] for i in range(0, len(text), size))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"m f=1 1\n\n# c\nm f=2 2\r\n", [(1, b"m f=1 1"), (2, b""), (3, b"# c"), (4, b"m f=2 2\r")]),
        (b'm f="a\nb",g="c" 1\nn f=1\n', [(1, b'm f="a\nb",g="c" 1'), (3, b"n f=1")]),
        (b'm f="a\n\n\nb" 1\nn f="x" 2\n', [(1, b'm f="a\n\n\nb" 1'), (5, b'n f="x" 2')]),
        (b'm f="a\\"\nb" 1\nn f=1', [(1, b'm f="a\\"\nb" 1'), (3, b"n f=1")]),
        (b'm f="a\\\\" 1\nn f=1', [(1, b'm f="a\\\\" 1'), (2, b"n f=1")]),
        (b'm,t="x f=1 1\nn f=1', [(1, b'm,t="x f=1 1'), (2, b"n f=1")]),  # quotes in tags mean nothing
        (b'# say "hi\nn f=1', [(1, b'# say "hi'), (2, b"n f=1")]),
        (b'm f="open\nn f=1\no f=2', [(1, b'm f="open'), (2, b"n f=1"), (3, b"o f=2")]),  # a stray quote
        (b'm\\ x f="a\nb"\nn f=1', [(1, b'm\\ x f="a\nb"'), (3, b"n f=1")]),
        (b'm f="a\nb",g="c\nd" 1\nn f=1', [(1, b'm f="a\nb",g="c\nd" 1'), (4, b"n f=1")]),
        # two stray quotes with good lines between them
        (b'm f="open\nn f=1\no f="x"', [(1, b'm f="open'), (2, b"n f=1"), (3, b'o f="x"')]),
        (b'junk here "\nn f=1\njunk there "', [(1, b'junk here "'), (2, b"n f=1"), (3, b'junk there "')]),
        (b'm f="a" b"\nn f=1\no f="x" 1', [(1, b'm f="a" b"'), (2, b"n f=1"), (3, b'o f="x" 1')]),
    ],
)
def test_line_feeds_in_quoted_values(text: bytes, expected: list[tuple[int, bytes]]) -> None:
    assert list(numbered_lines([text])) == expected
    assert list(numbered_lines(text[i : i + 3] for i in range(0, len(text), 3))) == expected


def test_stray_quote_does_not_swallow_the_rest_of_a_long_file() -> None:
    lines = [b'm f="open', *(b"n f=%d" % i for i in range(1000)), b'o f="x"']
    found = list(numbered_lines([b"\n".join(lines)], open_limit=200))
    assert found == list(enumerate(lines, 1))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"m f=1", True),
        (b"m,t=a f=1,g=2i", True),
        (b"m  f=1", True),
        (b"m f=1 1", False),
        (b"m f=1  1", False),
        (b"m  f=1 1", False),
        (b'm f="a b c"', True),
        (b'm f="a b c" 1', False),
        (b'm f="a \\" 1"', True),
        (b'm f="a \\\\" 1', False),
        (b'm f="two\nlines"', True),
        (b'm f="two\nlines" 5', False),
        (b"m\\ x f=1", True),
        (b"m\\ x f=1 1", False),
        (b"m,t=a\\ b f\\ g=1", True),
        (b"m,t=a\\ b f\\ g=1 -5", False),
        (b"m,t=a\\\\ f=1 g=1", True),  # the blank after two backslashes is escaped: `f=1` is part of the tag
        (b"m,t=a\\\\ f=1 1", False),  # so this has no fields
        (b"m", False),
        (b"m 1451606400", False),  # no fields: malformed
        (b"m  1451606400", False),
        (b"m f=1 1 1", False),
        (b'm f="open 1', False),
        (b"", False),
    ],
)
def test_lacks_timestamp(line: bytes, expected: bool) -> None:
    assert lacks_timestamp(line) is expected
