"""What a forecast assumes and means, in words, and the sources of everything it used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from lupercal.course.background import Background
from lupercal.evidence.parameters import parameters
from lupercal.forecast.arm import ArmRun
from lupercal.forecast.settings import settings
from lupercal.therapy.sources import citations

ASSUMPTIONS = (
    "One lumped pool of autoreactive B cells and one of T help, with two stable states; evidence for that is indirect.",
    "The susceptibility that caused the disease is unchanged after a reset; only the memory is erased.",
    "Drug effects combine as independent shares (Bliss), without interactions between drugs or with the kidney.",
    "No anti-CAR immunity, no loss of the target, no second malignancy, no loss of fertility.",
    (
        "Deaths follow the hazards of lupus cohorts, the case fatality of serious infections, and published deaths of "
        "stem-cell transplantation; no other procedure kills."
    ),
    "Haemolysis and gastrointestinal lupus have no state in the model and count as absent in virtual visits.",
    "Nervous-system lupus has a barrier but no autoantibodies of its own.",
)


def definitions() -> tuple[str, ...]:
    """Return what the outcomes mean, in words with their thresholds."""
    limits = settings().outcomes
    crs = ", ".join(f"grade {grade} above {parameters()[f'crs_{grade}'].value:g} pg/mL" for grade in (1, 2, 3))
    return (
        (
            f"Relapse: after DORIS remission at {limits.remission_visits} monthly visits in a row, clinical SLEDAI-2K "
            f"of at least {limits.relapse_points:g} at {limits.relapse_visits} monthly visits in a row; a flare that "
            "passes sooner does not count."
        ),
        "“Whatever the steroid dose”: the same definition with its clause on prednisone left out.",
        "Drug-free remission: DORIS remission without glucocorticoid, antimalarial, immunosuppressant or biologic.",
        f"Neutropenia: below {limits.neutropenia:g}, severe below {limits.neutropenia_severe:g} × 10⁹/L at any time.",
        (
            f"Hypogammaglobulinaemia: IgG below {limits.hypogammaglobulinaemia:g}, severe below "
            f"{limits.hypogammaglobulinaemia_severe:g} g/L at any time; no replacement is given in the model."
        ),
        (
            f"New damage: a first item outside the kidney drawn from the model's hazard, or eGFR below "
            f"{limits.damage_egfr:g} from above; the six months that the SDI asks for are not waited for."
        ),
        f"Cytokine release is judged by interleukin 6 alone ({crs}); the thresholds are assumed.",
    )


def matching_assumptions(background: Background) -> tuple[str, ...]:
    """Return what is assumed of the past of those who resemble the patient."""
    days = settings().candidates.own_drugs_days
    lived = (
        f"Virtual patients took the patient's own drugs for the last {days} days and usual care before, however long "
        "the patient has taken them; someone refractory for years may therefore look easier to treat than they are. "
        "Usual care answers flares with courses of prednisone; from day 0 on the protocol of care decides, if any. "
        "A drug or a pulse begun within these days acts from the day it began; a pulse ends by day 0."
    )
    if not background.unknown:
        return (lived,)
    families = ", ".join(family.replace("_", " ") for family in background.unknown)
    return (
        lived,
        f"Current drugs of these families are not known and were drawn from the population: {families}.",
    )


def sources_of(runs: Sequence[ArmRun]) -> Mapping[str, str]:
    """Return the citations of everything this forecast used: parameters first, then therapies."""
    keys = dict.fromkeys(p.source for p in parameters().values())
    bounds = dict.fromkeys(chain.from_iterable(p.bounded_by for p in parameters().values()))
    used = [*keys, *bounds, *chain.from_iterable((*run.expansion.sources, *run.care.sources) for run in runs)]
    return citations(key for key in used if key not in {"lupercal", "textbook"})
