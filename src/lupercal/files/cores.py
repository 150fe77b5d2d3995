"""How many processor cores this process may use."""

from __future__ import annotations

import os
import re

from lupercal.errors import InputError

VARIABLE = "LUPERCAL_THREADS"
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


def available_cores() -> int:
    """Return how many cores this process may use; the environment variable LUPERCAL_THREADS sets another number.

    Raises
    ------
    InputError
        If the variable is set to anything but a number from 1 to 9999.
    """
    given = os.environ.get(VARIABLE, "")
    if not given:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not _NUMBER.fullmatch(given):
        raise InputError(VARIABLE, "", given, "a number of threads from 1 to 9999 in plain digits")
    return int(given)
