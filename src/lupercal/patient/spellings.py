"""How people write yes, no, unknown and sex: one closed list for patient files, tables and questionnaires.

A word that is not in the list is refused, never guessed: ``f`` in a column of flags is false, in a column of sexes
female.
"""

from __future__ import annotations

import math

from lupercal.patient.record import Sex

YES = ("true", "t", "yes", "y", "1", "1.0", "present", "positive", "pos")
NO = ("false", "f", "no", "n", "0", "0.0", "absent", "negative", "neg")
UNKNOWN = (
    "", ".", "na", "n/a", "n.a.", "nan", "null", "none", "unknown", "unk", "missing", "nd", "n.d.", "not done", "?",
)  # fmt: skip
"""What stands for *not known*: also the dot of SAS, the NA of R and the ``NOT DONE`` of CDISC."""

SEXES: dict[str, Sex] = {"female": "female", "f": "female", "male": "male", "m": "male"}
LUPUS_TYPES = {
    "sle": "systemic",
    "systemic_lupus": "systemic",
    "systemic_lupus_erythematosus": "systemic",
    "dle": "discoid",
    "discoid_lupus": "discoid",
    "chronic_cutaneous": "discoid",
    "scle": "subacute_cutaneous",
    "subacute_cutaneous_lupus": "subacute_cutaneous",
    "drug_related": "drug_induced",
    "drug_induced_lupus": "drug_induced",
    "neonatal_lupus": "neonatal",
    "uctd": "undifferentiated",
}
"""Other names of the types of lupus that a patient file knows."""
FLAGS_IN_WORDS = "true or false, yes or no, 1 or 0"


def is_unknown(text: str) -> bool:
    """Return whether a text says that nothing is known."""
    return text.strip().lower() in UNKNOWN


def flag_in_words(text: str) -> float | None:
    """Return 1.0 for yes, 0.0 for no, NaN for unknown, and None for a word that means none of these."""
    word = text.strip().lower()
    return 1.0 if word in YES else 0.0 if word in NO else math.nan if word in UNKNOWN else None


def lupus_type_in_words(text: str) -> str:
    """Return the record's name of a type of lupus for one of its other names; any other word as it stands, tidied."""
    word = "_".join(text.strip().lower().replace("-", " ").replace("_", " ").split())
    return LUPUS_TYPES.get(word, word)


def sex_in_words(text: str) -> Sex | None:
    """Return the sex a text names, None where it names none."""
    return SEXES.get(text.strip().lower())
