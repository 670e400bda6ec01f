"""What only a real process shows: terminals, closed pipes, interruptions, and what a start imports."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from calls import PROGRAM, of_process


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    return of_process(env)


def on_terminal(argv: list[str], env: dict[str, str], columns: int, typed: bytes = b"") -> tuple[int, str]:
    """Run a command on a pseudo-terminal of that width; (exit code, what it printed)."""
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (24, columns))
    process = subprocess.Popen([*PROGRAM, *argv], stdin=child, stdout=child, stderr=child, env=env, close_fds=True)
    os.close(child)
    if typed:
        os.write(parent, typed)
    seen = b""
    while True:
        try:
            chunk = os.read(parent, 4096)
        except OSError:  # Linux says EIO when the other side is closed
            break
        if not chunk:
            break
        seen += chunk
    os.close(parent)
    return process.wait(timeout=60), seen.decode()


def test_a_narrow_terminal_is_not_overrun_and_gets_colour(env: dict[str, str]) -> None:
    code, text = on_terminal(["authorization", "list"], env, 60)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert plain != text
    assert max(len(line) for line in plain.splitlines()) <= 60


def test_no_color_means_none(env: dict[str, str]) -> None:
    for options, extra in ((["--no-color"], {}), ([], {"NO_COLOR": "1"})):
        code, text = on_terminal(["authorization", "list", *options], env | extra, 60)
        assert code == 0
        assert "\x1b" not in text


def test_a_question_is_asked_on_a_terminal(env: dict[str, str]) -> None:
    code, text = on_terminal(["bucket", "delete", "default"], env, 80, b"n\n")
    assert code == 1
    assert "Delete bucket default? [y/N]" in text
    code, text = on_terminal(["bucket", "delete", "default"], env, 80, b"y\n")
    assert code == 0
    assert "Deleted bucket default" in text


def test_a_reader_that_leaves_early_is_no_error(env: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "api", "--list", "-O", "jsonl"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0
    process.stderr.close()


def test_ctrl_c_in_the_middle_of_a_write(env: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "write", "--bucket", "default", "--batch-lines", "1", "--trace", "-"],
        env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.write(b"m v=1 1\nm v=2 2\n")  # and the end never comes
    process.stdin.flush()
    while b"204" not in process.stderr.readline():
        assert process.poll() is None
    code = None
    while code is None:  # a signal that arrives inside a finalizer is lost: people press again, too
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(timeout=2)
    error = process.stderr.read().decode()
    for stream in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(BrokenPipeError):
            stream.close()
    assert code == 130
    assert "Error: interrupted: " in error
    assert "Traceback" not in error


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_write_that_was_stopped_goes_on_with_resume(
    number: int, code: int, env: dict[str, str], tmp_path: Path
) -> None:
    env["INFLUXCTL_STATE_DIR"] = str(tmp_path / "state")
    path = tmp_path / "big.lp"
    path.write_bytes(b"".join(b"m,t=a f=%d %d\n" % (i, i) for i in range(1, 30_001)))
    command = ["write", "--bucket", "default", "-f", str(path), "--batch-lines", "1000"]
    parent, child = pty.openpty()
    process = subprocess.Popen([*PROGRAM, *command, "--rate-limit", "100kB/s"], stderr=child, env=env, close_fds=True)
    os.close(child)
    seen = b""
    while b" lines, " not in seen:  # the progress
        seen += os.read(parent, 4096)
    assert b"% " in seen or b" s left" in seen
    process.send_signal(number)
    assert process.wait(timeout=60) == code
    if code == 130:
        with contextlib.suppress(OSError):
            while b"--resume" not in seen:
                seen += os.read(parent, 4096)
        assert b"repeat the command with --resume" in seen
    os.close(parent)
    assert list((tmp_path / "state" / "writes").iterdir()) != []
    ran = subprocess.run(
        [*PROGRAM, *command, "--resume"], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert re.match(r"Going on at line \d{1,2},001 ", ran.stderr)
    query = 'from(bucket: "default") |> range(start: 0) |> count() |> keep(columns: ["_value"])'
    ran = subprocess.run([*PROGRAM, "query", query], env=env, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == ["result,table,_value", "_result,0,30000"]


HEAVY = (
    "requests",
    "rich",
    "yaml",
    "sqlite3",
    "numpy",
    "polars",
    "jmespath",
    "influxctl.local",
    "influxctl.flux",
    "influxctl.engine",
)


@pytest.mark.parametrize(
    ("argv", "forbidden"),
    [
        (["--version"], ("typer", "influxctl.cli", *HEAVY)),
        (["--help"], ("typer", "influxctl.cli", *HEAVY)),
        (["bucket", "--help"], HEAVY),
        (["write", "--help"], HEAVY),
        (["config", "path"], HEAVY),
        (["query", "--help"], HEAVY),
        (["bucket", "list", "--nonsense"], HEAVY),
    ],
)
def test_a_start_imports_nothing_it_does_not_need(
    argv: list[str], forbidden: tuple[str, ...], env: dict[str, str]
) -> None:
    script = (
        "import sys\nfrom influxctl.__main__ import main\nmain(sys.argv[1:])\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", script, *argv], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    loaded = ran.stderr.split()
    assert [name for name in loaded if any(name == heavy or name.startswith(heavy + ".") for heavy in forbidden)] == []


def test_the_shipped_help_is_that_of_the_program(env: dict[str, str]) -> None:
    from influxctl.__main__ import HELP_FILE

    slow = subprocess.run(
        [*PROGRAM, "--no-color", "--help"], env=env | {"COLUMNS": "104"}, capture_output=True, text=True, check=True
    )
    fast = subprocess.run([*PROGRAM, "--help"], env=env, capture_output=True, text=True, check=True)
    assert fast.stdout == Path(HELP_FILE).read_text(encoding="utf-8")
    # Typer writes choices as [a|b] before 0.28 and as <a|b> since.
    assert (
        slow.stdout.translate(str.maketrans("[]", "<>")).split()
        == fast.stdout.translate(str.maketrans("[]", "<>")).split()
    )


def test_programs_on_the_path_run_as_commands(env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("hello", 'echo "hello $@"; exit 3'), ("bucket", "echo never")):
        program = folder / f"influxctl-{name}"
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    (folder / "influxctl-notes").write_text("no program")
    env["PATH"] = f"{folder}:{env['PATH']}"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*PROGRAM, *words], env=env, capture_output=True, text=True, timeout=60, check=False)

    ran = run("hello", "--json", "two words")
    assert (ran.returncode, ran.stdout) == (3, "hello --json two words\n")
    assert run("bucket", "list", "--fields", "name").stdout.splitlines()[0] == "Name"
    listed = run("extension", "list", "-O", "csv").stdout.splitlines()
    assert listed == [
        "Name,Program,Note",
        f"bucket,{folder}/influxctl-bucket,hidden by 'influxctl bucket'",
        f"hello,{folder}/influxctl-hello,",
    ]
    ran = run("--json", "hello")
    assert ran.returncode == 2 and "options go behind the name" in ran.stderr
    assert run("notes").returncode == 2
    run("alias", "set", "hello", "bucket list --fields name")
    assert run("hello").stdout.splitlines()[0] == "Name"


@pytest.mark.parametrize("compat", ["", "influx"])
@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["config", "list"]])
def test_a_full_disk_is_told(argv: list[str], compat: str, env: dict[str, str]) -> None:
    env["INFLUXCTL_COMPAT"] = compat
    with open("/dev/full", "w") as full:
        ran = subprocess.run([*PROGRAM, *argv], stdout=full, stderr=subprocess.PIPE, text=True, env=env, timeout=60)
    assert ran.returncode == 1
    assert "Error: " in ran.stderr and "No space left on device" in ran.stderr and "Traceback" not in ran.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_a_stream_that_is_closed_or_full_changes_no_exit_code(closed: str, env: dict[str, str]) -> None:
    for line, code in (
        ("--version", 0),
        ("--help", 0),
        ("bucket list", 0),
        ("bucket get none", 3),
        ("task create --every 1h", 2),
    ):
        command = f"exec {' '.join(PROGRAM)} {line} {closed}"
        ran = subprocess.run(
            ["sh", "-c", command],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == code, (line, ran.stderr)
        assert "Traceback" not in ran.stderr and "defect" not in ran.stderr
        assert ran.stderr.count("\n") == (0 if code == 0 or "2>" in closed else 1)


def test_what_cannot_be_written_is_one_line(env: dict[str, str]) -> None:
    for line in ("bucket list", "bucket --help", "help topics", "query 'buckets()' --json"):
        ran = subprocess.run(
            ["sh", "-c", f"exec {' '.join(PROGRAM)} {line} >/dev/full"],
            env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == 1, line
        assert ran.stderr.count("\n") == 1 and "writing failed: No space left on device" in ran.stderr
