"""Operations on single numbers as C text: `lupercal.engine.text.vector_writer` for one patient per thread.

`CWriter` has the methods of that module's ``Writer``; whatever is written through either does the same operations in
the same order. Products and sums are fused only where ``fma`` is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import final


@final
@dataclass(frozen=True)
class Numbers:
    """An array of the C text: its name, what its elements are called, and how far apart they lie.

    Elements from place ``split`` on lie in ``beyond``, one after another. A ``stride`` is a parameter of the functions
    that take the array unless it is ``fixed``, a name or number that all of them know.
    """

    name: str
    labels: Sequence[str] = ()
    stride: str = ""
    split: int | None = None
    beyond: str = ""
    fixed: bool = False

    def at(self, index: int | str) -> str:
        """Return the C text of one element."""
        if self.split is not None and isinstance(index, int) and index >= self.split:
            return f"{self.beyond}[{index - self.split}]"
        place = index if isinstance(index, int) or index.isidentifier() else f"({index})"
        return f"{self.name}[{place} * {self.stride}]" if self.stride else f"{self.name}[{index}]"

    def later(self, places: int) -> Numbers:
        """Return the array from a later place on."""
        apart = f" * {self.stride}" if self.stride else ""
        return replace(self, name=f"({self.name} + {places}{apart})") if places else self

    def __str__(self) -> str:
        """Return the text by which the array is handed to a function."""
        return ", ".join(part for part in (self.name, self.stride, self.beyond) if part)


@final
class CWriter:
    """Writes operations on single numbers as C; it has the methods of `lupercal.engine.text.vector_writer.Writer`."""

    size = 8  # bytes of a number

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._count, self._depth = 0, 1

    def const(self, value: float) -> str:
        """Return the text of a number."""
        return repr(float(value)) if value >= 0 else f"({float(value)!r})"

    def load(self, array: Numbers, index: int | str) -> str:
        """Read an element, under its label if it has one."""
        label = array.labels[index] if isinstance(index, int) and array.labels else ""
        return self._named(array.at(index), label)

    def store(self, value: str, array: Numbers, index: int | str) -> None:
        """Write an element."""
        self._write(f"{array.at(index)} = {value};")

    def add(self, a: str, b: str) -> str:
        """Return a + b."""
        return self._named(f"{a} + {b}")

    def sub(self, a: str, b: str) -> str:
        """Return a - b."""
        return self._named(f"{a} - {b}")

    def mul(self, a: str, b: str) -> str:
        """Return a × b."""
        return self._named(f"{a} * {b}")

    def div(self, a: str, b: str) -> str:
        """Return a / b."""
        return self._named(f"{a} / {b}")

    def neg(self, a: str) -> str:
        """Return -a."""
        return f"(-{a})"

    def fma(self, a: str, b: str, c: str) -> str:
        """Return a × b + c, rounded once."""
        return self._named(f"fma({a}, {b}, {c})")

    def sqrt(self, a: str) -> str:
        """Return the square root."""
        return self._named(f"sqrt({a})")

    def abs(self, a: str) -> str:
        """Return the absolute value."""
        return self._named(f"fabs({a})")

    def where(self, test: str, pair: tuple[str, str], yes: str, no: str) -> str:
        """Return ``yes`` if the test holds for the pair and both are numbers, else ``no``."""
        return self._named(f"{pair[0]} {test} {pair[1]} ? {yes} : {no}")

    def larger(self, a: str, b: str) -> str:
        """Return the larger of two, ``a`` where one is not a number."""
        return self.where("<", (a, b), b, a)

    def smaller(self, a: str, b: str) -> str:
        """Return the smaller of two, ``a`` where one is not a number."""
        return self.where(">", (a, b), b, a)

    def times_plus(self, index: int | str, factor: int, addend: int) -> int | str:
        """Return an index (a number or a loop counter) × factor + addend."""
        return index * factor + addend if isinstance(index, int) else f"{factor} * {index} + {addend}"

    def call(self, function: str, *arrays: Numbers) -> None:
        """Call another function of the unit."""
        self._write(f"{function}({', '.join(map(str, arrays))});")

    def offset(self, array: Numbers, places: int) -> Numbers:
        """Return the array from a later place on."""
        return array.later(places)

    def any_above(self, a: str, b: str, array: Numbers) -> None:
        """Set the first whole number of an array to whether a > b."""
        self._write(f"{array.name}[0] = {a} > {b};")

    def scalar_at(self, array: Numbers, index: int | str) -> str:
        """Read an element that is the same for all patients."""
        return self._named(array.at(index))

    def loop(
        self, indices: range, carried: Sequence[str], body: Callable[[str, list[str]], Sequence[str]]
    ) -> Sequence[str]:
        """Run ``body(index, carried)`` for each index of a range; it returns what the next turn is given."""
        if not indices:
            return carried
        held = [self._named(value, kind="double") for value in carried]
        self._write(f"for (int i = {indices.start}; i < {indices.stop}; ++i) {{")
        self._depth += 1
        for name, value in zip(held, body("i", held), strict=True):
            self._write(f"{name} = {value};")
        self._depth -= 1
        self._write("}")
        return held

    def _named(self, text: str, label: str = "", kind: str = "const double") -> str:
        self._count += 1
        name = label or f"v{self._count}"
        self._write(f"{kind} {name} = {text};")
        return name

    def _write(self, line: str) -> None:
        self.lines.append("  " * self._depth + line)
