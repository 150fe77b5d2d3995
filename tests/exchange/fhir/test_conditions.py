"""Diagnoses: what is called lupus, and what is not."""

from __future__ import annotations

import pytest

from tests.exchange.fhir.build import SLE, SNOMED, Resource, coded, condition, imported, item, observation, value

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"


@pytest.mark.parametrize(
    ("code", "kind", "organs"),
    [
        (SLE, "systemic", ()),
        (coded(ICD, "M32.14"), "systemic", ("kidney",)),
        (coded(GM, "M32.1+"), "systemic", ()),
        (coded(ICD, "M3214"), "systemic", ("kidney",)),
        (coded(SNOMED, "68815009", "Lupus nephritis"), "systemic", ("kidney",)),
        (coded(ICD, "M32.0"), "drug_induced", ()),
        (coded(SNOMED, "200938002", "Discoid lupus erythematosus"), "discoid", ("skin",)),
        (coded(SNOMED, "200936003", "Lupus erythematosus"), None, ()),
        (coded(SNOMED, "201436003", "Systemic lupus erythematosus"), None, ()),
        (coded(SNOMED, "69896004", "Rheumatoid arthritis"), None, ()),
        (coded(SNOMED, "55464009", "Rheumatoid arthritis"), None, ()),
        (coded(ICD, "M32.9", text="Drug-induced lupus"), None, ()),
        ({"text": "Systemic lupus erythematosus"}, None, ()),
        ({"coding": [*SLE["coding"], {"system": ICD, "code": "M32.0"}]}, None, ()),
        (coded(SNOMED, "10001005"), None, ()),
    ],
)
def test_what_a_code_says(code: Resource, kind: str | None, organs: tuple[str, ...]) -> None:
    done = imported(condition(code))
    assert done.patient.lupus_type == kind
    assert done.patient.organs_involved == organs


@pytest.mark.parametrize(
    ("clinical", "verified", "more", "counts"),
    [
        ("active", "confirmed", {}, True),
        ("remission", "confirmed", {}, True),
        ("active", None, {}, True),
        (None, "confirmed", {}, True),
        ("active", "refuted", {}, False),
        ("active", "differential", {}, False),
        ("active", "provisional", {}, False),
        ("active", "unconfirmed", {}, False),
        ("active", "entered-in-error", {}, False),
        ("active", "nonsense", {}, False),
        ("resolved", "confirmed", {}, False),
        ("active", "confirmed", {"abatementDateTime": "2020-01-01"}, False),
        ("active", "confirmed", {"subject": {"reference": "Patient/mother"}}, False),
        ("active", "confirmed", {"modifierExtension": [{"url": "u"}]}, False),
    ],
)
def test_only_a_diagnosis_that_holds_counts(
    clinical: str | None, verified: str | None, more: Resource, counts: bool
) -> None:
    done = imported(condition(SLE, clinical, verified, **more))
    assert (done.patient.lupus_type == "systemic") is counts
    assert bool(item(done).reason) or counts


def test_a_relative_s_disease_is_not_the_patient_s() -> None:
    history = {"resourceType": "FamilyMemberHistory", "status": "completed", "patient": {"reference": "Patient/p"},
               "condition": [{"code": SLE}]}  # fmt: skip
    done = imported(history)
    assert done.patient.lupus_type is None
    assert item(done).verdict == "left_out"


@pytest.mark.parametrize(
    ("onset", "year"),
    [("2019", 2019), ("2019-05", 2019), ("2019-05-03", 2019), ("nonsense", None), ("2031", None)],
)
def test_a_partial_onset_gives_the_year(onset: str, year: int | None) -> None:
    done = imported(condition(SLE, onsetDateTime=onset), observation("777-3", 98, "10*9/L"))
    assert done.patient.diagnosis_year == year


def test_class_vi_nephritis_is_kept_as_the_finding_that_rules_ask_for() -> None:
    done = imported(condition(coded(SNOMED, "11013005")), observation("777-3", 98, "10*9/L"))
    assert value(done, "nephritis_class_vi") == 1


def test_age_is_told_only_where_it_is_certain() -> None:
    assert imported(observation("777-3", 98, "10*9/L")).patient.age_years == 32
