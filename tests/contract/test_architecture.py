"""Guards of the house: imports run one way, files and functions stay small, help is quick."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lupercal

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "lupercal"
LAYERS = (
    "errors", "files", "evidence", "patient", "instruments", "visits", "therapy", "rules", "safety", "care",
    "programmes", "model", "engine", "population", "course", "forecast", "trial", "validation", "calibration",
    "claims", "exchange", "report", "registry", "api", "web", "cli",
)  # fmt: skip
MODULES = sorted(SOURCE.rglob("*.py"))


def layer(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    return "cli" if first == "__main__" else first


def imported_layers(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module == "lupercal"
            names = [f"lupercal.{alias.name}" for alias in node.names] if whole else [node.module]
        for name in names:
            parts = name.split(".")
            if parts[0] == "lupercal" and len(parts) > 1 and parts[1] in LAYERS:
                yield node.lineno, parts[1]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_run_down_the_chain(path: Path) -> None:
    own = layer(path)
    if own not in LAYERS:
        assert path.name == "__init__.py", f"{path} belongs to no layer of the house"
        return
    for line, used in imported_layers(path):
        allowed = LAYERS.index(used) <= LAYERS.index(own)
        assert allowed, f"{path.name}:{line} imports {used}, which comes later in the chain than {own}"


def test_only_one_place_asks_an_engine_for_anything() -> None:
    """People live and are seen in `lupercal.course.follow`; whoever else builds a task writes that anew."""
    allowed = {SOURCE / "course" / "follow.py"}
    builders = {
        path
        for path in MODULES
        if layer(path) != "engine"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"Task", "integrate"}
    }
    assert builders == allowed


def test_a_trial_needs_no_published_study() -> None:
    """A study is one source of a design: `lupercal.validation` turns the one into the other."""
    for path in (SOURCE / "trial").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        names = {
            alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) for alias in node.names
        }
        assert not {"Study", "Design", "study", "studies"} & names, path.name


def test_streams_of_chance_are_named_in_one_address_book() -> None:
    """A stream's name is part of an address: it is written once, in `lupercal.engine.streams`."""
    made_up = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"uniforms", "normals", "exponentials"}
        for given in node.args[1:2]
        if any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(given))
        and not (isinstance(given, ast.JoinedStr) and "_of(" in ast.unparse(given))
    ]
    assert not made_up


def test_chance_without_an_address_only_scrambles_points() -> None:
    """Only what scrambles a sequence of points asks for a generator, by seed and stream."""
    users = {p.relative_to(SOURCE).as_posix() for p in MODULES if "default_rng" in p.read_text(encoding="utf-8")}
    assert users == {"population/draw.py", "population/sobol.py"}


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Yield every function with the lines of its body, without signature and docstring."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                documented = ast.get_docstring(node, clean=False) is not None
                before = (first.end_lineno or 0) if documented else first.lineno - 1
                yield path, node, (node.end_lineno or 0) - before


def test_functions_are_one_thought_each() -> None:
    lengths = [length for _, _, length in functions()]
    assert statistics.median(lengths) <= 5
    long_ones = [f"{path.name}:{node.name} ({length})" for path, node, length in functions() if length > 40]
    assert not long_ones, f"split these functions: {long_ones}"


def test_files_can_be_read_in_one_sitting() -> None:
    long_ones = [
        f"{p.relative_to(ROOT)} ({n})" for p in MODULES if (n := len(p.read_text(encoding="utf-8").splitlines())) > 300
    ]
    assert not long_ones, f"split these files: {long_ones}"


SKELETONS = frozenset(
    {
        "command",
        "draw",
        "effects",
        "hazard",
        "kidney",
        "page",
        "rates",
        "run",
        "select",
        "settings",
        "Settings",
        "upgrade",
    }
)
"""Names that repeat on purpose: one per file of a kind, called through a registry."""


def test_a_public_name_means_one_thing() -> None:
    """A name stands in one module; add to ``SKELETONS`` only what a registry calls in every file of a kind."""
    where: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(path.relative_to(SOURCE).as_posix())
    excused = SKELETONS | set(lupercal.__all__)  # a function of the public face bears the name of what it opens
    repeated = {name: places for name, places in where.items() if len(places) > 1 and name not in excused}
    assert not repeated
    beside_the_face = {name: places for name, places in where.items() if name in lupercal.__all__ and len(places) > 2}
    assert not beside_the_face


def test_nothing_is_called_utils() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not [path for path in MODULES if vague & set(path.with_suffix("").parts)]


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(p) for p in MODULES if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert not silent


def test_code_is_not_evaluated_from_text() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert called != "eval", f"{path} uses eval"


def test_help_does_not_load_the_heavy_libraries() -> None:
    """What costs time at start is loading; the wall time itself is measured in benchmarks, not here."""
    code = (
        "import sys; from lupercal.cli.main import status; status(['--help']); "
        "heavy = ('numpy','scipy','polars','matplotlib','numba','pydantic','jinja2'); "
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


NOTES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "README.md",
    *(
        path
        for shelf in ("tutorials", "how-to", "explanation")
        for path in sorted((ROOT / "docs" / shelf).glob("*.md"))
    ),
]


def test_paths_named_in_the_notes_exist() -> None:
    named = {
        (note.name, path)
        for note in NOTES
        for path in re.findall(r"`((?:src|tests|docs|benchmarks)/[\w./-]+)`", note.read_text(encoding="utf-8"))
    }
    assert named
    assert not [(note, path) for note, path in sorted(named) if not (ROOT / path).exists()]


def test_no_private_paths_or_hosts_in_the_project() -> None:
    words = re.compile("/" + "work/|py" + "pi-more|sub" + "agent", re.IGNORECASE)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    texts = [
        ROOT / name for name in tracked if name.endswith((".py", ".md", ".yaml", ".toml", ".csv", "run", "Makefile"))
    ]
    found = [str(path) for path in texts if path.is_file() and words.search(path.read_text(encoding="utf-8"))]
    assert not found
