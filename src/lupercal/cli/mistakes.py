"""What is wrong with the words of a command: in a sentence, on lines that a terminal does not break within words."""

from __future__ import annotations

import io
import re
import shutil
import sys
import textwrap
from typing import Any

import typer

Mistake: Any = typer.BadParameter.__mro__[2]
"""Any mistake in the words of a command: an option that is not there, a value that cannot be, nothing at all."""
_WORDED = (
    (r"Input should be a valid integer.*", "expected a whole number"),
    (r"Input should be a valid number.*", "expected a number"),
    (r"Input should be greater than or equal to (\S+)", r"expected at least \1"),
    (r"Input should be less than or equal to (\S+)", r"expected at most \1"),
    (r"Input should be ", "expected "),
    (r"Value error, ", ""),
)


def mistake_in_words(error: Any) -> str:
    """Return what is shown of a mistake: how the command is used, and what is wrong, in plain words."""
    shown = io.StringIO()
    error.show(shown)
    lines = shown.getvalue().splitlines()
    return "".join(f"{within_terminal(_plain(line)) if line.startswith('Error: ') else line}\n" for line in lines)


def _plain(line: str) -> str:
    for pattern, words in _WORDED:
        line = re.sub(pattern, words, line)
    return line


def within_terminal(text: str) -> str:
    """Return a sentence for standard error: in lines as wide as a terminal, on one line where a file is written."""
    if not sys.stderr.isatty():
        return text
    columns = shutil.get_terminal_size((80, 24)).columns
    return textwrap.fill(text, columns, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
