"""The shell on a pseudo-terminal: typed keys in, a screen out."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import termios
import time
from pathlib import Path

from calls import PROGRAM, of_process

WAIT = 60.0


class Typist:
    """Somebody at a terminal."""

    def __init__(self, argv: list[str], env: dict[str, str]) -> None:
        self._parent, child = pty.openpty()
        termios.tcsetwinsize(child, (40, 100))
        self.process = subprocess.Popen(
            [*PROGRAM, *argv],
            stdin=child,
            stdout=child,
            stderr=child,
            env=env,
            start_new_session=True,
        )
        os.close(child)
        self.seen = ""

    def until(self, text: str) -> str:
        """Wait for a text; what came, without control sequences."""
        deadline, start = time.monotonic() + WAIT, len(self.seen)
        while text not in self.seen[start:]:
            assert time.monotonic() < deadline, f"{text!r} did not come: {self.seen!r}"
            if select.select([self._parent], [], [], 0.2)[0]:
                try:
                    piece = os.read(self._parent, 65536)
                except OSError:
                    break
                if b"\x1b[6n" in piece:  # prompt_toolkit asks where the cursor is
                    os.write(self._parent, b"\x1b[1;1R")
                self.seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", piece.decode(errors="replace"))
        return self.seen[start:]

    def type(self, text: str) -> None:
        os.write(self._parent, text.encode())

    def __del__(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def end(self) -> int:
        code = self.process.wait(timeout=WAIT)
        os.close(self._parent)
        return code


def test_a_session_of_somebody_who_types(env: dict[str, str], tmp_path: Path) -> None:
    env = of_process(env)
    typist = Typist(["shell"], env)
    typist.until("flux>")
    typist.type("x = 20\r")
    typist.type("x + 22\r")
    typist.until("42")
    typist.type('from(bucket: "default")\r')  # it waits for its range
    typist.type("|> ran(start: -1h)\r")
    typist.until("^^^")
    typist.type("aggregateWin\t")
    typist.until("aggregateWindow")  # completed
    typist.type("\x03")  # gives up the line, not the session
    typist.type("\\influxql\r")
    typist.until("influxql>")
    typist.type("SHOW DATABASES\r")
    typist.until("default")
    typist.type("\\q\r")
    assert typist.end() == 0
    history = tmp_path / "state" / "shell-history"
    assert history.stat().st_mode & 0o777 == 0o600
    assert "+x + 22" in history.read_text()


def test_a_script_on_standard_input(env: dict[str, str]) -> None:
    env = of_process(env)
    command = [*PROGRAM, "shell"]
    done = subprocess.run(
        command, input="\\o csv\nx = 6\nx * 7\n", env=env, capture_output=True, text=True, timeout=WAIT
    )
    assert (done.returncode, done.stderr) == (0, "") and ",42" in done.stdout
    done = subprocess.run(command, input="nothing\n", env=env, capture_output=True, text=True, timeout=WAIT)
    assert done.returncode != 0 and "undefined identifier nothing" in done.stderr
