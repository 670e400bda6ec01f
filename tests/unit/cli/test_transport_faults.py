"""What goes wrong on the way to the server, as a person sees it: one line, the right exit code, and nothing on standard output."""

from __future__ import annotations

import json
import ssl

import pytest
import requests
import responses
from fake import ID, run
from responses import matchers

HOST = "http://faults.test"
FAULTS: list[tuple[object, int, str]] = [
    (requests.ConnectionError(ConnectionRefusedError(111, "Connection refused")), 6, "connection refused"),
    (requests.ReadTimeout("slow"), 6, "no answer within"),
    (requests.ConnectTimeout("slow"), 6, "no connection within"),
    (requests.exceptions.SSLError(ssl.SSLError("bad record")), 6, "no TLS connection"),
    (requests.exceptions.ChunkedEncodingError("cut"), 6, "broke off"),
    (requests.exceptions.ProxyError("no"), 6, "the proxy failed"),
    ((429, {}, json.dumps({"code": "too many requests", "message": "slow down"})), 9, "slow down"),
    ((503, {}, json.dumps({"code": "unavailable", "message": "starting"})), 6, "starting"),
    ((502, {}, "<html><title>Bad gateway</title></html>"), 6, "502"),
    ((500, {}, json.dumps({"code": "internal error", "message": "broken"})), 1, "broken"),
    ((413, {}, ""), 1, "413"),
    ((200, {}, '{"buckets": [{"id": "1", "na'), 1, "not JSON"),
    ((302, {"Location": "http://elsewhere.test/"}, ""), 1, ""),
]
COMMANDS = {
    "GET": ["bucket", "get", ID],
    "POST": ["label", "create", "hot"],
}


@pytest.mark.parametrize("method", COMMANDS)
@pytest.mark.parametrize(("fault", "code", "words"), FAULTS)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_fault_is_one_line_and_an_exit_code(
    method: str, fault: object, code: int, words: str, as_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "influxctl.client.transport.RetryPolicy.pause", lambda self, tried, headers=None: 0 if tried < 3 else None
    )
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        if isinstance(fault, Exception):
            mock.add(method, f"{HOST}/api/v2/{'buckets/' + ID if method == 'GET' else 'labels'}", body=fault)
        else:
            status, headers, body = fault  # type: ignore[misc]
            url = f"{HOST}/api/v2/{'buckets/' + ID if method == 'GET' else 'labels'}"
            mock.add(method, url, status=status, headers=headers, body=body)
        mock.add("GET", "http://elsewhere.test/", status=404, body="", match=[matchers.header_matcher({})])
        ran = run(*COMMANDS[method], *(["--json"] if as_json else []), env={"INFLUX_HOST": HOST}, real=True)
    if isinstance(fault, tuple) and fault[0] == 302 and method == "GET":
        code = 3  # reading follows to another address
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1), ran.err
    assert words in ran.err and "secret-token" not in ran.err
    if as_json:
        assert json.loads(ran.err)["exit"] == code


def test_a_result_that_breaks_off_is_no_result() -> None:
    """Half an answer never passes for a whole one."""
    with responses.RequestsMock() as mock:
        text = "#datatype,string,long,long\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n,,0,1\r\n"
        mock.add(
            "POST",
            f"{HOST}/api/v2/query",
            body=text,
            headers={"Content-Length": "9999"},
            auto_calculate_content_length=False,
        )
        ran = run("query", "buckets()", env={"INFLUX_HOST": HOST}, real=True)
    assert ran.code == 6
    assert "broke off" in ran.err
