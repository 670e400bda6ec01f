"""Paging: every list is followed to its end or its limit, and never for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from influxctl.client.client import Client
from influxctl.client.paging import items_of, pages
from influxctl.client.transport import make_session

URL = "http://influx.test:8086"


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client() -> Client:
    return Client(URL, make_session(), token="t")


def serve(
    mocked: responses.RequestsMock, name: str, total: int, way: str, path: str | None = None
) -> list[dict[str, list[str]]]:
    """A list of `total` objects that pages by `way`; returns the queries that it sees."""
    seen: list[dict[str, list[str]]] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        import json

        query = parse_qs(urlsplit(request.url or "").query)
        seen.append(query)
        size = int(query.get("limit", ["20"])[0])
        start = int(query.get("offset", ["0"])[0])
        if "after" in query:
            start = int(query["after"][0], 16) + 1
        part = [{"id": f"{i:016x}"} for i in range(total)][start : start + size]
        document: dict[str, Any] = {name: part, "links": {"self": "/"}}
        if way == "next" and start + size < total:
            document["links"]["next"] = f"/api/v2/{name}?limit={size}&offset={start + size}&org=o%20o"
        return 200, {}, json.dumps(document)

    mocked.add_callback(responses.GET, f"{URL}/api/v2/{path or name}", callback=answer)
    return seen


@pytest.mark.parametrize(
    ("operation", "name", "way"),
    [
        ("GetBuckets", "buckets", "next"),
        ("GetBuckets", "buckets", "offset"),
        ("GetOrgs", "orgs", "offset"),
        ("GetTasks", "tasks", "after"),
    ],
)
@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 250, 500, 1001])
def test_every_item_comes_once(
    mocked: responses.RequestsMock, client: Client, operation: str, name: str, way: str, total: int
) -> None:
    serve(mocked, name, total, way)
    assert [int(item["id"], 16) for item in pages(client, operation)] == list(range(total))


def test_limit_asks_for_no_more_than_needed(mocked: responses.RequestsMock, client: Client) -> None:
    seen = serve(mocked, "buckets", 1000, "next")
    assert len(list(pages(client, "GetBuckets", {"org": "o"}, 5))) == 5
    assert len(list(pages(client, "GetBuckets", {}, 150))) == 150
    assert [query["limit"] for query in seen] == [["5"], ["100"], ["100"]]
    assert list(pages(client, "GetBuckets", {}, 0)) == []


def test_page_size_offset_and_other_parameters_are_kept(mocked: responses.RequestsMock, client: Client) -> None:
    seen = serve(mocked, "buckets", 50, "offset")
    assert len(list(pages(client, "GetBuckets", {"limit": 20, "offset": 10, "org": "o"}))) == 40
    assert [(q["offset"], q["limit"], q["org"]) for q in seen] == [
        (["10"], ["20"], ["o"]),
        (["30"], ["20"], ["o"]),
        (["50"], ["20"], ["o"]),
    ]


def test_links_next_replaces_offset_and_keeps_the_rest(mocked: responses.RequestsMock, client: Client) -> None:
    seen = serve(mocked, "buckets", 30, "next")
    assert len(list(pages(client, "GetBuckets", {"limit": 20, "org": "o o", "name": "x"}))) == 30
    assert seen[1] == {"limit": ["20"], "org": ["o o"], "name": ["x"], "offset": ["20"]}


def test_server_that_ignores_paging_is_read_once(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.get(f"{URL}/api/v2/buckets", json={"buckets": [{"id": str(i)} for i in range(100)]})
    assert len(list(pages(client, "GetBuckets"))) == 100
    assert len(mocked.calls) == 2  # the second page is the first one again


def test_list_without_paging_and_path_parameters(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.get(f"{URL}/api/v2/orgs/1/secrets", json={"links": {}, "secrets": ["a", "b"]})
    assert list(pages(client, "GetOrgsIDSecrets", path={"orgID": "1"})) == ["a", "b"]
    assert mocked.calls[0].request.url == f"{URL}/api/v2/orgs/1/secrets"


@pytest.mark.parametrize(
    ("document", "expected"),
    [([1], [1]), ({"links": [1], "labels": [2]}, [2]), ({}, []), (None, []), ({"buckets": None}, [])],
)
def test_items_of(document: object, expected: list[object]) -> None:
    assert items_of(document) == expected
