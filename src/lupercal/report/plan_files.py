"""The files of a plan in a folder, and which writing of the plan they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lupercal.errors import InputError
from lupercal.exchange.calendar_plan import plan_calendar
from lupercal.exchange.revision import Revision, written_now
from lupercal.files.documents import read_document
from lupercal.files.writing import write_bytes
from lupercal.programmes.plan import Plan
from lupercal.report.plan_text import doses_json, dumped, plan_json, plan_markdown

RECORD, CALENDAR = "plan.json", "plan.ics"
_SEQUENCE = re.compile(r"^SEQUENCE:(\d{1,9})\s*$", re.MULTILINE)


def write_plan(plan: Plan, folder: Path, replaces: Path | None = None) -> tuple[Path, ...]:
    """Write ``plan.json``, ``doses.json``, ``plan.md`` and, where day 0 has a date and no stop stands, ``plan.ics``.

    Everything is made before anything is written, and each file is written whole or not at all.

    Parameters
    ----------
    folder
        Where to write. A plan of the same patient and programme that is there already is the one before this.
    replaces
        Folder of the plan before this one, where it is another.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    InputError
        If a file cannot be written, or the plan before is one of somebody or something else.
    """
    revision = plan_revision(plan, replaces or folder, must_exist=replaces is not None)
    made = {
        RECORD: dumped({**plan_json(plan), "revision": revision.record()}).encode(),
        "doses.json": dumped(doses_json(plan)).encode(),
        **({CALENDAR: plan_calendar(plan, revision)} if plan.start and not plan.blocked else {}),
        "plan.md": plan_markdown(plan).encode(),
    }
    for name, content in made.items():
        write_bytes(folder / name, content)
    return tuple(folder / name for name in made)


def plan_revision(plan: Plan, before: Path, *, must_exist: bool = False) -> Revision:
    """Return which writing of a plan this is, after the one in the folder ``before`` if there is one."""
    now, record = written_now(), before / RECORD
    if not record.is_file():
        if must_exist:
            raise InputError(before, "", f"no {RECORD}", "the folder of an earlier plan")
        return _after_calendar(now, before / CALENDAR)
    earlier: dict[str, Any] = _earlier(plan, record)
    revision = earlier.pop("revision", None)
    if revision is None:  # written before plans kept one
        return now.after(Revision(now.stamp), changed=True)
    same = earlier == _stored(plan)
    return now.after(Revision.read(revision, record), changed=not same)


def _after_calendar(now: Revision, calendar: Path) -> Revision:
    """Return the revision after that of a calendar whose plan was removed; ``now`` where there is none.

    Somebody may have taken the calendar in: a first sequence number again would never reach them.
    """
    try:
        text = calendar.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return now
    numbers = [int(number) for number in _SEQUENCE.findall(text)]
    return now.after(Revision(now.stamp, max(numbers)), changed=True) if numbers else now


def _earlier(plan: Plan, record: Path) -> dict[str, Any]:
    document = read_document(record)
    if not isinstance(document, dict) or (document.get("patient"), document.get("programme")) != (
        plan.patient,
        plan.programme,
    ):
        other = (
            f"{document.get('programme')} for {document.get('patient')}" if isinstance(document, dict) else "no plan"
        )
        raise InputError(record, "", other, f"the plan of {plan.programme} for {plan.patient} that is replaced")
    return document


def _stored(plan: Plan) -> Any:
    """Return the plan as it is read back, so that numbers compare as they were written."""
    import json  # noqa: PLC0415 - only here

    return json.loads(dumped(plan_json(plan)))
