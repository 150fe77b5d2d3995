"""The loop over patients and days as C: the functions of `lupercal.engine.loop`, for one patient per thread.

The loop is written once, in Python that numba compiles for the lanes of a vector. Here the text of the same functions
becomes C for a vector of one lane: assignments, ``if``, ``while``, ``for … in range`` and arithmetic, nothing else;
whatever is not of that kind is refused. The block ``s`` becomes a structure whose arrays over lanes lie in memory of
the thread. What is a real number and what a whole one follows from the block and from annotations.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import final

from lupercal.engine.loop import block
from lupercal.engine.text import control, step

MODULES = ("access", "days", "patients")  # of `lupercal.engine.loop`, in an order in which they build on each other
LANE_ARRAYS = block.Block._fields[block.Block._fields.index("y") :]  # arrays over lanes: a thread's own
# what is the same for all threads, or follows from which patient is the thread's; all else stands in the kernel's block
FIXED: Mapping[str, str] = MappingProxyType(
    {
        "width": "1", "states": "STATES", "inputs_count": "INPUTS", "known": "0", "total": "b->patients",
        "first": "thread", "count": "(thread + 1)", **{name: f"s->{name}" for name in LANE_ARRAYS},
    }
)  # fmt: skip
STAGES = "stages"  # lie where the kernel says, `APART` numbers from one another
# functions that the equations give or that one lane needs no search for, and how C calls them: constants are the
# thread's own, then those driven by inputs
OWN = "b->constants + s->place, b->patients"
ALL = f"{OWN}, s->q"
EQUATIONS: Mapping[str, str] = MappingProxyType(
    {
        "advance": "advance({0}, ALL, {2}, {3}, {4}, {5}, {6}, {7})", "accept": "accept({0}, {1}, {2}, {3})",
        "refresh": "refresh({0}, ALL, {2}, {3}, {4})", "between": "between({0}, OWN, {2}, {3}, {4}, {5})",
        "glance": "glance({0}, OWN, {2}, {3}, {4}, {5})", "risk": "risk({0}, OWN, {2})",
        "driven": "driven({0}, OWN, {2})", "lowest": "0",
    }
)  # fmt: skip
_SIGNS: Mapping[type[ast.AST], str] = MappingProxyType(
    {
        ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.RShift: ">>", ast.BitAnd: "&", ast.Eq: "==",
        ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.And: "&&", ast.Or: "||",
        ast.Not: "!", ast.USub: "-",
    }
)  # fmt: skip
_KINDS = {"bool": "whole", "int": "whole", "float": "double", "None": "void"}
SELDOM = frozenset({"look_after"})  # called where more than time passes; apart from the loop, which it would crowd
HELPERS = """\
FUNCTION whole earlier(whole a, whole b) { return b < a ? b : a; }
FUNCTION double lesser(double a, double b) { return b < a ? b : a; }
"""


def c_loop() -> str:
    """Return all functions of the loop as C, declarations first, for a structure ``S`` of the block's fields."""
    texts = [_Function(node) for node in loop_functions().values()]
    heads = [f"{text.head};" for text in texts]
    return "\n".join([HELPERS, *heads, *("\n".join(text.lines()) for text in texts)])


def loop_constants() -> dict[str, float]:
    """Return the named numbers that the loop's functions use, by name."""
    names = {
        node.id for function in loop_functions().values() for node in ast.walk(function) if isinstance(node, ast.Name)
    }
    return {name: number for name in sorted(names) if (number := named_number(name)) is not None}


def lane_structure() -> str:
    """Return the structure ``S`` of the arrays over lanes, for one lane, in memory of the thread.

    Stages lie elsewhere; ``place`` counts the threads, in whose order constants lie.
    """
    rows = [f"  {_kind_of(name)}{name}[{ROOM[name]}];" for name in LANE_ARRAYS if name != STAGES]
    rows += [f"  double *{STAGES};", "  whole place;"]
    return "\n".join(["typedef struct {", *rows, "} S;"])


# elements of the arrays over lanes, where there is one lane; a thread reads its own constants where they are
ROOM: Mapping[str, str] = MappingProxyType(
    {
        "y": "STATES", "fresh": "STATES", "room": "STATES", "stages": "STAGES * STATES", "q": "DRIVEN", "u": "INPUTS",
        "control": "CONTROLS", "relaxing": "RELAXING", "chance": "1", "numbers": "LANE_NUMBERS", "attention": "1",
    }
)  # fmt: skip


def _kind_of(array: str) -> str:
    return "whole " if array in block.WHOLE_ARRAYS else "double "


# what stands in place of the block ``s``: the kernel's block, whose patient the thread is, and the thread's arrays
PARAMETERS = "const Block *b, whole thread, S *s"
ARGUMENTS = "b, thread, s"


@cache
def loop_functions() -> Mapping[str, ast.FunctionDef]:
    """Return the functions of the loop by name."""
    texts = [files("lupercal.engine.loop").joinpath(f"{name}.py").read_text(encoding="utf-8") for name in MODULES]
    functions = [node for text in texts for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return MappingProxyType({node.name: node for node in functions if _is_compiled(node)})


def _is_compiled(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(mark) == "compiled" for mark in node.decorator_list)


@cache
def _returns(name: str) -> str:
    """Return the C kind of what a function of the loop returns: as annotated, or as its first answer says."""
    node = loop_functions()[name]
    annotated = _KINDS.get(ast.unparse(node.returns) if node.returns else "None")
    answers = [answer.value for answer in ast.walk(node) if isinstance(answer, ast.Return) and answer.value]
    return annotated or ("double" if _Kinds(node).is_real(answers[0]) else "whole")


@final
class _Kinds:
    """What is known of the names of one function: which hold real numbers, and which parameters are arrays."""

    def __init__(self, node: ast.FunctionDef) -> None:
        arguments = node.args.args
        self.real = {each.arg for each in arguments if each.annotation and ast.unparse(each.annotation) == "float"}
        subscripted = {each.value.id for each in ast.walk(node) if isinstance(each, ast.Subscript)
                       and isinstance(each.value, ast.Name)}  # fmt: skip
        self.arrays = subscripted & {each.arg for each in arguments}

    def is_real(self, node: ast.expr) -> bool:
        """Whether a value is a number with digits after the point."""
        match node:
            case ast.Call(ast.Name("min"), parts):
                return any(map(self.is_real, parts))
            case ast.IfExp(_, yes, no):
                return self.is_real(yes) or self.is_real(no)
            case ast.BinOp(left, sign, right):
                return isinstance(sign, ast.Div) or self.is_real(left) or self.is_real(right)
            case ast.Subscript(array):
                return self._holds_real(array)
        return self._is_real_alone(node)

    def _holds_real(self, array: ast.expr) -> bool:
        if isinstance(array, ast.Attribute):
            return array.attr not in block.WHOLE_ARRAYS
        return isinstance(array, ast.Name) and array.id in self.arrays

    def _is_real_alone(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(ast.Name(name)):
                return name in loop_functions() and _returns(name) == "double"
            case ast.Constant(value):
                return isinstance(value, float)
            case ast.Name(name):
                return name in self.real or isinstance(named_number(name), float)
        return False


@cache
def named_number(name: str) -> float | None:
    """Return the number that a name in capitals stands for, None where it is no such name."""
    places = (control, step, block)
    return next((getattr(place, name) for place in places if name.isupper() and hasattr(place, name)), None)


@final
class _Function:
    """One function as C text."""

    def __init__(self, node: ast.FunctionDef) -> None:
        self.node, self.kinds = node, _Kinds(node)
        self.known = {each.arg for each in node.args.args}
        parameters = ", ".join(self._parameter(each) for each in node.args.args)
        self.head = f"{'SELDOM' if node.name in SELDOM else 'FUNCTION'} {_returns(node.name)} {node.name}({parameters})"

    def lines(self) -> Iterator[str]:
        """Yield the whole function."""
        body = self.node.body[1:] if ast.get_docstring(self.node) else self.node.body
        yield f"{self.head} {{"
        yield from self._block(body)

    def _parameter(self, each: ast.arg) -> str:
        if each.arg == "s":
            return PARAMETERS
        if each.arg in self.kinds.arrays:
            return f"const double *{each.arg}"
        return f"{'double' if each.arg in self.kinds.real else 'whole'} {each.arg}"

    def _block(self, body: Iterable[ast.stmt]) -> Iterator[str]:
        yield from (f"  {line}" for each in body for line in self._statement(each))
        yield "}"

    def _statement(self, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.Assign([ast.Tuple(names)], ast.Tuple(values)):
                for name, value in zip(names, values, strict=True):
                    yield self._set(name, value)
            case ast.Assign([target], value):
                yield self._set(target, value)
            case ast.AugAssign(target, sign, value):
                yield f"{self._text(target)} {_SIGNS[type(sign)]}= {self._text(value)};"
            case ast.Return(value):
                yield f"return {self._text(value)};" if value else "return;"
            case ast.Expr(value):
                yield f"{self._text(value)};"
            case _:
                yield from self._compound(node)

    def _compound(self, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.If(test, body, other):
                yield f"if ({self._text(test)}) {{"
                yield from self._block(body)
                if other:
                    yield "else {"
                    yield from self._block(other)
            case ast.While(test, body):
                yield f"while ({self._text(test)}) {{"
                yield from self._block(body)
            case ast.For(ast.Name(name), ast.Call(ast.Name("range"), [last]), body):
                yield f"for (whole {name} = 0; {name} < {self._text(last)}; ++{name}) {{"
                yield from self._block(body)
            case _:
                raise TypeError(f"{self.node.name}: no C for {ast.unparse(node)}")

    def _set(self, target: ast.expr, value: ast.expr) -> str:
        if isinstance(target, ast.Name) and target.id not in self.known:
            self.known.add(target.id)
            self.kinds.real |= {target.id} if self.kinds.is_real(value) else set()
            return f"{'double' if target.id in self.kinds.real else 'whole'} {target.id} = {self._text(value)};"
        return f"{self._text(target)} = {self._text(value)};"

    def _text(self, node: ast.expr) -> str:
        match node:
            case ast.Name(name):
                return ARGUMENTS if name == "s" else name
            case ast.Constant(value):
                return str(int(value)) if isinstance(value, bool) else repr(value)
            case ast.Attribute(ast.Name("s"), name):
                return FIXED.get(name, f"b->{name}")
            case ast.Subscript(array, place):
                return f"{self._text(array)}[{self._text(place)}]"
        return self._operation(node)

    def _operation(self, node: ast.expr) -> str:
        match node:
            case ast.Call(ast.Name(name), arguments):
                return self._call(name, arguments)
            case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]):
                return f"({self._text(left)} {_SIGNS[type(sign)]} {self._text(right)})"
            case ast.BoolOp(sign, parts):
                return "(" + f" {_SIGNS[type(sign)]} ".join(map(self._text, parts)) + ")"
            case ast.UnaryOp(sign, part):
                return f"{_SIGNS[type(sign)]}{self._text(part)}"
            case ast.IfExp(test, yes, no):
                return f"({self._text(test)} ? {self._text(yes)} : {self._text(no)})"
        raise TypeError(f"{self.node.name}: no C for {ast.unparse(node)}")

    def _call(self, name: str, arguments: list[ast.expr]) -> str:
        texts = list(map(self._text, arguments))
        if name in EQUATIONS:
            return EQUATIONS[name].format(*texts).replace("ALL", ALL).replace("OWN", OWN)
        if name in ("int", "bool"):
            return f"(whole)({texts[0]})" if name == "int" else texts[0]
        if name == "min":
            return f"{'lesser' if any(map(self.kinds.is_real, arguments)) else 'earlier'}({', '.join(texts)})"
        if name not in loop_functions():
            raise TypeError(f"{self.node.name}: no C for the function {name}")
        return f"{name}({', '.join(texts)})"
