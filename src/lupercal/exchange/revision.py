"""Which writing of a plan this is: calendars keep the event with the higher sequence number, then the newer stamp."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, final

from lupercal.errors import InputError

EPOCH = "SOURCE_DATE_EPOCH"
"""Environment variable that fixes the time of writing, in seconds since 1970, where bytes must repeat."""


@final
@dataclass(frozen=True, slots=True)
class Revision:
    """Time of writing (UTC, whole seconds) and how many plans of the same patient and programme went before."""

    stamp: datetime
    sequence: int = 0

    def record(self) -> dict[str, Any]:
        """Return plain values, as they are kept with the plan."""
        return {"stamp": self.stamp.isoformat(), "sequence": self.sequence}

    @classmethod
    def read(cls, record: Mapping[str, Any], origin: object) -> Self:
        """Return a revision that was kept; raise `InputError` where it is none."""
        try:
            stamp, sequence = datetime.fromisoformat(record["stamp"]), record["sequence"]
        except (KeyError, TypeError, ValueError):
            raise InputError(
                origin, "revision", record, "the stamp and sequence number that a plan is written with"
            ) from None
        if stamp.tzinfo is None or not isinstance(sequence, int) or not 0 <= sequence < 2**31:
            raise InputError(origin, "revision", record, "a stamp in UTC and a sequence number from 0 on")
        return cls(stamp, sequence)

    def after(self, earlier: Revision, *, changed: bool) -> Revision:
        """Return the revision of a plan that follows an earlier one; an unchanged plan keeps the earlier one's."""
        return Revision(max(self.stamp, earlier.stamp), earlier.sequence + 1) if changed else earlier


def written_now() -> Revision:
    """Return the revision of a first plan written now, or at the time that ``SOURCE_DATE_EPOCH`` names.

    Raises
    ------
    InputError
        If the variable holds no number of seconds.
    """
    fixed = os.environ.get(EPOCH)
    if not fixed:
        return Revision(datetime.now(UTC).replace(microsecond=0))
    try:
        if not (fixed.isascii() and fixed.isdigit()):
            raise ValueError
        return Revision(datetime.fromtimestamp(int(fixed), UTC))
    except (ValueError, OverflowError, OSError):
        raise InputError("environment", EPOCH, fixed, "whole seconds since 1970, up to the year 9999") from None
