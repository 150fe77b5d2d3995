"""Studies as data: nothing without source, mark and unit; nothing lost; what is computed agrees with SciPy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from scipy.stats import binomtest
from typer.testing import CliRunner

from lupercal.cli.evidence import command as evidence
from lupercal.errors import InputError, LupercalError
from lupercal.evidence.studies import FOLDER, read_studies, read_study, studies, study
from lupercal.evidence.study_records import RATIOS, STATISTICS, Row
from lupercal.patient.variables import variables
from lupercal.report.pages.evidence import explained, listing, page
from lupercal.rules.entry import entry_names, entry_rule
from lupercal.therapy.registry import regimens
from lupercal.trial.entry import DERIVED
from lupercal.trial.populations import populations
from lupercal.validation.populations import entry_of

ALL = [(one.id, row) for one in studies().values() for row in one.rows]
FACTS = [(key, row) for key, row in ALL if row.value is not None]
CELL = {key for key, one in studies().items() if one.therapy.kind != "drug"}
ROW: dict[str, Any] = {
    "measure": "sri_4", "arm": "drug", "time": "52 wk", "statistic": "share", "value": 40.0, "unit": "%", "n": 50,
    "mark": "seen", "source": ["paper"],
}  # fmt: skip
STUDY: dict[str, Any] = {
    "id": "made_up",
    "use": "calibrate",
    "citation": {"text": "Nobody 2030", "mark": "seen"},
    "therapy": {"kind": "drug", "what": "a drug"},
    "design": {"text": "made up", "entry": ["sledai_2k >= 6"]},
    "arms": {"drug": {"n": 50, "mark": "seen", "regimen": "belimumab"}},
    "sources": {"paper": {"what": "nothing", "where": "nowhere"}},
    "outcomes": [ROW],
}


def written(folder: Path, row: dict[str, Any] | None = None, **changes: Any) -> Path:
    one = {key: value for key, value in (ROW | (row or {})).items() if value is not None}
    data = {key: value for key, value in (STUDY | {"outcomes": [one]} | changes).items() if value is not None}
    path = folder / "made_up.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def made(folder: Path, **row: Any) -> Row:
    return read_study(written(folder, row)).outcomes[0]


def test_nothing_of_the_collection_is_lost() -> None:
    """Counts of the collections: the first (25 drug studies, 45 of cells) the 43 studies added to it, and one more."""
    drug = [one for key, one in studies().items() if key not in CELL]
    cell = [studies()[key] for key in CELL]
    assert (len(drug), len(cell)) == (64, 50)
    assert sum(len(one.outcomes) for one in drug) == 547
    assert sum(len({(row.measure, row.arm, row.item == "") for row in one.baseline}) for one in drug) == 218
    assert sum(len(one.baseline) for one in drug) == 274
    assert [sum(len(one.outcomes) for one in cell), sum(len(one.findings) for one in cell)] == [205, 64]
    assert sum(len(one.baseline) for one in cell) == 54


def test_uses_are_those_of_the_collection() -> None:
    found = [one.use for one in studies().values()]
    assert {use: found.count(use) for use in sorted(set(found))} == {
        "calibrate": 70, "calibrate_background": 1, "calibrate_kinetics": 2, "calibrate_negative_control": 1,
        "calibrate_safety": 1, "calibrate_shape_only": 1, "context": 31, "context_safety": 3,
        "no_calibration_possible": 1, "prior_direction_only": 3,
    }  # fmt: skip


def test_figures_with_a_known_answer() -> None:
    """Typed from the papers' abstracts as the collection quotes them."""
    burt = [row.value for row in study("burt_2018").outcomes if row.arm == "b"]
    assert burt == [92, 92, 81, 71, 62, 62]
    returned = next(row for row in study("mackensen_2022").outcomes if row.measure == "b_cell_reappearance")
    assert (returned.value, returned.sd, returned.n, returned.unit) == (110, 32, 5, "d")
    pooled = {row.measure: row.value for row in study("placebo_pooled").outcomes}
    assert (pooled["sri_4"], pooled["bicla"]) == (39.8, 30.9)
    withdrawn = {row.arm: row.value for row in study("corticolup").outcomes if row.measure == "any_flare_sfi"}
    assert withdrawn == {"keep": 6.6, "stop": 27.0}


@pytest.mark.parametrize("key", ["measure", "arm", "statistic", "unit", "mark", "source"])
def test_a_figure_that_lacks_anything_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match=rf"made_up\.yaml: outcomes\[0\]\.{key}: found 'nothing'; expected a value"):
        read_study(written(tmp_path, {key: None}))


@pytest.mark.parametrize(
    ("row", "field", "expected"),
    [
        ({"value": 140.0}, "value", "a share from 0 to 100 %"),
        ({"value": None}, "value", "a number, or a range"),
        ({"unit": "bananas"}, "unit", "a unit"),
        ({"unit": "1"}, "unit", "% for a share"),
        ({"source": ["elsewhere"]}, "source", "one of the sources paper"),
        ({"source": []}, "source", "at least 1"),
        ({"arm": "placebo"}, "arm", "one of the arms drug"),
        ({"versus": "placebo"}, "versus", "one of the arms drug"),
        ({"mark": "rumour"}, "mark", "one of 'seen'"),
        ({"statistic": "guess"}, "statistic", "one of 'share'"),
        ({"n": 0}, "n", "at least 1"),
        ({"n": True}, "n", "a whole number|integer"),
        ({"events": 60}, "events", "at most n, 50"),
        ({"events": 11}, "value", "22.0, which is 11 of 50"),
        ({"events": 20, "n": None}, "events", "events only with n"),
        ({"ci95": [50.0, 30.0]}, "ci95", "the lower bound first"),
        ({"iqr": [50.0, 60.0]}, "iqr", "bounds around the value 40"),
        ({"statistic": "odds_ratio", "unit": "1", "value": -2.0}, "value", "a ratio above 0"),
        ({"statistic": "count", "unit": "{patients}", "events": 20}, "value", "the events, 20"),
        ({"statistic": "count", "unit": "{patients}", "value": 51, "n": 50}, "value", "at most n, 50"),
        ({"statistic": "count", "unit": "{patients}", "value": 1.5, "n": 50}, "value", "a whole number of patients"),
        ({"statistic": "rate", "unit": "/a", "value": -0.1}, "value", "a rate of 0 or more"),
        ({"statistic": "percent_change", "unit": "%", "value": -160}, "value", "a fall by 100 % at most"),
        ({"time": "one year"}, "time", "a number and a unit of time"),
        ({"se": -1.0}, "se", "at least 0"),
        ({"colour": "red"}, "", "a known key|one of the keys"),
    ],
)
def test_a_hostile_figure_gives_one_sentence(tmp_path: Path, row: dict[str, Any], field: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        read_study(written(tmp_path, row))
    assert caught.value.file.endswith("made_up.yaml")
    assert caught.value.field.startswith(f"outcomes[0].{field}".rstrip("."))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "another"}, "id"),
        ({"use": "anything"}, "use"),
        ({"citation": None}, "citation"),
        ({"sources": {}}, "sources"),
        ({"arms": {}}, "arms"),
        ({"arms": {"drug": {"mark": "seen", "regimen": None}}}, "arms.drug.reason"),
        ({"arms": {"drug": {"mark": "seen"}}}, "arms.drug.regimen"),
        ({"arms": {"drug": {"mark": "seen", "n": 0, "regimen": "belimumab"}}}, "arms.drug.n"),
        ({"design": {"text": "x", "entry": [[{"quantity": "age", "unit": "a"}]]}}, "design.entry[0]"),
        (
            {"findings": [{"measure": "x", "arm": "drug", "text": "better", "mark": "seen", "source": ["no"]}]},
            "findings",
        ),
    ],
)
def test_a_hostile_study_names_the_field(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        read_study(written(tmp_path, **changes))
    assert caught.value.field.startswith(field)


@pytest.mark.parametrize("text", ["", "- 1", "id: [", "id: &a x\nuse: *a", "a: 1\na: 2", "\0"])
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.yaml"):
        read_studies(tmp_path)


def test_a_folder_of_further_studies_is_read(tmp_path: Path) -> None:
    written(tmp_path)
    assert list(read_studies(tmp_path)) == ["made_up"]
    with pytest.raises(InputError, match="no such folder"):
        read_studies(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="study files"):
        read_studies(tmp_path / "empty")


def test_a_study_kept_for_validation_is_never_fitted_to(tmp_path: Path) -> None:
    written(tmp_path, use="validation")
    (kept,) = read_studies(tmp_path).values()
    assert not any(row.usable_for_calibration for row in kept.outcomes)
    written(tmp_path, use="calibrate")
    (fitted,) = read_studies(tmp_path).values()
    assert any(row.usable_for_calibration for row in fitted.outcomes)


def test_errors_follow_the_conventions(tmp_path: Path) -> None:
    assert made(tmp_path).standard_error == pytest.approx(100 * math.sqrt(0.4 * 0.6 / 50))
    assert made(tmp_path, se=3.0).standard_error == 3.0
    assert made(tmp_path, n=None).standard_error is None
    assert made(tmp_path, n=None, ci95=[30.0, 50.0]).standard_error == pytest.approx(20 / (2 * 1.959964))
    assert made(tmp_path, value=0.0).standard_error is None
    mean = {"statistic": "mean", "unit": "{score}", "value": 9.0}
    assert made(tmp_path, **mean, sd=4.0).standard_error == pytest.approx(4 / math.sqrt(50))
    assert made(tmp_path, **mean).standard_error is None
    assert made(tmp_path, **mean | {"statistic": "median"}, iqr=[7.0, 12.0]).standard_error is None
    count = made(tmp_path, statistic="count", unit="{patients}", value=20, events=20)
    assert count.standard_error == pytest.approx(math.sqrt(50 * 0.4 * 0.6))
    ratio = made(tmp_path, statistic="hazard_ratio", unit="1", value=0.57, ci95=[0.39, 0.85], n=None)
    assert ratio.standard_error == pytest.approx(math.log(0.85 / 0.39) / (2 * 1.959964))


def test_intervals_of_shares_agree_with_scipy(tmp_path: Path) -> None:
    for events in (0, 1, 20, 50):
        row = made(tmp_path, value=100 * events / 50, events=events)
        for level in (0.5, 0.9, 0.95):
            exact = binomtest(events, 50).proportion_ci(level)
            assert row.interval(level) == pytest.approx((100 * exact.low, 100 * exact.high))


@pytest.mark.parametrize(("events", "n", "low", "high"), [(5, 5, 47.8, 100), (3, 5, 14.7, 94.7), (30, 39, 60.7, 88.9)])
def test_intervals_of_published_series(events: int, n: int, low: float, high: float, tmp_path: Path) -> None:
    """Clopper-Pearson intervals as the collection prints them (Mackensen 2022, LICATS 2025)."""
    assert made(tmp_path, value=100 * events / n, events=events, n=n).interval() == pytest.approx((low, high), abs=0.06)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, math.nan])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    with pytest.raises(LupercalError, match="confidence level"):
        study("burt_2018").outcomes[0].interval(level)


def test_every_interval_contains_its_value_and_widens_with_the_level() -> None:
    checked = 0
    for key, row in FACTS:
        assert row.value is not None
        narrow, wide = row.interval(0.5), row.interval(0.99)
        if narrow is None or wide is None:
            continue
        checked += 1
        assert wide[0] <= narrow[0] <= row.value + 1e-9, (key, row)
        assert row.value - 1e-9 <= narrow[1] <= wide[1], (key, row)
    assert checked > 300


def test_percentages_lie_between_0_and_100_and_ratios_are_positive() -> None:
    for key, row in FACTS:
        assert row.value is not None
        if row.statistic == "share":
            assert 0 <= row.value <= 100, (key, row)
        if row.statistic in RATIOS:
            assert row.value > 0, (key, row)
        assert row.statistic in STATISTICS


def test_only_confirmed_numbers_of_calibrating_studies_are_usable() -> None:
    for key, row in ALL:
        if row.usable_for_calibration:
            assert study(key).calibrates
            assert row.mark in {"seen", "derived"}
    assert {row.arm for row in study("bliss_ln").calibrating} == {"placebo"}
    assert {row.role for row in study("tulip_pooled").calibrating} == {"baseline"}
    assert sum(len(one.calibrating) for one in studies().values()) == 799
    assert sum(len(one.unconfirmed) for one in studies().values()) == 76


def test_every_usable_figure_has_a_precision_or_is_reported() -> None:
    for one in studies().values():
        for row in one.calibrating:
            stated = [row.n, row.sd, row.se, row.ci95, row.iqr, row.range]
            assert any(part is not None for part in stated) != (row in one.lacking), (one.id, row)
            sized = one.sized(row)
            assert sized.n == (row.n or one.arms[row.arm].n)


def test_memory_figures_that_were_confirmed_say_where() -> None:
    aurora = {row.arm: row for row in study("aurora1").outcomes if row.measure == "crr" and row.time == "52 wk"}
    assert {arm: row.value for arm, row in aurora.items()} == {"placebo": 22.5, "voc": 40.8}
    assert {row.mark for row in aurora.values()} == {"seen"}
    assert "remembered" in page()


def test_times_are_days_from_treatment() -> None:
    days = {row.time: row.day for _, row in ALL if row.time}
    assert days["52 wk"] == 364
    assert days["3 mo"] == pytest.approx(91.3125)
    assert all(row.day == 0 for _, row in ALL if row.role == "baseline")
    assert min(day for day in days.values() if day is not None) == 0


def test_ids_and_figures_are_unique() -> None:
    for one in studies().values():
        named = [
            (row.role, row.measure, row.item, row.arm, row.subgroup, row.statistic, row.time, row.when, row.versus)
            for row in one.rows
        ]
        assert len(named) == len(set(named)), (one.id, sorted({name for name in named if named.count(name) > 1}))
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(studies())


def test_every_arm_is_a_regimen_or_says_why_not() -> None:
    for one in studies().values():
        for arm in one.arms.values():
            assert arm.regimen in regimens() if arm.regimen else arm.reason, (one.id, arm)
            assert arm.on_top_of is None or arm.on_top_of in regimens()


def test_entry_criteria_are_named_in_the_terms_of_the_package() -> None:
    rules = [entry_rule(text, one.id) for one in studies().values() for text in entry_of(one)[0]]
    assert len(rules) > 100
    simulated = {name for name in entry_names(rules) if name not in variables()}
    assert simulated <= {*DERIVED, *populations().quantities}, "what no record has is computed for simulated visits"


def test_entry_as_earlier_versions_wrote_it_is_refused_with_how_to_write_it(
    tmp_path: Path,
) -> None:
    before = [[{"quantity": "selena_sledai", "low": 6, "unit": "{score}"}]]
    with pytest.raises(InputError, match=r"a rule in quotes.*write low as >=, high as <=") as caught:
        read_study(written(tmp_path, design={"text": "x", "entry": before}))
    assert "\n" not in str(caught.value)


def test_a_rule_of_entry_that_cannot_be_read_names_the_study_and_the_place(tmp_path: Path) -> None:
    one = read_study(written(tmp_path, design={"text": "x", "entry": ["sledai_2k >= 6", "selenna_sledai >= 6"]}))
    with pytest.raises(InputError, match="selena_sledai") as caught:
        entry_of(one)
    assert "made_up" in caught.value.file
    assert caught.value.field.startswith("design.entry[1]")


def test_every_source_is_used_and_every_memory_figure_says_so() -> None:
    for one in studies().values():
        used = {key for row in one.rows for key in row.source} | {key for row in one.findings for key in row.source}
        assert used <= one.sources.keys()
        for row in one.rows:
            assert "paper" not in row.source or row.mark == "memory", (one.id, row)


def test_the_page_is_generated_from_the_data() -> None:
    root = Path(__file__).parents[2]
    shipped = (root / "docs" / "reference" / "evidence.md").read_text(encoding="utf-8")
    assert shipped == page(), "run: python -m lupercal.report.pages docs"


def test_the_listing_names_each_study_and_one_can_be_shown() -> None:
    lines = listing()
    assert all(sum(f"  {key} " in line for line in lines) == 1 for key in studies())
    for one in studies().values():
        shown = "\n".join(explained(one))
        assert all(
            part in shown for part in (one.citation.text, *one.arms, *(known.where for known in one.sources.values()))
        )


def test_the_command_lists_shows_and_refuses() -> None:
    app = typer.Typer()
    app.command()(evidence)
    run = CliRunner().invoke
    assert "burt_2018" in run(app, []).output
    assert "b: remission, at 2 a: 81 %, 95 % interval 60.9 to 93.6" in run(app, ["burt_2018"]).output
    assert isinstance(run(app, ["burt"]).exception, LupercalError)


def test_an_unknown_study_gets_the_nearest_names() -> None:
    with pytest.raises(LupercalError, match="perhaps mackensen_2022"):
        study("mackensen")
