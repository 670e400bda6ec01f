"""Threads of which one leads: it waits for connections and works on what is ready, itself, without handing anything over.

One thread holds Python's interpreter lock at a time, so that requests handed from thread to thread spend more on the handing than on
the work: eight clients got fewer answers than one. Here the leader answers short requests one after the other. A request that turns
out to be long (`GRACE_SECONDS`), or that has to wait for its client (`step_down`), keeps its thread, and another one takes the lead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

GRACE_SECONDS = 0.005  # how long the leader may work on one connection before another thread takes the lead
# Polars has SIGINT restart what it interrupts: a main thread that waits without end would never run Python's handler.
_NAP_SECONDS = 0.5
_QUIET_TICKS = 40  # of GRACE_SECONDS without work, after which the watch sleeps until there is some


class _Member:
    """One thread. `turn` lets it lead; it is held while the thread has nothing to do."""

    __slots__ = ("dismissed", "turn")

    def __init__(self) -> None:
        self.dismissed = False
        self.turn = threading.Lock()
        self.turn.acquire()


class Crew:
    """`lead` is called in a thread again and again while that thread is the leader: it waits for work and does a piece of it, between
    `begin` and `end`. `replaced` is called, under the crew's lock, when the leader is relieved in the middle of a piece."""

    def __init__(self, lead: Callable[[], None], replaced: Callable[[], None], limit: int) -> None:
        """At most `limit` threads."""
        self.lock = threading.Lock()
        self._lead = lead
        self._replaced = replaced
        self._limit = limit
        self._members = 0
        self._spare: list[_Member] = []
        self._leader: _Member | None = None
        self._mine = threading.local()
        self._piece = 0  # number of the piece of work that the leader is at; 0 between two
        self._pieces = 0
        self._over = False
        self._asleep = False
        self._awake = threading.Event()
        self._idle = threading.Condition(self.lock)

    def start(self) -> None:
        """Begin with one thread."""
        with self.lock:
            self._promote()

    def watch(self) -> None:
        """Relieve leaders that are at one piece for too long, until `dismiss`. Runs in the thread that calls it."""
        quiet = seen = 0
        while not self._over:
            time.sleep(GRACE_SECONDS)
            with self.lock:
                piece = self._piece
                if piece and piece == seen:
                    self._relieve()
                quiet = 0 if piece or self._pieces != seen else quiet + 1
                seen = piece or self._pieces
                self._asleep = quiet > _QUIET_TICKS
            if self._asleep and not self._piece and not self._over:
                self._awake.wait(_NAP_SECONDS)
                self._awake.clear()

    def begin(self) -> None:
        """The leader begins a piece of work."""
        self._pieces += 1
        self._piece = self._pieces
        if self._asleep:
            self._asleep = False
            self._awake.set()

    def end(self) -> None:
        """A piece is done."""
        with self.lock:
            if self._leader is self._mine.member:
                self._piece = 0

    def step_down(self) -> bool:
        """The thread is about to wait for a client: let another one lead. False if there are as many threads as may be, all busy."""
        with self.lock:
            return self._leader is not self._mine.member or self._relieve()

    def leads(self) -> bool:
        """Whether the calling thread is the leader. Asked under the lock."""
        return self._leader is not None and self._leader is getattr(self._mine, "member", None)

    def dismiss(self) -> None:
        """Nobody leads any more; `watch` returns. Threads that are at work end when it is done."""
        with self.lock:
            self._over = True
            self._leader = None
            self._members -= len(self._spare)
            for member in self._spare:
                member.dismissed = True
                member.turn.release()
            self._spare.clear()
        self._awake.set()

    def finished(self, seconds: float) -> bool:
        """Wait until no thread is at work any more, for some time. Whether that is so."""
        with self.lock:
            return self._idle.wait_for(lambda: self._members == 0, seconds)

    def _relieve(self) -> bool:
        if self._over or self._leader is None or (not self._spare and self._members >= self._limit):
            return False
        # In this order: the next leader runs at once, and its first piece of work must not be taken for the last one's.
        self._piece = 0
        self._replaced()
        self._promote()
        return True

    def _promote(self) -> None:
        if self._spare:
            member = self._spare.pop()
        else:
            member = _Member()
            self._members += 1
            threading.Thread(target=self._run, args=(member,), name=f"http-{self._members}", daemon=True).start()
        self._leader = member
        member.turn.release()

    def _run(self, member: _Member) -> None:
        self._mine.member = member
        while True:
            member.turn.acquire()
            while self._leader is member:
                self._lead()
            with self.lock:
                if self._over:
                    if not member.dismissed:
                        self._members -= 1
                    self._idle.notify_all()
                    return
                self._spare.append(member)
