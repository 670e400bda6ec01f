"""Bodies, query parameters and types of requests."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from influxctl.core.errors import Invalid, TooLarge
from influxctl.local.http.fields import ID, OPTIONAL_ID, decode
from influxctl.local.http.request import Request
from influxctl.local.http.response import page_links
from influxctl.local.options import Options
from influxctl.local.services import Services


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(tmp_path, Options(max_body=1000, password_cost=1))
    yield services
    services.close()


def make(services: Services, body: bytes = b"", **environ: Any) -> Request:
    return Request(
        {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **environ},
        services,
    )


def test_a_packed_body_is_unpacked_whatever_its_members(services: Services) -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two")
    assert make(services, body, HTTP_CONTENT_ENCODING="gzip").body() == b"one two"


@pytest.mark.parametrize("body", [b"plain", gzip.compress(b"x" * 100)[:-9], gzip.compress(b"x")[:5]])
def test_a_body_that_is_no_gzip_is_refused(services: Services, body: bytes) -> None:
    with pytest.raises(Invalid):
        make(services, body, HTTP_CONTENT_ENCODING="gzip").body()


def test_a_bomb_is_refused_without_unpacking_it(services: Services) -> None:
    with pytest.raises(TooLarge):
        make(services, gzip.compress(b"0" * 50_000_000), HTTP_CONTENT_ENCODING="gzip").body()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_the_limit_is_refused(services: Services, chunked: bool) -> None:
    environ = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"} if chunked else {}
    with pytest.raises(TooLarge):
        make(services, b"x" * 1001, **environ).body()
    assert make(services, b"x" * 1000, **environ).body() == b"x" * 1000


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 900, b'{"a": NaN}', b"\xff\xfe"])
def test_what_is_no_json_is_a_400(services: Services, body: bytes) -> None:
    with pytest.raises(Invalid):
        make(services, body).json()


def test_half_a_surrogate_pair_becomes_a_replacement_character(services: Services) -> None:
    assert make(services, rb'{"a": "\ud800x"}').json() == {"a": "\ufffdx"}


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        ({"a": "x", "b": None, "c": 1}, {"a": str, "b": int}, {"a": "x"}),
        ({"a": [{"n": 1, "z": 2}]}, {"a": [{"n": int}]}, {"a": [{"n": 1}]}),
        ({"i": "00000000000000aa"}, {"i": ID}, {"i": "00000000000000aa"}),
        ({"i": ""}, {"i": OPTIONAL_ID}, {}),
        ({"f": 1}, {"f": float}, {"f": 1}),
        ({"o": [1, {}]}, {"o": object}, {"o": [1, {}]}),
    ],
)
def test_fields_are_taken_by_their_shape(value: object, shape: object, expected: object) -> None:
    assert decode(value, shape) == expected


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ([], {"a": str}),
        ({"a": 1}, {"a": str}),
        ({"a": True}, {"a": int}),
        ({"a": 1.0}, {"a": int}),
        ({"a": 1 << 63}, {"a": int}),
        ({"a": "1"}, {"a": int}),
        ({"a": "x"}, {"a": [str]}),
        ({"a": "zz"}, {"a": ID}),
        ({"a": "0" * 16}, {"a": ID}),
        ({"a": 5}, {"a": ID}),
    ],
)
def test_a_field_of_the_wrong_type_is_refused(value: object, shape: object) -> None:
    with pytest.raises(Invalid):
        decode(value, shape)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=-1", "limit=x", "offset=x", "after=zz", "limit=99999999999999999999"]
)
def test_a_bad_page_is_refused(services: Services, query: str) -> None:
    with pytest.raises(Invalid):
        make(services, QUERY_STRING=query).page()


@pytest.mark.parametrize(
    ("limit", "offset", "count", "expected"),
    [
        (2, 0, 1, {"self": "/p?limit=2&offset=0"}),
        (2, 0, 2, {"self": "/p?limit=2&offset=0", "next": "/p?limit=2&offset=2"}),
        (2, 1, 2, {"prev": "/p?limit=2&offset=0", "self": "/p?limit=2&offset=1", "next": "/p?limit=2&offset=3"}),
        (2, -1, 0, {"self": "/p?limit=2&offset=-1"}),
    ],
)
def test_links_of_a_page(limit: int, offset: int, count: int, expected: dict[str, str]) -> None:
    assert page_links("/p", {"gone": None}, limit, offset, count) == expected
