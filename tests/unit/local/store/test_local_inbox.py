"""The inbox of caught notifications, and the networks of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from influxctl.core.errors import Unavailable
from influxctl.flux.world import HttpAnswer
from influxctl.local.query.network import PAUSES, Catching, Retrying
from influxctl.local.store.db import Database
from influxctl.local.store.inbox import KEPT, Inbox


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with closing(Database(tmp_path)) as database:
        yield Inbox(database)


@pytest.mark.parametrize(
    ("url", "status"), [("https://hooks.slack.com/x", 200), ("https://events.pagerduty.com/v2/enqueue", 202)]
)
def test_what_is_caught_is_kept_and_answered_as_taken(inbox: Inbox, url: str, status: int) -> None:
    headers = {"Authorization": "Bearer secret", "Content-Type": "text/plain"}
    assert Catching(inbox).send("POST", url, headers, b"hot \xff", 1).status == status
    (found,) = inbox.find()
    assert (found["method"], found["url"], found["body"]) == ("POST", url, "hot \ufffd")
    assert found["headers"] == {"Authorization": "…", "Content-Type": "text/plain"}
    inbox.clear()
    assert inbox.find() == []


def test_the_oldest_go_when_it_is_full(inbox: Inbox) -> None:
    with inbox.db.transaction():
        for number in range(KEPT + 3):
            inbox.add("POST", str(number), {}, b"")
    assert [one["url"] for one in inbox.find()] == [str(number) for number in range(3, KEPT + 3)]


class Receiver:
    """Answers what it is told to, one after the other; None is a refused connection."""

    def __init__(self, *answers: int | None) -> None:
        self.answers = list(answers)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> HttpAnswer:
        status = self.answers.pop(0)
        if status is None:
            raise Unavailable("refused")
        return HttpAnswer(status, {}, b"")


@pytest.mark.parametrize(
    ("answers", "status", "pauses"),
    [((200,), 200, 0), ((400,), 400, 0), ((503, 200), 200, 1), ((None, 429, 204), 204, 2), ((503, 503, 503), 503, 2)],
)
def test_a_receiver_that_is_away_is_asked_again(answers: tuple[int | None, ...], status: int, pauses: int) -> None:
    waited: list[float] = []
    receiver = Receiver(*answers)
    assert Retrying(receiver, waited.append).send("POST", "http://x", {}, b"", 1).status == status
    assert waited == list(PAUSES[:pauses]) and receiver.answers == []


def test_the_last_error_is_told() -> None:
    with pytest.raises(Unavailable):
        Retrying(Receiver(None, None, None), lambda seconds: None).send("POST", "http://x", {}, b"", 1)
