"""Client: what it sends, which failures it tries again, and which error each refusal becomes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from influxctl.client.client import Client
from influxctl.client.transport import RetryPolicy, TransportSettings, make_session, retry_after
from influxctl.core.errors import (
    Conflict,
    Exit,
    Forbidden,
    InfluxctlError,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unreachable,
    UsageError,
)

URL = "http://influx.test:8086"
BUCKETS = f"{URL}/api/v2/buckets"
WRITE = f"{URL}/api/v2/write"


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(pauses: list[float]) -> Client:
    return make_client(sleep=pauses.append)


def make_client(**settings: Any) -> Client:
    settings.setdefault("sleep", lambda seconds: None)
    return Client(URL, make_session(), **({"token": "t0ken"} | settings))


# -- requests ------------------------------------------------------------------------------------------------------


def test_request_comes_from_the_table(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.get(f"{BUCKETS}/a%2Fb%20c", json={"id": "1"})
    answer = client.call("GetBucketsID", {"bucketID": "a/b c"})
    assert answer.json() == {"id": "1"} and answer.status == 200 and answer.media == "application/json"
    sent = mocked.calls[0].request
    assert sent.headers["Authorization"] == "Token t0ken" and sent.headers["Accept"] == "application/json"
    assert "gzip" in sent.headers["Accept-Encoding"] and sent.headers["User-Agent"].startswith("influxctl/")


def test_query_values(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.get(f"{URL}/api/v2/dashboards", json={})
    client.call(
        "GetDashboards", query={"id": ["1", "2"], "descending": True, "limit": 5, "owner": None, "org": "a b&c"}
    )
    assert mocked.calls[0].request.url == f"{URL}/api/v2/dashboards?id=1&id=2&descending=true&limit=5&org=a%20b%26c"


def test_json_and_raw_bodies(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.post(BUCKETS, json={}, status=201)
    mocked.post(WRITE, status=204)
    mocked.post(f"{URL}/api/v2/query", body="")
    client.call("PostBuckets", json={"name": "ž"})
    client.call("PostWrite", query={"org": "o", "bucket": "b"}, body=b"m f=1", headers={"Zap-Trace-Span": "x"})
    client.call("PostQuery", body=b"buckets()")
    first, second, third = (call.request for call in mocked.calls)
    assert first.body == '{"name":"ž"}'.encode() and first.headers["Content-Type"] == "application/json"
    assert second.headers["Content-Type"] == "text/plain; charset=utf-8" and second.headers["Zap-Trace-Span"] == "x"
    assert third.headers["Content-Type"] == "application/vnd.flux"
    assert third.headers["Accept"] == "text/csv, application/json"


@pytest.mark.parametrize("path", [None, {}, {"bucketID": None}, {"bucketID": ""}, {"bucketID": ".."}])
def test_missing_or_unusable_path_parameter_is_found_before_anything_is_sent(
    client: Client, path: dict[str, object] | None
) -> None:
    with pytest.raises(UsageError, match="bucketID"):
        client.call("GetBucketsID", path)


def test_unknown_path_parameter(client: Client) -> None:
    with pytest.raises(UsageError, match="nonsense"):
        client.call("GetBuckets", {"nonsense": "1"})


def test_organization_fills_in_where_one_is_required(mocked: responses.RequestsMock) -> None:
    client = make_client(org="plant")
    mocked.post(WRITE, status=204)
    mocked.post(WRITE, status=204)
    mocked.get(BUCKETS, json={})
    client.call("PostWrite", query={"bucket": "b"}, body=b"m f=1")
    client.call("PostWrite", query={"bucket": "b", "orgID": "1"}, body=b"m f=1")
    client.call("GetBuckets")
    assert [str(call.request.url).partition("?")[2] for call in mocked.calls] == [
        "bucket=b&org=plant",
        "bucket=b&orgID=1",
        "",
    ]


def test_token_function_is_called_late_and_once(mocked: responses.RequestsMock) -> None:
    asked: list[int] = []

    def token() -> str:
        asked.append(1)
        return "late"

    client = make_client(token=token)
    assert asked == []
    mocked.get(BUCKETS, json={})
    client.call("GetBuckets")
    client.call("GetBuckets")
    assert mocked.calls[1].request.headers["Authorization"] == "Token late" and asked == [1]


def test_no_token_and_netrc(mocked: responses.RequestsMock, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine influx.test login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    mocked.get(BUCKETS, json={})
    make_client(token=None).call("GetBuckets")
    make_client().call("GetBuckets")
    assert "Authorization" not in mocked.calls[0].request.headers
    assert mocked.calls[1].request.headers["Authorization"] == "Token t0ken"


def test_sign_in_with_user_and_password_opens_a_session_first(mocked: responses.RequestsMock) -> None:
    mocked.post(f"{URL}/api/v2/signin", status=204, headers={"Set-Cookie": "influxdb-oss-session=abc; Path=/api/"})
    mocked.get(BUCKETS, json={})
    client = make_client(token=None, signin=("ada", "secret"))
    client.call("GetBuckets")
    client.call("GetBuckets")
    assert len(mocked.calls) == 3
    assert mocked.calls[0].request.headers["Authorization"].startswith("Basic ")
    assert mocked.calls[2].request.headers["Cookie"] == "influxdb-oss-session=abc"


def test_extra_headers_go_with_every_request(mocked: responses.RequestsMock) -> None:
    mocked.get(BUCKETS, json={})
    make_client(headers={"X-One": "1"}).call("GetBuckets")
    assert mocked.calls[0].request.headers["X-One"] == "1"


@pytest.mark.parametrize(
    ("name", "value"), [("X-One", "a\nb"), ("X-One", "ž"), ("X One", "a"), ("", "a"), ("X-One", " a")]
)
def test_header_that_cannot_be_sent(name: str, value: str) -> None:
    with pytest.raises(UsageError, match="header"):
        make_client(headers={name: value}).call("GetBuckets")


@pytest.mark.parametrize("token", ["two\nlines", "žluť", "\x00"])
def test_token_that_cannot_be_sent(token: str) -> None:
    with pytest.raises(UsageError, match="token"):
        make_client(token=token).call("GetBuckets")


@pytest.mark.parametrize(
    "call", [{"path": {"bucketID": "\udcff"}}, {"query": {"name": "\udcff"}}, {"json": {"name": "\udcff"}}]
)
def test_bytes_of_the_command_line_that_are_no_text(client: Client, call: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="not valid text"):
        client.call("GetBucketsID" if "path" in call else "GetBuckets", **call)


def test_before_sees_every_request_and_may_stop_it() -> None:
    def stop(operation: Any, request: requests.PreparedRequest) -> None:
        raise UsageError(f"{operation.id} {request.method}")

    with pytest.raises(UsageError, match="PostBuckets POST"):
        make_client(before=stop).call("PostBuckets", json={})


# -- tries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("operation", ["GetBuckets", "PostBuckets"])
def test_busy_server_is_asked_again_whatever_the_operation(
    mocked: responses.RequestsMock, client: Client, pauses: list[float], status: int, operation: str
) -> None:
    for method in (responses.GET, responses.POST):
        if operation.upper().startswith(method):
            mocked.add(method, BUCKETS, status=status)
            mocked.add(method, BUCKETS, status=status, headers={"Retry-After": "7"})
            mocked.add(method, BUCKETS, json={"ok": True})
    assert client.call(operation, json={}).json() == {"ok": True}
    assert 0.15 <= pauses[0] <= 0.3 and pauses[1] == 7


def test_rate_limit_after_all_tries_has_its_own_exit_code(
    mocked: responses.RequestsMock, client: Client, pauses: list[float]
) -> None:
    mocked.get(BUCKETS, status=429, json={"code": "too many requests", "message": "org is over its limit"})
    with pytest.raises(TooManyRequests, match="org is over") as caught:
        client.call("GetBuckets")
    assert caught.value.exit == Exit.RATE_LIMITED and len(pauses) == 3 and caught.value.details["tries"] == 4


def test_too_long_retry_after_is_not_waited_for(
    mocked: responses.RequestsMock, client: Client, pauses: list[float]
) -> None:
    mocked.get(BUCKETS, status=429, headers={"Retry-After": "3600"})
    with pytest.raises(TooManyRequests) as caught:
        client.call("GetBuckets")
    assert pauses == [] and caught.value.details["retry-after"] == "3600"


def refused() -> requests.ConnectionError:
    reason = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    reason.__cause__ = ConnectionRefusedError(111, "Connection refused")
    return requests.ConnectionError(MaxRetryError(None, "/", reason))  # type: ignore[arg-type]


def broken() -> requests.ConnectionError:
    return requests.ConnectionError(
        ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
    )


@pytest.mark.parametrize("error", [refused(), requests.ConnectTimeout()])
def test_connection_that_was_never_made_is_tried_again_for_every_operation(
    mocked: responses.RequestsMock, client: Client, error: Exception
) -> None:
    mocked.post(BUCKETS, body=error)
    mocked.post(BUCKETS, json={"id": "1"}, status=201)
    assert client.call("PostBuckets", json={}).status == 201


@pytest.mark.parametrize("error", [broken(), requests.ReadTimeout()])
def test_lost_answer_is_asked_for_again_only_where_that_does_no_harm(
    mocked: responses.RequestsMock, client: Client, error: Exception
) -> None:
    mocked.get(BUCKETS, body=error)
    mocked.get(BUCKETS, json={})
    mocked.post(WRITE, body=error)
    mocked.post(WRITE, status=204)
    mocked.post(BUCKETS, body=error)
    client.call("GetBuckets")
    client.call("PostWrite", query={"org": "o", "bucket": "b"}, body=b"m f=1 1")
    with pytest.raises(Unreachable):
        client.call("PostBuckets", json={})
    assert len(mocked.calls) == 5


def test_gateway_errors_are_tried_again_only_where_that_does_no_harm(
    mocked: responses.RequestsMock, client: Client
) -> None:
    mocked.get(BUCKETS, status=502)
    mocked.get(BUCKETS, json={})
    mocked.post(BUCKETS, status=504, body="<html><head><title>504 Gateway\n Time-out</title></head></html>")
    client.call("GetBuckets")
    with pytest.raises(Unavailable, match=r"504 .*\(a page: 504 Gateway Time-out\)") as caught:
        client.call("PostBuckets", json={})
    assert caught.value.exit == Exit.UNREACHABLE and caught.value.status == 504


def test_body_from_an_iterator_is_sent_once(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.post(WRITE, status=503)
    with pytest.raises(Unavailable):
        client.call("PostWrite", query={"org": "o", "bucket": "b"}, body=iter([b"m f=1"]))


def test_pauses_double_up_to_a_cap() -> None:
    policy = RetryPolicy(retries=9, base=1, cap=20)
    for tried, most in ((1, 1), (2, 2), (3, 4), (6, 20), (9, 20)):
        pause = policy.pause(tried)
        assert pause is not None and most / 2 <= pause <= most
    assert policy.pause(10) is None


def test_retry_after_forms() -> None:
    assert retry_after("12") == 12
    assert retry_after("soon") is None and retry_after("") is None
    assert retry_after(formatdate(0)) == 0
    late = retry_after(formatdate(4102444800))
    assert late is not None and late > 1e8


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (refused(), "connection refused"),
        (broken(), "connection reset by peer"),
        (requests.ReadTimeout(), "no answer within 30 s"),
        (requests.ConnectTimeout(), "no connection within 10 s"),
        (requests.exceptions.SSLError("x"), "no TLS connection can be made"),
        (requests.exceptions.ProxyError(refused()), "the proxy failed"),
        (requests.exceptions.ChunkedEncodingError(), "the answer broke off"),
    ],
)
def test_network_failures_are_one_line_with_host_and_reason(
    mocked: responses.RequestsMock, client: Client, error: Exception, reason: str
) -> None:
    mocked.post(BUCKETS, body=error)
    with pytest.raises(Unreachable) as caught:
        client.call("PostBuckets", json={})
    assert caught.value.message.startswith("influx.test:8086: ") and reason in caught.value.message
    assert "\n" not in caught.value.message and caught.value.exit == Exit.UNREACHABLE


# -- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "error", "exit_code"),
    [
        (400, "invalid", Invalid, Exit.FAILED),
        (401, "unauthorized", Unauthorized, Exit.NOT_AUTHORIZED),
        (403, "forbidden", Forbidden, Exit.NOT_AUTHORIZED),
        (404, "not found", NotFound, Exit.NOT_FOUND),
        (422, "conflict", Conflict, Exit.CONFLICT),
        (500, "internal error", InfluxctlError, Exit.FAILED),
        (409, "", Conflict, Exit.CONFLICT),
        (404, "no such code", NotFound, Exit.NOT_FOUND),
        (507, "", InfluxctlError, Exit.FAILED),
        (418, "", Invalid, Exit.FAILED),
    ],
)
def test_code_decides_and_else_the_status(
    mocked: responses.RequestsMock, client: Client, status: int, code: str, error: type[InfluxctlError], exit_code: Exit
) -> None:
    mocked.post(BUCKETS, status=status, json={"code": code, "message": "the words"})
    with pytest.raises(error, match="the words") as caught:
        client.call("PostBuckets", json={})
    assert (caught.value.status, caught.value.exit) == (status, exit_code)
    assert caught.value.details["operation"] == "PostBuckets" and caught.value.details["status"] == status


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        ("404 page not found\nmore", {}, "the server answered 404 Not Found: 404 page not found"),
        ("", {}, "the server answered 404 Not Found"),
        ("<html>no title</html>", {}, "the server answered 404 Not Found"),
        (json.dumps({"error": "database not found"}), {}, "database not found"),
        (json.dumps([1]), {}, "the server answered 404 Not Found: [1]"),
        (
            json.dumps(
                {"message": "unprocessable entity", "errors": [{"kind": "Bucket", "reason": "no"}, {"reason": "y"}]}
            ),
            {},
            "Bucket: no; template: y",
        ),
        (json.dumps({"code": "not found"}), {"X-Influx-Error": "from the header"}, "from the header"),
        (b"\x00\x01", {}, "the server answered 404 Not Found"),
    ],
)
def test_words_of_a_refusal(
    mocked: responses.RequestsMock, client: Client, body: str | bytes, headers: dict[str, str], message: str
) -> None:
    mocked.get(BUCKETS, status=404, body=body, headers=headers)
    with pytest.raises(NotFound) as caught:
        client.call("GetBuckets")
    assert caught.value.message == message


def test_redirects_are_followed_for_reading_only(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.get(BUCKETS, status=302, headers={"Location": f"{URL}/elsewhere"})
    mocked.get(f"{URL}/elsewhere", json={"here": 1})
    mocked.post(BUCKETS, status=302, headers={"Location": "https://other/x"})
    assert client.call("GetBuckets").json() == {"here": 1}
    with pytest.raises(InfluxctlError, match="https://other/x"):
        client.call("PostBuckets", json={})


def test_answer_that_is_not_json(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.get(BUCKETS, body="<html>a portal</html>", content_type="text/html")
    with pytest.raises(InfluxctlError, match="answered GetBuckets with a page"):
        client.call("GetBuckets").json()


def test_empty_answer_is_none(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.delete(f"{BUCKETS}/1", status=204)
    assert client.call("DeleteBucketsID", {"bucketID": "1"}).json() is None


def test_streamed_lines(mocked: responses.RequestsMock, client: Client) -> None:
    mocked.post(f"{URL}/api/v2/query", body="a,b\r\n1,é\r\n\r\nlast")
    with client.call("PostQuery", json={"query": "x"}, stream=True) as answer:
        assert list(answer.iter_lines()) == ["a,b", "1,é", "", "last"]


# -- trace ---------------------------------------------------------------------------------------------------------


def test_trace_shows_requests_and_answers_without_secrets(mocked: responses.RequestsMock) -> None:
    lines: list[str] = []
    client = make_client(trace=lines.append, token="t0p-s3cret")
    mocked.post(
        f"{URL}/api/v2/authorizations",
        status=201,
        json={"token": "new-s3cret", "id": "1", "nested": [{"password": "pw-s3cret"}], "description": "t0p-s3cret"},
        headers={"Set-Cookie": "session=c00kie"},
    )
    mocked.post(f"{URL}/query", json={})
    client.call("PostAuthorizations", json={"password": "sent-s3cret", "orgID": "2"})
    client.call("PostQueryV1", query={"u": "ada", "p": "pw-s3cret", "db": "plant", "q": "show tag keys"})
    text = "\n".join(lines)
    assert "s3cret" not in text and "c00kie" not in text and "ada" not in text
    assert f"> POST {URL}/api/v2/authorizations" in text and "Authorization: Token ***" in text
    assert '"orgID": "2"' in text and '"id": "1"' in text and "< 201 Created" in text and "db=plant" in text


def test_trace_says_that_it_tries_again(mocked: responses.RequestsMock) -> None:
    lines: list[str] = []
    mocked.get(BUCKETS, body=refused())
    mocked.get(BUCKETS, status=503)
    mocked.get(BUCKETS, json={})
    make_client(trace=lines.append).call("GetBuckets")
    assert sum(line.startswith("> GET") for line in lines) == 3
    assert sum(line.startswith("* again in") for line in lines) == 2


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (TransportSettings(), True),
        (TransportSettings(verify_ssl=False), False),
        (TransportSettings(ca_cert=__file__), __file__),
        (TransportSettings(verify_ssl=False, ca_cert=__file__), False),
    ],
)
def test_certificates(settings: TransportSettings, expected: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/other.pem")  # what requests would prefer to the session's own setting
    seen: list[object] = []

    def send(self: object, request: requests.PreparedRequest, **keywords: Any) -> requests.Response:
        seen.append(keywords["verify"])
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"{}"
        return answer

    monkeypatch.setattr(requests.Session, "send", send)
    Client("https://x", make_session(settings)).call("GetBuckets")
    assert seen == ["/other.pem" if expected is True else expected]


def test_long_pauses_are_explained(mocked: responses.RequestsMock) -> None:
    told: list[str] = []
    mocked.get(BUCKETS, status=503, headers={"Retry-After": "7"})
    mocked.get(BUCKETS, json={"buckets": []})
    client = Client(URL, make_session(), sleep=lambda seconds: None, waiting=told.append)
    assert client.call("GetBuckets").json() == {"buckets": []}
    assert told == ["influx.test:8086 is busy (503); again in 7 s"]
