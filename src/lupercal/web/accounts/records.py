"""What is known of an account and of a session: frozen records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import final

from lupercal.web.rights.table import RoleName


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in; ``second_factor`` is the sealed secret, empty where none is set up.

    ``desk_subject`` is how the hospital's desk names this person for good, empty before the first sign-in there.
    """

    name: str
    full_name: str
    role: RoleName
    password_hash: str = field(repr=False)
    second_factor: str = field(default="", repr=False)
    second_factor_step: int = 0
    active: bool = True
    must_change: bool = False
    desk_subject: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in: whose, since when, last used when, and whether the second factor was shown.

    ``ends`` is when it ends at the latest because the sign-in at the hospital's desk is then too old; ``desk_factor``
    says that the desk has seen a second factor. ``has_second_factor`` and ``must_change`` are those of the account.
    """

    id: str = field(repr=False)
    account: str
    role: RoleName
    created: datetime
    seen: datetime
    complete: bool
    ends: datetime | None = None
    desk_factor: bool = False
    has_second_factor: bool = False
    must_change: bool = False
