"""Follows the pages of a list: `links.next`, else `offset`, else `after`, until a limit or the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

from influxctl.client.client import Client
from influxctl.contract.model import Operation
from influxctl.contract.operations import OPERATIONS

PAGE = 100  # asked for where the contract names no greatest page


def pages(
    client: Client,
    op_id: str,
    query: Mapping[str, object] | None = None,
    limit: int | None = None,
    *,
    path: Mapping[str, object] | None = None,
) -> Iterator[Any]:
    """The items of a list operation one by one (objects; texts where the list is of names), at most `limit`.

    Pages are got as they are needed. A `limit` in `query` is the size of a page.
    """
    return islice(_items(client, OPERATIONS[op_id], dict(query or {}), limit, path), limit)


def _items(
    client: Client,
    operation: Operation,
    query: dict[str, object],
    limit: int | None,
    path: Mapping[str, object] | None,
) -> Iterator[Any]:
    size = _page_size(operation, query, limit)
    if size is not None:
        query["limit"] = size
    previous: object = None
    while True:
        document = client.call(operation.id, path, query).json()
        items = items_of(document)
        first = items[0] if items else None
        if not items or (first == previous and first is not None):
            return  # the end, or a server that gives the same page for ever
        previous = first
        yield from items
        following = _next(operation, document, query, items, size)
        if following is None:
            return
        query = following


def items_of(document: object) -> list[Any]:
    """The list inside the answer of a list operation: the answer itself, or its only property that is a list."""
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        for key, value in document.items():
            if isinstance(value, list) and key != "links":
                return value
    return []


def _page_size(operation: Operation, query: Mapping[str, object], limit: int | None) -> int | None:
    """How many items to ask for at once; None if the operation has no such parameter."""
    param = operation.param("limit")
    if param is None:
        return None
    if isinstance(query.get("limit"), int):
        return int(str(query["limit"]))
    most = int(param.maximum) if param.maximum else PAGE
    return most if limit is None else max(1, min(most, limit))


def _next(
    operation: Operation, document: object, query: dict[str, object], items: list[Any], size: int | None
) -> dict[str, object] | None:
    """The query of the next page, None after the last."""
    links = document.get("links") if isinstance(document, dict) else None
    link = links.get("next") if isinstance(links, dict) else None
    if isinstance(link, dict):
        link = link.get("href")
    if link:
        rest = {key: value for key, value in query.items() if key not in ("offset", "after")}
        given = parse_qs(urlsplit(str(link)).query, keep_blank_values=True)
        return rest | {key: values[0] if len(values) == 1 else values for key, values in given.items()}
    if size is None or len(items) != size:
        return None
    if operation.param("offset") is not None and not query.get("after"):
        return {**query, "offset": int(str(query.get("offset") or 0)) + len(items)}
    last = items[-1]
    if operation.param("after") is not None and isinstance(last, dict) and last.get("id"):
        return {**query, "after": last["id"]}
    return None
