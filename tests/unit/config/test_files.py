"""The profile file under concurrent writers and readers, and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from influxctl.config.files import edit_profiles, read_profiles


def test_concurrent_writers_lose_nothing_and_readers_never_see_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "profiles.toml"
    failures: list[BaseException] = []
    finished = threading.Event()

    def write(who: int) -> None:
        for i in range(10):
            edit_profiles(
                path, lambda profiles, name=f"p{who}-{i}": profiles.add(name, {"url": "http://x", "org": "o" * 500})
            )  # type: ignore[misc]

    def read() -> None:
        try:
            while not finished.is_set():
                read_profiles(path)
        except BaseException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    finished.set()
    reader.join()
    assert failures == []
    assert len(read_profiles(path).profiles) == 40


def test_reading_settings_imports_nothing_that_is_not_needed() -> None:
    code = (
        "import sys\n"
        "from influxctl.config.profiles import load\n"
        "import influxctl.contract.operations, influxctl.contract.flags\n"
        "load({'INFLUXCTL_CONFIG_DIR': '/nowhere', 'HOME': '/nowhere', 'INFLUX_TOKEN': 't'}).token\n"
        "print(sorted({'platformdirs', 'tomli_w', 'tomllib', 'requests', 'json', 'subprocess', 'tempfile'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
