"""What does a physician do on seeing this? Protocols of care in words, and what they say of a patient today."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from lupercal.api.patients import read_patient
from lupercal.api.result import Result
from lupercal.care.of_patient import RuleToday, rules_today
from lupercal.care.records import CareProtocol
from lupercal.care.registry import protocol
from lupercal.care.words import grounds_words, protocol_words, rule_words
from lupercal.patient.record import Patient
from lupercal.therapy.sources import citations

if TYPE_CHECKING:
    import polars as pl


@final
@dataclass(frozen=True, slots=True)
class CareResult(Result):
    """A protocol of care; ``today`` are its rules asked of a patient's record, empty where no patient is given."""

    protocol: CareProtocol
    today: tuple[RuleToday, ...] = ()

    @property
    def title(self) -> str:
        """The protocol's name and how many rules it has."""
        return f"{self.protocol.name}: {len(self.protocol.rules)} rules"

    @property
    def lines(self) -> tuple[str, ...]:
        """The protocol line by line: how often people are seen, its rules, what it leaves out."""
        return protocol_words(self.protocol)

    def frame(self) -> pl.DataFrame:
        """Return one row per rule: id, words, grounds, and its answer today where a patient is given."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        return pl.DataFrame(self.record()["rules"], infer_schema_length=None)

    def record(self) -> dict[str, Any]:
        """Return the protocol as plain values: rules in words with their grounds, sources."""
        answers = {one.rule: one.answer for one in self.today}
        rules = [
            {"rule": rule.id, "words": rule_words(rule), "grounds": [grounds_words(one) for one in rule.grounds]}
            | ({"today": answers[rule.id]} if answers else {})
            for rule in self.protocol.rules
        ]
        return {
            "id": self.protocol.id, "name": self.protocol.name, "summary": self.protocol.summary,
            "lines": list(self.lines), "rules": rules, "sources": citations(self.protocol.sources),
        }  # fmt: skip


def protocol_of_care(name: str, patient: str | Path | Patient | None = None) -> CareResult:
    """Return a protocol of care, and what it says of a patient's record.

    Parameters
    ----------
    name
        A protocol, such as ``"treat_to_target"``, or a file of one's own.
    patient
        A patient, a patient file, or the name of a case; none to read the protocol alone.

    Raises
    ------
    InputError
        If there is no such protocol, or the patient cannot be read.
    """
    of_care = protocol(name)
    if patient is None:
        return CareResult(of_care)
    who = patient if isinstance(patient, Patient) else read_patient(patient)
    return CareResult(of_care, rules_today(of_care, who))
