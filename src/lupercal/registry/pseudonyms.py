"""Patients without names for others to work with: new codes, days instead of dates, no free text.

What is left out is listed in the folder. Ages over 89 years are given as 90 (as the Safe Harbor method of 45 CFR
164.514(b)(2) asks for); calendar years go too.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from lupercal import RESEARCH_USE_ONLY
from lupercal.errors import OutputExistsError
from lupercal.files.replace import refuse_existing
from lupercal.files.writing import write_text
from lupercal.patient.document import patient_text
from lupercal.patient.record import Patient
from lupercal.registry.opened import Registry
from lupercal.registry.records import State

OLDEST_AGE = 90.0
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_README = f"""Patient files under new codes. Left out: names, contacts, the registry's ids, titles, notes, labels of
visits, notes of treatments, values without a day, all dates and calendar years. Days count from day 0.
Ages over 89 years are given as 90. Who knows rare values of a patient may still recognise the patient.

{RESEARCH_USE_ONLY}
"""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonymised:
    """Where the files are, and which code stands for whom; the pairs are for the registry's own people only."""

    folder: Path
    codes: dict[str, str]


def pseudonymise(
    registry: Registry,
    folder: Path,
    *,
    by: str,
    states: tuple[State, ...] = (),
    programme: str | None = None,
    key_file: Path | None = None,
    force: bool = False,
) -> Pseudonymised:
    """Write patients as files under new codes.

    Parameters
    ----------
    states, programme
        Only patients in one of these states, of this programme.
    key_file
        Where to keep which code stands for whom; nowhere by default, then nobody can find back.

    Raises
    ------
    OutputExistsError
        If the folder or file holds something and nobody said to replace it.
    """
    refuse_existing(folder, force=force)
    if key_file is not None and key_file.exists() and not force:
        raise OutputExistsError(key_file)
    codes: dict[str, str] = {}
    with registry.writing():
        for head in registry.patients.select(states=states, programme=programme):
            code = f"s-{''.join(secrets.choice(_LETTERS) for _ in range(10))}"
            whole = registry.patients.whole(head.id)
            write_text(folder / f"{code}.yaml", patient_text(without_person(whole, code)))
            codes[head.id] = code
            registry.audit.note(by=by, action="pseudonymise", patient=head.id, what="patient")
    write_text(folder / "README.txt", _README)
    if key_file is not None:
        write_text(key_file, json.dumps(codes, indent=1) + "\n")
    return Pseudonymised(folder=folder, codes=codes)


def without_person(whole: Patient, code: str) -> Patient:
    """Return a patient under a code, without free text, dates and calendar years."""
    age = whole.age_years
    return replace(
        whole,
        id=code,
        title="",
        notes=(),
        sources=(),
        undated=(),
        reference_date=None,
        diagnosis_year=None,
        age_years=OLDEST_AGE if age is not None and age >= OLDEST_AGE else age,
        visits=tuple(replace(visit, date=None, label="") for visit in whole.visits),
        treatments=tuple(replace(course, note="") for course in whole.treatments),
    )
