"""`influxctl completion`: the static completion script of a shell."""

from __future__ import annotations

from typing import Annotated, Literal

from typer import Argument

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.core.errors import InternalError

FILES = {"bash": "influxctl.bash", "zsh": "_influxctl", "fish": "influxctl.fish", "powershell": "influxctl.ps1"}


def completion(
    ctx: Context,
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"], Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")
    ],
) -> None:
    """Print the completion script of a shell: bash, zsh, fish or powershell.

    bash: eval "$(influxctl completion bash)" in ~/.bashrc.
    zsh: influxctl completion zsh > a file _influxctl in a folder of $fpath.
    fish: influxctl completion fish > ~/.config/fish/completions/influxctl.fish.
    PowerShell: influxctl completion powershell | Out-String | Invoke-Expression in the file $PROFILE.
    """
    from importlib.resources import files

    try:
        text = files("influxctl").joinpath("_shipped", "completions", FILES[shell]).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InternalError(
            "the completion scripts are not part of this installation", hint="run tools/cli_texts.py"
        ) from None
    ctx.stdout.write(text)


command = command_of(completion, "completion", [])
