"""The shapes of the table: a command with its flags, and a node of the tree of words; and the flags that many commands share."""

from __future__ import annotations

from influxctl.cli.compat.flags import Flag, many, switch, text

ORG_ID = text("org-id", "The ID of the organization", env="INFLUX_ORG_ID")
ORG = text("org o", "The name of the organization", env="INFLUX_ORG")
TOKEN = text("token t", "Token to authenticate request", env="INFLUX_TOKEN")

_HOST = (
    text("host", "HTTP address of InfluxDB", env="INFLUX_HOST"),
    switch("skip-verify", "Skip TLS certificate chain and host name verification", env="INFLUX_SKIP_VERIFY"),
)
_CONFIGS = (text("configs-path", "Path to the influx CLI configurations", env="INFLUX_CONFIGS_PATH"),)
_ACTIVE = (text("active-config c", "Config name to use for command", env="INFLUX_ACTIVE_CONFIG"),)
_DEBUG = (switch("http-debug"),)
_OUTPUT = (
    switch("json", "Output data as JSON", env="INFLUX_OUTPUT_JSON"),
    switch("hide-headers", "Hide the table headers in output data", env="INFLUX_HIDE_HEADERS"),
)
_HIDDEN = (
    text("trace-debug-id", env="INFLUX_TRACE_DEBUG_ID", hidden=True),
    many("extra-http-header", env="INFLUX_EXTRA_HTTP_HEADER", hidden=True),
)


class Command:
    """A command: its words, its help, which of the shared flags it has, and its own.

    `common` holds letters: H the server's address, T the token, C the configuration's name, J JSON and tables. `takes` are the
    words of its help for what follows the flags; a command without `arguments` refuses any.
    """

    __slots__ = ("about", "aliases", "arguments", "common", "description", "flags", "takes", "words")

    def __init__(
        self,
        words: str,
        about: str,
        common: str,
        *flags: Flag,
        aliases: str = "",
        arguments: bool = False,
        takes: str = "[arguments...]",
        description: str = "",
    ) -> None:
        self.words = words
        self.about = about
        self.common = common
        self.flags = flags
        self.aliases = tuple(aliases.split())
        self.arguments = arguments
        self.takes = takes
        self.description = description

    @property
    def shared(self) -> tuple[Flag, ...]:
        """Its shared flags, in the order of the help."""
        if not self.common:
            return ()
        host = "H" in self.common
        return (
            *(_HOST if host else ()),
            *_CONFIGS,
            *(_ACTIVE if "C" in self.common else ()),
            *(_DEBUG if host else ()),
            *(_OUTPUT if "J" in self.common else ()),
            *((TOKEN,) if "T" in self.common and host else ()),
            *(_HIDDEN if host else ()),
        )

    @property
    def all_flags(self) -> tuple[Flag, ...]:
        """Every flag that it takes."""
        return (*self.shared, *self.flags)


class Node:
    """A word of the tree: a command, a group, or both."""

    __slots__ = ("about", "aliases", "children", "command", "words")

    def __init__(self, words: str, about: str, aliases: tuple[str, ...] = (), command: Command | None = None) -> None:
        self.words = words
        self.about = about
        self.aliases = aliases
        self.command = command
        self.children: list[Node] = []

    def copy(self) -> Node:
        """The node without its place in a tree."""
        return Node(self.words, self.about, self.aliases)

    @property
    def word(self) -> str:
        """Its own word, the last."""
        return self.words.rsplit(" ", 1)[-1]

    def child(self, word: str) -> Node | None:
        """The node below that a word means."""
        return next((node for node in self.children if word == node.word or word in node.aliases), None)

    def below(self) -> list[Command]:
        """Its command and those of all nodes below."""
        own = [self.command] if self.command else []
        return own + [command for node in self.children for command in node.below()]
