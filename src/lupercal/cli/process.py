"""The edges of the process itself: streams that are missing, full or of a small alphabet, signals, the environment."""

from __future__ import annotations

import atexit
import codecs
import errno
import gc
import io
import os
import re
import signal
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

from lupercal.files.cores import plain_algebra
from lupercal.files.memory import reuse_memory

ESCAPED = "lupercal.escaped"
_NUMBERS = ("COLUMNS", "LINES", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")  # libraries stumble over other texts in them
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_SELDOM = 50_000  # objects made between two searches for cycles: importing makes many and leaves hardly any behind
ENDED = 128  # plus the signal's number, the usual exit status


def prepare() -> None:
    """Make the process fit for work: every stream there, every character printable, every end an orderly one."""
    _open_missing()
    codecs.register_error(ESCAPED, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ESCAPED)
    for name in _NUMBERS:
        if not _NUMBER.fullmatch(os.environ.get(name, "1")):
            del os.environ[name]
    plain_algebra()
    reuse_memory()
    gc.set_threshold(_SELDOM)
    atexit.register(gc.freeze)  # what is left goes with the process: looking through it for cycles took 0.3 s
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_DFL:
            signal.signal(getattr(signal, name), _end)


def failure_in_words(error: OSError) -> str:
    """Return a failure of the system as one sentence."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    if error.filename is not None:
        return f"{os.fsencode(error.filename).decode('utf-8', 'backslashreplace')}: {reason}"
    if _in_no_folder():
        return f"the working folder was removed: {reason}"
    streams = (errno.ENOSPC, errno.EBADF, errno.EPIPE, errno.EIO, errno.EFBIG)
    return f"standard output: {reason}" if error.errno in streams else reason


def _in_no_folder() -> bool:
    try:
        return not os.getcwd()  # noqa: PTH109 - asks the system and nothing else
    except OSError:
        return True


def flush() -> None:
    """Write out what is left; give a stream up that takes no more, so that Python does not try again at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Return what cannot be encoded as JSON writes it, so that JSON on standard output stays true."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    units = (int.from_bytes(text[k : k + 2], "big") for k in range(0, len(text), 2))
    return "".join(f"\\u{unit:04x}" for unit in units), error.end


def _end(number: int, _: Any) -> None:
    raise SystemExit(ENDED + number)


def _open_missing() -> None:
    """Put something in the place of streams that the caller has closed, lest files be opened in their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - for the life of the process
    sys.stdout = sys.stdout or cast(TextIO, _Closed())
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


class _Closed(io.TextIOBase):
    """A standard output that the caller has closed: writing to it fails, and so it is told."""

    def write(self, text: str) -> int:
        """Refuse."""
        del text
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def flush(self) -> None:
        """Do nothing: nothing was written."""

    def isatty(self) -> bool:
        """Return False."""
        return False
