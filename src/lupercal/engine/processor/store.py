"""Machine code kept on disk, under a name that is a hash of everything it follows from (see `lupercal.files.kept`).

The name covers the equations, this package's emitters, the lane count, the processor and the versions of the
compilers.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.processor import build
from lupercal.engine.processor.build import MachineCode
from lupercal.files.hashing import content_hash, package_hash
from lupercal.files.kept import kept

_SOURCES = ("engine/graph", "engine/text", "engine/loop")  # folders the machine code follows from
_NORMAL_SOURCES = ("engine/processor", "engine/loop")


def kernel(program: Program, width: int, size: int = 8) -> MachineCode:
    """Return the kernel of a program for ``width`` lanes of numbers of ``size`` bytes.

    It comes from disk if it is there, and is compiled and kept otherwise.
    """
    return build.integration(
        kept(key(program, width, size), lambda: build.object_code(program, width, loop(size), size))
    )


@cache
def random_numbers() -> MachineCode:
    """Return the function that makes uniform numbers, from disk if it is there."""
    name = _hash("random numbers", build.processor(), _versions(), _source_digest())
    return build.uniform_numbers(kept(name, build.random_code))


@cache
def normal_numbers() -> MachineCode:
    """Return the function that turns probabilities into normal numbers, from disk if it is there."""
    name = _hash("normal numbers", build.processor(), _versions(), package_hash(_NORMAL_SOURCES))
    return build.normal_quantiles(kept(name, build.normal_code))


@cache
def loop(size: int = 8) -> str:
    """Return the loop's text; it knows nothing of the equations, so new equations find it ready."""
    name = _hash("loop", str(size), build.processor(), _versions(), _source_digest())
    return kept(name, lambda: build.loop_text(size).encode()).decode()


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
