"""Whose records changed since one last looked: the audit tells, so that what is kept is not made anew as a whole."""

from __future__ import annotations

from typing import final

from sqlalchemy import Connection, select

from lupercal.registry import tables

LOOKS = ("read", "search", "sign in", "refused")
"""Actions of the audit that change nothing."""
MOST = 500
"""So many changed patients are named; beyond that all count as changed."""
_AUDIT = tables.audit.c


@final
class Changes:
    """A place in the audit, up to which something that is kept is true."""

    def __init__(self) -> None:
        self._seq, self._digest = 0, ""

    def since_last(self, connection: Connection) -> frozenset[str] | None:
        """Return whose records changed since the last call; None where it may be anybody's.

        That is so at the first call, after a backup was restored, and where more than `MOST` patients changed.
        """
        before, digest = self._seq, self._digest
        newest = select(_AUDIT.seq, _AUDIT.digest).order_by(_AUDIT.seq.desc()).limit(1)
        head = connection.execute(newest).first()
        self._seq, self._digest = (0, "") if head is None else (head.seq, head.digest)
        if not before or connection.execute(select(_AUDIT.digest).where(_AUDIT.seq == before)).scalar() != digest:
            return None
        here = (_AUDIT.seq > before) & _AUDIT.action.not_in(LOOKS) & (_AUDIT.patient != "")
        query = select(_AUDIT.patient).where(here).distinct().limit(MOST + 1)
        names = connection.execute(query).scalars().all()
        return None if len(names) > MOST else frozenset(names)
