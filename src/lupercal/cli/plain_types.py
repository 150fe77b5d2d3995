"""What a value is, in words a clinician knows: ``--help`` says text and whole number, not the names of a language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

_WORDS = {"str": "text", "int": "whole number", "float": "number"}
_LABEL = re.compile(r"<(?:list\[)?(\w+)(?: range)?\]?>")


def plain_types(command: Any) -> Any:
    """Return a command whose help, and that of the commands below it, says in plain words what a value is."""
    for parameter in _parameters(command):
        parameter.display_type = partial(_in_words, parameter.display_type)
    return command


def _parameters(command: Any) -> Iterator[Any]:
    yield from command.params
    for below in getattr(command, "commands", {}).values():
        yield from _parameters(below)


def _in_words(display_type: Callable[[Any], str | None], context: Any) -> str | None:
    label = display_type(context)
    match = _LABEL.fullmatch(label or "")
    return f"<{_WORDS.get(match[1], match[1])}>" if match else label
