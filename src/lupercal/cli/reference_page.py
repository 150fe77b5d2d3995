"""The page ``docs/reference/commands.md``: every command with its arguments and options (``python -m`` prints it)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from lupercal.report.markdown import markdown_table

_HEAD = """# Commands

Written from the command line itself by `python -m lupercal.cli.reference_page`; a test compares.

Every command answers `--help`. Exit status: 0 done, 1 failed, 2 unusable input, 130 interrupted. What a user can mend
is one line on standard error.
"""


def page(app: typer.Typer) -> str:
    """Return the text of ``docs/reference/commands.md`` for an application."""
    commands = dict(_commands(typer.main.get_command(app)))
    return "\n".join(
        [_HEAD, *_overview(commands), *(line for name in commands for line in _section(name, commands[name]))]
    )


def _commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command under its whole name; a group is its commands, and itself where it does something alone."""
    for name, command in group.commands.items():
        whole, is_group = f"{prefix}{name}", hasattr(command, "commands")
        if not is_group or command.invoke_without_command:
            yield whole, command
        if is_group:
            yield from _commands(command, f"{whole} ")


def _overview(commands: dict[str, Any]) -> Iterator[str]:
    rows = (
        (f"[`lupercal {name}`](#lupercal-{name.replace(' ', '-')})", command.get_short_help_str(200).rstrip("."))
        for name, command in commands.items()
    )
    yield from (markdown_table(("command", "what comes out"), rows), "")


def _section(name: str, command: Any) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    usage = " ".join(["lupercal", name, *map(_placeholder, arguments)])
    yield from (f"## lupercal {name}", "", f"`{usage}`", "", " ".join((command.help or "").split()), "")
    rows = [(f"`{_placeholder(argument)}`", argument.help or "", _default(argument)) for argument in arguments]
    for option in options:
        names = ", ".join(f"`{each}`" for each in (*option.opts, *option.secondary_opts))
        rows.append((names, option.help or "", _default(option)))
    yield from (markdown_table(("argument or option", "what", "by default"), rows), "")


def _placeholder(argument: Any) -> str:
    name = str(argument.metavar or argument.name).upper()
    return name if argument.required else f"[{name}]"


def _default(one: Any) -> str:
    if one.required:
        return "must be given"
    value = getattr(one.default, "value", one.default)
    return "" if value is None or value is False or callable(value) else f"`{value}`"


if __name__ == "__main__":
    from lupercal.cli.main import app as shipped

    print(page(shipped), end="")
