"""Codes of LOINC, SNOMED CT, ICD, RxNorm, ATC and CVX, and what they are here: the files in ``codes/``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as
from lupercal.patient.variables import variables

FOLDER = Path(__file__).with_name("codes")
Mark = Literal["seen", "memory"]


@closed
class ObservationCode(TypedDict):
    """What a code of a measurement is here."""

    label: str
    mark: Mark
    source: str
    reads: NotRequired[list[str]]
    flag: NotRequired[str]
    panel: NotRequired[bool]
    skip: NotRequired[str]
    warn: NotRequired[str]
    trap: NotRequired[bool]


@closed
class ConditionCode(TypedDict):
    """What a code of a diagnosis is here."""

    label: str
    mark: Mark
    source: str
    type: NotRequired[str]
    organs: NotRequired[list[str]]
    flags: NotRequired[list[str]]
    skip: NotRequired[str]
    warn: NotRequired[str]


@closed
class DrugCode(TypedDict):
    """What a code of a drug is here."""

    drug: str
    mark: Mark
    source: str
    product: NotRequired[bool]
    dose: NotRequired[bool]
    warn: NotRequired[str]


@closed
class ProcedureCode(TypedDict):
    """What a code of a procedure is here."""

    label: str
    mark: Mark
    drug: NotRequired[str]
    flag: NotRequired[str]


class _Answers(TypedDict):
    positive: list[str]
    negative: list[str]
    unknown: list[str]


closed(_Answers)


@closed
class ObservationTable(TypedDict):
    """The file ``observations.yaml``."""

    sources: dict[str, str]
    codes: dict[str, ObservationCode]
    words: dict[str, list[str]]
    methods: dict[str, list[str]]
    answers: dict[str, _Answers]


@closed
class ConditionTable(TypedDict):
    """The file ``conditions.yaml``."""

    sources: dict[str, str]
    snomed: dict[str, ConditionCode]
    icd10: dict[str, ConditionCode]
    icd9: dict[str, ConditionCode]
    icd11: dict[str, ConditionCode]
    words: dict[str, list[str]]
    doubts: dict[str, list[str]]
    verification: dict[str, str]
    clinical: dict[str, str]


@closed
class _Failed(TypedDict):
    texts: list[str]
    codes: list[str]


@closed
class MedicationTable(TypedDict):
    """The file ``medications.yaml``."""

    sources: dict[str, str]
    rxnorm: dict[str, DrugCode]
    atc: dict[str, DrugCode]
    brands: dict[str, str]
    timing_codes: dict[str, float]
    days_of_period: dict[str, float]
    failed: _Failed
    statement: dict[str, str]
    request: dict[str, str]
    administration: dict[str, str]
    intents: list[str]
    as_needed: list[str]
    local_routes: list[str]


@closed
class _Procedures(TypedDict):
    snomed: dict[str, ProcedureCode]
    source: str


@closed
class SystemTable(TypedDict):
    """The file ``systems.yaml``."""

    systems: dict[str, list[str]]
    names: dict[str, str]
    observation_status: dict[str, str]
    procedures: _Procedures
    event_status: dict[str, str]
    live_vaccines: list[str]
    live_vaccine_days: int
    visit_window_days: int


@cache
def observation_table() -> ObservationTable:
    """Return the table of measurements."""
    return read_as(FOLDER / "observations.yaml", ObservationTable)


@cache
def condition_table() -> ConditionTable:
    """Return the table of diagnoses."""
    return read_as(FOLDER / "conditions.yaml", ConditionTable)


@cache
def medication_table() -> MedicationTable:
    """Return the table of drugs."""
    return read_as(FOLDER / "medications.yaml", MedicationTable)


@cache
def system_table() -> SystemTable:
    """Return the table of code systems, procedures and vaccines."""
    return read_as(FOLDER / "systems.yaml", SystemTable)


@cache
def observation_codes() -> Mapping[str, ObservationCode]:
    """Return every LOINC code of the data dictionary and of the table, with what it is here."""
    made: dict[str, ObservationCode] = {}
    for name, variable in variables().items():
        for codes, mark in ((variable.loinc, "seen"), (variable.loinc_memory, "memory")):
            for code in codes:
                row = made.setdefault(code, _dictionary_code(variable.label, mark))
                row["reads"].append(name)
    return made | observation_table()["codes"]


def _dictionary_code(label: str, mark: str) -> ObservationCode:
    return {"label": label, "reads": [], "mark": "seen" if mark == "seen" else "memory", "source": "data dictionary"}


@lru_cache(maxsize=4096)
def system_name(system: str) -> tuple[str, bool]:
    """Return a code system's short name (empty where it is not known), and whether its address is the official one."""
    official = {url: name for name, urls in system_table()["systems"].items() for url in urls}
    if system in official:
        return official[system], True
    plain = system.strip().rstrip("/").replace("https://", "http://").partition("/version/")[0]
    loose = official.get(plain) or official.get(plain.partition("|")[0])
    if system.startswith("http://snomed.info/sct/"):
        return "snomed", True
    return loose or system_table()["names"].get(system.strip().lower(), ""), False
