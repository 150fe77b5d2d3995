"""Which names a rule may use: those of a patient's record, and for entry to studies what only simulated visits show."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lupercal.files.checked import read_as, validated
from lupercal.patient.variables import Variable, variables

Vocabulary = Literal["record", "simulated"]
SIMULATED = Path(__file__).with_name("data") / "simulated_quantities.yaml"


@cache
def vocabulary_of(which: Vocabulary) -> Mapping[str, Variable]:
    """Return the variables that a rule may name."""
    if which == "record":
        return variables()
    rows = read_as(SIMULATED, dict[str, dict[str, Any]])
    more = {
        name: validated({"name": name, "group": "outcome", **row}, Variable, SIMULATED) for name, row in rows.items()
    }
    return {**variables(), **more}
