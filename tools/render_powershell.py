"""The static completion script for PowerShell, from the same places as those of the other shells."""

from __future__ import annotations

from render_completions import NOTE, Opt, Place, aliases, options_of, valued

from influxctl.cli.lazy import global_options
from influxctl.cli.walk import Node

# The data is one literal text, a fact a line, so that nothing in it needs quoting: KIND|COMMAND WORDS|VALUE. A table with ordinal
# keys tells -o from -O; PowerShell's own would not.
SCRIPT = """\
# PowerShell completion of influxctl
{note}
$global:InfluxctlCompletion = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
foreach ($line in (@'
{data}
'@ -split '\\r?\\n')) {{
    $kind, $key, $value = $line -split '\\|', 3
    $global:InfluxctlCompletion["$kind|$key"] = $value
}}
Register-ArgumentCompleter -Native -CommandName 'influxctl' -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)
    $data = $global:InfluxctlCompletion
    $everywhere = $data['vals|*']
    $quotes = [char[]]@([char]34, [char]39)
    $typed = "$wordToComplete".Trim($quotes)
    $at = ''
    $previous = ''
    $arguments = 0
    $wantsValue = $false
    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {{
        if ($element.Extent.EndOffset -ge $cursorPosition) {{ break }}
        $word = $element.Extent.Text.Trim($quotes)
        if ($wantsValue) {{
            $wantsValue = $false
        }} elseif ($word.StartsWith('-')) {{
            $previous = $word
            $own = $data["vals|$at"]
            $wantsValue = ("$own $everywhere" -split ' ') -ccontains $word
        }} elseif ($data.Contains("cmds|$at")) {{
            $next = "$at $word".Trim()
            $alias = $data["alias|$next"]
            if ($alias) {{ $next = "$at $alias".Trim() }}
            if (-not $data.Contains("help|$next")) {{ return }}
            $at = $next
        }} else {{
            $arguments++
        }}
    }}
    $before = ''
    if ($typed -cmatch '^(--[a-zA-Z-]+)=(.*)$') {{
        $previous = $Matches[1]
        $typed = $Matches[2]
        $before = "$previous="
        $wantsValue = $true
    }}
    if ($wantsValue) {{
        $list = $data["choices|$at $previous"]
        if (-not $list) {{ $list = $data["choices|* $previous"] }}
    }} elseif ($typed.StartsWith('-')) {{
        $own = $data["opts|$at"]
        $everywhere = $data['opts|*']
        $list = "$own $everywhere --help"
    }} elseif ($data.Contains("cmds|$at")) {{
        $list = $data["cmds|$at"]
    }} elseif ($arguments -eq 0) {{
        $list = $data["args|$at"]
    }} else {{
        $list = ''
    }}
    if ("$list" -cmatch '^<names ([a-z0-9-]+)>$') {{
        $found = @(& influxctl __names $Matches[1] 2>$null)
    }} else {{
        $found = @("$list" -split ' ')
    }}
    foreach ($text in $found) {{
        if ($text -eq '' -or -not $text.StartsWith($typed, [System.StringComparison]::Ordinal)) {{ continue }}
        $shown = $text
        if ($text -cmatch '[^a-zA-Z0-9_./:+-]') {{ $shown = "'" + $text.Replace("'", "''") + "'" }}
        $key = "$at $text".Trim()
        $help = $data["help|$key"]
        if (-not $help) {{ $help = $text }}
        [System.Management.Automation.CompletionResult]::new("$before$shown", $text, 'ParameterValue', $help)
    }}
}}
"""


def script(found: list[Place], nodes: list[Node]) -> str:
    """The text of `influxctl.ps1`."""
    return SCRIPT.format(note=NOTE, data="\n".join(facts(found, nodes)))


def facts(found: list[Place], nodes: list[Node]) -> list[str]:
    """The lines of the table: commands, options, those with a value, arguments, choices, aliases and help texts."""
    everywhere = options_of(global_options())
    lines = [f"opts|*|{_names(everywhere)}", f"vals|*|{valued(everywhere)}"]
    lines += [_choices("*", option.names, option.choices) for option in everywhere if option.choices]
    for place in found:
        at = " ".join(place.words)
        lines += [f"cmds|{at}|{' '.join(place.commands)}"] if place.commands else []
        lines += [f"opts|{at}|{_names(place.options)}"] if place.options else []
        lines += [f"vals|{at}|{valued(place.options)}"] if valued(place.options) else []
        lines += [f"args|{at}|{' '.join(place.choices)}"] if place.choices else []
        lines += [_choices(at, option.names, option.choices) for option in place.options if option.choices]
        lines += [f"help|{f'{at} {name}'.strip()}|{' '.join(help.split())}" for name, help in place.commands.items()]
    lines += [f"alias|{' '.join((*before, alias))}|{name}" for before, alias, name in aliases(nodes)]
    return [part for line in lines for part in line.split("\n")]


def _names(options: list[Opt]) -> str:
    return " ".join(name for option in options for name in option.names)


def _choices(at: str, names: list[str], choices: tuple[str, ...]) -> str:
    return "\n".join(f"choices|{at} {name}|{' '.join(choices)}" for name in names)
