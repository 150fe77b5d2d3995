"""What the registry refuses, in one sentence each."""

from __future__ import annotations

from typing import Any, final

from lupercal.errors import LupercalError


@final
class ConflictError(LupercalError):
    """Somebody else changed the record in between: ``yours`` was not written, ``theirs`` is what stands there now."""

    exit_status = 1

    def __init__(self, yours: Any, theirs: Any) -> None:
        self.yours, self.theirs = yours, theirs
        super().__init__(
            f"{theirs.id}: changed by {theirs.changed_by} in between (version {theirs.version}, yours rests on "
            f"{yours.version}); nothing was written"
        )


@final
class RefusedError(LupercalError):
    """A step that is not allowed: ``what`` was asked, ``why`` it is refused."""

    exit_status = 1

    def __init__(self, what: str, why: str) -> None:
        self.what, self.why = what, why
        super().__init__(f"{what}: refused; {why}")


@final
class UnknownError(LupercalError):
    """Something the registry does not hold."""

    exit_status = 2

    def __init__(self, what: str, name: object) -> None:
        super().__init__(f"registry: there is no {what} {str(name)!r}")
