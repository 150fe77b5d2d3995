"""Memory that is given back is used again: tables of people are asked for and given back thousands of times."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

_LARGEST_KEPT = 32 << 20  # bytes; the most that the allocator of GNU systems takes from what it holds already
_KEPT = 256 << 20  # bytes that it holds at most for what comes next
_OPTIONS = (("MALLOC_MMAP_THRESHOLD_", -3, _LARGEST_KEPT), ("MALLOC_TRIM_THRESHOLD_", -1, _KEPT))


def reuse_memory() -> None:
    """Let this process and its children use freed memory again in place of asking the system for fresh pages.

    The system clears every page that it hands out: up to a sixth of the processor time of a calibration. Nothing
    happens where another allocator works, and nothing where the environment says otherwise.
    """
    for name, option, size in _OPTIONS:
        if name not in os.environ:
            os.environ[name] = str(size)
            with suppress(AttributeError, OSError, TypeError):
                ctypes.CDLL(None).mallopt(option, size)
