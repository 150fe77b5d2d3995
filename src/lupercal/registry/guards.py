"""What must be recorded before a patient enters a state: each guard returns why not yet, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Protocol

from lupercal.registry.care_records import ConsentRecord, EligibilityRecord, PlanRecord, ScreeningRecord
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.states import Need

TREATMENT_CONSENT = "treatment"
"""The purpose of a consent without which nobody is collected from or prepared."""
COLLECTED = frozenset({"collected", "made", "released", "presented", "infused"})
USABLE = frozenset({"released", "presented"})


class Records(Protocol):
    """What the guards look at: a patient's records of some kinds."""

    @property
    def screenings(self) -> tuple[ScreeningRecord, ...]:
        """Screenings."""

    @property
    def eligibility(self) -> tuple[EligibilityRecord, ...]:
        """What programmes' criteria said, oldest first."""

    @property
    def plans(self) -> tuple[PlanRecord, ...]:
        """Plans."""

    @property
    def products(self) -> tuple[ProductRecord, ...]:
        """Products."""

    @property
    def consents(self) -> tuple[ConsentRecord, ...]:
        """Consents."""


def refusal(need: Need, records: Records, on: dt.date) -> str:
    """Return why something that a state needs is not there on a day; empty where it is."""
    return _GUARDS[need](records, on)


def _screening(records: Records, on: dt.date) -> str:
    done = [one for one in records.screenings if one.complete and one.date <= on]
    return "" if done else "no complete screening is recorded"


def _eligibility(records: Records, on: dt.date) -> str:
    newest = {one.programme: one for one in records.eligibility if one.date <= on}
    if not newest:
        return "no programme's criteria were compared with the record"
    if any(one.status == "criteria met" for one in newest.values()):
        return ""
    return "; ".join(f"{one.programme}: {one.status}" for one in newest.values())


def _plan(records: Records, on: dt.date) -> str:
    del on
    current = [one for one in records.plans if one.state == "current"]
    if not current:
        return "there is no current plan"
    return "" if current[-1].start is not None else "the plan has no date of day 0"


def _consent(records: Records, on: dt.date) -> str:
    return "" if consented(records.consents, TREATMENT_CONSENT, on) else "no consent to the treatment is in force"


def consented(consents: tuple[ConsentRecord, ...], purpose: str, on: dt.date) -> bool:
    """Return whether a consent to a purpose is in force on a day."""
    return any(
        one.purpose == purpose and one.given_on <= on and (one.withdrawn_on is None or one.withdrawn_on > on)
        for one in consents
    )


def _collected(records: Records, on: dt.date) -> str:
    del on
    return "" if _any(records.products, COLLECTED) else "no product is recorded as collected"


def _released(records: Records, on: dt.date) -> str:
    usable = [one for one in records.products if one.state in USABLE]
    if not usable:
        return "no product is released"
    return "" if any(one.expires_on is None or one.expires_on >= on for one in usable) else "the product has expired"


def _infused(records: Records, on: dt.date) -> str:
    del on
    return "" if _any(records.products, frozenset({"infused"})) else "no product is recorded as infused"


def _any(products: tuple[ProductRecord, ...], states: frozenset[str]) -> bool:
    return any(one.state in states for one in products)


_GUARDS: Mapping[Need, Callable[[Records, dt.date], str]] = {
    "screening": _screening,
    "eligibility": _eligibility,
    "plan": _plan,
    "consent": _consent,
    "collected_product": _collected,
    "released_product": _released,
    "infused_product": _infused,
}
