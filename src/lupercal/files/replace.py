"""Nothing that is there is replaced unless somebody asks for it."""

from __future__ import annotations

from pathlib import Path

from lupercal.errors import OutputExistsError


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
