"""Only what is asked for: reading the options of all commands takes longer than most answers."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer
    from typer.models import CommandInfo, TyperInfo


def only_wanted(app: typer.Typer, arguments: Sequence[str]) -> typer.Typer:
    """Return an application that answers these arguments as the whole one does, and holds no more than that takes.

    Parameters
    ----------
    app
        With every command.
    arguments
        What follows ``lupercal``. A command's name first: that command alone. Nothing, or the wish for help first: all
        commands by name and first sentence. Else: the application as it is.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        return _part(
            app, [_named(one) for one in app.registered_commands], [_closed(one) for one in app.registered_groups]
        )
    commands = [one for one in app.registered_commands if one.name == arguments[0]]
    groups = [one for one in app.registered_groups if one.name == arguments[0]]
    return _part(app, commands, groups) if commands or groups else app


def _part(app: typer.Typer, commands: list[CommandInfo], groups: list[TyperInfo]) -> typer.Typer:
    part = copy(app)
    part.registered_commands, part.registered_groups = commands, groups
    return part


def _named(command: CommandInfo) -> CommandInfo:
    other = copy(command)
    other.callback = _nothing
    return other


def _closed(group: TyperInfo) -> TyperInfo:
    other = copy(group)
    other.typer_instance = None if group.typer_instance is None else _part(group.typer_instance, [], [])
    return other


def _nothing() -> None:
    """Stand for a command where only its name is shown."""
