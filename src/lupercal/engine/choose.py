"""Which engine integrates a task: the compiled one, the same in single precision for screening, or the reference."""

from __future__ import annotations

from typing import Literal, get_args

from lupercal.engine.task import Course, Task
from lupercal.errors import InputError

EngineName = Literal["compiled", "screen", "reference"]
SCREEN_RTOL = 1e-4
"""Error allowed per step in screening, relative to the size of each state; see ``docs/explanation/engine.md``."""


def engine_named(name: str) -> EngineName:
    """Return the engine of a name that somebody gave.

    Raises
    ------
    InputError
        If no engine has the name.
    """
    for engine in get_args(EngineName):
        if name == engine:
            return engine  # type: ignore[no-any-return]
    raise InputError("--engine", "", name, ", ".join(get_args(EngineName)))


def integrate(task: Task, engine: EngineName = "compiled", threads: int | None = None) -> Course:
    """Integrate one task with the named engine; the first and the last agree to 1e-4 relative.

    ``screen`` is for what is averaged over many or read with the noise of visits: half the time, an error of 1e-3.

    ``threads`` is how many the compiled engine uses, as many as there are cores if not given.
    """
    if engine == "reference":
        from lupercal.engine import reference  # noqa: PLC0415 - only the engine that is asked for is loaded

        return reference.run(task)
    from lupercal.engine.processor import compiled  # noqa: PLC0415

    if engine == "screen":
        return compiled.run(task, rtol=SCREEN_RTOL, threads=threads, precision="single")
    return compiled.run(task, threads=threads)
