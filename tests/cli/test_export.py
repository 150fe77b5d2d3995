"""``lupercal export``: files other simulators read, and clear refusals."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from lupercal.cli.main import status
from lupercal.engine.processor import compiled
from lupercal.exchange.reference_patient import reference_task, settled
from lupercal.model.system import system


@pytest.mark.parametrize("therapy", ["standard_care", "cd19_car_t", "ahsct", "rituximab", "belimumab"])
def test_sbml_is_consistent(therapy: str, tmp_path: Path) -> None:
    file = tmp_path / "model.xml"
    assert status(["export", "sbml", "-t", therapy, "-m", "3", "-o", str(file)]) == 0
    libsbml = import_module("libsbml")
    document = libsbml.readSBMLFromFile(str(file))
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    assert document.getModel().getNumEvents() >= (0 if therapy == "standard_care" else 1)


def test_antimony_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["export", "antimony", "-t", "rituximab", "-m", "1"]) == 0
    assert "R2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"), [(["sbml", "-t", "rituxmab"], "rituximab"), (["sbml", "-m", "0"], "1 to 120")]
)
def test_bad_requests_are_one_message(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["export", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_the_reference_patient_stands_still_without_a_change() -> None:
    task = reference_task("standard_care", 12)
    moved = compiled.run(task).end / np.where(settled() > 0, settled(), 1.0)
    names = [name for name in system().states if name in {"AM", "TH", "DN", "C3", "KI", "UP", "JO", "IF"}]
    drift = {name: float(moved[system().states.index(name), 0]) for name in names}
    assert all(abs(value - 1) < 0.03 for value in drift.values()), drift
