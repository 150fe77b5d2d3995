"""Text of a foreign file as it may be shown: one short line, no markup, nothing that cannot be printed."""

from __future__ import annotations

import re
from typing import Any

LIMIT = 80
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")
_BLANK = re.compile(r"\s+")


def shown_text(value: Any, limit: int = LIMIT) -> str:
    """Return a value as one line for a report; where a tag would begin stands a sign that begins none."""
    text = value if isinstance(value, str) else _short(value)
    if len(text) <= limit and text.isprintable() and "<" not in text and "  " not in text and text.strip() == text:
        return text
    text = "".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text[: 4 * limit])
    text = _MARKUP.sub("‹", _BLANK.sub(" ", text).strip())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(str(key) for key in list(value)[:6]) + "}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        return "a number of more than 18 digits"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else repr(value)
