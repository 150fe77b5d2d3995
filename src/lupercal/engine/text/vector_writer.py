"""Vectors of patients in LLVM's language: a thin layer over llvmlite that the lane kernels are written with.

Arithmetic is strictly IEEE: no reassociation, and multiplications and additions are fused only where `Lanes.fma` says
so. The same program therefore gives the same bits for every lane, every vector width and every processor with fused
multiply-add.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from llvmlite import ir  # type: ignore[import-untyped]

_I64 = ir.IntType(64)
ALIGNMENT = 64  # bytes; one cache line, and the widest register


@final
class Lanes:
    """A module under construction whose values are vectors of ``width`` numbers of 8 or 4 bytes."""

    def __init__(self, width: int, size: int = 8) -> None:
        self.width, self.size = width, size
        self.scalar = ir.DoubleType() if size == 8 else ir.FloatType()
        self.vector = ir.VectorType(self.scalar, width)
        self.module = ir.Module(name="lupercal")

    def function(self, name: str, pointers: int, body: Callable[[Writer, list[Any]], None], inner: bool = False) -> Any:
        """Write a function of ``pointers`` vector addresses; ``inner`` ones are seen by this module only."""
        kind = ir.FunctionType(ir.VoidType(), [ir.PointerType()] * pointers)
        made = ir.Function(self.module, kind, name)
        made.attributes.add("noinline")
        made.attributes.add("nounwind")
        made.attributes.alignstack = ALIGNMENT
        if inner:
            made.linkage = "internal"
        for argument in made.args:
            argument.add_attribute("noalias")
        builder = ir.IRBuilder(made.append_basic_block("entry"))
        body(Writer(self, builder), list(made.args))
        builder.ret_void()
        return made

    def intrinsic(self, name: str, arguments: int) -> Any:
        """Return LLVM's own operation ``name`` on vectors."""
        full = f"llvm.{name}.v{self.width}f{8 * self.size}"
        declared = self.module.globals.get(full)
        return declared or ir.Function(self.module, ir.FunctionType(self.vector, [self.vector] * arguments), full)


@final
class Writer:
    """Writes vector operations into one function."""

    def __init__(self, lanes: Lanes, builder: Any) -> None:
        self.lanes, self.builder, self.size = lanes, builder, lanes.size

    def const(self, value: float) -> Any:
        """Return a vector with one value in every lane."""
        lanes = self.lanes
        return ir.Constant(lanes.vector, [ir.Constant(lanes.scalar, value)] * lanes.width)

    def load(self, pointer: Any, index: Any) -> Any:
        """Return vector number ``index`` (a number or a loop counter) behind a pointer."""
        return self.builder.load(self._at(pointer, index), align=self._aligned, typ=self.lanes.vector)

    def store(self, value: Any, pointer: Any, index: Any) -> None:
        """Write vector number ``index`` behind a pointer."""
        self.builder.store(value, self._at(pointer, index), align=self._aligned)

    def add(self, a: Any, b: Any) -> Any:
        """Return a + b."""
        return self.builder.fadd(a, b)

    def sub(self, a: Any, b: Any) -> Any:
        """Return a - b."""
        return self.builder.fsub(a, b)

    def mul(self, a: Any, b: Any) -> Any:
        """Return a × b."""
        return self.builder.fmul(a, b)

    def div(self, a: Any, b: Any) -> Any:
        """Return a / b."""
        return self.builder.fdiv(a, b)

    def neg(self, a: Any) -> Any:
        """Return -a."""
        return self.builder.fneg(a)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """Return a × b + c, rounded once."""
        return self.builder.call(self.lanes.intrinsic("fma", 3), [a, b, c])

    def sqrt(self, a: Any) -> Any:
        """Return the square root."""
        return self.builder.call(self.lanes.intrinsic("sqrt", 1), [a])

    def abs(self, a: Any) -> Any:
        """Return the absolute value."""
        return self.builder.call(self.lanes.intrinsic("fabs", 1), [a])

    def where(self, test: str, pair: tuple[Any, Any], yes: Any, no: Any) -> Any:
        """Return ``yes`` where the test (such as ``<``) holds for the pair and both are numbers, else ``no``."""
        return self.builder.select(self.builder.fcmp_ordered(test, *pair), yes, no)

    def larger(self, a: Any, b: Any) -> Any:
        """Return the larger of two, ``a`` where one is not a number."""
        return self.where("<", (a, b), b, a)

    def smaller(self, a: Any, b: Any) -> Any:
        """Return the smaller of two, ``a`` where one is not a number."""
        return self.where(">", (a, b), b, a)

    def any_above(self, a: Any, b: Any, pointer: Any) -> None:
        """Write a whole number behind a pointer that is not zero where a > b in any lane."""
        above = self.builder.fcmp_ordered(">", a, b)
        bits = self.builder.bitcast(above, ir.IntType(self.lanes.width))
        self.builder.store(self.builder.zext(bits, _I64), pointer)

    def times_plus(self, index: Any, factor: int, addend: int) -> Any:
        """Return an index (a number or a loop counter) × factor + addend."""
        if isinstance(index, int):
            return index * factor + addend
        return self.builder.add(self.builder.mul(index, _I64(factor)), _I64(addend))

    def call(self, function: Any, *pointers: Any) -> None:
        """Call another function of the module."""
        self.builder.call(function, list(pointers))

    def offset(self, pointer: Any, vectors: int) -> Any:
        """Return the address ``vectors`` vectors further on."""
        return self._at(pointer, vectors)

    def scalar_at(self, pointer: Any, index: Any) -> Any:
        """Return number ``index`` behind a pointer, in every lane."""
        place = self.builder.gep(pointer, [self._number(index)], source_etype=self.lanes.scalar)
        value = self.builder.load(place, typ=self.lanes.scalar)
        empty = ir.Constant(self.lanes.vector, ir.Undefined)
        first = self.builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes.width), [0] * self.lanes.width)
        return self.builder.shuffle_vector(first, empty, zeros)

    def loop(self, indices: range, carried: list[Any], body: Callable[[Any, list[Any]], list[Any]]) -> list[Any]:
        """Run ``body(index, carried)`` for each index of a range; it returns what the next turn is given."""
        if not indices:
            return carried
        builder = self.builder
        before, turn = builder.block, builder.append_basic_block("turn")
        after = builder.append_basic_block("after")
        builder.branch(turn)
        builder.position_at_end(turn)
        index = builder.phi(_I64)
        index.add_incoming(_I64(indices.start), before)
        held = [self._held(value, before) for value in carried]
        changed = body(index, held)
        following = builder.add(index, _I64(1))
        index.add_incoming(following, builder.block)
        for phi, value in zip(held, changed, strict=True):
            phi.add_incoming(value, builder.block)
        builder.cbranch(builder.icmp_unsigned("<", following, _I64(indices.stop)), turn, after)
        builder.position_at_end(after)
        return changed

    def _held(self, value: Any, before: Any) -> Any:
        phi = self.builder.phi(self.lanes.vector)
        phi.add_incoming(value, before)
        return phi

    def _at(self, pointer: Any, index: Any) -> Any:
        return self.builder.gep(pointer, [self._number(index)], source_etype=self.lanes.vector)

    def _number(self, index: Any) -> Any:
        return _I64(index) if isinstance(index, int) else index

    @property
    def _aligned(self) -> int:
        return min(ALIGNMENT, self.lanes.width * self.lanes.size)
