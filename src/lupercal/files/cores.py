"""How many processor cores this process may use."""

from __future__ import annotations

import os


def available_cores() -> int:
    """Return how many cores this process may use; the environment variable LUPERCAL_THREADS sets another number."""
    given = os.environ.get("LUPERCAL_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
