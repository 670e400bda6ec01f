"""Threads that take turns at leading."""

from __future__ import annotations

import threading
import time

from influxctl.local.http.crew import Crew


class Work:
    """Leads: the first piece takes long, the others nothing."""

    def __init__(self, limit: int) -> None:
        self.crew = Crew(self.lead, self.replaced, limit)
        self.release = threading.Event()
        self.led: list[str] = []
        self.handed_over = False
        self.too_early = False
        self.stepped_down: bool | None = None

    def lead(self) -> None:
        first = not self.led
        self.led.append(threading.current_thread().name)
        self.crew.begin()
        if first:
            self.release.wait(5)
        elif not self.handed_over:
            self.too_early = True
        self.crew.end()
        time.sleep(0.001)

    def replaced(self) -> None:
        time.sleep(0.05)  # the next leader would have begun by now, if it could
        self.handed_over = True

    def run(self) -> None:
        self.crew.start()
        watch = threading.Thread(target=self.crew.watch)
        watch.start()
        time.sleep(0.3)
        self.crew.dismiss()
        self.release.set()
        watch.join()
        assert self.crew.finished(5)


def test_a_leader_that_takes_long_is_relieved_before_the_next_one_begins() -> None:
    work = Work(limit=2)
    work.run()
    assert len(set(work.led)) == 2
    assert work.handed_over and not work.too_early


def test_with_no_thread_left_nobody_is_relieved() -> None:
    work = Work(limit=1)
    work.run()
    assert len(work.led) == 1 and not work.handed_over


def test_an_idle_crew_wakes_up_for_a_long_piece() -> None:
    work = Work(limit=2)
    work.led.append("nobody")
    work.handed_over = True
    slow = threading.Event()
    idle = threading.Event()

    def lead() -> None:
        if not idle.wait(0.01):
            return
        work.led.append(threading.current_thread().name)
        work.crew.begin()
        if not slow.is_set():
            slow.set()
            time.sleep(0.3)
        work.crew.end()

    work.crew = Crew(lead, lambda: None, 2)
    work.crew.start()
    watch = threading.Thread(target=work.crew.watch)
    watch.start()
    time.sleep(0.5)  # the watch sleeps
    idle.set()
    assert slow.wait(1)
    time.sleep(0.15)
    assert len(set(work.led)) == 3  # another thread leads while the long piece goes on
    work.crew.dismiss()
    watch.join()
    assert work.crew.finished(5)
