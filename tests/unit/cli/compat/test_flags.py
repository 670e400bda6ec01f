"""Command lines in Go's style: what is accepted, what is refused and in which words, and where a value comes from."""

from __future__ import annotations

import pytest

from influxctl.cli.compat.flags import FlagError, many, missing, number, parse, switch, text

FLAGS = (
    text("name n", env="NAME", required=True),
    switch("json", env="JSON"),
    number("limit", default=20, env="LIMIT"),
    many("file f", env="FILES"),
)


@pytest.mark.parametrize(
    "args",
    [["--name", "x"], ["-name", "x"], ["-n", "x"], ["--name=x"], ["-name=x"], ["-n=x"], ["a", "--name", "x"]],
    ids=" ".join,
)
def test_all_spellings_of_a_flag_are_one(args: list[str]) -> None:
    found = parse(FLAGS, args, {})
    assert found.text("name") == "x"
    assert found.arguments == [arg for arg in args if arg == "a"]


def test_a_value_may_begin_with_a_dash_and_the_last_one_wins() -> None:
    found = parse(FLAGS, ["--limit", "-1", "-n", "-a", "-n=", "-n", "--", "--", "--json"], {})
    assert (found.number("limit"), found.text("name"), found.arguments) == (-1, "--", ["--json"])


def test_a_repeated_flag_keeps_every_value_and_its_commas() -> None:
    assert parse(FLAGS, ["-f", "a,b", "-f", "c"], {}).many("file") == ["a,b", "c"]
    assert parse(FLAGS, [], {"FILES": "a, b"}).many("file") == ["a", "b"]
    assert parse(FLAGS, ["-f", "c"], {"FILES": "a,b"}).many("file") == ["c"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--bogus"], "flag provided but not defined: -bogus"),
        (["-bogus=1"], "flag provided but not defined: -bogus"),
        (["-n"], "flag needs an argument: -n"),
        (["--limit", "many"], 'invalid value "many" for flag -limit: parse error'),
        (
            ["--limit", "99999999999999999999"],
            'invalid value "99999999999999999999" for flag -limit: value out of range',
        ),
        (["--json=maybe"], 'invalid boolean value "maybe" for -json: parse error'),
        (["---json"], "bad flag syntax: ---json"),
        (["-=x"], "bad flag syntax: -=x"),
        (["-f", "a", "--file", "b"], "Cannot use two forms of the same flag: f file"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_refusals_have_the_words_of_go(args: list[str], message: str) -> None:
    with pytest.raises(FlagError) as caught:
        parse(FLAGS, args, {})
    assert str(caught.value) == message


def test_variables_fill_in_and_the_command_line_beats_them() -> None:
    env = {"NAME": "e", "JSON": "T", "LIMIT": "0x10"}
    found = parse(FLAGS, [], env)
    assert (found.text("name"), found.switch("json"), found.number("limit")) == ("e", True, 16)
    assert found.is_set("name") and "name" not in found.given
    found = parse(FLAGS, ["-n", "c", "--json=false"], env)
    assert (found.text("name"), found.switch("json")) == ("c", False)
    with pytest.raises(FlagError) as caught:
        parse(FLAGS, [], {"JSON": "x"})
    reason = 'strconv.ParseBool: parsing "x": invalid syntax'
    assert str(caught.value) == f'could not parse "x" as bool value for flag json: {reason}'


def test_required_flags_count_as_given_when_their_variable_is() -> None:
    assert missing(FLAGS, parse(FLAGS, [], {})) == ["name"]
    assert missing(FLAGS, parse(FLAGS, [], {"NAME": "e"})) == []
