"""Machine code kept on disk, under a name that is a hash of everything it follows from.

The name covers the equations, this package's emitters, the lane count, the processor and the versions of the
compilers. A file that was cut short or changed is noticed by its checksum and made anew; a folder that cannot be
written to is no obstacle.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.processor import build
from lupercal.engine.processor.build import Kernel

_SOURCES = ("graph", "text", "loop")  # folders the machine code follows from
_CHECK = 16  # bytes of checksum before the code


def kernel(program: Program, width: int, size: int = 8) -> Kernel:
    """Return the kernel of a program for ``width`` lanes of numbers of ``size`` bytes.

    It comes from disk if it is there, and is compiled and kept otherwise.
    """
    return Kernel(_kept(key(program, width, size), lambda: build.object_code(program, width, loop(size), size)))


@cache
def loop(size: int = 8) -> str:
    """Return the loop's text; it knows nothing of the equations, so new equations find it ready."""
    name = _hash("loop", str(size), build.processor(), _versions(), _source_digest())
    return _kept(name, lambda: build.loop_text(size).encode()).decode()


def _kept(name: str, make: Callable[[], bytes]) -> bytes:
    path = folder() / f"{name}.bin"
    content = _read(path)
    if content is None:
        content = make()
        _write(path, content)
    return content


def folder() -> Path:
    """Return where machine code is kept: LUPERCAL_CACHE_DIR, or ``lupercal`` in the user's cache folder."""
    given = os.environ.get("LUPERCAL_CACHE_DIR")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lupercal"


def key(program: Program, width: int, size: int = 8) -> str:
    """Return the hash of all that the machine code follows from."""
    equations = program.trace.digest + repr((program.graph.nodes, program.shared, program.relaxing, program.rates))
    return _hash(equations, f"{width} lanes of {size} bytes", build.processor(), _versions(), _source_digest())


def _hash(*parts: str) -> str:
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


@cache
def _source_digest() -> str:
    engine = Path(__file__).parents[1]
    texts = [path.read_bytes() for name in _SOURCES for path in sorted((engine / name).glob("*.py"))]
    return blake2b(b"\0".join(texts), digest_size=16).hexdigest()


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
    return code if code and blake2b(code, digest_size=_CHECK).digest() == check else None


def _write(path: Path, code: bytes) -> None:
    """Write the file whole or not at all; do without if the folder does not allow it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as made:
            made.write(blake2b(code, digest_size=_CHECK).digest() + code)
        Path(made.name).replace(path)
    except OSError:
        return
