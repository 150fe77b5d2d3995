"""What a study file may say of itself: responses, taper, names; what is wrong is said before anybody is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lupercal.api.evidence import chosen_studies
from lupercal.errors import InputError
from lupercal.evidence.places import shared_name
from lupercal.evidence.residual import studies_hash
from lupercal.evidence.studies import studies, study
from lupercal.evidence.study_records import Study
from lupercal.evidence.study_schema import HowSimulatedModel, OwnDosesModel, ResponseModel
from lupercal.instruments.renal_response import SEDIMENT
from lupercal.therapy.treatment import StudyTreatment, combined
from lupercal.trial.conduct import conduct
from lupercal.trial.endpoints.kidney import holds_by_study
from lupercal.trial.endpoints.registry import measures, why_not
from lupercal.trial.pool import Pool
from lupercal.trial.seen import SeenArm
from lupercal.validation.as_trial import design, has_care
from lupercal.validation.doses import treatment_of
from lupercal.validation.predict import impossible, predict
from tests.evidence.test_studies import written
from tests.trial.conftest import SEED

Simulated = Callable[..., Study]


@pytest.fixture(scope="module")
def seen(people: Pool) -> SeenArm:
    return conduct(design(study("bliss52")), people, SEED, 60).arms["placebo"]


def simulated(name: str, **how: Any) -> Study:
    one = study(name)
    return replace(one, id="unseen", simulation=one.simulation.model_copy(update=how))


def kidneys(seen: SeenArm, upcr: float, egfr: float, prednisone: float = 5.0) -> SeenArm:
    """Return an arm in which every kidney had UPCR 4 g/g and eGFR 80 at baseline, and has these values since."""
    shape = seen.columns["upcr"].shape
    columns = {"upcr": np.full(shape, upcr), "egfr": np.full(shape, egfr), "prednisone": np.full(shape, prednisone)}
    columns["upcr"][0], columns["egfr"][0] = 4.0, 80.0
    quiet = dict.fromkeys(SEDIMENT, np.zeros(shape))
    return replace(seen, visits=seen.visits.having(columns | quiet), cache={})


@pytest.mark.parametrize(
    ("meant", "upcr", "egfr", "prednisone", "holds"),
    [
        ({"upcr": 0.7}, 0.7, 20.0, 60.0, True),
        ({"upcr_below": 0.7}, 0.7, 80.0, 5.0, False),
        ({"upcr": 0.7, "loss": 0.2}, 0.5, 64.0, 5.0, True),
        ({"upcr": 0.7, "loss": 0.2}, 0.5, 63.0, 5.0, False),
        ({"upcr": 0.7, "egfr": 60, "loss": 0.2}, 0.5, 60.0, 5.0, True),
        ({"upcr": 0.7, "egfr": 60}, 0.5, 60.0, 5.0, True),
        ({"upcr": 0.7, "egfr": 60}, 0.5, 59.0, 5.0, False),
        ({"upcr": 0.7, "prednisone": 7.5}, 0.5, 80.0, 10.0, False),
        ({"fall": 0.5}, 2.0, 80.0, 5.0, True),
        ({"fall": 0.5, "upcr_below": 2.0}, 2.0, 80.0, 5.0, False),
    ],
)
def test_a_renal_response_is_what_the_study_says(
    seen: SeenArm, meant: dict[str, Any], upcr: float, egfr: float, prednisone: float, holds: bool
) -> None:
    own = design(simulated("aurora1", responses={"crr": ResponseModel(**meant)})).responses
    arm = replace(kidneys(seen, upcr, egfr, prednisone), trial=replace(seen.trial, responses=own))
    assert holds_by_study("crr", arm)[1:].all() == holds_by_study("crr", arm)[1:].any() == holds
    sustained = measures()["sustained_renal_remission"].value(arm, 364.0)
    assert sustained.all() == holds


@pytest.mark.parametrize(("or_complete", "share"), [(False, 0.0), (True, 1.0)])
def test_a_partial_response_leaves_complete_ones_out_unless_it_says_so(
    seen: SeenArm, or_complete: bool, share: float
) -> None:
    meant = {"prr": ResponseModel(fall=0.5, or_complete=or_complete), "crr": ResponseModel(upcr=0.5)}
    own = design(simulated("aurora1", responses=meant)).responses
    arm = replace(kidneys(seen, 0.3, 80.0), trial=replace(seen.trial, responses=own, renal="unseen"))
    assert measures()["prr"].value(arm, 364.0).mean() == share


def test_a_definition_of_the_package_may_be_named(seen: SeenArm) -> None:
    own = design(simulated("tulip1", responses={"crr": "crr_bliss"})).responses
    arm = replace(kidneys(seen, 0.4, 75.0), trial=replace(seen.trial, responses=own, renal="bliss_ln"))
    stated = replace(arm, trial=replace(arm.trial, responses={}), cache={})
    assert np.array_equal(holds_by_study("crr", arm), holds_by_study("crr", stated))


def test_with_its_own_definition_a_remission_can_be_told_outside_nephritis() -> None:
    without = simulated("tulip1")
    row = replace(without.outcomes[0], measure="complete_remission", value=40.0)
    assert "renal response" in impossible(without, row)
    assert impossible(simulated("tulip1", responses={"complete_remission": ResponseModel(upcr=0.5)}), row) == ""


def test_a_renal_response_in_a_mixed_cohort_is_of_those_with_nephritis(people: Pool) -> None:
    mixed = study("tulip1")
    row = replace(mixed.outcomes[0], measure="crr", arm="placebo", versus=None, statistic="share", value=40.0, n=20)
    one = replace(mixed, id="unseen", outcomes=(row,))
    done = conduct(design(one), people, SEED, 60).arms["placebo"]
    ill = (done.baseline("upcr") >= 1.0) & done.usable
    told = predict(one, people, SEED, 60)
    assert any("of those with nephritis at baseline" in words for words in told.told)
    if ill.any():
        among_ill = measures()["crr"].value(done, 364.0)[ill].mean()
        assert told.values[0] <= 100 * measures()["crr"].value(done, 364.0).mean()
        assert told.values[0] == pytest.approx(100 * among_ill, abs=100 * done.failed[done.row(364.0)][ill].mean())
    else:
        assert "subgroup" in told.reasons[0]


@pytest.mark.parametrize(
    ("responses", "expected"),
    [({"sri_4": "crr_bliss"}, "complete_remission"), ({"crr": "crr_of_nobody"}, "crr_aurora")],
)
def test_responses_that_are_not_known_are_refused(responses: dict[str, str], expected: str) -> None:
    with pytest.raises(InputError, match=r"simulation\.responses.*" + expected):
        design(simulated("aurora1", responses=responses))


def test_an_arm_may_have_its_own_taper() -> None:
    own = OwnDosesModel(regimen="mmf_induction", prednisone={28: 10.0, 0: 25.0, 84: 5.0})
    one = simulated("aurora1", arms={"placebo": own})
    treatment = treatment_of(one, one.arms["placebo"])
    assert treatment is not None
    assert combined(treatment).current_drugs.glucocorticoid.taper == {0: 25.0, 28: 10.0, 84: 5.0}
    assert combined(treatment).doses == combined(StudyTreatment("mmf_induction")).doses
    assert (has_care(one, "placebo"), has_care(one, "voc")) == (True, False)
    words = "arm placebo takes prednisone as its file says: 25 mg/d from day 0, 10 mg/d from day 28, 5 mg/d from day 84"
    assert words in design(one).told


def test_what_files_do_not_say_leaves_no_trace_in_the_hash_of_studies() -> None:
    assert "responses" not in repr(HowSimulatedModel())
    assert "prednisone" not in repr(OwnDosesModel(regimen="belimumab"))
    told = HowSimulatedModel(responses={"crr": "crr_bliss"}), OwnDosesModel(regimen="x", prednisone={0: 5.0})
    assert "crr_bliss" in repr(told[0])
    assert "5.0" in repr(told[1])
    assert studies_hash()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"design": {"text": "x", "entry": ["sledia_2k >= 6"]}}, "design.entry[0]"),
        ({"simulation": {"entry": ["upcr >= 1"], "reason": "x"}}, "simulation.entry[0]"),
        ({"simulation": {"care": "tulip_tapre"}}, "protocol of care"),
        ({"arms": {"drug": {"mark": "seen", "regimen": "belimumad"}}}, "arms.drug"),
        ({"simulation": {"arms": {"drug": {"regimen": "belimumab", "product": "x", "amount": 1}}}}, "arms.drug"),
        ({"simulation": {"responses": {"crr": "nobody"}}}, "simulation.responses.crr"),
        ({"simulation": {"responses": {"crr": {"egfr": 60}}}}, "simulation.responses.crr"),
        ({"simulation": {"together": ["nobody"]}}, "simulation.together"),
    ],
)
def test_a_study_that_cannot_be_a_trial_is_refused_before_anybody_is_drawn(
    tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(InputError) as failed:
        chosen_studies(tmp_path)
    assert failed.value.file == str(path)
    assert failed.value.field.startswith(field)


def test_every_other_word_for_an_end_point_stands_at_its_place() -> None:
    """What studies of the package use keeps the place with which the residual was estimated."""
    used = {row.measure for one in studies().values() for row in one.outcomes}
    apart = {name for name, one in measures().items() if shared_name(name, False) != shared_name(one.name, False)}
    assert apart <= used


def test_a_misspelt_end_point_gets_the_nearest_names() -> None:
    assert "perhaps sri_4" in why_not("sri4")
    assert "perhaps" not in why_not("wholly_unknown_thing")
    assert why_not("serum_creatinine").startswith("Visits show the filtration")
