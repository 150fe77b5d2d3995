"""How many processor cores this process may use, and who inside it may use more than one."""

from __future__ import annotations

import os
import re

from lupercal.errors import InputError

VARIABLE = "LUPERCAL_THREADS"
_ALGEBRA = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
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


def plain_algebra() -> None:
    """Let linear algebra of this process and its children run on one thread, unless the environment says otherwise.

    The matrices are small, and work is already shared out over cores: more threads would mostly wait for one another,
    and the last bits of a sum would depend on their number. It acts only before NumPy is loaded.
    """
    for name in _ALGEBRA:
        os.environ.setdefault(name, "1")
