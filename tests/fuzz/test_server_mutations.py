"""Recorded requests, damaged at random: never a server error, never a traceback."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from influxctl.testing import LocalServer, local_server

DATA = Path(__file__).resolve().parents[1] / "data" / "conformance" / "scenarios"
EACH = 60  # mutations of a recording
NASTY = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"%00",
        b"%",
        b"%zz",
        b"..",
        b"/",
        b"//",
        b"0" * 16,
        b"-1",
        b"9" * 40,
        b"[",
        b"{",
        b'"',
        b"\\u0000",
    ),
    *(b"\\ud800", b"null", b"1e999", b"NaN", b"\r\n", b"'; DROP TABLE resource; --", b"${x}", "é🌡".encode()),
)


def damaged(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            data = data[:at] + rng.choice(NASTY) + data[at:]
        elif kind == 1:
            data = data[:at] + data[at + rng.randrange(1, 9) :]
        elif kind == 2 and data:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        else:
            data = data[:at] + data[at // 2 : at] + data[at:]
    return data


def ask(server: LocalServer, method: str, target: bytes, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Straight into the WSGI app: a client would refuse to send half of this."""
    path, _, query = target.partition(b"?")
    started: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "REQUEST_URI": target.decode("latin-1"),
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_AUTHORIZATION": "Token my-token",
        **{
            ("CONTENT_TYPE" if k.lower() == "content-type" else f"HTTP_{k.upper().replace('-', '_')}"): v
            for k, v in headers.items()
        },
    }
    chunks = server.adapter.app(environ, lambda status, headers, exc_info=None: started.append(status))
    return int(started[0][:3]), b"".join(chunks)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda p: p.stem)
def test_a_damaged_request_is_no_server_error(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(path.stem)
    steps = json.loads(path.read_text())["steps"]
    with local_server() as server:
        ids = {"org": server.org_id, "bucket": server.bucket_id, "user": server.user_id}
        for _ in range(EACH):
            step = rng.choice(steps)
            method, target = step["do"].split(" ", 1)
            body = (
                json.dumps(step["json"])
                if "json" in step
                else step.get("body") or json.dumps({"query": step.get("flux", "")})
            )
            for name, id in ids.items():
                target, body = (text.replace(f"${{{name}}}", id) for text in (target, body))
            sent, at = body.encode(), target.encode()
            if rng.random() < 0.6:
                sent = damaged(sent, rng)
            else:
                at = b"/" + damaged(at[1:], rng)
            status, answer = ask(server, method, at, sent, step.get("headers") or {})
            allowed = status == 501 and b"not implemented" in answer
            assert status < 500 or allowed, f"{method} {at!r} {sent[:500]!r}: {status} {answer[:300]!r}"
    assert "Traceback" not in capsys.readouterr().err
