"""The statistician: the nearest class without the own cluster, textbook averages, learning from left-out studies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.evidence.places import Place, band_of, cluster_of, family_of, place_table, shared_name
from lupercal.evidence.studies import studies, study
from lupercal.validation.meta_analysis import CLASSES, nearest_class, statistician
from lupercal.validation.places import Share, place_of_figure, seen_rows, shares_of

HERE = Place("a", "a", "drug", "sri_4", "response", "belimumab", "active", 365.0, "year", cells=False)


def share(study_id: str, events: float = 40, n: int = 100, **where: object) -> Share:
    at = replace(HERE, study=study_id, **({"cluster": study_id} | where))  # type: ignore[arg-type]
    return Share(at, 0, events, n, usable=True)


def test_the_nearest_class_wins_and_the_own_cluster_has_no_say() -> None:
    asked = share("new")
    same, other_time = share("b"), share("c", day=90.0, band="early")
    far = share("d", end_point="crr", family="renal response", kind="nephritis active")
    assert nearest_class(asked, [same, other_time, far]) == (1, [same])
    assert nearest_class(asked, [other_time, far]) == (2, [other_time])
    assert nearest_class(asked, [share("b", cluster="new"), far]) == (8, [far])


def test_a_pool_does_not_count_beside_its_parts() -> None:
    parts = [share("bliss52", cluster="bliss"), share("bliss_pooled", cluster="bliss")]
    assert nearest_class(share("new"), parts)[1] == parts[:1]


def test_many_alike_studies_leave_little_doubt_and_few_unlike_ones_much() -> None:
    alike = statistician([share(f"s{k}", 40) for k in range(12)])
    unlike = statistician([share(f"s{k}", 10 + 70 * (k % 2)) for k in range(12)])
    widths = []
    for told in (alike, unlike):
        number, found = told.predict(share("new"))
        assert number == 1
        widths.append(np.ptp(found.quantiles((0.05, 0.95))))
    assert widths[0] < 30
    assert widths[1] > 60


def test_how_far_studies_lie_apart_may_be_learnt_by_blinding() -> None:
    blinded = [share(f"b{k}", 40) for k in range(12)]
    known = [replace(one, place=replace(one.place, blinded=True)) for one in blinded]
    known += [share(f"o{k}", 10 + 70 * (k % 2)) for k in range(12)]
    new = share("new")
    asked = [replace(new, place=replace(new.place, blinded=kind)) for kind in (True, False)]
    widths = {
        by: [np.ptp(statistician(known, by_blinding=by).predict(one)[1].quantiles((0.05, 0.95))) for one in asked]
        for by in (True, False)
    }
    assert widths[True][0] < widths[False][0] == widths[False][1] < widths[True][1]


def test_the_average_is_that_of_random_effects() -> None:
    """With equal sizes the mean of angles does not depend on the spread between studies."""
    parts = [share("b", 20), share("c", 60)]
    _, found = statistician(parts).predict(share("new", n=4000))
    middle = np.mean([one.angle for one in parts])
    assert found.median == pytest.approx(100 * np.sin(middle) ** 2, abs=1.5)


def test_places_of_the_package() -> None:
    usable = shares_of(studies().values(), lambda row: row.usable_for_calibration)
    context = shares_of(studies().values(), seen_rows)
    assert {one.key for one in usable} <= {one.key for one in context}
    by = {one.key.partition("#")[0]: one.place for one in usable}
    assert (by["bliss52"].cluster, by["bliss76"].cluster, by["bliss_pooled"].cluster) == ("bliss",) * 3
    assert by["mackensen_2022"].kind == "car_t"
    assert by["deng_2017_rct"].cells
    assert all(one.family in {*place_table().families, "other"} for one in by.values())
    assert len(CLASSES) == 8


def test_names_bands_and_clusters() -> None:
    assert shared_name("complete_remission", nephritis=True) == "crr"
    assert shared_name("complete_remission", nephritis=False) == "complete_remission"
    assert family_of(shared_name("severe_flare_sfi", nephritis=False)) == "flare"
    assert [band_of(day) for day in (84, 182, 364, 728)] == ["early", "half", "year", "later"]
    assert cluster_of("x", "") == cluster_of("x", "pooled") == "x"
    assert cluster_of("x", "nanjing (four centres)") == "nanjing"
    tulip = study("tulip1")
    assert place_of_figure(tulip, tulip.outcomes[0]).treatment in {"anifrolumab", "standard care"}
