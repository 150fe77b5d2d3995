"""Who is this? Patient files and the cases that come with Lupercal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lupercal.patient.cases import find_case
from lupercal.patient.record import Patient
from lupercal.registry.cases import is_registered, registered_patient

if TYPE_CHECKING:
    import polars as pl


def read_patient(case: str | Path | Patient) -> Patient:
    """Read a patient.

    Parameters
    ----------
    case
        A patient file (YAML or JSON), the name of a case that comes with Lupercal (see `cases`), or ``reg:ID`` for a
        patient of a registry (see `lupercal.registry.cases`). A patient that was read before is returned as it is.

    Raises
    ------
    InputError
        If there is no such file or case, or for the first fault in the file: file, field, value and what was expected.

    Examples
    --------
    >>> import lupercal as lp
    >>> lp.read_patient("example-nephritis").sex
    'female'
    """
    return read_from(case)[1]


def read_from(case: str | Path | Patient) -> tuple[Path | None, Patient]:
    """Return the file that a case comes from, None where it is no file, and the patient; see `read_patient`.

    This is the one place where it is settled what a case may be.
    """
    if isinstance(case, Patient):
        return None, case
    if isinstance(case, str) and is_registered(case) and not Path(case).exists():
        return None, registered_patient(case)
    return find_case(case)


def cases() -> pl.DataFrame:
    """Return the patients that come with Lupercal: name, title, sex, age (a), origin of the data, first source."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    from lupercal.patient.cases import case_names  # noqa: PLC0415

    rows = [(name, read_patient(name)) for name in case_names()]
    return pl.DataFrame(
        {
            "name": [name for name, _ in rows],
            "title": [one.title for _, one in rows],
            "sex": [one.sex for _, one in rows],
            "age_years": [one.age_years for _, one in rows],
            "data_origin": [one.data_origin for _, one in rows],
            "source": [one.sources[0].ref if one.sources else None for _, one in rows],
        }
    )
