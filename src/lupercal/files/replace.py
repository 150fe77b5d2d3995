"""Nothing that is there is replaced unless somebody asks for it, and what is read never."""

from __future__ import annotations

from pathlib import Path

from lupercal.errors import InputError, OutputExistsError


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse to write to a file that exists, or into a folder that holds something, unless ``force`` is given.

    Raises
    ------
    OutputExistsError
        In one sentence, naming the path and the option.
    """
    if force or not (path.exists() or path.is_symlink()):
        return
    if path.is_dir() and not any(path.iterdir()):
        return
    raise OutputExistsError(path)


def refuse_input(path: Path, source: Path) -> None:
    """Refuse to write over the file that is read, under whatever name; its other columns would be lost.

    Raises
    ------
    InputError
        In one sentence, naming the path.
    """
    try:
        same = path.samefile(source)
    except (OSError, ValueError):
        return
    if same:
        raise InputError(path, "", "the file that is read", "another file for the output")
