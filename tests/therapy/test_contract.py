"""What every product and every regimen must have; a new file is tested before its author writes a test."""

import re

import pytest

from lupercal.care.registry import protocols
from lupercal.evidence.sources import sources as table_of_evidence
from lupercal.model.inputs import effects, schedule, translation
from lupercal.patient.variables import variables
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import expand
from lupercal.therapy.records import Product
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import products, regimens
from lupercal.therapy.sources import therapy_sources
from lupercal.therapy.units import convertible_dose, dose_unit

PRODUCTS = pytest.mark.parametrize("thing", products().values(), ids=products().keys())
REGIMENS = pytest.mark.parametrize("regimen", regimens().values(), ids=regimens().keys())

# ATC and RxNorm codes that were read in a public table; the product files mark all others "memory".
SEEN_CODES = {
    "prednisone": {"H02AB07", "8640"},
    "methylprednisolone": {"H02AB04", "6902"},
    "hydroxychloroquine": {"P01BA02", "5521"},
    "mycophenolate_mofetil": {"L04AA06", "68149"},
    "azathioprine": {"L04AX01", "1256"},
    "methotrexate": {"L04AX03", "6851"},
    "cyclophosphamide": {"L01AA01", "3002"},
    "fludarabine": {"L01BB05"},
    "antithymocyte_globulin": {"L04AA04"},
    "rituximab": {"L01FA01", "121191"},
    "obinutuzumab": {"L01FA03", "974779"},
    "belimumab": {"L04AG04", "1092437"},
    "anifrolumab": {"L04AG11"},
    "voclosporin": {"L04AD03"},
    "tacrolimus": {"L04AD02"},
    "ivig": {"J06BA02"},
    "tocilizumab": {"L04AC07"},
}

UNFITTED_REGIMENS = {
    "teclistamab",
    "blinatumomab",
    "cd19_car_nk",
    "in_vivo_cd19_car",
    "allogeneic_cd19_car_t",
    "dapirolizumab_pegol",
    "deucravacitinib",
    "upadacitinib",
    "litifilimab",
    "ianalumab",
    "obexelimab",
}

WANTED_PRODUCTS = (
    set(SEEN_CODES)
    | UNFITTED_REGIMENS
    | {"bcma_mrna_car_t", "cenerimod", "fenebrutinib"}
    | {
        "telitacicept",
        "cd19_car_t",
        "bcma_cd19_car_t",
        "bcma_car_t",
        "lymphodepletion_flu_cy",
        "hsct_conditioning",
        "autologous_hsc_graft",
        "msc_umbilical",
        "msc_adipose",
        "msc_bone_marrow",
        "msc_exosomes",
        "plasma_exchange",
    }
)

WANTED_REGIMENS = UNFITTED_REGIMENS | {
    "belimumab_subcutaneous",
    "anifrolumab_subcutaneous",
    "rituximab_then_belimumab",
    "mmf_maintenance",
    "standard_care",
    "glucocorticoid_taper",
    "prednisone_stop",
    "mmf_induction",
    "azathioprine_maintenance",
    "cyclophosphamide_high_dose",
    "euro_lupus",
    "rituximab",
    "obinutuzumab",
    "belimumab",
    "anifrolumab",
    "telitacicept",
    "voclosporin",
    "tacrolimus",
    "ivig",
    "cd19_car_t",
    "bcma_cd19_car_t",
    "bcma_car_t",
    "ahsct",
    "msc_umbilical",
    "msc_adipose",
    "msc_bone_marrow",
    "gencell_three_sessions_45_days",
    "gencell_three_consecutive_days",
    "celltex_adipose",
    "exosomes",
    "hydroxychloroquine_stop",
    "methylprednisolone_pulse",
    "plasma_exchange",
}


def test_everything_that_was_promised_is_there() -> None:
    assert set(products()) == WANTED_PRODUCTS
    assert set(regimens()) == WANTED_REGIMENS


@PRODUCTS
def test_a_product_has_doses_with_sources_or_says_why_not(thing: Product) -> None:
    assert bool(thing.published_doses) != bool(thing.no_published_dose)
    assert all(dose.low <= dose.high for dose in thing.published_doses)
    assert all(convertible_dose(dose_unit(dose.unit), dose_unit(dose.unit)) for dose in thing.published_doses)


@PRODUCTS
def test_a_product_states_its_evidence_and_why_a_forecast_is_withheld(thing: Product) -> None:
    assert thing.evidence.sources
    assert thing.evidence.text.endswith((".", ")"))
    assert bool(thing.withheld) != thing.efficacy_forecast


@PRODUCTS
def test_codes_marked_as_seen_are_those_of_the_table(thing: Product) -> None:
    assert {code.code for code in thing.codes if code.mark == "seen"} == SEEN_CODES.get(thing.id, set())
    assert all((code.system == "RxNorm") == code.code.isdigit() for code in thing.codes)


@PRODUCTS
def test_a_drug_taken_daily_is_in_the_data_dictionary_with_the_same_unit(thing: Product) -> None:
    if thing.current_unit:
        assert variables()[thing.id].unit == thing.current_unit


def test_every_drug_of_the_data_dictionary_is_a_product_with_a_unit_for_current_doses() -> None:
    drugs = {name for name, variable in variables().items() if variable.group == "drug" and variable.kind == "quantity"}
    sums = {"tablets_per_day", "cumulative_prednisone"}  # of all drugs together
    assert drugs - sums == {thing.id for thing in products().values() if thing.current_unit}


@PRODUCTS
def test_the_model_has_a_translation_or_a_reason(thing: Product) -> None:
    table = translation()
    assert (thing.id in table.products) != (thing.id in table.not_represented)
    if thing.id in table.products:
        assert any(effect.dosed for effect in effects(thing.id))
    assert all(part.product in products() for part in thing.components)


@REGIMENS
def test_a_regimen_names_known_products_in_units_they_know(regimen: Regimen) -> None:
    for line in regimen.doses:
        thing = products()[line.product]
        assert line.origin == "" or line.origin in thing.origins
        assert line.unit == thing.unit or any(line.unit == dose.unit for dose in thing.published_doses)
    assert set(regimen.principal) <= {line.product for line in regimen.doses}
    assert bool(regimen.principal) == bool(regimen.doses)


@REGIMENS
def test_a_regimen_says_its_evidence_its_sources_and_what_is_assumed(regimen: Regimen) -> None:
    assert regimen.sources
    assert regimen.evidence.sources
    assert regimen.assumed


@REGIMENS
def test_nothing_happens_before_the_lead(regimen: Regimen) -> None:
    arm = expand(regimen, Person(), {"prednisone": 10, "hydroxychloroquine": 400, "azathioprine": 100}, 24)
    assert arm.start_day == -regimen.lead_days
    assert all(dose.day >= arm.start_day for dose in arm.doses)
    assert all(stop.day >= arm.start_day for stop in arm.stops)
    events = schedule(arm)
    days = [*(e.day for e in events.inputs), *(e.day for e in events.boluses), *(e.day for e in events.factors)]
    assert min(days) == arm.start_day


@REGIMENS
def test_a_regimen_translates_for_someone_on_every_daily_drug(regimen: Regimen) -> None:
    current = {thing.id: 1.0 for thing in products().values() if thing.current_unit}
    events = schedule(expand(regimen, Person(weight_kg=48, height_cm=158), current, 36))
    assert {"gc", "hq", "ap", "cn"} <= {change.name for change in events.inputs}


@REGIMENS
def test_every_source_of_an_expansion_is_known(regimen: Regimen) -> None:
    assert set(expand(regimen, Person(), {"prednisone": 5}, 6).sources) <= set(therapy_sources())


def test_no_source_is_defined_twice_and_none_is_idle() -> None:
    cited = {key for thing in products().values() for key in thing.sources}
    for regimen in regimens().values():
        cited |= {*regimen.sources, *regimen.evidence.sources, *(r.source for r in regimen.reported)}
        cited |= {stay.source for stay in regimen.away}
    cited |= {key for care in protocols().values() for key in care.sources}
    own = set(therapy_sources()) - set(table_of_evidence())
    assert own - cited == set()


def test_sources_have_identifiers_that_look_like_identifiers() -> None:
    for source in therapy_sources().values():
        assert re.fullmatch(r"(10\.\d{4,9}/\S+)?", source.doi), source
        assert re.fullmatch(r"\d{0,9}", source.pmid), source


@pytest.mark.parametrize("name", ["msc_umbilical", "msc_adipose", "msc_bone_marrow"])
def test_evidence_on_msc_tells_both_the_series_and_the_trial(name: str) -> None:
    for evidence in (products()[name].evidence, regimens()[name].evidence):
        text = evidence.text.lower()
        assert "uncontrolled series" in text
        assert "showed no benefit" in text
        assert "deng_2017" in evidence.sources


@pytest.mark.parametrize("name", [r.id for r in regimens().values() if "msc_exosomes" in r.principal])
def test_exosomes_run_at_zero_potency_with_a_reason(name: str) -> None:
    arm = expand(name, Person(), {"prednisone": 7.5}, 24)
    events = schedule(arm)
    assert arm.efficacy_withheld is not None
    assert "No data from people with SLE" in arm.efficacy_withheld
    assert events.scales == {"me_max": 0.0}
    assert all(change.value == 0 for change in events.inputs if change.name == "ms")
    assert schedule(expand("standard_care", Person(), {"prednisone": 7.5}, 24)).inputs == events.inputs


def test_only_exosomes_and_what_the_model_cannot_judge_are_without_a_forecast() -> None:
    withheld = {r.id for r in regimens().values() if expand(r, Person(), {}, 1).efficacy_withheld}
    assert withheld == {"exosomes", "ivig"} | UNFITTED_REGIMENS
