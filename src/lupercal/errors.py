"""Failures that a user can cause and mend: one sentence each, never a traceback at the command line."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any, final


class LupercalError(Exception):
    """A failure with a name and a remedy; its text is the sentence the user reads."""

    exit_status = 1


@final
class InputError(LupercalError):
    """Something the user gave is not usable.

    Parameters
    ----------
    file
        The file (or option) the value came from.
    field
        Where in it, as a dotted path such as ``visits[2].values.c3``; empty when the whole file is meant.
    value
        What was found there; shortened for display.
    expected
        What would have been accepted, in plain words.
    """

    exit_status = 2

    def __init__(self, file: object, field: str, value: Any, expected: str) -> None:
        self.file, self.field, self.value, self.expected = str(file), field, value, expected
        where = f"{self.file}: {field}" if field else self.file
        super().__init__(f"{where}: found {shown(value)}; expected {expected}")


@final
class OutputExistsError(LupercalError):
    """A file or folder that would have to be replaced, which nobody asked for."""

    exit_status = 2

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is there already; --force replaces it")


def shown(value: Any, limit: int = 60) -> str:
    """Return a value as short, single-line, printable text for a message."""
    text = str(value) if isinstance(value, str | PurePath) else _plain_words(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: 4 * limit])
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return f"'{text}'" if isinstance(value, str | PurePath) else text


def _plain_words(value: Any) -> str:
    """Return a value as a file would write it: nothing, true, false, lists and keys in brackets."""
    if value is None:
        return "nothing"
    try:
        return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list | dict) else repr(value)
    except (TypeError, ValueError):
        return repr(value)
