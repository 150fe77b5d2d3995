"""Machine code is kept, found again, and made anew when it is broken or no longer fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from lupercal.engine.graph.rewrite import Program, program
from lupercal.engine.graph.trace import model_trace, trace
from lupercal.engine.processor import build, store
from lupercal.files.kept import folder
from lupercal.model.system import system


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.loop()  # the loop itself stays where it is: making it takes long
    store.random_numbers()
    store.normal_numbers()
    monkeypatch.setenv("LUPERCAL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []
    really = build.object_code

    def counted(made: Program, width: int, loop: str, size: int = 8) -> bytes:
        done.append("compiled")
        return really(made, width, loop, size)

    monkeypatch.setattr(build, "object_code", counted)
    return done


def test_code_is_compiled_once(compilations: list[str]) -> None:
    for _ in range(3):
        store.kernel(program(model_trace()), 8)
    assert len(compilations) == 1


def test_other_equations_and_widths_have_their_own_code(compilations: list[str]) -> None:
    changed = trace(system(), risk=lambda y, p: y.GC * p.h_gc)
    names = {store.key(program(model_trace()), 8), store.key(program(model_trace()), 4), store.key(program(changed), 8)}
    assert len(names) == 3
    assert store.key(program(model_trace(), group=2), 8) not in names
    assert store.key(program(model_trace(), common=frozenset({"k_i6"})), 8) not in names
    assert store.key(program(model_trace()), 8, 4) not in names


@pytest.mark.parametrize("damage", [pytest.param(b"nothing useful", marks=pytest.mark.slow), None])
def test_broken_code_is_made_anew(damage: bytes | None, compilations: list[str]) -> None:
    made = program(model_trace())
    store.kernel(made, 8)
    place = folder()
    assert place is not None
    path = place / f"{store.key(made, 8)}.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if damage is None else damage)
    store.kernel(made, 8)
    assert len(compilations) == 2
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_used_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compilations: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LUPERCAL_CACHE_DIR", str(tmp_path / "file" / "cache"))
    store.kernel(program(model_trace()), 8)
    assert len(compilations) == 1


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LUPERCAL_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert folder() == Path("/somewhere/lupercal")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert folder() == Path.home() / ".cache" / "lupercal"
