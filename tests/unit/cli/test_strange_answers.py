"""Servers that are none, or that answer in another shape: every command says so, and none says that something was done."""

from __future__ import annotations

import io
import json
import shlex
from typing import Any

import pytest
import requests
from fake import ID, Recorder, run
from lines import LINES, OSS
from requests.models import Response

PAGE = "<html><head><title>Log in first</title></head></html>"
# Lists and objects where numbers are: what another program at this address might say.
OTHER_SHAPE = dict.fromkeys(
    ("allowed", "buckets", "cells", "content", "events", "id", "links", "name", "runs", "secrets", "summary", "users"),
    5,
)
ANSWERS = {
    "a page": ("text/html", PAGE),
    "nothing": ("application/json", ""),
    "null": ("application/json", "null"),
    "a list": ("application/json", "[]"),
    "a text": ("application/json", '"text"'),
    "another shape": ("application/json", json.dumps(OTHER_SHAPE)),
    "half of it": ("application/json", '{"buckets": [{"id": "01'),
}
# These print what comes, whatever it is, or look at the server's word alone.
AS_IT_COMES = {"GetOrgUsageID", "PostQuery", "PostQueryV1", "GetMetrics"}


class Strange(Recorder):
    """Gives one answer to everything."""

    def __init__(self, media: str, text: str) -> None:
        super().__init__({})
        self.media, self.text = media, text

    def send(self, request: requests.PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        self.requests.append(request)
        response = Response()
        response.status_code, response.url, response.request = 200, str(request.url), request
        response.headers["Content-Type"] = self.media
        response.raw = io.BytesIO(self.text.encode())
        return response


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_command_falls_over_a_strange_answer(answer: str) -> None:
    for operation, line in {**LINES, **OSS}.items():
        words, _, stdin = line.partition("|")
        ran = run(*shlex.split(words), stdin=stdin, recorder=Strange(*ANSWERS[answer]))
        shown = f"{words}: {ran.code}\n{ran.err}"
        assert "defect of influxctl" not in ran.err, shown
        if answer in ("a page", "a text", "half of it") and operation not in AS_IT_COMES:
            assert ran.code != 0 and ran.err.startswith("Error: server.test answered "), shown
            assert "is this the address of an InfluxDB server" in ran.err and ran.err.count("\n") == 1, shown


def test_nothing_counts_as_written_or_deleted_that_a_page_took() -> None:
    ran = run("write", "-b", ID, "m v=1", recorder=Strange(*ANSWERS["a page"]))
    assert (ran.code, ran.out) == (1, "")
    assert "answered PostWrite with a page (Log in first); is this the address" in ran.err
    ran = run("bucket", "delete", ID, recorder=Strange(*ANSWERS["a page"]))
    assert (ran.code, ran.out) == (1, "") and "Deleted" not in ran.err


def test_what_is_odd_about_an_answer_is_named() -> None:
    ran = run("secret", "list", recorder=Strange("application/json", '{"secrets": 5}'))
    assert ran.err.startswith(
        "Error: server.test answered GetOrgsIDSecrets with JSON of another shape: secrets must be array; "
    )
    ran = run("task", "log", "list", ID, recorder=Strange("application/json", '{"events": 5}'))
    assert "another shape: events must be array" in ran.err
