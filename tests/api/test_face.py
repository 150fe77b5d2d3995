"""The public names: what they are, that they stay what they are, and that asking for them late costs nothing early."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest

import lupercal as lp

GOLDEN = Path(__file__).with_name("face.txt")
STUB = Path(lp.__file__).with_suffix(".pyi")
HEAVY = ("numpy", "scipy", "polars", "matplotlib", "numba", "pydantic", "jinja2", "yaml", "rich", "typer")


def names() -> list[str]:
    return [name for name in lp.__all__ if name.isidentifier() and not name.startswith("__")]


def described(name: str) -> str:
    value = getattr(lp, name)
    if isinstance(value, FunctionType):
        return f"{name}{inspect.signature(value)}"
    if dataclasses.is_dataclass(value) and isinstance(value, type):
        members = [one for one in vars(value) if not one.startswith("_")]
        return f"{name}: {', '.join(sorted(members))}"
    return name


def test_names_and_signatures_are_those_promised() -> None:
    """Whoever changes a line here changes a promise and says so in CHANGELOG.md; records may gain members, not lose."""
    promised = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert [line for line in promised if ": " not in line.partition("(")[0]] == [
        line for line in map(described, names()) if ": " not in line.partition("(")[0]
    ]
    for name, members in (line.split(": ", 1) for line in promised if ": " in line.partition("(")[0]):
        assert set(members.split(", ")) <= set(dir(getattr(lp, name))), name


def test_the_stub_names_the_same_homes() -> None:
    stated = {
        alias.name: node.module
        for node in ast.walk(ast.parse(STUB.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert stated == type(lp).homes  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", names())
def test_every_public_name_is_documented_and_frozen(name: str) -> None:
    value = getattr(lp, name)
    assert inspect.getdoc(value)
    if dataclasses.is_dataclass(value):
        assert vars(value)["__dataclass_params__"].frozen
    if isinstance(value, FunctionType):
        assert "return" in value.__annotations__
        stated = inspect.signature(value).parameters
        assert all(one.annotation is not inspect.Parameter.empty for one in stated.values())
        assert all(one in (value.__doc__ or "") for one in stated), f"{name} leaves a parameter without a word"


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_loads_next_to_nothing() -> None:
    """Time is measured in benchmarks; what costs it is the number of modules, and none of the heavy ones is there."""
    code = (
        "import sys; before = set(sys.modules); import lupercal; new = set(sys.modules) - before; "
        f"print(len(new), [name for name in {HEAVY} if name in sys.modules])"
    )
    count, _, heavy = run(code).partition(" ")
    assert heavy == "[]"
    assert int(count) < 60


def test_a_name_that_is_also_a_package_is_the_function_whatever_was_imported_first() -> None:
    code = (
        "import lupercal.forecast.run as run, lupercal.population.draw\n"
        "import lupercal as lp\n"
        "from lupercal.forecast import run as same\n"
        "print(type(lp.forecast).__name__, type(lp.population).__name__, run is same, lupercal.forecast.run is run)"
    )
    assert run(code) == "function function True True"


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="fore_cast"):
        lp.fore_cast  # type: ignore[attr-defined]  # noqa: B018
    assert "forecast" in dir(lp)


@pytest.mark.parametrize("module", ["patients", "scores", "offers"])
def test_examples_in_docstrings_run(module: str) -> None:
    found = doctest.testmod(importlib.import_module(f"lupercal.api.{module}"))
    assert found.attempted > 0
    assert found.failed == 0
