"""Laws of the kinds of fault beyond scores and syndromes: states, what was given or failed, and every toxicity grade.

Those of scores, ranges and contradictions stand in `test_kinds`, those of days without a test in `test_series`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lupercal.instruments import Instrument, Status, instrument, score
from lupercal.instruments.checked import GIVEN, OUTCOMES, attributable
from lupercal.instruments.inputs import describe
from tests.instruments.complete import complete
from tests.instruments.test_kinds import ATTRIBUTION, COMPUTED, CONTRADICTION, IMPOSSIBLE, LUPUS, ROWS, RULES, _random
from tests.instruments.test_kinds_of_series import SERIES

STATES = [one for one in LUPUS if one.kind == "state"]
ILL = ("eular_acr_2019_classified", "slicc_2012", "acr_1997")
"""States that say more disease; the others say less."""

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "kinds-of-fault.md"


def test_every_instrument_of_lupus_is_tried() -> None:
    assert {one.kind for one in LUPUS} == {"score", "grade", "state"}


@pytest.mark.parametrize("one", STATES, ids=str)
def test_a_cause_never_makes_a_state_tell_of_more_disease(one: Instrument) -> None:
    columns = _random(one, seed=3)
    here = one.unchecked(columns)
    for place, name in enumerate(n for n in one.inputs if attributable(n) and "@" not in n):
        cause = {f"{name}@attributed_to": np.full(ROWS, 2.0 + place % 3)}
        elsewhere = one.unchecked(columns | cause)
        better = (here, elsewhere) if one.name in ILL else (elsewhere, here)
        assert (better[0].low >= better[1].low).all(), name
        assert (better[0].high >= better[1].high).all(), name


@pytest.mark.parametrize("one", [one for one in LUPUS if set(one.inputs) & {*GIVEN, *OUTCOMES}], ids=str)
def test_what_was_given_or_failed_has_no_cause_that_could_undo_it(one: Instrument) -> None:
    columns = _random(one, seed=5)
    causes = {f"{name}@attributed_to": np.full(ROWS, 3.0) for name in (*GIVEN, *OUTCOMES) if name in one.inputs}
    with_causes, without = one.score(columns | causes), one.score(columns)
    for end in ("low", "high", "status"):
        assert np.array_equal(getattr(with_causes, end), getattr(without, end)), end


def test_rescue_for_an_infection_is_still_rescue_and_a_biologic_of_treatment_still_a_drug() -> None:
    failed = complete(instrument("sri_4")) | {"rescue_medication": 1.0, "treatment_failure": 1.0}
    assert score("sri_4", failed | {"treatment_failure@attributed_to": "infection"}).value == 0
    taken = complete(instrument("drug_free")) | {"on_biologic": 1.0}
    assert score("drug_free", taken | {"on_biologic@attributed_to": "treatment"}).value == 0


def test_haemolysis_of_another_cause_does_not_let_a_coombs_test_count() -> None:
    columns = dict.fromkeys(instrument("slicc_2012").inputs, 0.0) | {"ana_positive": 0.0, "direct_coombs": 1.0}
    columns = {name: value for name, value in columns.items() if describe(name).kind == "flag"}
    columns |= {"chronic_cutaneous": 1.0, "serositis": 1.0, "synovitis": 1.0, "hemolytic_anemia": 1.0}
    assert score("slicc_2012", columns).value == 0  # four clinical criteria, no immunologic one
    assert score("slicc_2012", columns | {"hemolytic_anemia@attributed_to": "infection"}).value == 0


TOXICITY = [
    one
    for one in COMPUTED
    if one.name.startswith(
        (
            "ctcae_",
            "febrile",
            "astct_",
            "icaht_",
            "t_icaht_",
            "hscore",
            "car_hematotox",
            "bmt_ctn",
            "iec_hs",
            "hlh_",
        )
    )
    or one.name in {"dose_limiting_toxicity", "licats", "hypogammaglobulinemia", "kdigo_aki", "rifle_aki", "easix"}
]
STATED = {"red_cell_transfusion", "crs_death", "icans_death", "infection_death", "hlh_mutation", "dialysis"}
STATED |= {"kidney_loss_4_weeks", "end_stage_kidney_disease"}
"""Events that count where they are stated, and whose silence is none."""

REVEALS = {"egfr", "egfr@baseline", "cytopenia_lineages", "hscore", "ice"}
"""Entered totals and estimates: without them what they were worked out from decides."""

USUAL = {name for one in TOXICITY if one.name.startswith("ctcae_") for name in one.inputs if name.endswith("@baseline")}
"""Without a baseline CTCAE grades by the laboratory's limit, as where the baseline was normal."""


@pytest.mark.parametrize("one", TOXICITY, ids=str)
def test_forgetting_a_value_never_lowers_the_upper_bound_of_a_toxicity(one: Instrument) -> None:
    """Of rows without contradictions: what is not known could be as bad as before."""
    columns = _random(one, seed=9)
    here = one.score(columns)
    sound = ~np.isin(here.status, (Status.CONFLICT, Status.ERROR))
    for name in one.inputs:
        forgotten = one.score(columns | {name: np.full(ROWS, np.nan)})
        if name not in STATED | REVEALS | USUAL:
            assert (forgotten.high >= here.high)[sound].all(), name


def test_a_lower_limit_nobody_gave_leaves_fibrinogen_open() -> None:
    columns = complete(instrument("iec_hs")) | {"fibrinogen": 1.8, "after_crs_peak": 1.0, "new_cytopenia": 0.0}
    assert score("iec_hs", columns | {"fibrinogen_lln": 2.0}).items["accompanied"] == 1
    assert np.isnan(score("iec_hs", columns | {"fibrinogen_lln": np.nan}).items["accompanied"])


def test_the_page_of_kinds_tells_every_row_of_the_tables() -> None:
    text = PAGE.read_text(encoding="utf-8")
    tables = text.split("\n## ")
    by_kind = dict(zip(("Causes", "Impossible", "Contradictions", "Rules", "Series"), range(5), strict=True))
    rows = (ATTRIBUTION, IMPOSSIBLE, CONTRADICTION, RULES, SERIES)
    for title, place in by_kind.items():
        (table,) = (part for part in tables if part.startswith(title))
        lines = [line for line in table.splitlines() if line.startswith("| `")]
        said = [(line.split("`")[1], *(cell.strip() for cell in line.split("|")[-3:-1])) for line in lines]
        expected = [(row.instrument, told(row.before), told(row.now)) for row in rows[place]]
        assert said == expected, title
        assert len(said) >= 5


def told(answer: float | Status) -> str:
    """Return an answer as the page tells it."""
    if isinstance(answer, Status):
        return {Status.CONFLICT: "*conflict*", Status.ERROR: "*error*"}.get(answer, "*open*")
    return "*open*" if np.isnan(answer) else f"{answer:g}"
