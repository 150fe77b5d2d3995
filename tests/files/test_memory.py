"""Freed memory is used again, unless the environment says otherwise."""

from __future__ import annotations

import os

import pytest

from lupercal.files.memory import reuse_memory


def test_children_inherit_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"):
        monkeypatch.setenv(name, "")  # so that what follows is undone
        monkeypatch.delenv(name)
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())  # a system whose allocator has no such choice
    reuse_memory()
    assert int(os.environ["MALLOC_MMAP_THRESHOLD_"]) < int(os.environ["MALLOC_TRIM_THRESHOLD_"])


def test_what_the_environment_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"):
        monkeypatch.setenv(name, "65536")
    reuse_memory()
    assert os.environ["MALLOC_MMAP_THRESHOLD_"] == os.environ["MALLOC_TRIM_THRESHOLD_"] == "65536"
