"""gzip bodies above the size up to which they are kept at once."""

from __future__ import annotations

import gzip
import random
import tracemalloc

import pytest

from influxctl.core.errors import Invalid, TooLarge
from influxctl.local.http.unpack import whole

MIB = 1 << 20


def test_a_large_body_comes_out_whole() -> None:
    text = random.Random(1).randbytes(3 * MIB) * 8
    packed = gzip.compress(text[: 20 * MIB], 1) + gzip.compress(text[20 * MIB :], 1)
    chunks = [packed[i : i + 100_000] for i in range(0, len(packed), 100_000)]
    assert whole(chunks, 24 * MIB) == text
    assert whole([packed], 24 * MIB) == text
    with pytest.raises(TooLarge):
        whole([packed], 24 * MIB - 1)


def test_what_is_wrong_far_behind_is_noticed() -> None:
    packed = gzip.compress(b"m f=1\n" * (4 * MIB))
    for damaged in (packed[:-9], packed[:-8] + b"12345678"):
        with pytest.raises(Invalid):
            whole([damaged], 100 * MIB)


def test_a_bomb_takes_a_fraction_of_its_limit() -> None:
    packed = gzip.compress(b"#" * (160 * MIB), 1)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            whole([packed], 128 * MIB)
        assert tracemalloc.get_traced_memory()[1] < 40 * MIB
    finally:
        tracemalloc.stop()
