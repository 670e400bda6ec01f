"""The statements other than SELECT: SHOW, DELETE, DROP, EXPLAIN, and the administrative ones that the v2 API refuses."""

from __future__ import annotations

from collections.abc import Callable

from influxctl.influxql import ast
from influxctl.influxql.parser import Parser
from influxctl.influxql.printer import quote_ident, quote_string


def parse_statement(parser: Parser) -> ast.Statement:
    """The next statement of the text."""
    for word, parse in _STATEMENTS.items():
        if parser.take_word(word):
            return parse(parser)
    raise parser.fail(", ".join(_STATEMENTS))


def _select(parser: Parser) -> ast.Statement:
    return parser.select()


def _explain(parser: Parser) -> ast.Statement:
    analyze = parser.take_word("ANALYZE")
    parser.take_word("VERBOSE")
    parser.need_word("SELECT")
    return ast.Explain(parser.select(), analyze)


def _measurements(parser: Parser) -> tuple[ast.Measurement, ...]:
    if not parser.take_word("FROM"):
        return ()
    found = []
    for source in parser.sources():
        if not isinstance(source, ast.Measurement):
            raise parser.error("a subquery cannot stand here")
        found.append(source)
    return tuple(found)


def _delete(parser: Parser) -> ast.Statement:
    sources = _measurements(parser)
    condition = parser.where()
    if not sources and condition is None:
        raise parser.fail("FROM or WHERE")
    if any(source.database or source.rp for source in sources):
        raise parser.error("DELETE takes a measurement without database and retention policy")
    return ast.Delete(sources, condition)


# -- SHOW ------------------------------------------------------------------------------------------------------------------


def _show(parser: Parser) -> ast.Statement:
    kinds: tuple[tuple[str, ...], ...] = (("FIELD",), ("MEASUREMENT",), ("SERIES",), ("TAG", "KEY"), ("TAG", "VALUES"))
    for words in kinds:
        if parser.is_word(*words):
            found = _show_cardinality(parser, words)
            if found is not None:
                return found
    for words, parse in _SHOWS.items():
        if parser.take_word(*words):
            return parse(parser, " ".join(words))
    raise parser.fail("DATABASES, FIELD KEYS, MEASUREMENTS, RETENTION POLICIES, SERIES, TAG KEYS or TAG VALUES")


def _show_cardinality(parser: Parser, words: tuple[str, ...]) -> ast.Show | None:
    start = parser.at
    parser.need_word(*words)
    if words == ("FIELD",):
        if not parser.take_word("KEY"):
            parser.at = start
            return None
        words = ("FIELD", "KEY")
    exact = parser.take_word("EXACT")
    if not parser.take_word("CARDINALITY"):
        if exact:
            raise parser.fail("CARDINALITY")
        parser.at = start
        return None
    database = _on(parser)
    sources = _measurements(parser)
    key_filter = _with_key(parser) if words == ("TAG", "VALUES") else None
    condition = parser.where()
    dimensions = parser.group_by()
    return ast.Show(
        " ".join((*words, "CARDINALITY")), database, exact, sources, key_filter, condition, dimensions, parser.page()
    )


def _on(parser: Parser) -> str:
    return parser.ident() if parser.take_word("ON") else ""


def _show_plain(parser: Parser, what: str) -> ast.Show:
    return ast.Show(what)


def _show_on(parser: Parser, what: str) -> ast.Show:
    return ast.Show(what, _on(parser))


def _show_for(parser: Parser, what: str) -> ast.Show:
    if parser.take_word("FOR"):
        token = parser.next()
        if token.kind not in ("string", "ident"):
            raise parser.fail("a name", token)
        return ast.Show(what, filter=ast.KeyFilter("FOR", (token.value,)))
    if what == "GRANTS":
        raise parser.fail("FOR")
    return ast.Show(what)


def _show_measurements(parser: Parser, what: str) -> ast.Show:
    database = _on(parser)
    key_filter = None
    if parser.take_word("WITH"):
        parser.need_word("MEASUREMENT")
        op = parser.next()
        if op.kind != "op" or op.value not in ("=", "!=", "=~", "!~"):
            raise parser.fail("=, !=, =~ or !~", op)
        if op.value in ("=~", "!~"):
            key_filter = ast.KeyFilter(op.value, (_pattern(parser),))
        else:
            key_filter = ast.KeyFilter(op.value, (parser.ident(),))
    condition = parser.where()
    return ast.Show(what, database, filter=key_filter, condition=condition, page=parser.page())


def _show_series(parser: Parser, what: str) -> ast.Show:
    database = _on(parser)
    sources = _measurements(parser)
    return ast.Show(what, database, sources=sources, condition=parser.where(), page=parser.page())


def _show_field_keys(parser: Parser, what: str) -> ast.Show:
    database = _on(parser)
    sources = _measurements(parser)
    return ast.Show(what, database, sources=sources, page=parser.page())


def _show_tag_keys(parser: Parser, what: str) -> ast.Show:
    database = _on(parser)
    sources = _measurements(parser)
    key_filter = _with_key(parser) if parser.is_word("WITH") else None
    condition = parser.where()
    return ast.Show(what, database, sources=sources, filter=key_filter, condition=condition, page=parser.page())


def _show_tag_values(parser: Parser, what: str) -> ast.Show:
    database = _on(parser)
    sources = _measurements(parser)
    key_filter = _with_key(parser)
    condition = parser.where()
    return ast.Show(what, database, sources=sources, filter=key_filter, condition=condition, page=parser.page())


def _pattern(parser: Parser) -> str:
    value = parser.unary()
    if not isinstance(value, ast.Regex):
        raise parser.error("a regular expression is expected")
    return value.pattern


def _with_key(parser: Parser) -> ast.KeyFilter:
    parser.need_word("WITH", "KEY")
    if parser.take_word("IN"):
        parser.need_op("(")
        names = [parser.ident()]
        while parser.take_op(","):
            names.append(parser.ident())
        parser.need_op(")")
        return ast.KeyFilter("IN", tuple(names))
    op = parser.next()
    if op.kind == "op" and op.value in ("=", "!="):
        return ast.KeyFilter(op.value, (parser.ident(),))
    if op.kind == "op" and op.value in ("=~", "!~"):
        return ast.KeyFilter(op.value, (_pattern(parser),))
    raise parser.fail("IN, =, !=, =~ or !~", op)


_SHOWS: dict[tuple[str, ...], Callable[[Parser, str], ast.Show]] = {
    ("CONTINUOUS", "QUERIES"): _show_plain,
    ("DATABASES",): _show_plain,
    ("DIAGNOSTICS",): _show_for,
    ("FIELD", "KEYS"): _show_field_keys,
    ("GRANTS",): _show_for,
    ("MEASUREMENTS",): _show_measurements,
    ("QUERIES",): _show_plain,
    ("RETENTION", "POLICIES"): _show_on,
    ("SERIES",): _show_series,
    ("SHARD", "GROUPS"): _show_plain,
    ("SHARDS",): _show_plain,
    ("STATS",): _show_for,
    ("SUBSCRIPTIONS",): _show_plain,
    ("TAG", "KEYS"): _show_tag_keys,
    ("TAG", "VALUES"): _show_tag_values,
    ("USERS",): _show_plain,
}


# -- administration --------------------------------------------------------------------------------------------------------
# A pattern is a string of parts: WORD, :ident, :string, :integer, :duration, [optional parts], {any of the options, each once},
# a|b for alternatives of single words, and … for a comma-separated repetition of the part before.

_POLICY = "[DURATION :duration] [REPLICATION :integer] [SHARD DURATION :duration] [FUTURE LIMIT :duration] [PAST LIMIT :duration]"
_PATTERNS: dict[str, tuple[tuple[str, str], ...]] = {
    "ALTER": (("ALTER RETENTION POLICY", f":ident ON :ident {_POLICY} [DEFAULT]"),),
    "CREATE": (
        ("CREATE CONTINUOUS QUERY", ":continuous"),
        ("CREATE DATABASE", f":ident [WITH {_POLICY} [NAME :ident]]"),
        ("CREATE RETENTION POLICY", f":ident ON :ident {_POLICY} [DEFAULT]"),
        ("CREATE SUBSCRIPTION", ":ident ON :ident . :ident DESTINATIONS ANY|ALL :string …"),
        ("CREATE USER", ":ident WITH PASSWORD :string [WITH ALL PRIVILEGES]"),
    ),
    "DROP": (
        ("DROP CONTINUOUS QUERY", ":ident ON :ident"),
        ("DROP DATABASE", ":ident"),
        ("DROP RETENTION POLICY", ":ident ON :ident"),
        ("DROP SERIES", ":series"),
        ("DROP SHARD", ":integer"),
        ("DROP SUBSCRIPTION", ":ident ON :ident . :ident"),
        ("DROP USER", ":ident"),
    ),
    "GRANT": (("GRANT", ":grant"),),
    "REVOKE": (("REVOKE", ":grant"),),
    "SET": (("SET PASSWORD", "FOR :ident = :string"),),
    "KILL": (("KILL QUERY", ":integer [ON :ident]"),),
}


def _administration(first: str) -> Callable[[Parser], ast.Statement]:
    def parse(parser: Parser) -> ast.Statement:
        if first == "DROP" and parser.take_word("MEASUREMENT"):
            return ast.DropMeasurement(parser.ident())
        for name, pattern in _PATTERNS[first]:
            if parser.take_word(*name.split()[1:]):
                words = _match(parser, pattern.replace("[", "[ ").replace("]", " ]").split())
                return ast.Administration(name, " ".join((name, *words)))
        raise parser.fail(" or ".join(name for name, _ in _PATTERNS[first]))

    return parse


def _match(parser: Parser, parts: list[str]) -> list[str]:
    """The canonical words of what the parts describe; fails where the text does not fit."""
    words: list[str] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        if part == "[":
            end = _closing(parts, at)
            if parser.is_word(parts[at + 1]):
                words += _match(parser, parts[at + 1 : end])
            at = end
        elif part == "…":
            while parser.take_op(","):
                words[-1] += ","
                words += _match(parser, [parts[at - 1]])
        else:
            words += _one(parser, part)
        at += 1
    return words


def _closing(parts: list[str], at: int) -> int:
    depth = 0
    for i in range(at, len(parts)):
        depth += {"[": 1, "]": -1}.get(parts[i], 0)
        if depth == 0:
            return i
    raise AssertionError("a pattern above has an open bracket")


def _one(parser: Parser, part: str) -> list[str]:
    if part == ":ident":
        return [quote_ident(parser.ident())]
    if part == ":integer":
        return [str(parser.integer())]
    if part == ":series":
        return _series(parser)
    if part == ":grant":
        return _grant(parser)
    if part == ":continuous":
        return _continuous(parser)
    if part in (".", "="):
        parser.need_op(part)
        return [part]
    if part.startswith(":"):
        return [_value(parser, part[1:])]
    for word in part.split("|"):
        if parser.take_word(word):
            return [word]
    raise parser.fail(part)


def _value(parser: Parser, kind: str) -> str:
    if kind == "duration" and (parser.take_word("INF") or parser.is_ident("inf")):
        if parser.is_ident("inf"):
            parser.next()
        return "INF"
    if parser.token.kind != kind:
        raise parser.fail(f"a {kind}")
    token = parser.next()
    return quote_string(token.value) if kind == "string" else f"{token.value}ns"


def _series(parser: Parser) -> list[str]:
    from influxctl.influxql.printer import print_delete_tail

    sources = _measurements(parser)
    condition = parser.where()
    if not sources and condition is None:
        raise parser.fail("FROM or WHERE")
    return [print_delete_tail(sources, condition)]


def _grant(parser: Parser) -> list[str]:
    """ALL [PRIVILEGES] | READ | WRITE | ALL, then [ON database], TO or FROM, and the user."""
    if parser.take_word("ALL"):
        parser.take_word("PRIVILEGES")
        privilege = "ALL PRIVILEGES"
    elif parser.take_word("READ"):
        privilege = "READ"
    else:
        parser.need_word("WRITE")
        privilege = "WRITE"
    words = [privilege]
    if parser.take_word("ON"):
        words += ["ON", quote_ident(parser.ident())]
    elif privilege != "ALL PRIVILEGES":
        raise parser.fail("ON")
    direction = "TO" if parser.is_word("TO") else "FROM"
    parser.need_word(direction)
    return [*words, direction, quote_ident(parser.ident())]


def _continuous(parser: Parser) -> list[str]:
    from influxctl.influxql.printer import print_statement

    words = [quote_ident(parser.ident())]
    parser.need_word("ON")
    words += ["ON", quote_ident(parser.ident())]
    if parser.take_word("RESAMPLE"):
        words.append("RESAMPLE")
        for word in ("EVERY", "FOR"):
            if parser.take_word(word):
                words += [word, _value(parser, "duration")]
    parser.need_word("BEGIN", "SELECT")
    select = parser.select()
    if select.into is None:
        raise parser.fail("INTO")
    parser.need_word("END")
    return [*words, "BEGIN", print_statement(select), "END"]


_STATEMENTS: dict[str, Callable[[Parser], ast.Statement]] = {
    "SELECT": _select,
    "DELETE": _delete,
    "SHOW": _show,
    "CREATE": _administration("CREATE"),
    "DROP": _administration("DROP"),
    "EXPLAIN": _explain,
    "GRANT": _administration("GRANT"),
    "REVOKE": _administration("REVOKE"),
    "ALTER": _administration("ALTER"),
    "SET": _administration("SET"),
    "KILL": _administration("KILL"),
}
