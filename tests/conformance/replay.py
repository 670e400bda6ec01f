"""Sends the steps of a recorded conversation and compares the answers: status, media type and body.

JSON bodies compare by value; a `message` beside a `code` is human wording and is not compared. Annotated CSV compares table by table,
tables sorted by result name and group key, numbers with a relative tolerance of 1e-9. IDs, tokens and times near now are masked by
order of first appearance.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import time
from datetime import datetime, timezone

import requests

KEPT_HEADERS = ("location", "www-authenticate", "allow", "x-platform-error-code", "retry-after")
ID = re.compile(r"(?<![0-9a-zA-Z])(?<![0-9]\.)[0-9a-f]{16}(?![0-9a-zA-Z])")
TOKEN = re.compile(r"[A-Za-z0-9_\-]{86}==")
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


class Mask:
    """Replaces volatile substrings by placeholders numbered by first appearance."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], str] = {}

    def _number(self, kind: str, value: str) -> str:
        key = (kind, value)
        if key not in self.seen:
            count = sum(1 for k, _ in self.seen if k == kind) + 1
            self.seen[key] = f"<{kind} {count}>"
        return self.seen[key]

    @staticmethod
    def _time(match: re.Match[str]) -> str:
        text = match.group(0)
        try:
            stamp = datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text).replace("Z", "+00:00"))
        except ValueError:
            return text
        near = abs((datetime.now(timezone.utc) - stamp).total_seconds()) < 3 * 86400
        return "<now>" if near else text

    def text(self, value: str) -> str:
        value = TOKEN.sub(lambda m: self._number("token", m.group(0)), value)
        value = UUID.sub(lambda m: self._number("uuid", m.group(0)), value)
        value = ID.sub(lambda m: self._number("id", m.group(0)), value)
        return TIME.sub(self._time, value)

    def tree(self, value):
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.tree(item) for item in value]
        if isinstance(value, dict):
            return {
                self.text(key): self.tree(f"{item:016x}" if is_id(key, item) else item) for key, item in value.items()
            }
        return value


def is_id(key: str, value) -> bool:
    """Whether this is an ID written as a number (the answers of /templates/apply do that)."""
    return key[-2:].lower() == "id" and isinstance(value, int) and value > 1 << 32


def dig(tree, path: str):
    for part in path.split("."):
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree


def fill(value, variables: dict[str, str]):
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda m: variables[m.group(1)], value)
    if isinstance(value, list):
        return [fill(item, variables) for item in value]
    if isinstance(value, dict):
        return {fill(k, variables): fill(v, variables) for k, v in value.items()}
    return value


def stretch(value, counts: dict[str, int]):
    """The step with each mark of its text repeated as often as `stretch` says."""
    if isinstance(value, str):
        for mark, count in counts.items():
            value = value.replace(mark, mark * count)
    elif isinstance(value, list):
        return [stretch(item, counts) for item in value]
    elif isinstance(value, dict) and counts:
        return {key: item if key == "stretch" else stretch(item, counts) for key, item in value.items()}
    return value


def send(session: requests.Session, url: str, step: dict, variables: dict[str, str]) -> requests.Response:
    step = fill(stretch(step, step.get("stretch") or {}), variables)
    method, path = step["do"].split(" ", 1)
    headers = dict(step.get("headers") or {})
    who = step.get("as", "my-token")
    if who != "none" and "Authorization" not in headers:
        headers["Authorization"] = f"Token {who}"
    data = None
    if "json" in step:
        data = json.dumps(step["json"])
        headers.setdefault("Content-Type", "application/json")
    elif "flux" in step:
        data = json.dumps(
            {
                "query": step["flux"],
                "dialect": step.get(
                    "dialect", {"header": True, "delimiter": ",", "annotations": ["datatype", "group", "default"]}
                ),
            }
        )
        headers.setdefault("Content-Type", "application/json")
        headers.setdefault("Accept", "application/csv")
    elif "body" in step:
        data = step["body"].encode()
        headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    elif "hex" in step:
        data = bytes.fromhex(step["hex"])
        headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    if step.get("gzip"):
        data = gzip.compress(data.encode() if isinstance(data, str) else data or b"", mtime=0)
        headers.setdefault("Content-Encoding", "gzip")
    if step.get("wait"):
        time.sleep(step["wait"])
    deadline = time.monotonic() + 30
    while True:
        answer = session.request(method, url + path, data=data, headers=headers, timeout=60, allow_redirects=False)
        wanted = step.get("until")
        if not wanted or time.monotonic() > deadline:
            return answer
        try:
            if all(dig(answer.json(), p) == v for p, v in wanted.items()):
                return answer
        except (ValueError, LookupError, TypeError):
            pass
        time.sleep(0.25)


def settle(value, ignore: list[str], path: str = ""):
    """Sorts the lists of a JSON answer by their content, IDs, times and ignored paths aside."""

    def without(item, at: str):
        if isinstance(item, dict):
            inner = ((key, f"{at}.{key}" if at else key, sub) for key, sub in item.items())
            return {
                key: without(sub, here)
                for key, here, sub in inner
                if not is_id(key, sub) and not any(matches(here, p) for p in ignore)
            }
        if isinstance(item, list):
            return [without(sub, f"{at}.0" if at else "0") for sub in item]
        return item

    def order(item):
        text = json.dumps(without(item, f"{path}.0" if path else "0"), sort_keys=True)
        return TIME.sub("", ID.sub("", UUID.sub("", TOKEN.sub("", text))))

    if isinstance(value, dict):
        return {key: settle(item, ignore, f"{path}.{key}" if path else key) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((settle(item, ignore, f"{path}.0" if path else "0") for item in value), key=order)
    return value


def describe(step: dict, answer: requests.Response, mask: Mask) -> dict:
    media = answer.headers.get("Content-Type", "").split(";")[0].strip()
    out: dict = {"status": answer.status_code, "type": media}
    kept = {h: mask.text(answer.headers[h]) for h in KEPT_HEADERS if h in answer.headers}
    if kept:
        out["headers"] = kept
    text = answer.text
    if not text:
        return out
    try:
        body = json.loads(text)
        out["json"] = mask.tree(settle(body, step.get("ignore") or []) if step.get("unordered") else body)
    except ValueError:
        try:
            if not text.startswith("{"):
                raise
            out["lines"] = mask.tree([json.loads(line) for line in text.splitlines() if line])
        except ValueError:
            out["text"] = mask.text(text)
    return out


def run(steps: list[dict], session: requests.Session, url: str, setup: bool):
    """Yields (step, answer) with masked answers."""
    variables: dict[str, str] = {"url": url}
    mask = Mask()
    if setup:
        first = session.post(
            url + "/api/v2/setup",
            json={
                "username": "my-user",
                "password": "my-password",
                "org": "my-org",
                "bucket": "my-bucket",
                "token": "my-token",
                "retentionPeriodSeconds": 0,
            },
            timeout=30,
        )
        first.raise_for_status()
        body = first.json()
        variables |= {"org": body["org"]["id"], "bucket": body["bucket"]["id"], "user": body["user"]["id"]}
        for name in ("org", "bucket", "user"):
            mask.text(variables[name])
    for step in steps:
        try:
            answer = send(session, url, step, variables)
        except KeyError as missing:
            yield step, {"status": 0, "type": "", "text": f"not sent: {missing} was not kept"}
            continue
        except requests.RequestException as error:
            yield step, {"status": 0, "type": "", "text": f"no answer: {error}"}
            continue
        for name, path in (step.get("keep") or {}).items():
            try:
                variables[name] = str(dig(answer.json(), path))
            except (ValueError, LookupError, TypeError):
                continue
        described = describe(step, answer, mask)
        if "text" in described:
            described["text"] = described["text"].replace(url, "<url>")
        yield step, described


def tables(text: str) -> list:
    """Annotated CSV as a sorted list of (result, group key, header, rows)."""
    out, notes, header, current = [], {}, None, None
    for row in csv.reader(io.StringIO(text)):
        if not row or row == [""]:
            notes, header = {}, None
            continue
        if row[0].startswith("#"):
            if header is not None:
                notes, header = {}, None
            notes[row[0]] = row[1:]
            continue
        if header is None:
            header, current = row[1:], None
            continue
        cells = row[1:]
        defaults = notes.get("#default", [""] * len(cells))
        cells = [c if c != "" else d for c, d in zip(cells, defaults)]
        groups = notes.get("#group", [])
        key = tuple(
            (h, c) for h, c, g in zip(header, cells, groups) if g == "true" and header != ["error", "reference"]
        )
        position = header.index("table") if "table" in header else None
        number = cells[position] if position is not None else "0"
        result = cells[header.index("result")] if "result" in header else ""
        if current is None or current["number"] != number or current["result"] != result:
            current = {
                "number": number,
                "result": result,
                "key": key,
                "rows": [],
                "header": header,
                "types": notes.get("#datatype", []),
                "group": groups,
            }
            out.append(current)
        current["rows"].append([c for i, c in enumerate(cells) if i != position])
    out.sort(key=lambda t: (t["result"], t["key"], t["header"]))
    return out


def close(a: str, b: str) -> bool:
    if a == b:
        return True
    try:
        x, y = float(a), float(b)
    except ValueError:
        return False
    return x == y or abs(x - y) <= 1e-9 * max(abs(x), abs(y))


def same_csv(want: str, got: str) -> str | None:
    if want[:1] not in ("", "#", ",", "\r", "\n"):  # plain CSV, as InfluxQL answers it
        a, b = list(csv.reader(io.StringIO(want))), list(csv.reader(io.StringIO(got)))
        if len(a) != len(b):
            return f"{len(b)} lines instead of {len(a)}"
        for i, (r, s) in enumerate(zip(a, b)):
            if len(r) != len(s) or not all(close(p, q) for p, q in zip(r, s)):
                return f"line {i}: {s} instead of {r}"
        return None
    a, b = tables(want), tables(got)
    if len(a) != len(b):
        return f"{len(b)} tables instead of {len(a)}"
    for x, y in zip(a, b):
        for part in ("result", "key", "header", "types", "group"):
            if x[part] != y[part]:
                return f"table {x['key']}: {part} {y[part]!r} instead of {x[part]!r}"
        if len(x["rows"]) != len(y["rows"]):
            return f"table {x['key']}: {len(y['rows'])} rows instead of {len(x['rows'])}"
        for i, (r, s) in enumerate(zip(x["rows"], y["rows"])):
            if x["header"] == ["error", "reference"]:
                r, s = r[1:], s[1:]
            if len(r) != len(s) or not all(close(p, q) for p, q in zip(r, s)):
                return f"table {x['key']} row {i}: {s} instead of {r}"
    return None


def matches(path: str, pattern: str) -> bool:
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", "[^.]*"), path)) or path.startswith(pattern + ".")


def is_wording(want: dict, key: str) -> bool:
    """Whether the key holds the wording of an InfluxQL error."""
    return key == "error" and isinstance(want[key], str) and want.keys() <= {"error", "statement_id"}


PLACEHOLDER = re.compile(r"<(?:id|token|uuid) \d+>")


class Names:
    """Which placeholder of an answer stands for which of the recording: bound on first meeting, one to one.

    So a step that fails, and leaves an ID unseen, does not fail the steps after it.
    """

    def __init__(self) -> None:
        self.wanted: dict[str, str] = {}
        self.taken: set[str] = set()

    def same(self, want: str, got: str) -> bool:
        if PLACEHOLDER.split(want) != PLACEHOLDER.split(got):
            return False
        for a, b in zip(PLACEHOLDER.findall(want), PLACEHOLDER.findall(got)):
            if b not in self.wanted and a not in self.taken:
                self.wanted[b] = a
                self.taken.add(a)
            if self.wanted.get(b) != a:
                return False
        return True

    def translate(self, got: str) -> str:
        return PLACEHOLDER.sub(lambda m: self.wanted.get(m.group(0), m.group(0)), got)


def same_json(want, got, ignore: list[str], names: Names, path: str = "") -> str | None:
    if any(matches(path, p) for p in ignore):
        return None
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(want.keys() | got.keys()):
            here = f"{path}.{key}" if path else key
            if any(matches(here, p) for p in ignore):
                continue
            if key not in got:
                return f"{here} is missing"
            if key not in want:
                return f"{here} is not in the reference answer"
            if key == "message" and "code" in want or is_wording(want, key):
                continue
            problem = same_json(want[key], got[key], ignore, names, here)
            if problem:
                return problem
        return None
    if isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            return f"{path}: {len(got)} items instead of {len(want)}"
        for i, (a, b) in enumerate(zip(want, got)):
            problem = same_json(a, b, ignore, names, f"{path}.{i}" if path else str(i))
            if problem:
                return problem
        return None
    if isinstance(want, bool) or isinstance(got, bool) or type(want) is not type(got):
        if (
            isinstance(want, (int, float))
            and isinstance(got, (int, float))
            and not isinstance(want, bool)
            and not isinstance(got, bool)
            and want == got
        ):
            return None
        return (
            None if want is got or (want == got and type(want) is type(got)) else f"{path}: {got!r} instead of {want!r}"
        )
    if isinstance(want, float):
        return None if close(str(want), str(got)) else f"{path}: {got!r} instead of {want!r}"
    if isinstance(want, str):
        return None if names.same(want, got) else f"{path}: {names.translate(got)!r} instead of {want!r}"
    return None if want == got else f"{path}: {got!r} instead of {want!r}"


def compare(step: dict, want: dict, got: dict, names: Names) -> tuple[str | None, bool]:
    """The first difference (None when the answers agree), and whether only wording differs."""
    if want["status"] != got["status"]:
        detail = json.dumps(got.get("json", got.get("text", "")))[:200]
        return f"status {got['status']} instead of {want['status']}: {detail}", False
    if want["type"] != got["type"]:
        return f"media type {got['type']!r} instead of {want['type']!r}", False
    if "instead" in step and not want.keys() & {"json", "lines", "text"}:
        return None, False
    for part in ("json", "lines"):
        if part in want:
            if part not in got:
                return "the body is not JSON" + (" lines" if part == "lines" else ""), False
            problem = same_json(want[part], got[part], step.get("ignore") or [], names)
            wording = re.search('"(message|error)"', json.dumps(want[part]))
            return problem, not problem and want[part] != got[part] and bool(wording)
    if want["type"] in ("text/csv", "application/csv"):
        return same_csv(want.get("text", ""), names.translate(got.get("text", ""))), False
    got = {**got, "text": names.translate(got.get("text", ""))}
    same = want.get("text", "") == got.get("text", "") or "*" in (step.get("ignore") or [])
    return (None if same else f"body {got.get('text', '')[:200]!r} instead of {want.get('text', '')[:200]!r}"), False
