"""Machine code kept on disk, under a name that is a hash of everything it follows from.

The name covers the equations, this package's emitters, the lane count, the processor and the versions of the
compilers. A file that was cut short or changed is noticed by its checksum and made anew; a folder that cannot be
written to is no obstacle.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.processor import build
from lupercal.engine.processor.build import MachineCode
from lupercal.errors import LupercalError
from lupercal.files.hashing import bytes_hash, content_hash, package_hash
from lupercal.files.writing import write_bytes

_SOURCES = ("engine/graph", "engine/text", "engine/loop")  # folders the machine code follows from
_CHECK = 16  # bytes of checksum before the code


def kernel(program: Program, width: int, size: int = 8) -> MachineCode:
    """Return the kernel of a program for ``width`` lanes of numbers of ``size`` bytes.

    It comes from disk if it is there, and is compiled and kept otherwise.
    """
    return build.integration(
        _kept(key(program, width, size), lambda: build.object_code(program, width, loop(size), size))
    )


@cache
def random_numbers() -> MachineCode:
    """Return the function that makes uniform numbers, from disk if it is there."""
    name = _hash("random numbers", build.processor(), _versions(), _source_digest())
    return build.uniform_numbers(_kept(name, build.random_code))


@cache
def loop(size: int = 8) -> str:
    """Return the loop's text; it knows nothing of the equations, so new equations find it ready."""
    name = _hash("loop", str(size), build.processor(), _versions(), _source_digest())
    return _kept(name, lambda: build.loop_text(size).encode()).decode()


def _kept(name: str, make: Callable[[], bytes]) -> bytes:
    place = folder()
    content = _read(place / f"{name}.bin") if place else None
    if content is None:
        content = make()
        if place:
            _write(place / f"{name}.bin", content)
    return content


def folder() -> Path | None:
    """Return where machine code is kept: LUPERCAL_CACHE_DIR, or ``lupercal`` in the user's cache folder.

    None for a user without a home, as in many containers: a shared folder is no place for code that will be run.
    """
    given = os.environ.get("LUPERCAL_CACHE_DIR")
    if given:
        return Path(given)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lupercal"
    except RuntimeError:
        return None


def key(program: Program, width: int, size: int = 8) -> str:
    """Return the hash of all that the machine code follows from."""
    equations = program.trace.digest + repr(
        (program.graph.nodes, program.shared, program.relaxing, program.rates, program.planned)
    )
    equations += repr(sorted(program.zero))
    return _hash(equations, f"{width} lanes of {size} bytes", build.processor(), _versions(), _source_digest())


def _hash(*parts: str) -> str:
    return content_hash(*parts, size=16)


@cache
def _source_digest() -> str:
    return package_hash(_SOURCES)


def _versions() -> str:
    return " ".join(f"{name} {_version(name)}" for name in ("numba", "llvmlite"))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    check, code = data[:_CHECK], data[_CHECK:]
    return code if code and _check(code) == check else None


def _write(path: Path, code: bytes) -> None:
    """Write the file whole or not at all; do without if the folder does not allow it."""
    with suppress(LupercalError):
        write_bytes(path, _check(code) + code)


def _check(code: bytes) -> bytes:
    return bytes.fromhex(bytes_hash(code, _CHECK))
