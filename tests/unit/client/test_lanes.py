"""Lanes: bounded work in threads, acknowledged in order."""

from __future__ import annotations

import threading
import time

import pytest

from influxctl.client.lanes import Lanes


def test_items_are_acknowledged_in_order_however_long_they_take() -> None:
    gates = [threading.Event() for _ in range(4)]
    worked: list[int] = []
    done: list[int] = []

    def work(item: int) -> None:
        gates[item].wait(10)
        worked.append(item)

    lanes: Lanes[int] = Lanes(work, done.append, 4)
    for item in range(4):
        lanes.put(item)
    for item in (2, 3, 1):
        gates[item].set()
        while item not in worked:
            time.sleep(0.001)
    assert done == []
    gates[0].set()
    lanes.finish()
    assert done == [0, 1, 2, 3]


def test_put_waits_while_enough_is_on_its_way() -> None:
    gate = threading.Event()
    lanes: Lanes[int] = Lanes(lambda item: gate.wait(10) and None, lambda item: None, 2)
    put: list[int] = []

    def reader() -> None:
        for item in range(6):
            lanes.put(item)
            put.append(item)

    thread = threading.Thread(target=reader)
    thread.start()
    time.sleep(0.05)
    assert len(put) == 3  # two that are worked on, one that waits
    gate.set()
    thread.join(10)
    lanes.finish()
    assert len(put) == 6


def test_a_failure_ends_it_and_is_raised_where_items_are_put() -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 1:
            raise ValueError("no")

    lanes: Lanes[int] = Lanes(work, done.append)
    with pytest.raises(ValueError, match="no"):
        for item in range(100):
            lanes.put(item)
        lanes.finish()
    lanes.stop()
    assert done == [0]


def test_stop_lets_what_is_under_way_come_to_its_end() -> None:
    began = threading.Event()
    done: list[int] = []

    def work(item: int) -> None:
        began.set()
        time.sleep(0.05)

    lanes: Lanes[int] = Lanes(work, done.append)
    lanes.put(0)
    began.wait(10)
    lanes.put(1)
    lanes.stop()
    assert done == [0]
