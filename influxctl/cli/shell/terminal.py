"""The terminal around a session: reading lines with history, colours and completion (prompt_toolkit)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import Lexer

from influxctl.cli.context import Context
from influxctl.cli.shell.completing import completions
from influxctl.cli.shell.schema import Schema
from influxctl.cli.shell.session import FLUX, Session
from influxctl.config.paths import state_dir

_KEYWORDS = (
    "AND",
    "OR",
    "NOT",
    "IMPORT",
    "PACKAGE",
    "RETURN",
    "OPTION",
    "BUILTIN",
    "TESTCASE",
    "IF",
    "THEN",
    "ELSE",
    "EXISTS",
)
_STYLES = {
    "STRING": "ansigreen", "INT": "ansicyan", "FLOAT": "ansicyan", "DURATION": "ansicyan", "TIME": "ansicyan", "REGEX": "ansimagenta",
    "PIPE_FORWARD": "bold", "COMMENT": "ansibrightblack", **dict.fromkeys(_KEYWORDS, "ansiblue bold"),
}  # fmt: skip


class _Names(Completer):
    def __init__(self, session: Session) -> None:
        self._session = session
        self._schema = Schema(lambda: session.ctx)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for text, replaces in completions(self._session, self._schema, document.text_before_cursor):
            yield Completion(text, start_position=-replaces)


class _Colours(Lexer):
    """Flux in colours; InfluxQL and commands as they are."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines = document.lines

        def line(number: int) -> StyleAndTextTuples:
            text = lines[number] if number < len(lines) else ""
            return coloured(text) if self._session.language == FLUX and not text.startswith("\\") else [("", text)]

        return line


def coloured(text: str) -> StyleAndTextTuples:
    """One line of Flux in pieces: (style, text)."""
    from influxctl.offline.fluxnames import pieces_of

    return [(_STYLES.get(kind, ""), piece) for kind, piece in pieces_of(text)]


def _keys(session: Session) -> KeyBindings:
    """Enter ends what is complete and goes on with what is not; Alt-Enter always breaks the line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if session.is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def interact(session: Session) -> None:
    """Read and run lines until the end."""
    folder = state_dir(session.ctx.env)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    history = folder / "shell-history"
    os.close(os.open(history, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    prompts: PromptSession[str] = PromptSession(
        history=FileHistory(str(history)),
        completer=_Names(session),
        complete_while_typing=False,
        complete_in_thread=True,
        lexer=_Colours(session),
        key_bindings=_keys(session),
        multiline=True,
        prompt_continuation=lambda width, number, wrapped: "." * (width - 1) + " ",
    )
    _greet(session.ctx)
    while True:
        try:
            text = prompts.prompt(session.prompt)
        except KeyboardInterrupt:
            continue  # Ctrl-C gives up the line, as in every shell
        except EOFError:
            return
        try:
            if not session.execute(text):
                return
        except KeyboardInterrupt:
            session.ctx.stderr.write("Interrupted.\n")
        session.ctx.stdout.flush()


def _greet(ctx: Context) -> None:
    where = "data of its own" if ctx.settings.is_local else ctx.settings.url
    ctx.note(f"{ctx.settings.profile}: {where}. \\? lists the commands, \\q leaves, Tab completes.")
