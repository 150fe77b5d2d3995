"""Every rule of the shipped protocols on visits made by hand: it fires, it does not, it keeps its limits, it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from lupercal.care.registry import protocol, protocols
from lupercal.course.care import CareDecisions
from tests.care.hand import ACTIVE, decisions, fired_on

NEPHRITIS = {"bilag_renal": 4.0, "upcr": 2.0, "proteinuria": 1.0, "pga": 2.0}
AFTER_ALL = {"bilag_haematological": 4.0, **ACTIVE}


@dataclass(frozen=True)
class Scene:
    """What makes a rule fire: drugs taken, what is seen; what is seen instead when it does not; what it cannot miss."""

    seen: Mapping[str, float]
    instead: Mapping[str, float]
    unknown: str
    drugs: Mapping[str, float] = field(default_factory=lambda: {"gc": 5.0, "hq": 400.0})
    chance: bool = False


ON = {"gc": 5.0, "hq": 400.0, "ap": 2.0}
SCENES = {
    "usual_care": {
        "answer_a": Scene({"bilag_renal": 4.0}, {"bilag_renal": 3.0}, "bilag_renal", chance=True),
        "answer_b": Scene({"bilag_renal": 3.0}, {"bilag_renal": 2.0}, "bilag_renal", chance=True),
        "prednisone_lowered": Scene({}, {"bilag_renal": 3.0}, "bilag_renal", {"gc": 20.0}, chance=True),
        "hydroxychloroquine_begun": Scene(
            {"bilag_renal": 3.0}, {"bilag_renal": 2.0}, "bilag_renal", {"gc": 5.0}, chance=True
        ),
        "immunosuppressant_begun": Scene({"bilag_renal": 3.0}, {"bilag_renal": 2.0}, "bilag_renal", chance=True),
        "immunosuppressant_ended": Scene({}, {"bilag_renal": 3.0}, "bilag_renal", ON, chance=True),
    },
    "treat_to_target": {
        "infection_hold": Scene({"infection_active": 1.0}, {"infection_active": 0.0}, "infection_active", ON),
        "neutropenia_hold": Scene({"neutrophils": 1.2}, {"neutrophils": 1.3}, "neutrophils", ON),
        "igg_replacement": Scene({"igg": 3.9}, {"igg": 4.0}, "igg"),
        "hydroxychloroquine_for_all": Scene({"pga": 1.6}, {}, "pga", {"gc": 0.0, "hq": 0.0}),
        "nephritis_flare": Scene(NEPHRITIS, NEPHRITIS | {"upcr": 0.9}, "upcr"),
        "severe_flare": Scene({"bilag_haematological": 4.0}, {"bilag_haematological": 2.0}, "bilag_haematological"),
        "moderate_flare": Scene({"bilag_mucocutaneous": 3.0}, {"bilag_mucocutaneous": 2.0}, "bilag_mucocutaneous"),
        "add_immunosuppressant": Scene({"pga": 1.6}, {"pga": 0.2}, "pga"),
        "add_voclosporin": Scene(NEPHRITIS, NEPHRITIS | {"upcr": 0.5}, "upcr", ON),
        "add_belimumab": Scene({"pga": 1.6}, {"pga": 0.2}, "pga", ON),
        "add_rituximab": Scene(AFTER_ALL, ACTIVE, "bilag_haematological", ON),
        "refer_refractory": Scene(AFTER_ALL, {"pga": 0.2}, "pga", ON),
        "prednisone_to_target": Scene({}, {"bilag_renal": 3.0}, "pga", {"gc": 20.0, "hq": 400.0}),
        "prednisone_withdrawn": Scene({}, {"pga": 0.6}, "pga"),
        "immunosuppressant_tapered": Scene({}, {"pga": 0.6}, "pga", {"gc": 0.0, "hq": 400.0, "ap": 2.0}),
    },
    "nephritis_maintenance": {
        "infection_hold": Scene({"infection_active": 1.0}, {"infection_active": 0.0}, "infection_active", ON),
        "neutropenia_hold": Scene({"neutrophils": 1.2}, {"neutrophils": 1.3}, "neutrophils", ON),
        "maintenance_begins": Scene({}, {}, "", {"gc": 5.0}),
        "prednisone_to_target": Scene({}, {"bilag_renal": 4.0}, "bilag_renal", {"gc": 20.0, "ap": 2.0}),
        "renal_flare": Scene({"upcr": 2.0}, {"upcr": 0.15}, "upcr", ON),
        "add_voclosporin": Scene({"upcr": 2.0}, {"upcr": 0.1}, "upcr", ON),
        "prednisone_withdrawn": Scene({}, {"upcr": 0.6}, "upcr", ON),
        "mycophenolate_tapered": Scene({}, {"upcr": 0.6}, "upcr", {"gc": 0.0, "ap": 2.0}),
    },
    "tulip_taper": {
        "taper_asked_for": Scene({}, {}, "", {"gc": 20.0}),
    },
    "bootsma_rise": {
        "rise_at_entry": Scene({}, {}, ""),
        "later_rise": Scene({"anti_dsdna": 100.0}, {}, ""),
    },
    "tseng_flare": {"flare_at_entry": Scene({}, {}, "")},
    "mycophenolate_at_entry": {"mycophenolate_begins": Scene({}, {}, "")},
    "mycophenolate_after_euro_lupus": {
        "mycophenolate_begins": Scene({}, {}, ""),
        "renal_flare": Scene({"upcr": 2.0}, {"upcr": 0.15}, "upcr", ON),
        "no_response": Scene({"upcr": 2.0}, {"upcr": 0.15}, "upcr", ON),
    },
    "renal_flares_answered": {
        "renal_flare": Scene({"upcr": 2.0}, {"upcr": 0.15}, "upcr", ON),
        "no_response": Scene({"upcr": 2.0}, {"upcr": 0.15}, "upcr", ON),
    },
    "gencell_repeats": {
        "repeated_within_the_year": Scene({}, {}, "", chance=True),
        "repeated_while_active": Scene({"arthritis": 1.0}, {}, "arthritis"),
    },
    "anifrolumab_intensified": {"more_anifrolumab": Scene({}, {}, "")},
    "retreatment": {
        "relapse_retreated": Scene({}, {}, ""),
        "response_seen": Scene({}, ACTIVE, "pga"),
    },
}  # fmt: skip
EVERY = [(care, rule) for care, scenes in SCENES.items() for rule in scenes]
RISEN = {"bilag_mucocutaneous": 0.0, "upcr": 0.1}


def test_every_rule_of_every_protocol_has_a_scene() -> None:
    assert {name: {rule.id for rule in one.rules} for name, one in protocols().items() if one.rules} == {
        name: set(scenes) for name, scenes in SCENES.items()
    }


def doses(of: CareDecisions, name: str) -> NDArray[np.float64]:
    """Return what is taken on every day by the plan that was decided on, (days, people)."""
    assert of.book is not None
    return of.book.plan.level(name, of.book.days, of.book.size)


def scene_of(care: str, rule: str, seen: Mapping[str, float]) -> dict[str, object]:
    """Return what a scene needs beside what is seen: the past of a rise, the response before a relapse."""
    if rule in ("moderate_flare", "renal_flare"):
        return {"baseline": [{**seen, **RISEN}], "changes": {0: RISEN, 168: {k: seen[k] for k in RISEN if k in seen}}}
    if rule == "later_rise":
        return {"baseline": [{**seen, "anti_dsdna": 10.0}], "changes": {0: {"anti_dsdna": 10.0}, 300: dict(seen)}}
    return {}


@pytest.mark.parametrize(("care", "rule"), [one for one in EVERY if one[1] != "relapse_retreated"])
def test_it_fires(care: str, rule: str) -> None:
    scene = SCENES[care][rule]
    people = [dict(scene.seen)] * (40 if scene.chance else 1)
    found = decisions(protocol(care), people, scene.drugs, **scene_of(care, rule, scene.seen))  # type: ignore[arg-type]
    assert found.decided().people(rule).any()
    if not scene.chance:
        assert fired_on(found, rule)


@pytest.mark.parametrize(
    ("care", "rule"), [one for one in EVERY if SCENES[one[0]][one[1]].unknown and one[1] != "relapse_retreated"]
)
def test_it_does_not_fire_where_it_should_not(care: str, rule: str) -> None:
    scene = SCENES[care][rule]
    found = decisions(protocol(care), [dict(scene.instead)] * (40 if scene.chance else 1), scene.drugs)
    assert not found.decided().people(rule).any()


@pytest.mark.parametrize(("care", "rule"), EVERY)
def test_its_limits_hold(care: str, rule: str) -> None:
    scene = SCENES[care][rule]
    limits = next(one for one in protocol(care).rules if one.id == rule)
    found = decisions(protocol(care), [dict(scene.seen)], scene.drugs, **scene_of(care, rule, scene.seen))  # type: ignore[arg-type]
    days = fired_on(found, rule)
    apart = found.care.whole(limits.apart)
    assert all(b - a >= apart for a, b in pairwise(days))
    assert limits.times is None or len(days) <= limits.times
    assert all(limits.not_before <= day <= (limits.not_after or 10**6) for day in days)


NEEDS_THE_PAST = {"add_rituximab", "refer_refractory", "add_voclosporin"}
"""Rules that another rule opens, which what is not known would keep closed."""


@pytest.mark.parametrize(
    ("care", "rule"),
    [one for one in EVERY if SCENES[one[0]][one[1]].unknown and one[1] not in NEEDS_THE_PAST | {"relapse_retreated"}],
)
def test_what_is_not_known_decides_nothing_and_is_told(care: str, rule: str) -> None:
    scene = SCENES[care][rule]
    seen = dict(scene.seen) | {scene.unknown: np.nan}
    found = decisions(protocol(care), [seen] * (20 if scene.chance else 1), scene.drugs)
    assert not found.decided().people(rule).any()
    assert found.decided().undecided().get(rule, 0) > 0


def test_the_taper_of_a_trial_waits_and_spares_those_who_are_worse() -> None:
    worse = decisions(protocol("tulip_taper"), [{"arthritis": 1.0}], {"gc": 20.0}, baseline=[{}])
    assert not fired_on(worse, "taper_asked_for")
    low = decisions(protocol("tulip_taper"), [{}], {"gc": 7.5})
    assert not fired_on(low, "taper_asked_for")
    tapered = decisions(protocol("tulip_taper"), [{}], {"gc": 20.0})
    assert fired_on(tapered, "taper_asked_for")[0] == 56
    assert tapered.book is not None
    assert doses(tapered, "gc")[400, 0] == 7.5


def test_a_relapse_after_a_response_is_retreated_once_and_not_without_one() -> None:
    relapse = {400: {"arthritis": 1.0}}
    found = decisions(protocol("retreatment"), [{}], {}, changes=relapse)
    assert fired_on(found, "response_seen")[0] < 100
    assert len(fired_on(found, "relapse_retreated")) == 1
    assert fired_on(found, "relapse_retreated")[0] >= 400
    never = decisions(protocol("retreatment"), [ACTIVE], {})
    assert not fired_on(never, "relapse_retreated")
    assert any(state == "CE" for _, state, _ in found.book.boluses) if found.book else False


def test_a_pulse_a_course_and_an_antiproliferative_answer_active_nephritis() -> None:
    found = decisions(protocol("treat_to_target"), [NEPHRITIS, {}], {"gc": 5.0, "hq": 400.0})
    first, gc = fired_on(found, "nephritis_flare")[0], doses(found, "gc")[:, 0]
    assert gc[first : first + 3].tolist() == [625.0] * 3
    assert gc[first + 3] == 25.0
    assert gc[first + 167] < gc[first + 20]
    assert doses(found, "ap")[first, 0] == 2.0
    assert (doses(found, "gc")[:168, 1] == 5.0).all()
    assert (doses(found, "ap")[:, 1] == 0.0).all()


def test_remission_brings_prednisone_to_none_and_leaves_hydroxychloroquine() -> None:
    found = decisions(protocol("treat_to_target"), [{}], {"gc": 20.0, "hq": 400.0})
    assert found.book is not None
    gc = doses(found, "gc")[:, 0]
    assert gc[27] == 20.0
    assert (np.diff(gc[:1000]) <= 0).all()
    assert 5.0 in gc
    assert gc[1000] == 0.0
    assert "hq" not in found.book.inputs


def test_gencells_treatment_is_repeated_in_six_of_ten_within_the_year_and_again_only_where_lupus_is_active() -> None:
    quiet = decisions(protocol("gencell_repeats"), [{}] * 2000, {})
    assert quiet.decided().people("repeated_within_the_year", until=365).mean() == pytest.approx(0.6, abs=0.04)
    assert not quiet.decided().people("repeated_while_active").any()
    active = decisions(protocol("gencell_repeats"), [{"arthritis": 1.0}] * 20, {})
    assert (active.decided().times("repeated_while_active") >= 2).all()
    assert active.book is not None
    assert any(state == "CE" for _, state, _ in active.book.boluses)


def test_a_course_on_top_adds_to_what_is_taken_and_falls_away() -> None:
    found = decisions(protocol("bootsma_rise"), [{}], {"gc": 10.0})
    assert found.book is not None
    first = fired_on(found, "rise_at_entry")[0]
    gc = doses(found, "gc")[:, 0]
    assert gc[first] == 40.0
    assert (np.diff(gc[first : first + 126]) <= 0).all()
    assert gc[first + 126] == 10.0
