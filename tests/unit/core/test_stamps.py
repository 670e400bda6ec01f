"""Lines that are given a time: what has one is left as it is, what has none gets it in the unit of the body."""

from __future__ import annotations

import pytest

from influxctl.core.stamps import stamped

NOW = 1_577_836_800_123_456_789


@pytest.mark.parametrize(
    ("body", "precision", "without", "expected"),
    [
        (b"m v=1 5\nm v=2 6\n", "ns", (), b"m v=1 5\nm v=2 6\n"),
        (b"m v=1\nm v=2 6", "s", (), b"m v=1 1577836800\nm v=2 6"),
        (b"m v=1", "ns", (), b"m v=1 1577836800123456789"),
        (b'm s="a b\nc d" \n\n# x\nm v=1 7\r', "ms", (), b'm s="a b\nc d" 1577836800123\nm v=1 7'),
        (b"m v=1 5\nm v=2 6\nm v=3 7", "ns", {2}, b"m v=1 5\nm v=3 7"),
        (rb"m,t=a\ b v=1", "us", (), rb"m,t=a\ b v=1 1577836800123456"),
    ],
)
def test_stamped(body: bytes, precision: str, without: object, expected: bytes) -> None:
    assert stamped(body, precision, NOW, without) == expected  # type: ignore[arg-type]
