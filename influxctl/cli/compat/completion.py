"""`completion`: a script for a shell that completes words and flags from the table, without calling this program."""

from __future__ import annotations

from collections.abc import Iterator

from influxctl.cli.compat import table
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.table.model import Node

_BASH = """\
_influx_words() {{
  case "$1" in
    '') REPLY='{root}' ;;
{cases}
    *) return 1 ;;
  esac
}}
_influx() {{
  local path='' word next i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    next="${{path:+$path }}$word"
    if [[ $word != -* ]] && _influx_words "$next"; then path=$next; fi
  done
  _influx_words "$path"
  COMPREPLY=($(compgen -W "$REPLY" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _influx influx
"""
_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName influx -ScriptBlock {{
  param($wordToComplete, $commandAst, $cursorPosition)
  $table = @{{
    '' = '{root}'
{cases}
  }}
  $path = ''
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {{
    $next = ("$path " + $element.ToString()).Trim()
    if ($table.ContainsKey($next)) {{ $path = $next }}
  }}
  $table[$path].Split(' ') | Where-Object {{ $_ -like "$wordToComplete*" }} |
    ForEach-Object {{ [System.Management.Automation.CompletionResult]::new($_) }}
}}
"""


@command("completion")
def completion(call: Call) -> None:
    """Print the script of a shell."""
    shell = call.arguments[0] if len(call.arguments) == 1 else ""
    if shell not in ("bash", "zsh", "powershell"):
        raise Failed("usage: influx completion [bash|zsh|powershell]")
    trees = [table.tree(entry) for entry in table.GROUPS]
    known = [(path, " ".join(_words(node))) for tree in trees for node in _below(tree) for path in _paths(trees, node)]
    root = " ".join([*(word for entry in table.GROUPS for word in (entry.name, *entry.aliases)), "help", "--help"])
    if shell == "powershell":
        call.print(_POWERSHELL.format(root=root, cases="\n".join(f"    '{path}' = '{words}'" for path, words in known)))
        return
    cases = "\n".join(f"    '{path}') REPLY='{words}' ;;" for path, words in known)
    script = _BASH.format(root=root, cases=cases)
    call.print(script if shell == "bash" else f"#compdef influx\nautoload -U +X bashcompinit && bashcompinit\n{script}")


def _below(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _below(child)


def _words(node: Node) -> Iterator[str]:
    """What may follow a node: commands and flags."""
    for child in node.children:
        yield from (child.word, *child.aliases)
    for flag in node.command.all_flags if node.command else ():
        if not flag.hidden:
            yield from (f"--{name}" if len(name) > 1 else f"-{name}" for name in flag.names)
    yield "--help"


def _paths(trees: list[Node], node: Node) -> list[str]:
    """All spellings of the words of a node, aliases included."""
    paths, level = [""], trees
    for word in node.words.split():
        here = next(one for one in level if one.word == word)
        paths = [f"{path} {name}".strip() for path in paths for name in (here.word, *here.aliases)]
        level = here.children
    return paths
