"""Ways of the tests through a registry."""

from __future__ import annotations

import datetime as dt

import lupercal as lp
from lupercal.registry.care_records import ConsentRecord, EligibilityRecord, ScreeningRecord
from lupercal.registry.opened import Registry
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.records import State

DAY = dt.date(2026, 3, 2)


def enrolled(registry: Registry, case: str = "example-nephritis") -> str:
    """Take a case in and return its id."""
    return registry.patients.enrol(lp.read_patient(case), by="clerk", on=DAY).id


def released_product(registry: Registry, patient: str, code: str) -> ProductRecord:
    """Order, collect, make and release a product."""
    products = registry.products
    name = products.order(patient, "cd19_car_t", code, by="doctor").id
    products.collect(name, patient, by="nurse", at="apheresis")
    products.make(name, by="maker", manufacturer="Cell works", batch="B-12", gmp_certificate="GMP-1", dose=1e6)
    return products.release(name, by="qualified person", values={"viability": "92 %"})


def ready_for(registry: Registry, patient: str, state: State, on: dt.date = DAY) -> None:
    """Record what a patient needs to enter a state."""
    if state == "screened":
        registry.screenings.add(ScreeningRecord(patient=patient, date=on, complete=True), by="doctor")
    elif state == "criteria_met":
        result = EligibilityRecord(
            patient=patient, programme="erlangen.car_t", date=on, day=0, status="criteria met", safety="clarify first"
        )
        registry.eligibility.add(result, by="doctor")
    elif state == "planned":
        registry.plans.make(patient, "erlangen", on, by="doctor")
    elif state == "collected":
        consent = ConsentRecord(patient=patient, purpose="treatment", document="v1", given_on=on)
        registry.consents.add(consent, by="doctor")
        name = registry.products.order(patient, "cd19_car_t", f"BAG-{patient}", by="doctor").id
        registry.products.collect(name, patient, by="nurse", at="apheresis")
    elif state == "released":
        name = registry.products.by_code(f"BAG-{patient}").id
        registry.products.make(name, by="maker", manufacturer="M", batch="B", gmp_certificate="G")
        registry.products.release(name, by="qualified person", values={"viability": "92 %"})
    elif state == "infused":
        name = registry.products.by_code(f"BAG-{patient}").id
        registry.products.present(name, patient, f"BAG-{patient}", by="nurse")
        registry.products.infuse(name, patient, f"BAG-{patient}", by="doctor")
