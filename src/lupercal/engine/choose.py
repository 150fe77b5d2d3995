"""Which engine integrates a task: the compiled one, or the reference for checks."""

from __future__ import annotations

from typing import Literal

from lupercal.engine.task import Course, Task

EngineName = Literal["compiled", "reference"]


def integrate(task: Task, engine: EngineName = "compiled", threads: int | None = None) -> Course:
    """Integrate one task with the named engine; the two agree to 1e-4 relative.

    ``threads`` is how many the compiled engine uses, as many as there are cores if not given.
    """
    if engine == "reference":
        from lupercal.engine import reference  # noqa: PLC0415 - only the engine that is asked for is loaded

        return reference.run(task)
    from lupercal.engine.processor import compiled  # noqa: PLC0415

    return compiled.run(task, threads=threads)
