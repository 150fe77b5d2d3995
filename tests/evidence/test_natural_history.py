"""Natural history as data: all figures and targets are there, each with source, mark and unit."""

from __future__ import annotations

import math
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.natural_history import figure, figures, read_figures, read_sources, read_targets, targets
from lupercal.evidence.study_records import Reference
from lupercal.evidence.units import parse

KNOWN = {"paper": Reference("paper", "nothing", "nowhere"), "memory": Reference("memory", "known", "no text")}
FIGURE: dict[str, Any] = {
    "id": "one", "statistic": "share", "unit": "%", "values": {"value": 40.0}, "mark": "seen", "source": "paper",
}  # fmt: skip
TARGET: dict[str, Any] = {
    "id": "T01", "statistic": "female_share", "scope": "population", "values": {"value": 0.9},
    "tolerance": {"value": 0.02}, "unit": "1", "mark": "seen", "source": "paper",
}  # fmt: skip


def table(folder: Path, section: str, *rows: dict[str, Any]) -> Path:
    kept = [{key: deepcopy(value) for key, value in row.items() if value is not None} for row in rows]
    path = folder / "made_up.yaml"
    path.write_text(yaml.safe_dump({section: kept}), encoding="utf-8")
    return path


def test_nothing_of_the_collection_is_lost() -> None:
    """205 figures in 21 topics and 35 targets, 19 of the figures from memory and 16 derived."""
    assert len(figures()) == 205
    assert len({one.topic for one in figures().values()}) == 21
    assert Counter(one.mark for one in figures().values()) == {"seen": 170, "memory": 19, "derived": 16}
    assert list(targets()) == [*(f"T{i:02}" for i in range(1, 20)), *(f"D{i:02}" for i in range(1, 17))]
    assert sum(len(one.values) for one in targets().values()) == 57


def test_figures_with_a_known_answer() -> None:
    assert figure("flare_rates.petri91").values == {"value": 0.65}
    assert figure("epidemiology.prev_us").ci95 == {"value": (65.3, 81.0)}
    assert figure("manifestations.male_differences").values["arthritis_ever.male"] == 74
    assert figure("nephritis.review_ln").range["esrd_ln_10y"] == (6, 19)
    assert targets()["D07"].values == {"sri_4": 0.398, "bicla": 0.309}
    assert targets()["T18"].tolerance["chronic_active"] == 0.05
    with pytest.raises(LupercalError, match="no natural-history figure"):
        figure("petri91")


def test_every_figure_has_a_readable_unit_and_lies_in_its_interval() -> None:
    for name, one in figures().items():
        for unit in (*([one.unit] if one.unit else []), *one.units.values()):
            parse(unit)
        assert one.text or one.unit, name
        for part, value in one.values.items():
            for pair in (one.ci95.get(part), one.iqr.get(part)):
                assert pair is None or pair[0] <= value <= pair[1], (name, part)
            if one.units.get(part, one.unit) == "%" and one.statistic == "share":
                assert 0 <= value <= 100, (name, part)


def test_figures_from_memory_and_in_words_are_not_fitted_to() -> None:
    for one in figures().values():
        assert one.usable_for_calibration == (one.mark != "memory" and bool(one.values))
        assert one.source.key != "memory" or one.mark == "memory"


def test_targets_are_hit_within_their_tolerance_and_missed_outside() -> None:
    for one in targets().values():
        edge = {name: value + one.tolerance[name] for name, value in one.values.items()}
        assert one.hit(one.values)
        assert one.hit(edge)
        assert all(deviation == pytest.approx(1) for deviation in one.deviations(edge).values())
        name = next(iter(one.values))
        assert not one.hit({**one.values, name: one.values[name] - 1.01 * one.tolerance[name]})
        assert not one.hit({})
        assert all(math.isnan(deviation) for deviation in one.deviations({}).values())


def test_targets_agree_with_the_figures_they_come_from() -> None:
    shares = figure("course_patterns.gyori17_msledai").values
    assert {name: 100 * value for name, value in targets()["T18"].values.items()} == pytest.approx(dict(shares))
    bands = figure("activity_distribution.canada_sledai_bands").values
    wanted = [bands[f"{band}.share"] for band in ("low", "moderate", "mod_high", "very_high")]
    assert [100 * value for value in targets()["T05"].values.values()] == pytest.approx(wanted)
    domains = figure("trial_baseline_structure.bliss_sledai_domains").values
    assert {name: 100 * value for name, value in targets()["T11"].values.items()} == pytest.approx(dict(domains))


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"source": None}, "source", "a value"),
        ({"mark": None}, "mark", "a value"),
        ({"unit": None}, "unit", "a unit"),
        ({"statistic": None}, "statistic", "what kind"),
        ({"values": None}, "values", "either numbers or text"),
        ({"text": "words"}, "values", "either numbers or text"),
        ({"source": "nowhere"}, "source", "a source of sources.yaml"),
        ({"source": "memory"}, "source", "a text that was read"),
        ({"unit": "bananas"}, "unit", "a unit"),
        ({"values": {"value": 101.0}}, "values.value", "from 0 to 100"),
        ({"values": {"value": "many"}}, "values.value", "a valid number|number"),
        ({"ci95": {"value": [50.0, 60.0]}}, "ci95.value", "bounds around"),
        ({"sd": {"other": 1.0}}, "sd", "a name of values"),
        ({"n": 0}, "n", "at least 1"),
        ({"colour": "red"}, "", "a known key|one of the keys"),
    ],
)
def test_a_hostile_figure_gives_one_sentence(
    tmp_path: Path, changes: dict[str, Any], field: str, expected: str
) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        read_figures(table(tmp_path, "figures", FIGURE | changes), KNOWN)
    assert caught.value.field.startswith(f"figures[0].{field}".rstrip("."))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tolerance": {"other": 0.1}}, "targets[0].tolerance"),
        ({"tolerance": {"value": 0.0}}, "targets[0].tolerance.value"),
        ({"unit": None}, "targets[0].unit"),
        ({"source": None}, "targets[0].source"),
        ({"mark": None}, "targets[0].mark"),
        ({"values": {}}, "targets[0].values"),
        ({"id": "X1"}, "targets[0].id"),
    ],
)
def test_a_hostile_target_names_the_field(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        read_targets(table(tmp_path, "targets", TARGET | changes), KNOWN)
    assert caught.value.field == field


def test_the_same_id_twice_and_a_broken_source_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="each id once"):
        read_figures(table(tmp_path, "figures", FIGURE, FIGURE), KNOWN)
    with pytest.raises(InputError, match="each id once"):
        read_targets(table(tmp_path, "targets", TARGET, TARGET), KNOWN)
    (tmp_path / "sources.yaml").write_text("sources: {a: {what: x}}", encoding="utf-8")
    with pytest.raises(InputError, match=r"sources\.a\.where"):
        read_sources(tmp_path / "sources.yaml")
