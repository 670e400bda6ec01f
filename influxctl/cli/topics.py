"""Texts of `influxctl help TOPIC`: the ideas that several commands share."""

from __future__ import annotations

TOPICS: dict[str, tuple[str, str]] = {
    "profiles": (
        "servers, tokens and defaults, and which value counts",
        """A profile names a server (url), how to sign in (token, or token_command, whose first line of output is the token), and
defaults (org, bucket, timeout, output). Profiles live in profiles.toml; 'influxctl config path' prints where.

Value by value the first of these counts: a flag, an environment variable (INFLUX_HOST, INFLUX_TOKEN, INFLUX_ORG, …), the
profile, the default. 'influxctl config show --origin' says what won and why.

  influxctl config create prod --url https://influx.example.org --org ops --token-stdin --use
  influxctl -c prod bucket list          one call, nothing is switched
  influxctl config use local             for good

Configurations of the influx tool are read as profiles too; 'influxctl config import' copies them.
""",
    ),
    "exit-codes": (
        "what the exit code of a command says",
        """  0  done                      5  conflict: name taken, data in use
  1  failed                    6  no answer from the server
  2  wrong command line        7  partly done: some lines were refused
  3  not found                 8  findings: errors in a script, differences
  4  not authorized            9  rate limited after all tries
                             130  interrupted

The error is one line on standard error; with --json it is one JSON object with code, status, message and hint.
""",
    ),
    "output": (
        "formats, columns, and what a pipe gets",
        """--output table|json|jsonl|yaml|csv|markdown, --json for short; query also has lp (line protocol), parquet, and raw, the server's
annotated CSV byte for byte.

Tables fit the terminal, show ages for times and colours for a status; in a pipe they are plain, aligned by tabs, and times are
whole. JSON and YAML are the objects of the API as they are. Queries print tables on a terminal and CSV in a pipe.

  --fields id,name               columns of tables and CSV, properties of JSON and YAML
  --select '[].name'             JMESPath over the whole answer
  --hide-headers                 tables and CSV without a heading
  --watch 5s                     again and again, for commands that only read
  NO_COLOR=1, --no-color         no colours
""",
    ),
    "durations": (
        "how spans and times are written",
        """Spans are numbers with units: ns us ms s m h d w (and mo, y in Flux): 30s, 1h30m, 7d, 2w. Retention: 30d; 0 or infinite keeps
points for ever. Times are RFC 3339: 2026-01-31T12:00:00Z; delete also takes now and spans back from now, such as -1h.

Timestamps of line protocol are nanoseconds unless --precision says us, ms or s. Lines without one get the time at which they
are read.
""",
    ),
    "aliases": (
        "words of your own, saved queries, programs on PATH",
        """  influxctl alias set big 'bucket list --limit 5'       then: influxctl big
  influxctl alias set of 'task list --user $1 $@'       $1 to $9 are arguments, $@ is all of them
  influxctl saved-query set last -f last.flux           then: influxctl query --saved last

Both are kept in profiles.toml. A program influxctl-NAME on PATH runs as 'influxctl NAME'. Commands of influxctl win over aliases,
aliases over programs.
""",
    ),
    "offline": (
        "the embedded server",
        """Without a profile, commands work on a server in this process; its data is in your data folder (--data-dir, INFLUXCTL_DATA_DIR).
It sets itself up on first use: organization local, bucket default.

  influxctl demo                         real data, three queries, a plot
  influxctl local start                  the same data as a daemon; commands then go to it
  influxctl local status | stop | logs | reset
  influxctl local serve --port 8086      in the foreground, for any InfluxDB client
  influxctl query --data FILE '|> mean()'   files instead of a server

While a daemon holds the data, commands use it; otherwise one process at a time has the points, and others wait up to
--lock-timeout seconds.
""",
    ),
}


def topic(name: str) -> str | None:
    """The text of a topic, or None; `topics` lists them all."""
    if name == "topics":
        return "".join(f"  {word.ljust(12)} {what}\n" for word, (what, _) in TOPICS.items())
    found = TOPICS.get(name)
    return f"{name}: {found[0]}\n\n{found[1]}" if found else None
