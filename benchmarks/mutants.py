"""Which lines no test feels: random small faults in the packages that hold rules, each met by that package's tests.

    python -m benchmarks.mutants [--mutants 100] [--seed 1] [--packages instruments rules ...]

A fault changes one comparison, one `and` or `or`, one sign, one number or one `not` in a copy of the code; the tests of
the package run against the copy and must fail. Those that pass name a line that no test feels.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("care", "claims", "instruments", "patient", "programmes", "rules", "safety", "therapy", "visits")
SECONDS = 600
COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
SIGNS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
BITS = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}


@dataclass(frozen=True)
class Fault:
    """One place of a file and what would be changed there."""

    path: Path
    place: int
    line: int
    words: str


def main() -> None:
    """Put faults into a copy, one at a time, and print which the tests pass over."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mutants", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--packages", nargs="*", default=[p for p in PACKAGES if (ROOT / "tests" / p).is_dir()])
    given = options.parse_args()
    faults = [fault for package in given.packages for fault in faults_of(package)]
    chosen = random.Random(given.seed).sample(faults, min(given.mutants, len(faults)))
    survived = []
    with tempfile.TemporaryDirectory() as room:
        copy = Path(room) / "src"
        shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(copy, quiet=1)
        for number, fault in enumerate(chosen, 1):
            felt = is_felt(fault, copy)
            print(f"{number:4d} {'felt' if felt else 'NOT FELT'}  {fault.path}:{fault.line}  {fault.words}", flush=True)
            survived += [] if felt else [fault]
    print(f"{len(chosen) - len(survived)} of {len(chosen)} faults felt, drawn from {len(faults)} places")


def faults_of(package: str) -> Iterator[Fault]:
    """Yield every place of a package where a fault can be put."""
    for path in sorted((ROOT / "src" / "lupercal" / package).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        types = {id(part) for node in ast.walk(tree) for whole in annotations(node) for part in ast.walk(whole)}
        for place, node in enumerate(ast.walk(tree)):
            words = "" if id(node) in types else changed(node)
            if words:
                yield Fault(path.relative_to(ROOT), place, getattr(node, "lineno", 0), words)


def annotations(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what says the type of something: no test can feel a change there."""
    for name in ("annotation", "returns"):
        whole = getattr(node, name, None)
        if whole is not None:
            yield whole


def changed(node: ast.AST) -> str:
    """Change a node in place and return the change in words; empty where there is nothing to change."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        return _swapped(node.ops, COMPARISONS)
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return "and <-> or"
    if isinstance(node, ast.BinOp) and type(node.op) in SIGNS | BITS:
        before = type(node.op)
        node.op = (SIGNS | BITS)[before]()
        return f"{before.__name__} -> {type(node.op).__name__}"
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        before_value = node.value
        node.value = before_value + 1
        return f"{before_value} -> {node.value}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        node.op = ast.UAdd()
        return "not removed"
    return ""


def _swapped(operators: list[ast.cmpop], by: dict[type[ast.cmpop], type[ast.cmpop]]) -> str:
    before = type(operators[0])
    operators[0] = by[before]()
    return f"{before.__name__} -> {by[before].__name__}"


def is_felt(fault: Fault, copy: Path) -> bool:
    """Return whether the tests of the package fail with the fault in the copy; the copy is whole again afterwards."""
    path = copy / fault.path.relative_to("src")
    whole, times = path.read_text(encoding="utf-8"), path.stat()
    tree = ast.parse(whole)
    changed(next(node for place, node in enumerate(ast.walk(tree)) if place == fault.place))
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow"]
    command += tests_of(path.relative_to(copy / "lupercal"))
    environment = os.environ | {"PYTHONPATH": f"{copy}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return (
            subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False
            ).returncode
            != 0
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(whole, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # so that what was compiled before holds again


def tests_of(module: Path) -> list[str]:
    """Return the tests of a module's package, those that name the module first: most faults are felt there."""
    folder = ROOT / "tests" / module.parts[0]
    files = sorted(folder.rglob("test_*.py"))
    return [str(file) for file in sorted(files, key=lambda file: module.stem not in file.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    main()
