#!/usr/bin/env python3
"""Replays transcripts.json with another `influx` binary (or symlink) and says which commands answer differently.

  replay_cli.py --cli PATH --launch 'CMD with {port} {dir}' [--only REGEX] [-v]
  replay_cli.py --cli PATH --host URL                 a running server that was never set up

Standard library only. Exit code, stdout and written files are compared; stderr counts only as 'wording'.
All commands run, in order, whatever --only says. Last line: 'N of M commands answer as influx does'.
"""

import argparse, difflib, json, os, re, shlex, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.error, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "transcripts.json")
LOGTIME = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d")
TIME = re.compile(r"(?!2006-01-02T15)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
GOTIME = re.compile(r"(?!2006-01-02T15)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} [A-Z]+")
TOKEN = re.compile(r"[A-Za-z0-9_-]{86}==")
ID = re.compile(r"(?<![0-9a-zA-Z.])[0-9a-f]{16}(?![0-9a-zA-Z])")
META = re.compile(r"(?<![\w-])[a-z]+(?:-[a-z0-9]+)*-[0-9a-f]{6,9}(?![\w-])")
NUMID = re.compile(r'("\w*[iI][dD]": )(\d{15,20})(?=[,\n])')  # template summaries carry ids as numbers
NEVER = {"0" * 16}


class Mask:
    def __init__(self, kept, fixed, times, constant=False, one_id=False):
        self.names = {}
        for k, v in kept.items():
            self.names.setdefault(v, k)
        self.fixed, self.times, self.constant, self.one_id, self.seen = fixed, times, constant, one_id, {}

    def num(self, kind, v):
        if kind == "id" and (v in NEVER or v.startswith("00000000")):
            return v
        if self.constant:
            return f"<{kind}>"
        if v in self.names:
            return f"<{self.names[v]}>"
        if kind == "id" and self.one_id:  # ids of different kinds that were made in one millisecond may coincide
            return "<id>"
        d = self.seen.setdefault(kind, {})
        return f"<{kind} {d.setdefault(v, len(d) + 1)}>"

    def __call__(self, s):
        for k, v in self.fixed:
            s = s.replace(v, f"<{k}>")
        s = TOKEN.sub(lambda m: "<token>", s)
        s = re.sub(r"0x[0-9a-f]{6,}", "<pointer>", LOGTIME.sub("<time>", s))
        if self.times:
            s = GOTIME.sub("<time>", TIME.sub("<time>", s))
        s = META.sub(lambda m: self.num("meta", m.group()), s)
        s = NUMID.sub(lambda m: m.group(1) + self.num("id", "%016x" % int(m.group(2))), s)
        return ID.sub(lambda m: self.num("id", m.group()), s)


def json_docs(text):
    dec, i, out = json.JSONDecoder(), 0, []
    while True:
        while i < len(text) and text[i] in " \t\r\n":
            i += 1
        if i >= len(text):
            return out
        d, i = dec.raw_decode(text, i)
        out.append(d)


def sort_lists(o, key):
    if isinstance(o, dict):
        return {k: sort_lists(v, key) for k, v in o.items()}
    if isinstance(o, list):
        return sorted((sort_lists(x, key) for x in o), key=lambda x: key(json.dumps(x, sort_keys=True)))
    return o


def normalise(text, e, kept, fixed):
    times = not e.get("keep_times")
    key = Mask(kept, fixed, times, constant=True)
    how = e.get("sort")
    if e.get("drop"):
        for f in e["drop"]:
            text = re.sub(r'(?m)^\s*"%s":.*\n' % re.escape(f), "", text)
    if not text:
        return text
    if how == "json":
        try:
            text = (
                "\n".join(json.dumps(sort_lists(d, key), indent="\t", ensure_ascii=False) for d in json_docs(text))
                + "\n"
            )
        except ValueError:
            pass
    elif how == "lines":
        text = "".join(sorted(text.splitlines(keepends=True), key=key))
    elif how == "tables":  # results of one query may come in any order
        raw = "\r\n" in text
        parts = text.strip("\r\n").split("\r\n\r\n") if raw else re.split(r"(?m)^(?=Result: )", text)
        text = ("\r\n\r\n" if raw else "").join(sorted(parts, key=key)) + ("\r\n\r\n" if raw else "")
    elif how == "yaml":
        parts = [p.strip("\n") for p in re.split(r"(?m)^---\n", text)]
        text = "\n---\n".join(sorted(parts, key=key)) + "\n"
    elif how == "keys":
        try:
            text = "\n".join(sorted(json_docs(text)[0])) + "\n"
        except (ValueError, IndexError, TypeError):
            pass
    if e.get("shape"):  # only the shape counts: the first line must match
        return "<matches>" if re.search(e["shape"], text) else text
    text = Mask(kept, fixed, times, one_id=e.get("one_id", False))(text)
    if e.get("loose"):  # values of varying width stand in the table: tabs and blanks collapse
        text = "\n".join(re.sub(r"[ \t]+", " ", l).rstrip() for l in text.split("\n"))
    return text


def fill(s, kept):
    return re.sub(r"\{\{(\w+)\}\}", lambda m: kept.get(m.group(1), "000000000000dead"), s)


def once(cli, e, kept, work):
    env = {k: v for k, v in os.environ.items() if not k.startswith("INFLUX")}
    env.update(
        {
            "INFLUX_CONFIGS_PATH": os.path.join(work, "configs"),
            "HOME": work,
            "TZ": "UTC",
            "NO_PROXY": "*",
            "no_proxy": "*",
        }
    )
    env.update({k: fill(v, kept) for k, v in e.get("env", {}).items()})
    si = e.get("stdin")
    if si is None:
        how = {"stdin": subprocess.DEVNULL}
    elif isinstance(si, dict):
        how = {"input": open(os.path.join(work, si["file"]), "rb").read()}
    else:
        how = {"input": fill(si, kept).encode()}
    try:
        r = subprocess.run(
            [cli] + [fill(a, kept) for a in e["argv"]],
            cwd=work,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=60,
            **how,
        )
    except subprocess.TimeoutExpired:
        return "timeout", "", ""
    return r.returncode, r.stdout.decode("utf-8", "replace"), r.stderr.decode("utf-8", "replace")


def run(cli, e, kept, work):
    end = time.time() + e.get("wait", 0)
    while True:
        rc, out, err = once(cli, e, kept, work)
        if "until" not in e or rc == "timeout" or re.search(e["until"], out) or time.time() > end:
            break
        time.sleep(0.3)
    for name, rx in e.get("keep", {}).items():
        m = re.search(rx, out, re.M)
        if m:
            kept[name] = m.group(1)
    fixed = [("dir", work), ("hostport", kept["host"].split("://", 1)[1])]
    fixed.insert(1, ("host", kept["host"]))
    got = {"exit": rc, "stdout": normalise(out, e, kept, fixed), "stderr": Mask(kept, fixed, True)(err)}
    if e.get("files") is not None:
        got["files"] = {}
        for f in e["files"]:
            p = os.path.join(work, f)
            if os.path.exists(p):
                with open(p, encoding="utf-8", errors="replace", newline="") as opened:
                    got["files"][f] = normalise(opened.read(), e, kept, fixed)
            else:
                got["files"][f] = None
    return got


def free_port():
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            if s.getsockname()[1] > 9999:  # five digits: widths of tables stay equal
                return s.getsockname()[1]


def launch(cmd, tmp):
    port, d = free_port(), os.path.join(tmp, "server")
    os.makedirs(d)
    with open(os.path.join(tmp, "server.log"), "wb") as log:
        p = subprocess.Popen(
            [a.replace("{port}", str(port)).replace("{dir}", d) for a in shlex.split(cmd)],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    host = f"http://127.0.0.1:{port}"
    op = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(240):
        if p.poll() is not None:
            break
        try:
            op.open(host + "/health", timeout=2).read()
            return p, host
        except urllib.error.HTTPError:
            return p, host
        except Exception:
            time.sleep(0.25)
    stop(p)
    sys.exit("the server did not come up:\n" + open(log.name, errors="replace").read()[-2000:])


def stop(p):
    if p and p.poll() is None:
        os.killpg(p.pid, signal.SIGTERM)  # the process group that launch() started, nothing else
        try:
            p.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()


def diff(a, b, name):
    a, b = ("" if x is None else x for x in (a, b))
    show = lambda s: [l.replace("\t", "→").replace("\r", "␍") for l in s.split("\n")]
    return list(difflib.unified_diff(show(a), show(b), "influx " + name, "this " + name, lineterm="", n=1))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--cli", required=True)
    g = ap.add_mutually_exclusive_group(required=True)
    g.add_argument("--launch")
    g.add_argument("--host")
    ap.add_argument("--only", help="regex on the command line or the group: show and count only these")
    ap.add_argument("-v", "--verbose", action="store_true", help="a diff for each differing command")
    ap.add_argument("--wording", action="store_true", help="also list commands of which only stderr differs")
    ap.add_argument(
        "--record", action="store_true", help="rewrite transcripts.json (only ever with the official CLI and server)"
    )
    a = ap.parse_args()
    entries = json.load(open(FILE, encoding="utf-8"))
    tmp, proc = tempfile.mkdtemp(prefix="replay_cli_"), None
    results = []
    try:
        host = a.host
        if a.launch:
            proc, host = launch(a.launch, tmp)
        work = os.path.join(tmp, "work")
        shutil.copytree(os.path.join(HERE, "data"), os.path.join(work, "data"))
        kept = {"host": host.rstrip("/")}
        for e in entries:
            results.append(run(os.path.abspath(a.cli), e, kept, work))
    finally:
        stop(proc)
        shutil.rmtree(tmp, ignore_errors=True)
    if a.record:
        for e, r in zip(entries, results):
            for k in ("exit", "stdout", "stderr", "files"):
                e.pop(k, None)
            e.update(r)
        with open(FILE, "w", encoding="utf-8") as f:
            f.write("[\n" + ",\n".join(json.dumps(e, ensure_ascii=False, indent=1) for e in entries) + "\n]\n")
        print(f"recorded {len(entries)} commands")
        return 0
    n = m = wording = sn = sm = 0
    groups = {}
    for e, r in zip(entries, results):
        line = " ".join(shlex.quote(x) for x in e["argv"])
        if a.only and not re.search(a.only, e.get("group", "") + " " + line):
            continue
        bad = [k for k in ("exit", "stdout", "files") if e.get(k) != r.get(k)]
        m += 1
        t = groups.setdefault(e.get("group", "-"), [0, 0])
        t[1] += 1
        says = e["exit"] == 0 or bool(e["stdout"])
        sm += says
        if not bad:
            n += 1
            sn += says
            t[0] += 1
        words = e["stderr"].strip() != r["stderr"].strip()
        wording += words
        if bad:
            print(
                f"DIFFERS ({', '.join(bad)}) [{e.get('group')}] influx {line[:160]!s}"
                + (f"   exit {e['exit']} wanted, {r['exit']} got" if "exit" in bad else "")
            )
        elif words and a.wording:
            print(f"wording [{e.get('group')}] influx {line[:160]}")
        if a.verbose and (bad or (words and a.wording)):
            for l in (
                diff(e["stdout"], r["stdout"], "stdout") + (diff(e["stderr"], r["stderr"], "stderr") if words else [])
            )[:40]:
                print("     " + l)
            for f in e.get("files") or {}:
                for l in diff(e["files"][f], (r.get("files") or {}).get(f), f)[:30]:
                    print("     " + l)
    print("by group: " + ", ".join(f"{k} {v[0]}/{v[1]}" for k, v in groups.items()))
    print(f"without those that only fail (exit code alone): {sn} of {sm}")
    print(f"wording on stderr differs for {wording}")
    print(f"{n} of {m} commands answer as influx does")
    return 0 if n == m else 1


if __name__ == "__main__":
    sys.exit(main())
