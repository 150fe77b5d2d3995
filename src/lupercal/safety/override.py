"""Going on in spite of a stop: somebody's name and reason, which every plan made so prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from lupercal.errors import InputError

LEAST_REASON = 10  # characters: a word or two give no reason
EXAMPLE = "'NAME: reason', such as 'Dr A. Example: pregnancy test was negative on 3 May'"


@final
@dataclass(frozen=True, slots=True)
class Override:
    """Who goes on in spite of a stop, and why."""

    name: str
    reason: str

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.name}: {self.reason}"


def read_override(text: str, field: str = "--override") -> Override:
    """Return an override written as ``NAME: reason``.

    Raises
    ------
    InputError
        If name or reason is missing, or the reason is shorter than ten characters.
    """
    name, _, reason = (part.strip() for part in text.partition(":"))
    if not any(letter.isalpha() for letter in name) or len(reason) < LEAST_REASON:
        raise InputError(field, "", text, f"{EXAMPLE} (a reason of at least {LEAST_REASON} characters)")
    if not all(letter.isprintable() for letter in text):
        raise InputError(field, "", text, "one line of printable text")
    return Override(name, " ".join(reason.split()))
